"""The one place where a score is made: policy × rules × seeds → scores.

Scores are made in float64, the precision of record. An episode's score depends on its seed, the rules and the
policy alone: neither on how many run side by side, nor on threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myorun.course import checked_seed
from myorun.env import PHYSICS, LearningToRunEnv, accuracy_for
from myorun.errors import UsageError
from myorun.task import Rules, rules_of
from myorun.vector import LearningToRunVectorEnv

Array = NDArray[Any]
Progress = Callable[[int, int], object]

_SIDE_BY_SIDE = 512  # episodes; more do not run faster
_NORMAL_95 = 1.959964  # quantile of the normal distribution


class Policy(Protocol):
    """Plays many episodes side by side, one a row, each answer depending on its own row alone.

    As :class:`myorun.cluster.policy.Policy`; ``begin(rows, seeds, steps)`` is called where there is one. What it wants
    to be told beside the 41 numbers, it names in ``quantities``.
    """

    def __call__(self, observations: Array) -> Any:
        """Excitations, shape (n, 18), in answer to observations, shape (n, 41)."""
        ...


@dataclass(frozen=True)
class EpisodeScore:
    """What one episode came to."""

    seed: int
    score: float  # m, sum of rewards
    forward: float  # m, sum of the rewards for progress
    ligaments: float  # m, sum of the costs of ligament torques, at most 0
    steps: int  # of 10 ms
    fell: bool


@dataclass(frozen=True)
class Evaluation:
    """Scores of many episodes, and under what they were made."""

    policy: str
    rules: str
    physics: str
    accuracy: str
    difficulty: int
    max_obstacles: int
    episodes: tuple[EpisodeScore, ...]

    @property
    def scores(self) -> NDArray[np.float64]:
        """One an episode [m]."""
        return np.array([episode.score for episode in self.episodes])

    @property
    def mean(self) -> float:
        """Mean score [m]."""
        return float(self.scores.mean())

    @property
    def std(self) -> float:
        """Standard deviation of scores [m], of a sample; 0 for a single one."""
        return float(self.scores.std(ddof=1)) if len(self.episodes) > 1 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Within which the mean lies with 95 % confidence [m], by the normal distribution."""
        half = _NORMAL_95 * self.std / sqrt(len(self.episodes))
        return self.mean - half, self.mean + half

    @property
    def falls(self) -> float:
        """Share of episodes that ended in a fall."""
        return sum(episode.fell for episode in self.episodes) / len(self.episodes)

    @property
    def completed(self) -> float:
        """Mean score of the episodes without a fall [m]; NaN if there are none."""
        scores = [episode.score for episode in self.episodes if not episode.fell]
        return float(np.mean(scores)) if scores else float("nan")


