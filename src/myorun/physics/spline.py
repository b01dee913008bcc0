"""Functions of one coordinate as cubic pieces: SIMM's spline, straight lines, and their common grid.

Every function becomes a :class:`Piecewise`: on each piece a cubic for the value and a quadratic for the
slope. Slope has coefficients of its own because a moving path point's location is evaluated with its
coordinate clamped to the coordinate's range, its derivative without (a quirk of the reference).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from myorun.anatomy.model import Constant, Function, Linear, SimmSpline

Array = npt.NDArray[np.float64]
Cubic = tuple[float, float, float, float]
Quadratic = tuple[float, float, float]

_SMALLEST_GAP = 1e-7  # m or rad, below which SIMM treats knots as this far apart


def coefficients(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return (b, c, d) so that piece i is ``y_i + dx (b_i + dx (c_i + dx d_i))``.

    The end conditions match the third derivative at each end to that of the cubic through the four
    nearest points (Forsythe, Malcolm & Moler 1977, Computer Methods for Mathematical Computations,
    section 4.4, which SIMM and OpenSim follow); two points give a straight line. Arrays have shape (n,).
    """
    n = len(x)
    gap = np.maximum(np.diff(x), _SMALLEST_GAP)
    rise = np.diff(y) / gap
    if n == 2:
        return np.array([rise[0], rise[0]]), np.zeros(2), np.zeros(2)
    c = _solve_tridiagonal(*_conditions(x, gap, rise))
    b = np.empty(n)
    b[:-1] = rise - gap * (c[1:] + 2 * c[:-1])
    b[-1] = rise[-1] + gap[-1] * (c[-2] + 2 * c[-1])
    d = np.zeros(n)
    d[:-1] = np.diff(c) / gap
    return b, 3 * c, d


def _conditions(x: Array, gap: Array, rise: Array) -> tuple[Array, Array, Array]:
    """Diagonal (n,), both diagonals beside it (n - 1,) and right side (n,) of the equations for c."""
    diagonal, right = np.empty(len(x)), np.zeros(len(x))
    diagonal[0], diagonal[-1] = -gap[0], -gap[-1]
    diagonal[1:-1] = 2 * (gap[:-1] + gap[1:])
    right[1:-1] = np.diff(rise)
    if len(x) > 3:
        right[0] = (right[2] / (x[3] - x[1]) - right[1] / (x[2] - x[0])) * (gap[0] * gap[0]) / (x[3] - x[0])
        last = right[-2] / (x[-1] - x[-3]) - right[-3] / (x[-2] - x[-4])
        right[-1] = -last * (gap[-1] * gap[-1]) / (x[-1] - x[-4])
    return diagonal, gap, right


def _solve_tridiagonal(diagonal: Array, beside: Array, right: Array) -> Array:
    """Gauss's elimination, always in the same order: a library's solver gives other bits on other processors."""
    pivots, c = diagonal.copy(), right.copy()
    for i in range(1, len(c)):
        factor = beside[i - 1] / pivots[i - 1]
        pivots[i] -= factor * beside[i - 1]
        c[i] -= factor * c[i - 1]
    c[-1] /= pivots[-1]
    for i in range(len(c) - 2, -1, -1):
        c[i] = (c[i] - beside[i] * c[i + 1]) / pivots[i]
    return c


@dataclass(frozen=True, slots=True)
class Piecewise:
    """Piece i covers ``knots[i-1] <= x < knots[i]``, the first and last reach to infinity.

    With ``dx = x - bases[i]``: value is ``values[i]`` as a cubic, slope ``slopes[i]`` as a quadratic in dx.
    """

    knots: tuple[float, ...]
    bases: tuple[float, ...]
    values: tuple[Cubic, ...]
    slopes: tuple[Quadratic, ...]

    def piece(self, x: float) -> int:
        """Index of the piece that holds ``x``."""
        return int(np.searchsorted(self.knots, x, side="right"))

    def value(self, x: float) -> float:
        i = self.piece(x)
        c0, c1, c2, c3 = self.values[i]
        dx = x - self.bases[i]
        return c0 + dx * (c1 + dx * (c2 + dx * c3))

    def slope(self, x: float) -> float:
        i = self.piece(x)
        s0, s1, s2 = self.slopes[i]
        dx = x - self.bases[i]
        return s0 + dx * (s1 + dx * s2)


def _derivative(cubic: Cubic) -> Quadratic:
    return cubic[1], 2 * cubic[2], 3 * cubic[3]


def piecewise(function: Function) -> Piecewise:
    """Any function of a coordinate as a :class:`Piecewise`; splines continue straight beyond their ends."""
    if isinstance(function, Constant):
        return Piecewise((), (0.0,), ((function.value, 0.0, 0.0, 0.0),), ((0.0, 0.0, 0.0),))
    if isinstance(function, Linear):
        return Piecewise((), (0.0,), ((function.intercept, function.slope, 0.0, 0.0),), ((function.slope, 0.0, 0.0),))
    return _spline_pieces(function)


def _spline_pieces(spline: SimmSpline) -> Piecewise:
    x, y = np.asarray(spline.x, float), np.asarray(spline.y, float)
    b, c, d = coefficients(x, y)
    inner = [(float(y[i]), float(b[i]), float(c[i]), float(d[i])) for i in range(len(x) - 1)]
    first: Cubic = (float(y[0]), float(b[0]), 0.0, 0.0)
    last: Cubic = (float(y[-1]), float(b[-1]), 0.0, 0.0)
    values = (first, *inner, last)
    bases = (float(x[0]), *map(float, x))
    return Piecewise(tuple(map(float, x)), bases, values, tuple(_derivative(v) for v in values))


def shift(cubic: Cubic, by: float) -> Cubic:
    """The same cubic about a base moved by ``by``."""
    c0, c1, c2, c3 = cubic
    return c0 + by * (c1 + by * (c2 + by * c3)), c1 + by * (2 * c2 + 3 * by * c3), c2 + 3 * by * c3, c3


def _shift_quadratic(quadratic: Quadratic, by: float) -> Quadratic:
    s0, s1, s2 = quadratic
    return s0 + by * (s1 + by * s2), s1 + 2 * by * s2, s2


def on_grid(function: Piecewise, knots: tuple[float, ...]) -> Piecewise:
    """The same function with more knots; ``knots`` must contain the function's own."""
    bases = (knots[0], *knots) if knots else (0.0,)
    values, slopes = [], []
    for i, base in enumerate(bases):
        source = function.piece(base) if i > 0 else 0
        by = base - function.bases[source]
        values.append(shift(function.values[source], by))
        slopes.append(_shift_quadratic(function.slopes[source], by))
    return Piecewise(knots, bases, tuple(values), tuple(slopes))


def clamp_values(function: Piecewise, low: float, high: float) -> Piecewise:
    """Hold the value (not the slope) constant outside ``[low, high]``."""
    grid = on_grid(function, tuple(sorted({*function.knots, low, high})))
    at_low: Cubic = (function.value(low), 0.0, 0.0, 0.0)
    at_high: Cubic = (function.value(high), 0.0, 0.0, 0.0)
    edges = (-np.inf, *grid.knots)
    values = tuple(
        at_low if edge < low else at_high if edge >= high else value
        for edge, value in zip(edges, grid.values, strict=True)
    )
    return Piecewise(grid.knots, grid.bases, values, grid.slopes)


def add_constant(function: Piecewise, constant: float) -> Piecewise:
    """The function raised by ``constant``."""
    values = tuple((c0 + constant, c1, c2, c3) for c0, c1, c2, c3 in function.values)
    return Piecewise(function.knots, function.bases, values, function.slopes)
