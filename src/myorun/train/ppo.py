"""Proximal policy optimisation for on/off muscles, made to be fast on two cores.

Schulman et al. (2017), *Proximal Policy Optimization Algorithms*, arXiv:1707.06347. Why not a library's: here one
thread runs humans while another learns from what the policy before last did (its probabilities are kept, so the ratio
is right); nothing but the actor is asked while sampling; time limits are bootstrapped; and the discount, the entropy
and the learning rate follow schedules.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from myorun.train.advantage import advantages
from myorun.train.field import Field, Ground
from myorun.train.networks import Normaliser, Perceptron, as_tensors
from myorun.train.rewards import RewardTerms

Array = NDArray[Any]

_STATEFUL = ("actor", "critic", "average", "optimizer")
_ROWS = 2048  # of which the gradient is taken at once: layers of more leave the processor's cache


@dataclass(frozen=True)
class Settings:
    """Numbers of the algorithm at one moment."""

    gamma: float = 0.99  # a decision
    lam: float = 0.95
    clip: float = 0.2
    epochs: int = 4
    minibatches: int = 8
    entropy: float = 0.005
    target_kl: float = 0.02
    most_learning_rate: float = 1e-3
    least_learning_rate: float = 2e-5
    max_gradient: float = 0.5


class Batch(NamedTuple):
    """What n runners did in t decisions."""

    features: Array  # (t + 1, n, k), normalised
    decisions: Array  # (t, n, muscles), 0 or 1
    log_probabilities: Array  # (t, n)
    rewards: Array  # (t, n)
    terminated: Array  # (t, n)
    truncated: Array  # (t, n)
    last_features: Array  # (truncated.sum(), k), normalised, in the order of truncated
    raw: Array  # (t·n, k), for the normaliser


class Sampler:
    """Lets a field's runners act by a frozen copy of the actor."""

    def __init__(self, field: Field, seed: int) -> None:
        self.field = field
        self._features = field.start()
        self._random = np.random.default_rng(seed)

    def change(self, ground: Ground, terms: RewardTerms, hold: int) -> None:
        """Courses, rewards and the steps a decision is held from now on."""
        self.field.ground, self.field.rewarder.terms = ground, terms
        self.field.hold_for(hold)

    def close(self) -> None:
        """Nothing to let go of."""

    def state(self) -> Any:
        """Both generators. The runners themselves are not kept."""
        return {"own": self._random.bit_generator.state, "field": self.field.random.bit_generator.state}

    def restore(self, state: Any) -> None:
        """Go on with these generators, and with new episodes of everyone."""
        self._random.bit_generator.state = state["own"]
        self.field.random.bit_generator.state = state["field"]
        self._features = self.field.start()

    def collect(self, actor: Perceptron, normaliser: Normaliser, length: int) -> Batch:
        """``length`` decisions of everyone."""
        with torch.no_grad():
            return self._collect(actor, normaliser, length)

    def _collect(self, actor: Perceptron, normaliser: Normaliser, length: int) -> Batch:
        rows: list[tuple[Array, ...]] = []
        raw, lasts = [], []
        for _ in range(length):
            seen = normaliser.apply(self._features)
            logits = actor(torch.from_numpy(seen)).numpy()
            on = self._random.random(logits.shape, np.float32) < 1.0 / (1.0 + np.exp(-logits))
            decisions = on.astype(np.float32)
            log_probability = -np.logaddexp(0.0, np.where(on, -logits, logits)).sum(axis=1)
            raw.append(self._features)
            outcome = self.field.decide(decisions)
            self._features = outcome.features
            lasts.append(outcome.last_features)
            rows.append((seen, decisions, log_probability, outcome.rewards, outcome.terminated, outcome.truncated))
        seen, *told = (np.stack(column) for column in zip(*rows, strict=True))
        seen = np.concatenate([seen, normaliser.apply(self._features)[None]])
        return Batch(*(seen, *told, normaliser.apply(np.concatenate(lasts)), np.concatenate(raw)))


