"""The cubic spline with matched end cubics, by one dense solve for all of its coefficients.

The spline passes through its points with continuous slope and curvature, and its third derivative in
the first and the last piece is that of the cubic through the four nearest points (two or three points:
zero). Conditions: Forsythe, Malcolm & Moler (1977), Computer Methods for Mathematical Computations, 4.4.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .jet import Jet

Array = npt.NDArray[np.float64]


def third_difference(x: Array, y: Array) -> float:
    """Third divided difference of four points: a sixth of the third derivative of their cubic."""
    table = np.array(y, float)
    for order in range(1, 4):
        table = np.diff(table) / (x[order:] - x[:-order])
    return float(table[0])


def dense_coefficients(x: Array, y: Array) -> Array:
    """Rows (c0, c1, c2, c3) of each piece about its left knot, shape (n - 1, 4)."""
    n = len(x)
    pieces = n - 1
    rows, right = [], []

    def require(terms: dict[tuple[int, int], float], value: float) -> None:
        """Sum of factor times h^power c_power over (piece, power); unknowns in units of the piece's width."""
        row = np.zeros(4 * pieces)
        for (piece, power), factor in terms.items():
            row[4 * piece + power] = factor
        rows.append(row)
        right.append(value)

    h = np.diff(x)
    for i in range(pieces):
        require({(i, 0): 1.0}, y[i])
        require({(i, 0): 1.0, (i, 1): 1.0, (i, 2): 1.0, (i, 3): 1.0}, y[i + 1])
    for i in range(pieces - 1):
        ratio = h[i] / h[i + 1]
        require({(i, 1): 1.0, (i, 2): 2.0, (i, 3): 3.0, (i + 1, 1): -ratio}, 0.0)
        require({(i, 2): 1.0, (i, 3): 3.0, (i + 1, 2): -(ratio**2)}, 0.0)
    require({(0, 3): 1.0}, third_difference(x[:4], y[:4]) * h[0] ** 3 if n > 3 else 0.0)
    if n == 2:
        require({(0, 2): 1.0}, 0.0)
    else:
        require({(pieces - 1, 3): 1.0}, third_difference(x[-4:], y[-4:]) * h[-1] ** 3 if n > 3 else 0.0)
    solution: Array = np.linalg.solve(np.array(rows), np.array(right)).reshape(pieces, 4)
    return solution / h[:, None] ** np.arange(4)


class DenseSpline:
    """The spline, continued straight beyond its ends."""

    def __init__(self, x: tuple[float, ...], y: tuple[float, ...]) -> None:
        self.x, self.y = np.array(x), np.array(y)
        self.coefficients = dense_coefficients(self.x, self.y)

    def value(self, x: float) -> tuple[float, float, float]:
        """Value, slope and curvature."""
        if x < self.x[0]:
            slope = float(self.coefficients[0, 1])
            return float(self.y[0]) + slope * (x - float(self.x[0])), slope, 0.0
        if x >= self.x[-1]:
            h = self.x[-1] - self.x[-2]
            _, b, c, d = self.coefficients[-1]
            slope = float(b + h * (2 * c + 3 * d * h))
            return float(self.y[-1]) + slope * (x - float(self.x[-1])), slope, 0.0
        i = int(np.searchsorted(self.x, x, side="right")) - 1
        a, b, c, d = map(float, self.coefficients[i])
        t = x - float(self.x[i])
        return a + t * (b + t * (c + t * d)), b + t * (2 * c + 3 * d * t), 2 * c + 6 * d * t

    def __call__(self, x: Jet) -> Jet:
        return x.chain(*self.value(x.value))
