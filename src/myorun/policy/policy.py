"""A policy at work: :class:`TrainedPolicy`, for one runner or thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.policy.network import Network
from myorun.policy.perception import Perception, Sense

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class PolicyFile:
    """All that is kept of a policy on disk."""

    name: str
    observation: tuple[str, ...]  # names of the numbers it was trained on, in their order
    muscles: tuple[str, ...]  # names, in the order of its decisions
    sense: Sense
    network: Network
    provenance: dict[str, Any]  # where it comes from, for people


class TrainedPolicy:
    """Plays any number of episodes side by side; what it does in one depends on that one alone, to the bit.

    Called with observations, (n, 41) or wider, every step of 10 ms, it answers excitations, (n, muscles). Before the
    first call :meth:`begin` says who starts; see :class:`myorun.cluster.policy.Policy`.
    """

    def __init__(self, file: PolicyFile) -> None:
        self.file = file
        self._width = len(file.observation)
        self._perception: Perception | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.file.name

    def begin(self, rows: Array, seeds: Array | None = None, steps: Array | None = None) -> None:
        """Episodes of the rows in the bool mask, (n,), start; all about the ones before is forgotten.

        ``seeds`` are not looked at: nothing here is random. :class:`UsageError` if an episode is to go on from a
        later step, of which this policy would have to remember what it never saw.
        """
        if steps is not None and np.any(np.asarray(steps)[rows]):
            raise UsageError(f"policy {self.name!r} has a memory; it can begin at the start of an episode only")
        if self._perception is None or len(self._age) != len(rows):
            self._set_up(len(rows))
        assert self._perception is not None
        self._perception.begin(rows)
        self._age[rows] = 0

    def _set_up(self, n: int) -> None:
        file = self.file
        self._perception = Perception(n, file.observation, file.muscles, file.sense)
        self._age = np.zeros(n, np.int64)  # steps since the start of each episode
        self._held = np.zeros((n, len(file.muscles)))

    def __call__(self, observations: Any) -> Array:
        """Excitations of the next step, float64, shape (n, muscles)."""
        told = np.asarray(observations, np.float64)
        if told.ndim != 2 or told.shape[1] < self._width:
            raise UsageError(f"observations have shape {told.shape}; policy {self.name!r} needs (n, {self._width})")
        told = told[:, : self._width]
        if self._perception is None or len(self._age) != len(told):
            self.begin(np.ones(len(told), np.bool_))
        assert self._perception is not None
        self._perception.watch(told)
        due = self._age % self.file.sense.hold == 0
        if due.any():
            self._decide(self._perception, told, due)
        self._age += 1
        return self._held.copy()

    def _decide(self, perception: Perception, told: Array, due: Array) -> None:
        rows = np.flatnonzero(due)
        decisions = self.file.network.decide(perception.see(told[rows], rows))
        self._held[rows] = perception.excite(decisions, rows)
