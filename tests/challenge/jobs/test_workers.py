"""Workers with real agents: each submission once, whatever is killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from challenge.conftest import add, settings_with
from challenge.jobs.agent_body import AgentProcess
from challenge.redis_server import Server
from myorun.challenge import audits, organise, runs, submissions
from myorun.challenge.jobs.queue import FILE as QUEUE
from myorun.challenge.jobs.queue import JobQueue, Workers
from myorun.challenge.jobs.worker import Worker
from myorun.challenge.ledger import Ledger, open_ledger
from myorun.challenge.settings import FILE, LEDGER, Settings, load_settings
from myorun.challenge.submissions import Submission
from myorun.challenge.tables import runs as run_table
from myorun.challenge.verdict import GradedRun, Hooks, Verdict
from myorun.errors import UsageError
from myorun.evaluate import evaluate
from started import PATIENCE, wait_until

TESTS = Path(__file__).parent.parent.parent
SEEDS = (11, 22)


def score_of(level: float, seeds: Sequence[int] = SEEDS) -> float:
    def constant(observations: Any) -> Any:
        return np.full((len(observations), 18), level)

    return evaluate(constant, seeds=seeds, difficulty=2, max_obstacles=3, name=str(level)).mean


@pytest.fixture(autouse=True)
def _needs_redis() -> None:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")


def hand_in(ledger: Ledger, settings: Settings, levels: list[float], name: str = "ann") -> list[int]:
    user = add(ledger, name)[0]
    stage = settings.stages[0]

    def work(connection: Any) -> list[int]:
        now = time.time()
        return [submissions.hand_in(connection, settings, stage, user, str(level), now) for level in levels]

    return ledger.write(work)


def found(ledger: Ledger, numbers: list[int]) -> list[Submission]:
    return ledger.read(lambda connection: [submissions.find(connection, number) for number in numbers])


# ---------------------------------------------------------------- in this process


@pytest.fixture
def settings() -> Settings:
    return settings_with(agents="containers", seeds=SEEDS)


@pytest.fixture
def workers(sqlite_ledger: Ledger, settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Workers]]:
    started: list[Workers] = []

    def start(body: Any = None, count: int = 1, url: str | None = None, lease: float = 30.0) -> Workers:
        started.append(
            Workers(
                Worker(sqlite_ledger, settings, body or AgentProcess(), lease=lease), tmp_path, url, count, look=0.2
            )
        )
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_an_agent_is_graded_to_the_bit(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    numbers = hand_in(sqlite_ledger, settings, [0.3])
    workers()
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    (done,) = found(sqlite_ledger, numbers)
    assert (done.status, done.score, done.attempt) == ("finished", score_of(0.3), 1)
    run = sqlite_ledger.read(lambda connection: runs.find_run(connection, done.run_id))
    assert run.ended_by == "client" and run.charged_at is not None
    assert sqlite_ledger.read(lambda c: audits.audit(c, run.id)).holds


def test_an_agent_that_breaks_is_told_and_charged_only_if_it_stepped(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    numbers = hand_in(sqlite_ledger, settings, [0.3])
    sqlite_ledger.write(lambda c: c.execute(submissions.submissions.update().values(image="nonsense")))
    workers()
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    (done,) = found(sqlite_ledger, numbers)
    assert (done.status, done.fault, done.message) == ("failed", "agent", "the agent ended with status 1")
    assert "could not convert string to float" in sqlite_ledger.read(lambda c: submissions.log_of(c, done.id))
    run = sqlite_ledger.read(lambda connection: runs.find_run(connection, done.run_id))
    assert run.ended_by == "failed" and run.charged_at is None


def test_a_body_that_raises_is_our_fault_and_tried_again(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    calls: list[int] = []

    class Broken(AgentProcess):
        def __call__(self, submission: Submission, run: GradedRun, hooks: Hooks) -> tuple[Verdict, str]:
            calls.append(submission.attempt)
            raise RuntimeError("the engine broke")

    numbers = hand_in(sqlite_ledger, settings, [0.3])
    workers(Broken())
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    assert calls == [1, 2, 3] and found(sqlite_ledger, numbers)[0].fault == "grader"


def test_owners_read_no_words_of_the_engine_and_the_organiser_does(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers], caplog: pytest.LogCaptureFixture
) -> None:
    class Secretive(AgentProcess):
        def __call__(self, submission: Submission, run: GradedRun, hooks: Hooks) -> tuple[Verdict, str]:
            seen.append(found(sqlite_ledger, numbers)[0].message)
            return Verdict("failed", "the engine could not mount /srv/secret/overlay", "grader"), ""

    seen: list[str] = []
    numbers = hand_in(sqlite_ledger, settings, [0.3])
    workers(Secretive())
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    (done,) = found(sqlite_ledger, numbers)
    assert seen[0] == "" and all("tried again" in message for message in seen[1:]) and len(seen) == 3
    assert "not charged" in done.message and "organiser" in done.message
    assert "/srv" not in "".join([*seen, done.message]) and done.fault == "grader"
    logged = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(logged) == 3 and all("/srv/secret/overlay" in line for line in logged)


class Endless(AgentProcess):
    """An agent that makes one step and then thinks."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, submission: Submission, run: GradedRun, hooks: Hooks) -> tuple[Verdict, str]:
        run.reset()
        run.step([0.5] * 18)
        self.begun.set()
        assert hooks.stop.wait(PATIENCE)
        return Verdict("cancelled", "stopped from outside"), ""


