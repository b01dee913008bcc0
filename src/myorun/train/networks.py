"""Networks of the learner, in torch, and how they become a policy's network in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from myorun.policy.network import Network

Array = NDArray[Any]


class InverseSquareRootUnit(torch.autograd.Function):  # type: ignore[misc]
    """x/√(1 + x²) with its derivative (1 + x²)^(−3/2), in few passes over memory."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        slope = torch.rsqrt(x * x + 1.0)
        ctx.save_for_backward(slope)
        return x * slope

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (slope,) = ctx.saved_tensors
        return gradient * slope * slope * slope


class Perceptron(nn.Module):  # type: ignore[misc]
    """Dense layers with the inverse square root unit between them; orthogonal at first, the last one small."""

    def __init__(self, sizes: Sequence[int], last_gain: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight, last_gain if layer is self.layers[-1] else 1.4)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = InverseSquareRootUnit.apply(layer(x))
        return self.layers[-1](x)


class Normaliser:
    """Running mean and deviation of features; the count is capped, so that it forgets slowly.

    A ``settled`` one takes nothing more: from the start on, it leaves features as they are.
    """

    def __init__(self, size: int, cap: float = 2e7, *, settled: bool = False) -> None:
        self.mean, self.variance, self.count = np.zeros(size), np.ones(size), 1e-4
        self._cap, self._settled = cap, settled

    def take(self, features: Array) -> None:
        """Add rows, (n, size): Chan's formula for merged variances."""
        if self._settled:
            return
        n, mean, variance = (
            len(features),
            features.mean(axis=0, dtype=np.float64),
            features.var(axis=0, dtype=np.float64),
        )
        total = self.count + n
        shift = mean - self.mean
        self.variance = (self.count * self.variance + n * variance + shift**2 * self.count * n / total) / total
        self.mean = self.mean + shift * n / total
        self.count = min(total, self._cap)

    def state(self) -> dict[str, Any]:
        """Mean, variance and count."""
        return {"mean": self.mean, "variance": self.variance, "count": self.count}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.mean, self.variance, self.count = state["mean"], state["variance"], state["count"]

    @property
    def deviation(self) -> Array:
        """Never so small that noise would be blown up."""
        return np.sqrt(self.variance) + 1e-3

    def apply(self, features: Array) -> Array:
        """Normalised and clipped, float32."""
        scaled = (features - self.mean.astype(np.float32)) * (1.0 / self.deviation).astype(np.float32)
        return np.clip(scaled, -5.0, 5.0, out=scaled)


def as_network(actor: Perceptron, normaliser: Normaliser) -> Network:
    """The actor of on/off muscles as a policy's network."""
    return layers_as_network(list(actor.layers), normaliser, "isru", "on-off")


def layers_as_network(layers: Sequence[Any], normaliser: Normaliser, activation: str, actions: str) -> Network:
    """Dense layers of torch as a policy's network: numbers rounded to float32, in float64."""
    return Network(
        mean=_rounded(normaliser.mean),
        deviation=_rounded(normaliser.deviation),
        weights=tuple(_rounded(layer.weight.detach().cpu().numpy().T) for layer in layers),
        biases=tuple(_rounded(layer.bias.detach().cpu().numpy()) for layer in layers),
        activation=activation,
        actions=actions,
    )


def _rounded(numbers: Array) -> Array:
    return np.ascontiguousarray(numbers, np.float32).astype(np.float64)


def as_tensors(state: Any) -> Any:
    """A copy of a nested state, with tensors in place of its arrays."""
    if isinstance(state, dict):
        return {key: as_tensors(value) for key, value in state.items()}
    if isinstance(state, list):
        return [as_tensors(value) for value in state]
    if isinstance(state, np.ndarray):
        return torch.from_numpy(state.copy())
    return state.clone() if isinstance(state, Tensor) else state
