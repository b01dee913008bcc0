"""The training field: many runners at once, as a learner sees them. :class:`Field`.

One decision is held for several steps (frame skip). Falls begin a new episode at once; the time limit is the
field's own, so that episodes are cut at a decision, and differently long at first, else all would start together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from myorun.course import checked_max_obstacles
from myorun.errors import UsageError
from myorun.policy.perception import Perception, Sense
from myorun.train.rewards import Rewarder, RewardTerms
from myorun.vector import LearningToRunVectorEnv

Array = NDArray[Any]

_MOST_SWAY = 0.2  # rad: with three times as much, nobody starts below the ground or beyond the reach of muscles


@dataclass(frozen=True)
class Ground:
    """What courses episodes may begin on; drawn anew for every batch of starts."""

    shares: tuple[tuple[int, float], ...] = ((10, 1.0),)  # (most obstacles, weight)
    difficulty: int = 2

    def __post_init__(self) -> None:
        weights = [weight for _, weight in self.shares]
        if not weights or min(weights) < 0.0 or not sum(weights) > 0.0:
            raise UsageError(f"shares of obstacles are {weights}; they must not be negative, nor all 0")
        for most, _ in self.shares:
            checked_max_obstacles(most)

    def draw(self, random: np.random.Generator) -> int:
        """The most obstacles of the next course."""
        counts, weights = zip(*self.shares, strict=True)
        return int(random.choice(counts, p=np.array(weights) / sum(weights)))


class Outcome(NamedTuple):
    """What came of one decision of every runner; n rows."""

    features: Array  # (n, k), to decide by next
    rewards: Array  # of the learner
    terminated: Array  # bool: fell
    truncated: Array  # bool: the field's time limit cut the episode
    last_features: Array  # (truncated.sum(), k), the last of the episodes cut


class Field:
    """``n`` runners in float32, on endless courses.

    ``sway`` is the standard deviation of joint angles and pelvis tilt at the start of an episode [rad]; runners see of
    it what they see 10 ms later.

    Raises:
        UsageError: for an impossible setting.
    """

    def __init__(
        self,
        n: int,
        *,
        sense: Sense,
        terms: RewardTerms,
        ground: Ground,
        seed: int,
        threads: int = 1,
        episode_steps: int = 1000,
        sway: float = 0.0,
    ) -> None:
        if not 0.0 <= sway <= _MOST_SWAY:
            raise UsageError(f"sway is {sway!r} rad; it must be 0 to {_MOST_SWAY}")
        self.n, self.sense, self.ground, self._sway = n, sense, ground, sway
        self.random = np.random.default_rng(seed)
        self.batch = LearningToRunVectorEnv(
            n,
            threads=threads,
            precision="float32",
            autoreset_mode="same-step",
            copy=False,
            max_episode_steps=0,
            difficulty=ground.difficulty,
        )
        self.perception = Perception(n, self.batch.observation_names, self.batch.action_names, sense, np.float32)
        self.rewarder = Rewarder(terms, self.batch.rules, self.batch.observation_names)
        self._episode_steps = episode_steps
        self._limit = max(1, episode_steps // sense.hold)  # decisions
        self._left = np.full(n, self._limit)  # of each episode
        coordinates = enumerate(self.batch.simulator.model.free_coordinates)
        self._joints = np.array([i for i, coordinate in coordinates if coordinate.motion == "rotational"])
        self._everyone = np.ones(n, np.bool_)

    @property
    def muscles(self) -> tuple[str, ...]:
        """Names, in the order of a decision."""
        return self.batch.action_names

    def hold_for(self, steps: int) -> None:
        """Hold every decision for so many steps from now on; episodes under way get as much longer or shorter."""
        if steps != self.sense.hold:
            self._left = np.maximum(1, self._left * self.sense.hold // steps)
            self.sense = self.perception.sense = replace(self.sense, hold=steps)
            self._limit = max(1, self._episode_steps // steps)

    def start(self) -> Array:
        """Everyone at the start line of a fresh course, with a part of the time already gone. Features, (n, k)."""
        seeds = self.random.integers(0, 2**62, self.n).tolist()
        self._draw_ground()
        observations, _ = self.batch.reset(seed=seeds)
        self._bend(self._everyone)
        self._left = self.random.integers(1, self._limit + 1, self.n)
        self.perception.begin(self._everyone)
        self.perception.watch(observations)
        return self.perception.see(observations)

    def decide(self, decisions: Array) -> Outcome:
        """Let everyone act as decided, (n, muscles) in [0, 1], for the steps of a decision."""
        self._draw_ground()
        excitations = self.perception.excite(decisions)
        rewards = np.zeros(self.n, np.float32)
        fell = np.zeros(self.n, np.bool_)
        held = excitations.copy()
        for _ in range(self.sense.hold):
            observations, _, terminated, _, infos = self.batch.step(held)
            rewards += self._of_step(infos, terminated) * ~fell
            if terminated.any():
                fell |= terminated
                held[terminated] = 0.0  # who has just begun stands at rest until its first decision
                self._bend(terminated)
                self.perception.begin(terminated)
            self.perception.watch(observations)
        posture = self.rewarder.of_posture(observations, self.perception.lead, excitations)
        rewards += self.sense.hold * posture * ~fell
        return self._finish(observations, rewards, fell)

    def _of_step(self, infos: dict[str, Any], terminated: Array) -> Array:
        last = infos.get("final_info", {})
        forward = infos.get("reward_forward", 0.0) + last.get("reward_forward", 0.0)
        ligaments = infos.get("reward_ligaments", 0.0) + last.get("reward_ligaments", 0.0)
        return self.rewarder.of_step(forward, ligaments, terminated)

    def _finish(self, observations: Array, rewards: Array, fell: Array) -> Outcome:
        self._left = np.where(fell, self._limit, self._left - 1)
        cut = self._left <= 0
        last = self.perception.foresee(observations[cut], np.flatnonzero(cut))
        if cut.any():
            observations, _ = self.batch.reset(options={"reset_mask": cut})
            self._bend(cut)
            self._left[cut] = self._limit
            self.perception.begin(cut)
            self.perception.watch(observations)
        return Outcome(self.perception.see(observations), rewards, fell, cut, last)

    def _bend(self, rows: Array) -> None:
        """Let those who begin, a mask, stand a little differently every time."""
        if self._sway:
            states = self.batch.simulator.states
            bent = self._sway * self.random.standard_normal((rows.sum(), len(self._joints)))
            states[np.ix_(rows, self._joints)] += bent.clip(-3.0 * self._sway, 3.0 * self._sway)
            self.batch.simulator.states = states

    def _draw_ground(self) -> None:
        self.batch.max_obstacles = self.ground.draw(self.random)
