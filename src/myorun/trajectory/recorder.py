"""Collects an episode while it runs: :class:`Recorder`."""

from __future__ import annotations

from typing import Any

import numpy as np

from myorun.course import Course
from myorun.trajectory.trajectory import ARRAYS, Array, Facts, Trajectory

_QUANTITIES = tuple(name for name in ARRAYS if name not in ("times", "excitations", "strengths"))


class Recorder:
    """Collects the states of a simulator and what is done between them."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._states: dict[str, list[Array]] = {name: [] for name in _QUANTITIES}
        self._excitations: list[Array] = []

    def note_state(self, simulator: Any) -> None:
        """Keep the state that the simulator is in."""
        self._times.append(simulator.time)
        for name, rows in self._states.items():
            rows.append(simulator.get(name))

    def note_excitations(self, excitations: Array) -> None:
        """Keep what is held during the next step."""
        self._excitations.append(np.array(excitations, dtype=np.float64))

    def finish(self, facts: Facts, course: Course, simulator: Any, strengths: Array) -> Trajectory:
        """The record so far.

        Args:
            facts: where it comes from.
            course: what was in the way.
            simulator: whose states were kept.
            strengths: (muscles,) factors of the maximum isometric forces that the simulator was given.
        """
        model = simulator.model
        return Trajectory(
            facts,
            course,
            model,
            times=np.array(self._times, dtype=np.float64),
            excitations=np.array(self._excitations, dtype=np.float64).reshape(-1, len(model.muscles)),
            strengths=np.array(strengths, dtype=np.float64),
            **{name: np.array(rows, dtype=np.float64) for name, rows in self._states.items()},
        )
