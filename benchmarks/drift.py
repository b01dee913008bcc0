"""How far integrators stray from the true motion on recorded stretches of it.

The truth is the native integrator at 20,000 equal substeps in 10 ms; ``benchmarks/accuracy.py`` shows that it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import SimulationError
from myorun.physics import BatchSimulator
from myorun.physics.engine import Precision
from myorun.physics.opensim_backend import OpenSimSimulator
from myorun.task import rules_of
from myorun.trajectory import Trajectory
from workloads import rows_of, state_of

Array = NDArray[Any]
TRUTH = 20_000  # equal substeps in 10 ms
SECOND = 100  # steps


@dataclass(frozen=True)
class Stretch:
    """A part of a recording: ``steps`` of 10 ms from step ``first``."""

    whole: Trajectory
    first: int
    steps: int


def cut(recordings: Sequence[Trajectory], steps: int, most: int) -> list[Stretch]:
    """Consecutive stretches of ``steps`` (the last of a recording may be shorter), ``most`` of them, evenly chosen."""
    every = [
        Stretch(whole, first, min(steps, whole.steps - first))
        for whole in recordings
        for first in range(0, whole.steps, steps)
    ]
    chosen = np.linspace(0, len(every) - 1, min(most, len(every))).round().astype(int)
    return [every[k] for k in chosen]


# ---------------------------------------------------------------- errors


class Track:
    """Stretches of recordings, short and long, with their true motion: what integrators are judged on.

    Args:
        recordings: where stretches are cut from.
        states: how many stretches of one step, at most.
        seconds: how many of one second, at most.
    """

    def __init__(self, recordings: Sequence[Trajectory], *, states: int, seconds: int) -> None:
        self._stretches = (cut(recordings, 1, states), cut(recordings, SECOND, seconds))
        self._truths = [ride_native(stretches, "float64", TRUTH) for stretches in self._stretches]

    def judge(self, ride: Callable[[Sequence[Stretch]], Array]) -> Errors:
        """The errors of an integrator, given what repeats stretches with it."""
        short, long = (
            errors(stretches, ride(stretches), truth)
            for stretches, truth in zip(self._stretches, self._truths, strict=True)
        )
        return Errors(short, long)


@dataclass(frozen=True)
class Errors:
    """Largest error of every stretch over its time and the coordinates, rad or m; NaN where it was not finished."""

    short: Array  # of 10 ms
    long: Array  # of up to one second

    def cells(self) -> tuple[str, str]:
        """Median and maximum of both, in words."""
        return _words(self.short), _words(self.long)


def _words(errors: Array) -> str:
    unfinished = int(np.isnan(errors).sum())
    words = f"{np.nanmedian(errors):.1e} … {np.nanmax(errors):.1e}"
    return f"{words} ({unfinished} gave up)" if unfinished else words


def errors(stretches: Sequence[Stretch], motion: Array, truth: Array) -> Array:
    """Largest error of every stretch."""
    apart = np.abs(motion - truth).max(axis=2)
    return np.array([row[: s.steps].max() for row, s in zip(apart, stretches, strict=True)])


# ---------------------------------------------------------------- riding


def ride_native(stretches: Sequence[Stretch], precision: Precision, accuracy: str | int) -> Array:
    """Coordinates after every step, shape (stretches, longest, coordinates).

    What follows the end of a shorter stretch has no meaning.
    """
    batch = BatchSimulator(len(stretches), precision=precision, accuracy=accuracy)
    rules, model = rules_of("v1"), batch.model
    balls = [s.whole.course.obstacle_array() for s in stretches]
    obstacles = np.zeros((len(stretches), max(map(len, balls)), 3))
    for row, ball in zip(obstacles, balls, strict=True):
        row[: len(ball)] = ball
    batch.set_courses(
        obstacles=obstacles, strengths=np.array([rules.strengths(s.whole.course, model) for s in stretches])
    )
    batch.states = np.array([rows_of(s.whole)[s.first] for s in stretches])
    motion = []
    for k in range(max(s.steps for s in stretches)):
        batch.step(np.array([s.whole.excitations[s.first + min(k, s.steps - 1)] for s in stretches]))
        motion.append(batch.coordinates.astype(float))
    return np.stack(motion, axis=1)


def ride_opensim(stretches: Sequence[Stretch]) -> Array:
    """The same by OpenSim at its default accuracy; NaN from where it gave up."""
    simulator, rules = OpenSimSimulator(), rules_of("v1")
    motion = np.full((len(stretches), max(s.steps for s in stretches), simulator.coordinates.size), np.nan)
    for row, s in zip(motion, stretches, strict=True):
        course = s.whole.course
        simulator.set_course(obstacles=course.obstacle_array(), strengths=rules.strengths(course, simulator.model))
        simulator.set_state(state_of(s.whole, s.first))
        for k in range(s.steps):
            try:
                simulator.step(s.whole.excitations[s.first + k])
            except SimulationError:
                break
            row[k] = simulator.coordinates
    return motion