class Learner:
    """Actor, critic and their optimiser."""

    def __init__(
        self,
        features: int,
        muscles: int,
        hidden: Sequence[int],
        learning_rate: float,
        seed: int,
        device: str = "cpu",
        *,
        normalise: bool = True,
    ) -> None:
        torch.manual_seed(seed)
        self.device = device
        self.actor = Perceptron((features, *hidden, muscles), 0.01).to(device)
        self.critic = Perceptron((features, *hidden, 1), 1.0).to(device)
        self.average = deepcopy(self.actor)
        parameters = [*self.actor.parameters(), *self.critic.parameters()]
        self.optimizer = torch.optim.Adam(parameters, lr=learning_rate, eps=1e-5, fused=True)
        self.normaliser = Normaliser(features, settled=not normalise)
        self.learning_rate = learning_rate
        self._generator = torch.Generator().manual_seed(seed)

    def frozen(self) -> tuple[Perceptron, Normaliser]:
        """Copies of actor and normaliser, to sample by."""
        return deepcopy(self.actor).cpu(), deepcopy(self.normaliser)

    def state(self) -> Any:
        """Everything that decides how learning goes on."""
        return {
            **{name: getattr(self, name).state_dict() for name in _STATEFUL},
            "normaliser": self.normaliser.state(),
            "learning_rate": self.learning_rate,
            "generator": self._generator.get_state(),
        }

    def restore(self, state: Any) -> None:
        """Go on from a state, be it of arrays or tensors."""
        tensors = as_tensors(state)
        for name in _STATEFUL:
            getattr(self, name).load_state_dict(tensors[name])
        self.normaliser.restore(state["normaliser"])
        self.learning_rate = state["learning_rate"]
        self._generator.set_state(tensors["generator"])

    def learn(self, batch: Batch, settings: Settings) -> dict[str, float]:
        """Some epochs over a batch. Answers what is worth logging."""
        x, data = self._prepare(batch, settings)
        told = []
        for _ in range(settings.epochs):
            for rows in torch.randperm(len(x), generator=self._generator).chunk(settings.minibatches):
                told.append(self._step(x[rows], [d[rows] for d in data], settings))
        late = float(np.mean([kl for kl, _, _ in told[-(len(told) // settings.epochs) :]]))
        self._adapt(late, settings)
        self.normaliser.take(batch.raw)
        self._average()
        _, entropy, value_loss = np.mean(told, axis=0).tolist()
        return {"kl": late, "entropy": entropy, "value_loss": value_loss}

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _prepare(self, batch: Batch, settings: Settings) -> tuple[Tensor, list[Tensor]]:
        """Normalised features, and decisions, their log probabilities, advantages and returns, a row a decision."""
        t, n = batch.rewards.shape
        features = torch.from_numpy(batch.features).to(self.device)
        values = self.critic(features.reshape((t + 1) * n, -1)).reshape(t + 1, n).cpu().numpy()
        last = np.zeros((t, n), np.float32)
        last[batch.truncated] = self.critic(torch.from_numpy(batch.last_features).to(self.device))[:, 0].cpu().numpy()
        gains = advantages(batch.rewards, values, batch.terminated, batch.truncated, last, settings.gamma, settings.lam)
        scaled = (gains - gains.mean()) / (gains.std() + 1e-8)
        columns = (batch.decisions, batch.log_probabilities, scaled, gains + values[:-1])
        rows = [np.ascontiguousarray(c.reshape(t * n, *c.shape[2:]), np.float32) for c in columns]
        return features[:-1].reshape(t * n, -1), [torch.from_numpy(r).to(self.device) for r in rows]

    def _step(self, x: Tensor, data: list[Tensor], settings: Settings) -> tuple[float, float, float]:
        """One step of the optimiser; KL divergence from the policy that sampled, entropy, loss of the critic."""
        self.optimizer.zero_grad(set_to_none=True)
        pieces = zip(x.split(_ROWS), *(column.split(_ROWS) for column in data), strict=True)
        told = [self._gradient(piece, columns, len(piece) / len(x), settings) for piece, *columns in pieces]
        for network in (self.actor, self.critic):
            torch.nn.utils.clip_grad_norm_(network.parameters(), settings.max_gradient)
        self.optimizer.step()
        kl, entropy, value_loss = torch.stack(told).sum(0).tolist()
        return kl, entropy, value_loss

    def _gradient(self, x: Tensor, data: list[Tensor], share: float, settings: Settings) -> Tensor:
        """Add what some rows give to the gradient. Answers what is told of a step, times these rows' share in it."""
        decisions, before, gains, returns = data
        logits = self.actor(x)
        soft = softplus(logits)
        log_ratio = (decisions * logits - soft).sum(1) - before
        ratio = log_ratio.exp()
        surrogate = torch.minimum(ratio * gains, ratio.clamp(1 - settings.clip, 1 + settings.clip) * gains).mean()
        entropy = (soft - logits * torch.sigmoid(logits)).sum(1).mean()
        value_loss = (self.critic(x)[:, 0] - returns).square().mean()
        (share * (0.5 * value_loss - surrogate - settings.entropy * entropy)).backward()
        kl = (ratio - 1 - log_ratio).mean()  # Schulman's low-variance estimate
        return share * torch.stack([kl, entropy, value_loss]).detach()

    def _adapt(self, kl: float, settings: Settings) -> None:
        """Keep the size of a policy's step by the learning rate."""
        if kl > 1.5 * settings.target_kl:
            self.learning_rate /= 1.3
        elif kl < settings.target_kl / 1.5:
            self.learning_rate *= 1.15
        self.learning_rate = float(
            np.clip(self.learning_rate, settings.least_learning_rate, settings.most_learning_rate)
        )
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _average(self, share: float = 0.05) -> None:
        """A running mean of the actor runs better than any single one: Polyak & Juditsky (1992)."""
        for mean, now in zip(self.average.parameters(), self.actor.parameters(), strict=True):
            mean.lerp_(now, share)
