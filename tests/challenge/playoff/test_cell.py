"""Agents in real containers: honest ones are graded to the bit, hostile ones are contained, nothing is left."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from challenge.playoff.conftest import Podman
from myorun.challenge.playoff import cell
from myorun.challenge.playoff.archive import check_archive
from myorun.challenge.playoff.cell import Cell, sweep
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.grading import grade_image, guilty_line
from myorun.challenge.playoff.limits import Playoff
from myorun.challenge.playoff.sources import ArchivedImage, LocalImage
from myorun.challenge.session import Result
from myorun.challenge.trial import TrialRun, trial_plan
from myorun.challenge.verdict import Hooks
from myorun.errors import UsageError
from myorun.evaluate import evaluate

SLOW = ("a step a second", "a million nonsense commands", "a hundred connections")
QUICK = (
    "fork bomb",
    "memory hog",
    "disk filler",
    "endless silence",
    "endless talk",
    "a Redis full of rubbish",
    "a Redis full of half commands",
    "attack on its Redis",
    "to the network",
    "to the host",
    "engine and other runs",
    "for the seeds",
    "submit twice",
    "step after done",
)


class Still:
    """Excitations that do not change, as those of the honest agent."""

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        return np.full((len(observations), 18), 0.05)


def _honest(engine: Engine, hostile: ModuleType, program: str = "print(Agent().play())") -> LocalImage:
    return LocalImage(hostile.build_agent(engine, program))


def test_an_honest_agent_scores_as_at_home(engine: Engine, hostile: ModuleType, limits: Playoff) -> None:
    seen, phases = [], []
    hooks = Hooks(progress=seen.append, phase=phases.append)
    before = hostile.inventory(engine, limits)
    image = _honest(engine, hostile)
    built = hostile.inventory(engine, limits)
    graded = grade_image(engine, image, TrialRun(trial_plan((1, 2))), limits, name="test", hooks=hooks)
    assert graded.verdict.status == "finished" and graded.verdict.result is not None
    home = evaluate(Still(), seeds=(1, 2), max_obstacles=10)
    assert [course.score for course in graded.verdict.result.courses] == [e.score for e in home.episodes]
    assert "mean_reward" in graded.log
    assert phases == ["pulling", "starting", "running"] and seen[-1].course == 2
    assert hostile.changes(built, hostile.inventory(engine, limits)) in (
        {},
        {"images": 1},
    )  # the first brings Redis' image
    assert before["containers"] == built["containers"]


@pytest.mark.parametrize("name", QUICK)
def test_hostile_agents_are_contained(engine: Engine, hostile: ModuleType, limits: Playoff, name: str) -> None:
    outcome = hostile.run_agent(engine, name, limits)
    assert hostile.problems(hostile.AGENTS[name], outcome.graded) == []
    assert outcome.left in ({}, {"images": 1})  # the first brings Redis' image


def test_all_hostile_agents_are_tried_here_or_by_the_benchmark(hostile: ModuleType) -> None:
    assert set(QUICK) | set(SLOW) | {"spinning threads"} == set(hostile.AGENTS)


def test_the_line_that_broke_an_agent_is_shown(engine: Engine, hostile: ModuleType, limits: Playoff) -> None:
    image = _honest(engine, hostile, "print('loading'); weights = open('/agent/weights.npz')")
    verdict = grade_image(engine, image, TrialRun(trial_plan((1,))), limits, name="test").verdict
    assert (verdict.status, verdict.fault) == ("failed", "agent")
    assert verdict.message == "your agent ended with exit code 1"
    assert verdict.line == "FileNotFoundError: [Errno 2] No such file or directory: '/agent/weights.npz'"


def test_an_agent_that_forgets_to_submit_is_told(engine: Engine, hostile: ModuleType, limits: Playoff) -> None:
    image = _honest(engine, hostile, "Agent().ask('ENV_CREATE')")
    verdict = grade_image(engine, image, TrialRun(trial_plan((1,))), limits, name="test").verdict
    assert (verdict.status, verdict.fault) == ("failed", "agent") and "client.submit()" in verdict.message


def test_an_image_without_its_program_is_the_agents_fault(engine: Engine, hostile: ModuleType, limits: Playoff) -> None:
    image = LocalImage(hostile.build_agent(engine, "", 'ENTRYPOINT ["/nonsense"]'))
    verdict = grade_image(engine, image, TrialRun(trial_plan((1,))), limits, name="test").verdict
    assert (verdict.status, verdict.fault) == ("failed", "agent") and "/nonsense" in verdict.message


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "crun: executable file `/go` not found in $PATH: No such file or directory",
            "not in the image",
        ),
        ("runc: exec /go: exec format error", "kind of processor"),
        ("crun: open executable `/var/lib/containers/overlay/merged/go`: Permission denied", "may not be executed"),
        ("no command or entrypoint provided, and no CMD or ENTRYPOINT from image", "is empty"),
        ("the storage /var/lib/containers is full", ""),
    ],
)
def test_who_cannot_start_reads_of_the_image_and_not_of_the_machine(said: str, sentence: str) -> None:
    told = cell.images_fault(said, {"Entrypoint": ["/go"], "Cmd": None})
    assert sentence in told and bool(told) == bool(sentence)
    assert "/var/lib" not in told and ('["/go"]' in told or not told)


def test_a_run_can_be_cancelled(engine: Engine, hostile: ModuleType, limits: Playoff) -> None:
    stop = threading.Event()
    threading.Timer(2.0, stop.set).start()
    image = _honest(engine, hostile, "time.sleep(60)")
    verdict = grade_image(
        engine, image, TrialRun(trial_plan((1,))), limits, name="test", hooks=Hooks(stop=stop)
    ).verdict
    assert (verdict.status, verdict.fault) == ("cancelled", None)


def test_an_archive_is_run_and_its_image_forgotten(
    engine: Engine, hostile: ModuleType, limits: Playoff, tmp_path: Path
) -> None:
    archive = tmp_path / "agent.tar"
    image = _honest(engine, hostile)
    archive.write_bytes(b"".join(engine.save(image.reference)))
    assert check_archive(archive, limits).files > 100
    grade_image(engine, image, TrialRun(trial_plan((1,))), limits, name="test")
    before = hostile.inventory(engine, limits)
    graded = grade_image(engine, ArchivedImage(archive, limits), TrialRun(trial_plan((1,))), limits, name="test")
    assert graded.verdict.status == "finished"
    assert hostile.changes(before, hostile.inventory(engine, limits)) == {}


def test_a_missing_image_and_a_missing_engine_are_named(engine: Engine, limits: Playoff) -> None:
    with pytest.raises(UsageError, match="has no image 'localhost/nobody'"):
        grade_image(engine, LocalImage("localhost/nobody"), TrialRun(trial_plan((1,))), limits, name="test")
    with pytest.raises(UsageError, match="podman system service"):
        Engine("unix:///nowhere/podman.sock")


# ---------------------------------------------------------------- killed in mid-run


def test_a_redis_that_is_killed_is_not_the_agents_fault(engine: Engine, hostile: ModuleType, limits: Playoff) -> None:
    image = _honest(engine, hostile, "Agent().ask('ENV_CREATE'); time.sleep(60)")

    def kill(progress: object) -> None:
        for container, labels in engine.labelled():
            if labels.get("myorun.playoff.part") == "redis":
                with Engine(engine.address) as other:
                    other.kill(container)

    graded = grade_image(engine, image, TrialRun(trial_plan((1,))), limits, name="test", hooks=Hooks(progress=kill))
    assert (graded.verdict.status, graded.verdict.fault) == ("failed", "grader")
    assert engine.labelled() == []


_DOOMED = """
import sys
from myorun.challenge.playoff.cell import Cell
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.limits import Playoff