def evaluate(
    policy: Policy,
    *,
    seeds: Sequence[int],
    rules: str | Rules = "v1",
    difficulty: int = 2,
    max_obstacles: int = 3,
    physics: str = "native",
    accuracy: str | int | None = None,
    threads: int = 0,
    side_by_side: int = _SIDE_BY_SIDE,
    name: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Play an episode on the course of every seed and score it.

    Args:
        policy: what plays; see :class:`Policy`.
        seeds: of the courses, at least one.
        rules: a version of the rules, or rules.
        difficulty: 0, 1 or 2; see :func:`myorun.draw_course`.
        max_obstacles: 0 … 20.
        physics: "native", or "opensim", which plays one episode at a time.
        accuracy: of the engine; by default that of ``myorun/LearningToRun-v1``.
        threads: that share the native work, 0 for one a processor. Changes no score.
        side_by_side: episodes at once. Changes no score.
        name: what the policy is called, by default what it calls itself.
        progress: told after every step how many episodes are over, and how many there are.

    Raises:
        UsageError: for an impossible setting.
        MissingExtraError: where OpenSim is wanted and not installed.
    """
    chosen = [checked_seed(seed) for seed in seeds]
    if not chosen:
        raise UsageError("seeds is empty; at least one episode must be played")
    if physics not in PHYSICS:
        raise UsageError(f"physics is {physics!r}; it must be one of {', '.join(PHYSICS)}")
    law = rules_of(rules)
    setting = accuracy_for(physics) if accuracy is None else accuracy
    options = {"difficulty": difficulty, "max_obstacles": max_obstacles, "rules": law, "accuracy": setting}
    options |= {"observation": getattr(policy, "quantities", "2017")}
    tell = progress or (lambda over, of: None)
    if physics == "native":
        scores = _play_batches(policy, chosen, options | {"threads": threads}, side_by_side, tell)
    else:
        scores = _play_singly(policy, chosen, options | {"physics": physics}, tell)
    label = name or str(getattr(policy, "name", type(policy).__name__))
    return Evaluation(label, law.version, physics, str(setting), difficulty, max_obstacles, tuple(scores))


# ---------------------------------------------------------------- many at once


def _play_batches(
    policy: Policy, seeds: Sequence[int], options: dict[str, Any], side_by_side: int, tell: Progress
) -> list[EpisodeScore]:
    if side_by_side < 1:
        raise UsageError(f"side_by_side is {side_by_side!r}; at least one episode must run")
    scores: list[EpisodeScore] = []
    for first in range(0, len(seeds), side_by_side):
        group = seeds[first : first + side_by_side]
        envs = LearningToRunVectorEnv(len(group), precision="float64", autoreset_mode="same-step", **options)
        stepper = _Batch(envs, policy, group)
        for over in stepper.play():
            tell(first + over, len(seeds))
        scores += stepper.scores()
    return scores


class _Batch:
    """The first episode of every row of a batch. Rows that are through run on, and are not looked at."""

    def __init__(self, envs: LearningToRunVectorEnv, policy: Policy, seeds: Sequence[int]) -> None:
        self._envs, self._policy, self._seeds = envs, policy, seeds
        n = len(seeds)
        self._forward, self._ligaments, self._score = np.zeros(n), np.zeros(n), np.zeros(n)
        self._steps, self._fell, self._over = np.zeros(n, np.int64), np.zeros(n, np.bool_), np.zeros(n, np.bool_)

    def play(self) -> Iterator[int]:
        """Play until all are through; yields how many are."""
        observations, _ = self._envs.reset(seed=list(self._seeds))
        _begin(self._policy, self._seeds)
        while not self._over.all():
            observations, rewards, terminated, truncated, infos = self._envs.step(self._policy(observations))
            running = ~self._over
            last = infos.get("final_info", {})
            self._score[running] += rewards[running]
            self._forward[running] += _told("reward_forward", infos, last)[running]
            self._ligaments[running] += _told("reward_ligaments", infos, last)[running]
            self._steps[running] += 1
            self._fell |= running & terminated
            self._over |= terminated | truncated
            yield int(self._over.sum())

    def scores(self) -> list[EpisodeScore]:
        """One a row."""
        columns = (self._seeds, self._score, self._forward, self._ligaments, self._steps, self._fell)
        return [EpisodeScore(*row) for row in zip(*(np.asarray(c).tolist() for c in columns), strict=True)]


def _told(term: str, infos: dict[str, Any], last: dict[str, Any]) -> Any:
    """A term of every row's reward: infos hold those that go on, ``final_info`` those that ended, each 0 elsewhere."""
    return infos.get(term, 0.0) + last.get(term, 0.0)


def _begin(policy: Policy, seeds: Sequence[int]) -> None:
    begin = getattr(policy, "begin", None)
    if begin is not None:
        n = len(seeds)
        begin(np.ones(n, np.bool_), np.array(seeds, np.int64), np.zeros(n, np.int64))


# ---------------------------------------------------------------- one after the other


def _play_singly(policy: Policy, seeds: Sequence[int], options: dict[str, Any], tell: Progress) -> list[EpisodeScore]:
    env = LearningToRunEnv(**options)
    scores = []
    for number, seed in enumerate(seeds):
        scores.append(_play_one(env, policy, seed))
        tell(number + 1, len(seeds))
    return scores


def _play_one(env: LearningToRunEnv, policy: Policy, seed: int) -> EpisodeScore:
    observation, _ = env.reset(seed=seed)
    _begin(policy, [seed])
    score = forward = ligaments = 0.0
    fell, steps = False, 0
    while not fell and steps < env.rules.max_steps:
        observation, reward, fell, _, info = env.step(np.asarray(policy(observation[None]))[0])
        score += reward
        forward += info["reward_forward"]
        ligaments += info["reward_ligaments"]
        steps += 1
    return EpisodeScore(seed, score, forward, ligaments, steps, fell)
