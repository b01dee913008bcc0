"""Episodes side by side, every one on a course of known seed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from myorun.cluster.policy import Mask, Player, Policy, Seeds

Array = NDArray[Any]
Envs = VectorEnv[Array, Array, Array]


class Step(NamedTuple):
    """What one step of every lane led to; arrays of n rows."""

    observations: Array  # (n, k), before the step
    excitations: Array  # (n, muscles)
    rewards: Array
    next_observations: Array  # (n, k), after the step: of an ended episode its last
    terminations: Mask
    truncations: Mask
    distances: Array  # m

    @property
    def ended(self) -> Mask:
        """The lanes that must begin anew."""
        return self.terminations | self.truncations


class Lanes:
    """The environments of a batch in autoreset mode "disabled", with the seed and the age of each episode."""

    def __init__(self, envs: Envs) -> None:
        self._envs = envs
        self.count = envs.num_envs
        self.seeds: Seeds = np.zeros(self.count, np.int64)
        self.steps: Seeds = np.zeros(self.count, np.int64)  # done in the episode
        self._observations: Array = np.zeros(envs.observation_space.shape or (), envs.observation_space.dtype)

    def player(self, policy: Policy) -> Player:
        """A policy for these lanes."""
        space = self._envs.action_space
        return Player(policy, space.shape or (), space.dtype)

    def begin(self, rows: Mask, seeds: Seeds) -> None:
        """New episodes in the lanes of the mask, on the courses of their seeds, (n,)."""
        self.seeds = np.where(rows, seeds, self.seeds)
        self.steps = np.where(rows, 0, self.steps)
        fresh, _ = self._envs.reset(seed=self.seeds.tolist(), options={"reset_mask": rows.copy()})
        self._observations = np.where(rows[:, None], fresh, self._observations)

    def play(self, player: Player) -> Step:
        """One step as the player chooses."""
        return self.step(player.excite(self._observations.copy(), self.seeds))

    def step(self, excitations: Array) -> Step:
        """One step under excitations, (n, muscles). No lane may have ended before."""
        before = self._observations
        after, rewards, terminations, truncations, infos = self._envs.step(excitations)
        self._observations = after
        self.steps = self.steps + 1
        return Step(before, excitations, rewards, after, terminations, truncations, infos["distance"])
