"""kill -9 at random moments: no accepted step is lost or doubled, and no score moves by a bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from myorun.challenge import audits, organise
from myorun.challenge.ledger import open_ledger
from myorun.challenge.tables import runs
from myorun.client import Connection
from started import PATIENCE, free_port, wait_until

CLIENTS, KILLS = 20, int(os.environ.get("MYORUN_KILLS", "6"))
RUNS = 1 + KILLS // 20  # of every client, so that all kills fall into runs


class Servers:
    """Processes of ``myorun challenge serve`` behind fixed ports, killed and started again."""

    def __init__(self, folder: Path, count: int, url: str | None) -> None:
        self._folder, self._environment = folder, {**os.environ, **({"DATABASE_URL": url} if url else {})}
        self.ports = [free_port() for _ in range(count)]
        self._processes = [self._start(port) for port in self.ports]

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "myorun", "challenge", "serve", str(self._folder), "--port", str(port)]
        process = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)
        wait_until(lambda: self._answers(port), process)
        return process

    @staticmethod
    def _answers(port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def kill(self, index: int) -> None:
        self._processes[index].send_signal(signal.SIGKILL)
        self._processes[index].wait()

    def restart(self, index: int) -> None:
        self._processes[index] = self._start(self.ports[index])

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(PATIENCE)


def _play(urls: list[str], token: str, seed: int) -> list[float]:
    """Runs whose actions depend on the index only; every request may go to another server."""
    choice = random.Random(seed)
    with ExitStack() as stack:
        servers = [stack.enter_context(closing(Connection(url, token, patience=600.0))) for url in urls]
        return [_run_courses(servers, choice, seed) for _ in range(RUNS)]


def _run_courses(servers: list[Connection], choice: random.Random, seed: int) -> float:
    run = int(servers[0].create()["run"])
    for course in range(3):
        answer = choice.choice(servers).reset(run, course)
        while not (answer["terminated"] or answer["truncated"]):
            index = (course, answer["step"])
            action = [random.Random(hash((seed % 4, *index))).random() for _ in range(18)]
            answer = choice.choice(servers).step(run, *index, action)
    return float(choice.choice(servers).submit(run)["score"])


def _one_is_always_left(servers: Servers, stop: threading.Event, kills: int) -> int:
    done = 0
    choice = random.Random(0)
    while not stop.is_set() and done < kills:
        time.sleep(choice.uniform(0.0, 2.0))
        index = choice.randrange(len(servers.ports))
        servers.kill(index)
        servers.restart(index)
        done += 1
    return done


def _disturbed(folder: Path, tokens: list[str], url: str | None, count: int) -> tuple[list[list[float]], int]:
    servers, stop = Servers(folder, count, url), threading.Event()
    urls = [f"http://127.0.0.1:{port}" for port in servers.ports]
    try:
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            killer = pool.submit(_one_is_always_left, servers, stop, KILLS)
            scores = list(pool.map(lambda i: _play(urls, tokens[i], i), range(CLIENTS)))
            stop.set()
            return scores, killer.result()
    finally:
        servers.stop()


@pytest.mark.slow
@pytest.mark.parametrize(("database", "count"), [("sqlite", 1), ("postgresql", 2)])
def test_runs_survive_servers_that_are_killed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, count: int
) -> None:
    make: Callable[[], str] | None = request.getfixturevalue("postgres") if database == "postgresql" else None
    url = make() if make else None
    if url:
        monkeypatch.setenv("DATABASE_URL", url)
    folder = tmp_path / "challenge"
    file = organise.init(folder, "Crash")
    file.write_text(file.read_text().replace("# seeds =", "seeds =").replace("quota = 5 ", "quota = 1000 "))
    file.write_text(file.read_text().replace("parallel = 2 ", "parallel = 1000 "))
    tokens = [organise.enter_user(folder, f"runner {i}") for i in range(CLIENTS)]
    scores, kills = _disturbed(folder, tokens, url, count)
    assert kills == KILLS
    assert scores == [scores[i % 4] for i in range(CLIENTS)], "agents that act alike must score alike, to the bit"
    assert all(len(set(own)) == 1 for own in scores) and len({own[0] for own in scores}) == 4
    assert all(audit.holds for audit in audits.rescore(folder))
    with closing(open_ledger(folder, url)) as ledger:
        made = ledger.read(lambda connection: connection.execute(select(func.count(runs.c.id))).scalar_one())
    assert made == CLIENTS * RUNS, "a create whose answer was lost leaves no second run behind"
