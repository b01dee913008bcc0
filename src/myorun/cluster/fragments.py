"""Endless episodes in fragments, and how to take one up again elsewhere: :class:`Stream`, :class:`Record`.

An episode is its seed and the excitations held so far. Whoever knows both can repeat it to the bit; so what a dead
worker had in hand is repeated up to the last fragment that arrived, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from gymnasium import Space
from numpy.typing import NDArray

from myorun.cluster.lanes import Envs, Lanes
from myorun.cluster.policy import Policy, Seeds

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """Transitions; every array has the axes (workers, steps, num_envs) first.

    Each transition is step ``steps`` of the episode of course ``seeds``, and appears once in all fragments together.
    """

    observations: Array  # (…, k)
    excitations: Array  # (…, muscles), as the environment took them in, before it clips them
    rewards: Array
    next_observations: (
        Array  # (…, k), what the step led to: at an end the last of the episode, not the next one's first
    )
    terminations: Array  # bool: fallen, nothing to come
    truncations: Array  # bool: time was up, so bootstrap from next_observations
    seeds: Array  # int64
    steps: Array  # int64, 0 for the first of an episode

    @classmethod
    def stack(cls, parts: Sequence[Self]) -> Self:
        """Fragments side by side, with a new first axis."""
        return cls(*(np.stack([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """Where a stream of n lanes stands, from which it can be taken up again to the bit."""

    seeds: Seeds  # (n,) of the episodes under way
    steps: Seeds  # (n,) done in each
    excitations: Array  # (longest of ``steps``, n, muscles), the last of them just held
    stride: int  # from the seed of one episode to the next one's in the same lane

    def follow(self, part: Fragment) -> Record:
        """Where the stream stands after one more fragment, (steps, n, …)."""
        ended = part.terminations[-1] | part.truncations[-1]
        steps = np.where(ended, 0, part.steps[-1] + 1)
        held = np.concatenate([self.excitations, part.excitations])
        seeds = part.seeds[-1] + self.stride * ended
        return Record(seeds, steps, held[len(held) - steps.max() :].copy(), self.stride)

    @classmethod
    def first(cls, seeds: Seeds, stride: int, actions: Space[Any]) -> Record:
        """A stream that has not begun; ``actions`` is the space of one lane's."""
        return cls(
            seeds, np.zeros_like(seeds), np.zeros((0, len(seeds), *(actions.shape or ())), actions.dtype), stride
        )


class Stream:
    """Lanes that go on and on, an episode after the other, each on the course ``stride`` seeds further."""

    def __init__(self, envs: Envs, record: Record) -> None:
        self._lanes, self._stride = Lanes(envs), record.stride
        self._repeat(record)

    def _repeat(self, record: Record) -> None:
        """Bring every lane to where the record says: those who began later wait longer."""
        lanes, length = self._lanes, len(record.excitations)
        due = np.ones(lanes.count, bool)
        for step in range(length + 1):
            due = due | (record.steps == length - step)
            if due.any():
                lanes.begin(due, record.seeds)
            if step < length:
                due = lanes.step(record.excitations[step]).ended  # only of lanes that wait

    def sample(self, policy: Policy, steps: int) -> Fragment:
        """The next ``steps`` steps of every lane; arrays (steps, n, …). :class:`PolicyError` where the policy fails."""
        lanes, player, rows = self._lanes, self._lanes.player(policy), []
        player.begin(np.ones(lanes.count, bool), lanes.seeds, lanes.steps)
        for _ in range(steps):
            seeds, ages = lanes.seeds, lanes.steps
            step = lanes.play(player)
            rows.append(Fragment(*step[:6], seeds, ages))
            if step.ended.any():
                lanes.begin(step.ended, seeds + self._stride)
                player.begin(step.ended, lanes.seeds, lanes.steps)
        return Fragment.stack(rows)
