"""The champion's way: PPO with on/off muscles on a field that grows harder. One thread runs humans, one learns."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch

from myorun.errors import UsageError
from myorun.policy.perception import Perception, Sense
from myorun.policy.policy import PolicyFile
from myorun.train.field import Field, Ground
from myorun.train.networks import as_network
from myorun.train.ppo import Batch, Learner, Sampler, Settings
from myorun.train.remote import RemoteSamplers
from myorun.train.rewards import RewardTerms
from myorun.train.schedule import Points, at
from myorun.train.settings import checked, whole
from myorun.vector import LearningToRunVectorEnv

_MATMUL = ("highest", "high", "medium")  # torch's words
_MOST = {"hold": 100, "decisions": 10_000}


@dataclass(frozen=True)
class Config:
    """Everything that can be chosen. What is a number of real value may also be a schedule; see :mod:`schedule`."""

    seed: int = 1
    steps: int = 300_000_000
    runners: int = 512
    decisions: float | Points = 32.0  # of each runner in a batch
    hold: float | Points = 5.0  # steps of 10 ms that a decision is held
    hidden: list[int] = field(default_factory=lambda: [192, 128])
    episode_steps: int = 1000
    sway: float = 0.0  # standard deviation of joint angles at the start of an episode [rad]
    normalise: bool = True  # features by their running moments
    matmul: str = "highest"  # or medium: products in bfloat16, summed in float32, where the processor has them
    learning_rate: float = 5e-4
    gamma: float | Points = 0.99
    lam: float | Points = 0.95
    clip: float | Points = 0.2
    epochs: int = 4
    minibatches: int = 8  # of a batch
    entropy: float | Points = 0.005
    target_kl: float | Points = 0.02
    sense: dict[str, Any] = field(default_factory=dict)
    reward: dict[str, Any] = field(default_factory=dict)
    obstacles: dict[str, Any] = field(default_factory=lambda: {"10": 1.0})  # most obstacles → share, or schedule


class Champion:
    """A :class:`~myorun.train.loop.Trainee`. While batch k is learned from, batch k + 1 is collected."""

    def __init__(self, config: Config, *, threads: int, device: str = "cpu", cluster: str | None = None) -> None:
        self.config, self.steps = config, 0
        _check_counts(config)
        torch.set_num_threads(1)  # with more, torch collapses when another process wants a processor too
        _multiply(config.matmul)
        self._sense = replace(checked(Sense, config.sense), hold=self._hold())
        batch = LearningToRunVectorEnv(1)
        self._names, self._muscles = batch.observation_names, batch.action_names
        self._sampler = self._samplers(threads, cluster)
        features = len(Perception(1, self._names, self._muscles, self._sense).names)
        self._learner = Learner(
            features,
            len(self._muscles),
            tuple(config.hidden),
            config.learning_rate,
            config.seed,
            device,
            normalise=config.normalise,
        )
        self._pool = ThreadPoolExecutor(1)
        self._coming: Future[Batch] | None = None

    def _samplers(self, threads: int, cluster: str | None) -> Sampler | RemoteSamplers:
        """Runners of this process, or the same number shared by ``threads`` workers of a cluster."""
        options: dict[str, Any] = {
            "sense": self._sense,
            "terms": RewardTerms(**self._reward()),
            "ground": self._ground(),
            "episode_steps": self.config.episode_steps,
            "sway": self.config.sway,
        }
        config = self.config
        if cluster is None:
            field = Field(config.runners, seed=config.seed, threads=threads, **options)
            return Sampler(field, config.seed + 1)
        shares = [len(part) for part in np.array_split(np.arange(config.runners), threads)]
        fields = [{"n": n, "seed": config.seed + 1000 * i, **options} for i, n in enumerate(shares)]
        return RemoteSamplers(cluster, fields)

    def advance(self) -> Mapping[str, float]:
        """One batch."""
        if self._coming is None:
            self._warm_up()
        assert self._coming is not None
        batch = self._coming.result()
        self.steps += batch.rewards.size * self._sense.hold
        self._change()
        self._coming = self._collect()
        told = self._learner.learn(batch, self._settings())
        reward, falls = float(batch.rewards.mean()), float(batch.terminated.mean())
        return told | {"reward": reward, "falls_a_decision": falls, "learning_rate": self._learner.learning_rate}

    def _warm_up(self) -> None:
        """Features are normalised from the first batch on, so one is looked at before."""
        if self.steps == 0:
            self._learner.normaliser.take(self._sampler.collect(*self._learner.frozen(), self._decisions()).raw)
        self._coming = self._collect()

    def _collect(self) -> Future[Batch]:
        actor, normaliser = self._learner.frozen()
        return self._pool.submit(self._sampler.collect, actor, normaliser, self._decisions())

    def policy(self) -> PolicyFile:
        """The running mean of the policies of late."""
        network = as_network(self._learner.average, self._learner.normaliser)
        told = {"algorithm": "champion", "seed": self.config.seed}
        return PolicyFile("champion", self._names, self._muscles, self._sense, network, told)

    def state(self) -> Any:
        """Networks, optimiser, normaliser, counters and generators. Runners begin anew after a restore."""
        return {"steps": self.steps, "learner": self._learner.state(), "sampler": self._sampler.state()}

    def restore(self, state: Any) -> None:
        self.steps = state["steps"]
        self._learner.restore(state["learner"])
        self._change()
        self._sampler.restore(state["sampler"])

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._sampler.close()

    # ------------------------------------------------------------ what is due now

    def _now(self, schedule: float | Points) -> float:
        return at(schedule, self.steps / 1e6)

    def _change(self) -> None:
        """Sample as is due now."""
        self._sense = replace(self._sense, hold=self._hold())
        self._sampler.change(self._ground(), RewardTerms(**self._reward()), self._sense.hold)

    def _hold(self) -> int:
        return round(self._now(self.config.hold))

    def _decisions(self) -> int:
        return round(self._now(self.config.decisions))

    def _settings(self) -> Settings:
        names = ("gamma", "lam", "clip", "entropy", "target_kl")
        numbers = {name: self._now(getattr(self.config, name)) for name in names}
        return Settings(epochs=self.config.epochs, minibatches=self.config.minibatches, **numbers)

    def _reward(self) -> dict[str, float]:
        return {name: self._now(value) for name, value in asdict(checked(RewardTerms, self.config.reward)).items()}

    def _ground(self) -> Ground:
        return Ground(tuple((whole(most), self._now(share)) for most, share in self.config.obstacles.items()))


def _multiply(precision: str) -> None:
    """How products of matrices are made from now on, by everything of this process."""
    if precision not in _MATMUL:
        raise UsageError(f"the setting matmul is {precision!r}; it must be one of {', '.join(_MATMUL)}")
    torch.set_float32_matmul_precision(precision)


def _check_counts(config: Config) -> None:
    """Counts at every point of their schedules, so that no run stops in its midst."""
    for name, most in _MOST.items():
        value = getattr(config, name)
        for _, number in value if isinstance(value, list) else [(0, value)]:
            if not 1 <= round(number) <= most:
                raise UsageError(f"the setting {name} is {number:g}; it must be 1 to {most}")
