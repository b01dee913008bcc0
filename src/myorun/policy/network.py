"""The network of a policy in NumPy: features in, decisions out, the same bits on every machine.

Sums are taken in a fixed order, column by column, so that neither the number of rows nor a linear-algebra library
can change a bit; and the activation function is made of correctly rounded operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun import _core

Array = NDArray[np.float64]

_CLIP = 5.0  # standard deviations beyond which a feature is cut
_STEEPEST = 60.0  # exponent beyond which an excitation is 0 or 1 anyway
_ROWS = 256  # at once: as many as stay in the cache


def inverse_square_root_unit(x: Array) -> Array:
    """x/√(1 + x²), an S between −1 and 1 without exponentials. Carlile et al. (2017), arXiv:1710.09967."""
    unit: Array = x / np.sqrt(1.0 + x * x)
    return unit


def rectified_linear_unit(x: Array) -> Array:
    """max(0, x)."""
    return np.maximum(x, 0.0)


ACTIVATIONS: Mapping[str, Any] = MappingProxyType({"isru": inverse_square_root_unit, "relu": rectified_linear_unit})


def on_off(outputs: Array) -> Array:
    """Every muscle fully on where its output is positive, else off."""
    return (outputs > 0.0).astype(outputs.dtype)


def graded(outputs: Array) -> Array:
    """Outputs as excitations, clipped to [0, 1]."""
    return np.clip(outputs, 0.0, 1.0)


def squashed(outputs: Array) -> Array:
    """(1 + tanh(outputs))/2 = 1/(1 + exp(−2 outputs)), by the core's exponential: the same bits on every processor."""
    exponent = np.clip(-2.0 * outputs, -_STEEPEST, _STEEPEST).ravel()
    power = np.empty_like(exponent)
    _core.elementary(_core.instruction_sets()[0], 0, exponent, power)
    excitations: Array = (1.0 / (1.0 + power)).reshape(outputs.shape)
    return excitations


ACTIONS: Mapping[str, Any] = MappingProxyType({"on-off": on_off, "graded": graded, "squashed": squashed})


@dataclass(frozen=True, eq=False)
class Network:
    """Normalisation, dense layers, and what their outputs mean."""

    mean: Array  # (features,)
    deviation: Array  # (features,), above 0
    weights: tuple[Array, ...]  # (inputs, outputs) of each layer
    biases: tuple[Array, ...]  # (outputs,) of each layer
    activation: str = "isru"
    actions: str = "on-off"

    def decide(self, features: Array) -> Array:
        """Decisions in [0, 1], shape (n, muscles), from features, (n, features)."""
        parts = [self._outputs(features[i : i + _ROWS]) for i in range(0, len(features), _ROWS)]
        decisions: Array = ACTIONS[self.actions](np.concatenate(parts))
        return decisions

    def _outputs(self, features: Array) -> Array:
        x = np.clip((features - self.mean) / self.deviation, -_CLIP, _CLIP)
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = dense(x, weight, bias)
            if layer < last:
                x = ACTIVATIONS[self.activation](x)
        return x


def dense(x: Array, weight: Array, bias: Array) -> Array:
    """x @ weight + bias, every sum from the bias on in the order of the inputs."""
    total = np.repeat(bias[None], len(x), axis=0)
    for column, row in zip(x.T, weight, strict=True):
        total += column[:, None] * row
    return total