cell = Cell(Engine(sys.argv[1]), Playoff.model_validate_json(sys.argv[2]), "doomed")
cell.start_redis()
cell.start_agent(sys.argv[3])
print("up", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_process_left_is_swept_away_and_live_runs_are_not(
    podman: Podman, engine: Engine, hostile: ModuleType, limits: Playoff
) -> None:
    image = _honest(engine, hostile, "time.sleep(600)")
    words = [podman.address, limits.model_dump_json(), image.reference]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    doomed = subprocess.Popen([sys.executable, "-c", _DOOMED, *words], **pipes)  # type: ignore[call-overload]
    assert doomed.stdout.readline() == b"up\n"
    with Cell(engine, limits, "alive") as alive:
        alive.start_redis()
        assert len(engine.labelled()) == 3
        assert sweep(engine, limits) == 0
        os.kill(doomed.pid, signal.SIGKILL)
        doomed.communicate()
        assert sweep(engine, limits) == 2
        assert len(engine.labelled()) == 1
    assert engine.labelled() == []
    assert hostile.inventory(engine, limits)["files"] == 0


def test_an_engine_that_dies_in_mid_run_is_not_the_agents_fault(
    podman: Podman, engine: Engine, hostile: ModuleType, limits: Playoff
) -> None:
    image = _honest(engine, hostile, "Agent().ask('ENV_CREATE'); time.sleep(60)")
    try:
        graded = grade_image(
            engine,
            image,
            TrialRun(trial_plan((1,))),
            limits,
            name="test",
            hooks=Hooks(progress=lambda reached: podman.kill()),
        )
    finally:
        podman.start()
    assert (graded.verdict.status, graded.verdict.fault) == ("failed", "grader")
    with Engine(podman.address) as again:
        sweep(again, limits)
        assert again.labelled() == []
    gc.collect()  # a socket that was left open is a warning, and so an error


def test_an_engine_that_dies_after_the_verdict_does_not_change_it(
    podman: Podman, engine: Engine, hostile: ModuleType, limits: Playoff
) -> None:
    """Or an agent that hinders its own removal would be graded again, and charged nothing."""

    class LastWords(TrialRun):
        def submit(self, reason: str = "client") -> Result:
            podman.kill()
            return super().submit(reason)

    image = _honest(engine, hostile, "Agent().ask('ENV_CREATE'); Agent().ask('ENV_SUBMIT')")
    try:
        graded = grade_image(engine, image, LastWords(trial_plan((1,))), limits, name="test")
    finally:
        podman.start()
    assert (graded.verdict.status, graded.verdict.fault) == ("finished", None)
    with Engine(podman.address) as again:
        sweep(again, limits)
        assert again.labelled() == []


def test_who_makes_its_redis_too_large_is_at_fault(
    engine: Engine, hostile: ModuleType, limits: Playoff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it ours, the run would not be charged, and could be had again and again."""
    monkeypatch.setattr(cell, "_REDIS_DATA", 2**40)  # as if there were another way to fill it
    program = """
Agent().ask("ENV_CREATE")
redis = Redis()
while True:
    redis("RPUSH", "mine", b"x" * 1_000_000)
"""
    image = _honest(engine, hostile, program)
    verdict = grade_image(engine, image, TrialRun(trial_plan((1,))), limits, name="test").verdict
    assert (verdict.status, verdict.fault) == ("failed", "agent") and "Redis" in verdict.message


def test_an_agent_that_is_still_being_fetched_can_be_cancelled(
    engine: Engine, hostile: ModuleType, limits: Playoff, tmp_path: Path
) -> None:
    archive, stop = tmp_path / "agent.tar", threading.Event()
    archive.write_bytes(b"".join(engine.save(_honest(engine, hostile).reference)))
    before = hostile.inventory(engine, limits)
    hooks = Hooks(phase=lambda phase: stop.set(), stop=stop)
    source = ArchivedImage(archive, limits)
    verdict = grade_image(engine, source, TrialRun(trial_plan((1,))), limits, name="test", hooks=hooks).verdict
    assert (verdict.status, verdict.fault) == ("cancelled", None)
    assert hostile.changes(before, hostile.inventory(engine, limits)) == {}


def test_the_guilty_line() -> None:
    assert guilty_line("loading\nTraceback …\nValueError: no\n\n") == "ValueError: no"
    assert guilty_line("") == "" and len(guilty_line("x" * 10_000)) == 300
