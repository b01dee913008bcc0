"""Courses simulated for a grading run: the environment in float64, as everybody has it at home."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myorun.challenge.session import Outcome, Plan
from myorun.env import LearningToRunEnv

Array = NDArray[np.float64]


class EnvRunner:
    """A :class:`~myorun.challenge.session.Runner` on one environment."""

    def __init__(self, plan: Plan) -> None:
        self.env = LearningToRunEnv(
            difficulty=plan.difficulty, max_obstacles=plan.max_obstacles, accuracy=plan.accuracy, rules=plan.rules
        )
        self.max_steps = self.env.rules.max_steps

    def start(self, seed: int) -> Array:
        observation, _ = self.env.reset(seed=seed)
        return observation

    def step(self, excitations: Array) -> Outcome:
        observation, reward, fallen, _, info = self.env.step(excitations)
        return Outcome(observation, float(reward), fallen, float(info["distance"]))