class Unready(AgentProcess):
    """Where nothing can be graded."""

    def ready(self) -> bool:
        return False


def test_a_running_one_is_cancelled_by_its_owner(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    endless = Endless()
    (number,) = hand_in(sqlite_ledger, settings, [0.3])
    workers(endless, lease=6.0)
    assert endless.begun.wait(PATIENCE)
    sqlite_ledger.write(lambda c: submissions.cancel(c, number, time.time()))
    wait_until(lambda: found(sqlite_ledger, [number])[0].is_over)
    (done,) = found(sqlite_ledger, [number])
    assert done.status == "cancelled" and done.score is not None


def test_workers_that_stop_give_back_what_they_grade(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    endless = Endless()
    numbers = hand_in(sqlite_ledger, settings, [0.3])
    first = workers(endless, lease=6.0)
    assert endless.begun.wait(PATIENCE)
    first.stop()
    assert found(sqlite_ledger, numbers)[0].status == "queued"
    workers()
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    (done,) = found(sqlite_ledger, numbers)
    assert (done.status, done.score, done.attempt) == ("finished", score_of(0.3), 1)


def test_workers_that_cannot_grade_claim_nothing(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    numbers = hand_in(sqlite_ledger, settings, [0.3])
    workers(Unready())
    time.sleep(1.0)
    assert found(sqlite_ledger, numbers)[0].status == "queued"
    workers()
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    assert found(sqlite_ledger, numbers)[0].attempt == 1


def test_messages_wake_and_forged_ones_do_nothing(server: Server, tmp_path: Path) -> None:
    """A pickle in the queue is not loaded."""
    woken: list[int] = []
    for url in (server.url, None):
        queue = JobQueue(tmp_path, url, lambda: woken.append(1))
        queue.wake()
        assert queue.waiting() == 1
        task = queue.huey.dequeue()
        queue.huey.execute(task)
        queue.huey.storage.enqueue(b"cposix\nsystem\n(S'touch forged'\ntR.")
        with pytest.raises(ValueError, match="Expecting value"):
            queue.huey.dequeue()
        queue.close()
    assert len(woken) == 2


def test_a_queue_that_is_away_does_no_harm(
    server: Server, sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers]
) -> None:
    graded = workers(url=server.url)
    server.kill()
    numbers = hand_in(sqlite_ledger, settings, [0.4])
    graded.queue.wake()
    assert graded.queue.waiting() == 0
    server.start()
    wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    assert found(sqlite_ledger, numbers)[0].score == score_of(0.4)


def test_a_queue_that_stays_locked_does_no_harm(
    sqlite_ledger: Ledger, settings: Settings, workers: Callable[..., Workers], tmp_path: Path
) -> None:
    """As by a process that was frozen within a transaction."""
    workers(count=2)
    with closing(sqlite3.connect(tmp_path / QUEUE, isolation_level=None)) as frozen_one:
        frozen_one.execute("BEGIN EXCLUSIVE")
        numbers = hand_in(sqlite_ledger, settings, [0.4])
        wait_until(lambda: found(sqlite_ledger, numbers)[0].is_over)
    assert found(sqlite_ledger, numbers)[0].score == score_of(0.4)


def test_workers_that_wait_need_no_lock(
    workers: Callable[..., Workers], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who polls only reads: one that is frozen meanwhile is in nobody's way, and nobody in its own."""
    workers(Unready())
    time.sleep(0.5)
    with closing(sqlite3.connect(tmp_path / QUEUE, isolation_level=None)) as frozen_one:
        frozen_one.execute("BEGIN EXCLUSIVE")
        time.sleep(4.0)
    assert not caplog.records


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="JOBS_URL"):
        JobQueue(tmp_path, "http://here")


# ---------------------------------------------------------------- processes that die


class Crew:
    """Processes of workers on a challenge's folder."""

    def __init__(self, folder: Path, environment: dict[str, str], lease: float, gate: Path | None = None) -> None:
        self._words = [sys.executable, "-m", "challenge.jobs.agent_body", str(folder), str(lease)]
        self._words += [str(gate)] if gate else []
        self._environment = environment
        self.processes: list[subprocess.Popen[bytes]] = []

    def add(self) -> None:
        self.processes.append(subprocess.Popen(self._words, cwd=TESTS, env=self._environment, start_new_session=True))

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        """With its agent and that one's Redis, as when a machine dies; a frozen one dies, too."""
        with suppress(ProcessLookupError):  # all of them ended by themselves
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """However this goes on, none of them is left."""
        try:
            for process in self.processes:
                process.terminate()
            for process in self.processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
        finally:
            for process in self.processes:
                self.kill(process)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "challenge"
    file = organise.init(place, "Jobs")
    words = {
        "quota = 5 ": "quota = 100 ",
        "parallel = 2 ": "parallel = 100 ",
        "# seeds = [11, 22, 33]": "seeds = [11, 22]",
        '# agents = "containers"': 'agents = "containers"',
    }
    text = file.read_text()
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    (place / FILE).write_text(text)
    return place


@pytest.mark.slow
@pytest.mark.parametrize(("database", "queue"), [("sqlite", "sqlite"), ("postgresql", "redis")])
def test_ten_submissions_three_workers_one_killed(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    folder: Path,
    database: str,
    queue: str,
) -> None:
    """Every submission is graded once, to the bit, though a worker dies in mid-run; nobody is charged twice."""
    if database == "postgresql":
        monkeypatch.setenv("DATABASE_URL", request.getfixturevalue("postgres")())
    if queue == "redis":
        monkeypatch.setenv("JOBS_URL", server.url)
    settings, ledger = load_settings(folder), open_ledger(folder, os.environ.get("DATABASE_URL"))
    levels = [0.1 * i for i in range(10)]
    numbers = hand_in(ledger, settings, levels)
    crew = Crew(folder, {**os.environ}, lease=6.0)
    try:
        for _ in range(3):
            crew.add()
        wait_until(lambda: any(s.status == "running" for s in found(ledger, numbers)))
        (running, *_) = [s for s in found(ledger, numbers) if s.status == "running"]
        assert running.worker is not None
        pid = int(running.worker.split(":")[1])
        crew.kill(next(process for process in crew.processes if process.pid == pid))
        wait_until(lambda: all(s.is_over for s in found(ledger, numbers)))
    finally:
        crew.stop()
    done = found(ledger, numbers)
    assert [s.status for s in done] == ["finished"] * 10
    assert [s.score for s in done] == [score_of(level) for level in levels]
    assert done[numbers.index(running.id)].attempt == 2
    charged = run_table.c.charged_at.is_not(None)
    assert len(ledger.read(lambda c: c.execute(select(run_table.c.id).where(charged)).all())) == 10
    ledger.close()


def locks_none(file: Path) -> bool:
    """Whether nobody is in the middle of a transaction that writes to an SQLite file."""
    with closing(sqlite3.connect(file, timeout=0.0, isolation_level=None)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


@contextmanager
def frozen(process: subprocess.Popen[bytes], folder: Path) -> Iterator[None]:
    """Stop a process for a while, at a moment at which it is in no transaction, for whose end all others would wait.

    A signal is only asked for by who sends it: until the system says that all threads have stopped, they run on.
    """
    try:
        while True:
            process.send_signal(signal.SIGSTOP)
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), "the worker ended by itself"
            if all(locks_none(folder / file) for file in (LEDGER, QUEUE)):
                break
            process.send_signal(signal.SIGCONT)
            time.sleep(0.03)
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_a_worker_that_only_seemed_dead_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """Frozen for longer than its lease, then thawed, while another one grades. Both wait for a gate in mid-run."""
    settings, ledger = load_settings(folder), open_ledger(folder)
    numbers, gate = hand_in(ledger, settings, [0.3]), tmp_path / "gate"
    crew = Crew(folder, {**os.environ}, lease=8.0, gate=gate)
    try:
        crew.add()
        wait_until(lambda: found(ledger, numbers)[0].step > 0)
        with frozen(crew.processes[0], folder):
            wait_until(lambda: ledger.read(lambda c: submissions.waiting(c, time.time())) == 1)
            crew.add()
            wait_until(lambda: found(ledger, numbers)[0].attempt >= 2)
        gate.touch()
        wait_until(lambda: found(ledger, numbers)[0].is_over)
    finally:
        crew.stop()
    (done,) = found(ledger, numbers)
    assert (done.status, done.score) == ("finished", score_of(0.3))
    ended = ledger.read(lambda c: c.execute(select(run_table.c.ended_by).order_by(run_table.c.id)).scalars().all())
    assert len(ended) == done.attempt and ended == [*["refund"] * (done.attempt - 1), "client"]
    ledger.close()
