"""Memory of the runner's own doings: how active its muscles must be by now, and which leg has been leading.

Neither is told by the 41 numbers. Activation follows excitation within hundredths of a second (``core/activation.h``);
here a first-order trace of the excitations stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from myorun.policy.frame import place_of

Array = NDArray[Any]

_RISING, _FALLING = 0.632, 0.221  # share of the way to the excitation in 10 ms: 1 − exp(−10 ms / 10 ms or 40 ms)
_LEAD_SHARE = 0.01  # of the present in the running mean, every 10 ms: it looks back about a second


class EffortMemory:
    """A trace of the excitations of n runners, shape (n, muscles)."""

    def __init__(self, n: int, muscles: Sequence[str], dtype: DTypeLike) -> None:
        self.names: tuple[str, ...] = tuple(f"{muscle}_trace" for muscle in muscles)
        self._trace = np.zeros((n, len(muscles)), dtype)

    def begin(self, rows: Array) -> None:
        """All muscles of the runners in the mask are at rest."""
        self._trace[rows] = 0.0

    def hold(self, excitations: Array, steps: int, rows: Any = slice(None)) -> None:
        """These excitations, (rows, muscles), are held for so many steps of 10 ms."""
        trace = self._trace[rows]
        for _ in range(steps):
            share = np.where(excitations > trace, trace.dtype.type(_RISING), trace.dtype.type(_FALLING))
            trace = trace + share * (excitations - trace)
        self._trace[rows] = trace

    def see(self, rows: Any = slice(None)) -> Array:
        """The trace, shape (rows, muscles)."""
        trace: Array = self._trace[rows]
        return trace


class LeadMemory:
    """Which leg has been ahead: the running mean of right minus left hip flexion of n runners [rad]."""

    names = ("lead",)

    def __init__(self, n: int, names: Sequence[str], dtype: DTypeLike) -> None:
        self._hips = place_of("hip_flexion_r", names), place_of("hip_flexion_l", names)
        self.lead = np.zeros(n, dtype)

    def begin(self, rows: Array) -> None:
        """Neither leg of the runners in the mask was ahead so far."""
        self.lead[rows] = 0.0

    def watch(self, observations: Array) -> None:
        """Look at the hips, every step."""
        right, left = self._hips
        now = observations[:, right] - observations[:, left]
        self.lead += self.lead.dtype.type(_LEAD_SHARE) * (now - self.lead)

    def see(self, rows: Any = slice(None)) -> Array:
        """Shape (rows, 1)."""
        return self.lead[rows, None]
