"""A whole play-off on real containers: handed in over HTTP, queued, graded, ranked; and killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from challenge.conftest import OPEN, Running, ServerMaker
from challenge.playoff.conftest import Podman, limits_with
from challenge.playoff.test_cell import Still
from myorun.challenge import ranking, runs, submissions
from myorun.challenge.jobs.containers import ContainerGrading
from myorun.challenge.jobs.worker import Worker
from myorun.challenge.ledger import Ledger
from myorun.challenge.playoff.archive import check_archive
from myorun.challenge.playoff.archive_writer import oci_archive
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.limits import Playoff
from myorun.challenge.settings import Settings
from myorun.client.upload import upload_archive, wait_for
from myorun.evaluate import evaluate
from started import wait_until

SEEDS = (5, 6, 7)
FINAL: dict[str, Any] = {
    **OPEN,
    "name": "final",
    "agents": "containers",
    "quota": 3,
    "window_hours": 0,
    "seeds": SEEDS,
    "max_obstacles": 10,
    "results": "closed",
}


@pytest.fixture
def settings(podman: Podman, hostile: ModuleType) -> Settings:
    limits = limits_with(hostile, podman, engine=podman.address, command_seconds=120.0, run_minutes=10.0)
    return Settings.model_validate({"name": "Test", "stages": [FINAL], "playoff": limits.model_dump()})


@pytest.fixture
def running(serve: ServerMaker, settings: Settings) -> Running:
    started = serve(settings)
    started.clock.now = time.time()  # that of the workers
    return started


def _packed(engine: Engine, hostile: ModuleType, folder: Path, program: str) -> Path:
    saved, packed = folder / "saved.tar", folder / "agent.tar"
    saved.write_bytes(b"".join(engine.save(hostile.build_agent(engine, program))))
    oci_archive(check_archive(saved, Playoff()), packed)
    return packed


def _worker(ledger: Ledger, settings: Settings, folder: Path) -> Worker:
    return Worker(ledger, settings, ContainerGrading(folder, settings))


def _left(running: Running) -> int:
    """Submissions of ann, asked for on a connection that was not idle meanwhile."""
    return int(running.connect("ann").get("/v2/quota?stage=final")["left"])


def test_an_agent_goes_all_the_way(
    engine: Engine, hostile: ModuleType, running: Running, settings: Settings, tmp_path: Path
) -> None:
    ann = running.connect("ann")
    told = upload_archive(ann, _packed(engine, hostile, tmp_path, "print('ready'); print(Agent().play())"))
    grading = threading.Thread(target=_worker(running.ledger, settings, tmp_path).grade_next)
    grading.start()
    said: list[str] = []
    done = wait_for(ann, told["submission"], lambda told: said.append(told["says"]))
    grading.join()
    home = evaluate(Still(), seeds=SEEDS, max_obstacles=10)
    assert (done["status"], done["score"]) == ("finished", home.mean)  # to the bit
    assert said[0].startswith(("queued", "pulling", "starting", "running")) and said[-1].startswith("finished")
    assert running.connect("ann").get(f"/v2/playoff/submissions/{told['submission']}/log")["log"].startswith("ready\n")
    assert _left(running) == 2
    [place] = running.ledger.read(lambda connection: ranking.leaderboard(connection, settings.stages[0]))
    assert place.course_scores == tuple(episode.score for episode in home.episodes)
    assert engine.labelled() == []


def test_an_agent_that_never_steps_is_told_why_and_not_charged(
    engine: Engine, hostile: ModuleType, running: Running, settings: Settings, tmp_path: Path
) -> None:
    ann = running.connect("ann")
    told = upload_archive(ann, _packed(engine, hostile, tmp_path, "import torch"))
    assert _worker(running.ledger, settings, tmp_path).grade_next()
    done = running.connect("ann").get(f"/v2/playoff/submissions/{told['submission']}")
    assert (done["status"], done["fault"]) == ("failed", "agent")
    assert done["line"] == "ModuleNotFoundError: No module named 'torch'"
    assert _left(running) == 3


def test_a_worker_that_is_killed_in_mid_run_costs_nobody_anything(
    podman: Podman, engine: Engine, hostile: ModuleType, running: Running, settings: Settings, tmp_path: Path
) -> None:
    """kill −9 while the agent runs: the next worker clears away what is left, and grades it from its beginning."""
    ann = running.connect("ann")
    told = upload_archive(ann, _packed(engine, hostile, tmp_path, _SLOW))
    (tmp_path / "settings.json").write_text(settings.model_dump_json())
    doomed = subprocess.Popen([sys.executable, "-c", _DOOMED, str(tmp_path)], env=os.environ)
    wait_until(lambda: ann.get(f"/v2/playoff/submissions/{told['submission']}")["course"] == 1)
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.wait()
    assert len(engine.labelled()) == 2
    worker = _worker(running.ledger, settings, tmp_path)
    wait_until(worker.grade_next)
    found = running.ledger.read(lambda connection: submissions.find(connection, told["submission"]))
    assert (found.status, found.attempt) == ("finished", 2)
    assert _left(running) == 2
    assert running.ledger.read(lambda connection: runs.find_run(connection, found.run_id)).score == found.score
    assert engine.labelled() == [] and hostile.inventory(engine, settings.playoff)["files"] == 0


_SLOW = """
agent = Agent()
agent.ask("ENV_CREATE")
for number in range(20):
    agent.ask("ENV_STEP", action=[0.05] * 18)
    time.sleep(0.1)
print(agent.ask("ENV_SUBMIT"))
"""

_DOOMED = """
import sys
from pathlib import Path
from myorun.challenge.jobs.containers import ContainerGrading
from myorun.challenge.jobs.worker import Worker
from myorun.challenge.ledger import open_ledger
from myorun.challenge.settings import Settings

folder = Path(sys.argv[1])
settings = Settings.model_validate_json((folder / "settings.json").read_text())
Worker(open_ledger(folder), settings, ContainerGrading(folder, settings), lease=2.0).grade_next()
"""
