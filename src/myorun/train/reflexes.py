"""Gradient-free: the gains of the reflex walker by CMA-ES, some tens of numbers and no network.

Hansen & Ostermeier (2001), *Completely Derandomized Self-Adaptation in Evolution Strategies*, Evol. Comput. 9(2):159.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cma
import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import load_model
from myorun.policy.reflexes import QUANTITIES, ObservedSenses, ReflexFile
from myorun.reflex import Gains, ReflexLaw
from myorun.vector import LearningToRunVectorEnv

Array = NDArray[Any]


@dataclass(frozen=True)
class Config:
    """Everything that can be chosen."""

    seed: int = 1
    steps: int = 50_000_000
    population: int = 24
    courses: int = 12  # each candidate runs, the same for all of a generation
    most_obstacles: int = 10
    spread: float = 0.15  # of the first generation, in sizes of the gains


class Reflexes:
    """A :class:`~myorun.train.loop.Trainee`. Its state is what candidates scored: the search is told it again."""

    def __init__(self, config: Config, *, threads: int, device: str = "cpu") -> None:
        self.config, self.steps = config, 0
        self._model = load_model("human")
        self._names = list(asdict(Gains()))
        self._start = np.array([float(v) for v in asdict(Gains()).values()])
        self._batch = LearningToRunVectorEnv(
            config.population * config.courses,
            threads=threads,
            precision="float32",
            autoreset_mode="same-step",
            copy=False,
            max_obstacles=config.most_obstacles,
            observation=QUANTITIES,
        )
        self._senses = ObservedSenses(self._model)
        self._told: list[list[float]] = []  # scores of every generation
        self._search = self._fresh_search()

    def _fresh_search(self) -> Any:
        random = np.random.default_rng(self.config.seed)
        options = {
            "popsize": self.config.population,
            "CMA_stds": np.maximum(np.abs(self._start), 0.1).tolist(),
            "randn": lambda *shape: random.standard_normal(shape),
            "seed": self.config.seed + 1,
            "verbose": -9,
        }
        return cma.CMAEvolutionStrategy(self._start.tolist(), self.config.spread, options)

    def advance(self) -> Mapping[str, float]:
        """One generation."""
        candidates = self._search.ask()
        scores = self._scores(np.array(candidates)).tolist()
        self._search.tell(candidates, [-score for score in scores])
        self._told.append(scores)
        return {"generation_mean": float(np.mean(scores)), "generation_best": max(scores), "sigma": self._search.sigma}

    def policy(self) -> ReflexFile:
        """The mean of the search: what it holds to be best."""
        gains = self._gains(np.asarray(self._search.mean))
        return ReflexFile("cmaes-reflex", gains, {"algorithm": "cmaes-reflex", "seed": self.config.seed})

    def state(self) -> Any:
        return {"steps": self.steps, "scores": np.array(self._told)}

    def restore(self, state: Any) -> None:
        self._search, self._told = self._fresh_search(), []
        for scores in state["scores"].tolist():
            self._search.tell(self._search.ask(), [-score for score in scores])
            self._told.append(scores)
        self.steps = state["steps"]

    def close(self) -> None:
        """Nothing to let go of."""

    # ------------------------------------------------------------ one generation

    def _gains(self, numbers: Array) -> Gains:
        """From an array (gains,), or (gains, n, 1) for n humans."""
        columns = numbers.tolist() if numbers.ndim == 1 else list(numbers)
        return Gains(**dict(zip(self._names, columns, strict=True)))

    def _scores(self, candidates: Array) -> Array:
        """Mean score [m] of each candidate, (population, gains), on this generation's courses."""
        courses, n = self.config.courses, self._batch.num_envs
        each = np.repeat(candidates, courses, axis=0)  # candidate of every human
        law = ReflexLaw(self._model, self._gains(each.T[..., None]))
        first = (self.config.seed << 32) + len(self._told) * courses
        observations, _ = self._batch.reset(seed=[first + i % courses for i in range(n)])
        score, over = np.zeros(n), np.zeros(n, np.bool_)
        while not over.all():
            self._senses.look(observations.astype(np.float64))
            observations, rewards, terminated, truncated, _ = self._batch.step(law.excitations(self._senses))
            score += rewards * ~over
            self.steps += int((~over).sum())
            over |= terminated | truncated
        means: Array = score.reshape(-1, courses).mean(axis=1)
        return means
