"""What a policy sees and remembers of many runners at once: :class:`Perception`. NumPy only.

In learning and in use the very same code runs, in float32 there and in float64 here; every number of a row depends on
that row alone, by correctly rounded operations only, so that neither batch nor processor changes a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from myorun.policy.effort import EffortMemory, LeadMemory
from myorun.policy.frame import PelvisFrame, place_of
from myorun.policy.mirror import Mirror
from myorun.policy.obstacles import ObstacleMemory

Array = NDArray[Any]


@dataclass(frozen=True)
class Sense:
    """How a policy perceives; part of its description on disk."""

    hold: int = 5  # steps of 10 ms that a decision is held
    frame: bool = True  # positions are seen from the pelvis
    passed: int = 2  # obstacles remembered behind the next one
    mirror: bool = True  # the leading leg is shown as the right one


class Perception:
    """Eyes and memory of ``n`` runners.

    Args:
        n: how many runners.
        names: of the numbers of an observation, the 41 of 2017 at least.
        muscles: names, in the order of the excitations.
        sense: what is perceived.
        dtype: of everything handed out.

    Raises:
        UsageError: if the environment does not tell what is needed.
    """

    def __init__(
        self, n: int, names: Sequence[str], muscles: Sequence[str], sense: Sense, dtype: DTypeLike = np.float64
    ) -> None:
        self.sense = sense
        self._frame = PelvisFrame(names, relative=sense.frame)
        self._obstacles = ObstacleMemory(n, names, sense.passed, dtype)
        self._effort = EffortMemory(n, muscles, dtype)
        self._lead = LeadMemory(n, names, dtype)
        self._memories = (self._obstacles, self._effort, self._lead)
        self.names: tuple[str, ...] = tuple(name for part in (self._frame, *self._memories) for name in part.names)
        self._hips = place_of("hip_flexion_r", names), place_of("hip_flexion_l", names)
        self._mirror_seen, self._mirror_muscles = Mirror(self.names), Mirror(muscles)
        self._turned = np.zeros(n, np.bool_)

    @property
    def lead(self) -> Array:
        """Running mean of right minus left hip flexion, shape (n,) [rad]; not to be written."""
        return self._lead.lead

    def begin(self, rows: Array) -> None:
        """The runners of the bool mask ``rows``, (n,), start anew: all about them is forgotten."""
        for memory in self._memories:
            memory.begin(rows)

    def watch(self, observations: Array) -> None:
        """Take note of observations, (n, 41), of every step."""
        self._obstacles.watch(observations)
        self._lead.watch(observations)

    def see(self, observations: Array, rows: Any = slice(None)) -> Array:
        """Features to decide by, shape (n, len(names)); the decision that follows is about these.

        ``rows`` are the indices of the runners whose observations are given; by default all.
        """
        self._turned[rows] = turned = self._is_turned(observations)
        return self._features(observations, rows, turned)

    def foresee(self, observations: Array, rows: Array) -> Array:
        """The same without a decision to follow: what :meth:`see` said stays in force."""
        return self._features(observations, rows, self._is_turned(observations))

    def excite(self, decisions: Array, rows: Any = slice(None)) -> Array:
        """Excitations of the runners' own muscles, (n, muscles), from decisions about what :meth:`see` showed."""
        excitations = self._mirror_muscles.reflect(decisions, self._turned[rows])
        self._effort.hold(excitations, self.sense.hold, rows)
        return excitations

    def _is_turned(self, observations: Array) -> Array:
        right, left = self._hips
        turned: Array = (observations[:, left] > observations[:, right]) & self.sense.mirror
        return turned

    def _features(self, observations: Array, rows: Any, turned: Array) -> Array:
        parts = (
            self._frame.see(observations),
            self._obstacles.see(observations, rows),
            self._effort.see(rows),
            self._lead.see(rows),
        )
        return self._mirror_seen.reflect(np.concatenate(parts, axis=1), turned)
