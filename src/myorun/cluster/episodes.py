"""Whole episodes, each from its seed: :func:`play_episodes`."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myorun.cluster.lanes import Envs, Lanes, Step
from myorun.cluster.policy import Mask, Policy, Seeds


@dataclass(frozen=True, slots=True)
class Episode:
    """How an episode went."""

    seed: int  # of its course
    score: float  # sum of rewards [m]
    length: int  # steps of 10 ms
    distance: float  # m, of the pelvis at the end
    fallen: bool  # terminated rather than truncated


def play_episodes(envs: Envs, policy: Policy, seeds: Sequence[int]) -> list[Episode]:
    """One episode for every seed, in the order in which they end.

    ``envs`` is a batch in autoreset mode "disabled"; as an episode ends, the next seed takes its lane.
    :class:`PolicyError` where the policy fails.
    """
    heats = _Heats(Lanes(envs), policy, seeds)
    while len(heats.episodes) < len(seeds):
        heats.step()
    return heats.episodes


class _Heats:
    """Lanes in use. Where no seed is left, a lane repeats its own and nobody looks."""

    def __init__(self, lanes: Lanes, policy: Policy, seeds: Sequence[int]) -> None:
        self._lanes, self._player = lanes, lanes.player(policy)
        self._waiting = deque(seeds)
        self._watched = np.zeros(lanes.count, bool)
        self._scores = np.zeros(lanes.count)
        self.episodes: list[Episode] = []
        if seeds:
            self._begin(np.ones(lanes.count, bool), np.full(lanes.count, seeds[0]))

    def _begin(self, rows: Mask, own: Seeds) -> None:
        seeds = own.copy()
        for row in np.flatnonzero(rows):
            self._watched[row] = bool(self._waiting)
            if self._waiting:
                seeds[row] = self._waiting.popleft()
        self._scores[rows] = 0.0
        self._lanes.begin(rows, seeds)
        self._player.begin(rows, seeds, self._lanes.steps)

    def step(self) -> None:
        """One step of every lane; those that end are noted and given their next seed."""
        step = self._lanes.play(self._player)
        self._scores += step.rewards
        if step.ended.any():
            self.episodes += [self._episode(row, step) for row in np.flatnonzero(step.ended & self._watched).tolist()]
            self._begin(step.ended, self._lanes.seeds)

    def _episode(self, row: int, step: Step) -> Episode:
        return Episode(
            seed=int(self._lanes.seeds[row]),
            score=float(self._scores[row]),
            length=int(self._lanes.steps[row]),
            distance=float(step.distances[row]),
            fallen=bool(step.terminations[row]),
        )
