"""Replays: a course of a finished run, simulated again from the ledger.

A replay shows what everybody could see: the body and the obstacles. The seed of the course is not in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from myorun.challenge import chain
from myorun.challenge.refusals import UnknownError
from myorun.challenge.runner import EnvRunner
from myorun.challenge.runs import Run
from myorun.challenge.session import Event, Reset, Step
from myorun.trajectory import Facts, Recorder, Trajectory, save_trajectory


def trajectory_of(run: Run, rows: list[chain.Row], course: int, controller: str = "") -> Trajectory:
    """What happened on a course, state by state; ``controller`` is whom to name.

    Raises:
        UnknownError: the run did not come to that course.
        BrokenChainError: the events are not those that were written.
    """
    excitations = excitations_of(chain.verified(rows, chain.first_digest(run.id, run.plan)), course)
    if excitations is None or course >= len(run.plan.seeds):
        raise UnknownError("the run did not come to that course")
    runner, recorder = EnvRunner(run.plan), Recorder()
    runner.start(run.plan.seeds[course])
    recorder.note_state(runner.env.simulator)
    score, fallen = 0.0, False
    for held in excitations:
        outcome = runner.step(held)
        recorder.note_excitations(held)
        recorder.note_state(runner.env.simulator)
        score, fallen = score + outcome.reward, outcome.fallen
    facts = _facts(run, controller, score, fallen)
    env = runner.env
    strengths = env.rules.strengths(env.course, env.simulator.model)
    return recorder.finish(facts, replace(env.course, seed=None), env.simulator, strengths)


def excitations_of(events: Iterable[Event], course: int) -> list[np.ndarray] | None:
    """What was held on a course, step by step; ``None`` if it never began."""
    begun, held = -1, []
    for event in events:
        begun += isinstance(event, Reset)
        if isinstance(event, Step) and begun == course:
            held.append(np.frombuffer(event.excitations, "<f8"))
    return held if begun >= course >= 0 else None


def _facts(run: Run, controller: str, score: float, fallen: bool) -> Facts:
    return Facts(
        physics="native",
        accuracy=run.plan.accuracy,
        engine_version=run.plan.engine,
        rules=run.plan.rules,
        controller=controller,
        score=score,
        fallen=fallen,
    )


def npz_of(trajectory: Trajectory) -> bytes:
    """A trajectory as the bytes of its file."""
    with tempfile.TemporaryDirectory() as folder:
        return save_trajectory(trajectory, Path(folder) / "replay.npz").read_bytes()
