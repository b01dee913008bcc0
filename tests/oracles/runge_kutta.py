"""The classical Runge-Kutta method with many steps: the plainest way to integrate anything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def integrate(f: Callable[[Array], Array], start: Array, duration: float, steps: int) -> Array:
    """Integrate y' = f(y) from ``start`` for ``duration`` in equal steps; error of order step^4 where f is smooth."""
    h, y = duration / steps, np.array(start, float)
    for _ in range(steps):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def bisect(f: Callable[[float], float], low: float, high: float) -> float:
    """The sign change of f between two points, to the last bit."""
    sign = f(low)
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if (f(middle) > 0) == (sign > 0):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
