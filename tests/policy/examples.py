"""A small policy with random weights, and observations of humans at random, for the tests of this folder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.policy.network import Network
from myorun.policy.perception import Perception, Sense
from myorun.policy.policy import PolicyFile, TrainedPolicy
from myorun.vector import LearningToRunVectorEnv

_BATCH = LearningToRunVectorEnv(1)
NAMES, MUSCLES = _BATCH.observation_names, _BATCH.action_names


def random_file(seed: int = 0, hidden: int = 8, sense: Sense | None = None, **kind: str) -> PolicyFile:
    """A policy of two layers, with numbers that float32 holds exactly."""
    random = np.random.default_rng(seed)
    chosen = sense or Sense()
    features = len(Perception(1, NAMES, MUSCLES, chosen).names)

    def numbers(*shape: int) -> NDArray[np.float64]:
        return random.normal(size=shape).astype(np.float32).astype(np.float64)

    network = Network(
        mean=numbers(features),
        deviation=(np.abs(numbers(features)) + 0.5).astype(np.float32).astype(np.float64),
        weights=(numbers(features, hidden), numbers(hidden, len(MUSCLES))),
        biases=(numbers(hidden), numbers(len(MUSCLES))),
        **kind,
    )
    return PolicyFile("random", NAMES, MUSCLES, chosen, network, {"steps": 0, "command": "none"})


def random_policy(seed: int = 0, **options: Any) -> TrainedPolicy:
    """The same at work."""
    return TrainedPolicy(random_file(seed, **options))


def random_observations(n: int, seed: int = 0, steps: int = 30) -> NDArray[np.float64]:
    """What n humans are told after some steps of random excitations, each on a course of its own: (n, 41)."""
    random = np.random.default_rng(seed)
    batch = LearningToRunVectorEnv(n, precision="float64", max_obstacles=10, autoreset_mode="same-step")
    observations, _ = batch.reset(seed=seed)
    for _ in range(steps):
        observations, *_ = batch.step(random.uniform(size=(n, len(MUSCLES))))
    return observations
