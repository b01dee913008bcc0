"""Numbers that carry two derivatives along: exact first and second derivatives of any formula.

``Jet(value, first, second)`` stands for ``f(s)``, ``f'(s)``, ``f''(s)`` of one parameter s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Jet:
    value: float
    first: float = 0.0
    second: float = 0.0

    def __add__(self, other: Jet | float) -> Jet:
        o = lift(other)
        return Jet(self.value + o.value, self.first + o.first, self.second + o.second)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.first, -self.second)

    def __sub__(self, other: Jet | float) -> Jet:
        return self + (-lift(other))

    def __rsub__(self, other: Jet | float) -> Jet:
        return lift(other) + (-self)

    def __mul__(self, other: Jet | float) -> Jet:
        o = lift(other)
        return Jet(
            self.value * o.value,
            self.first * o.value + self.value * o.first,
            self.second * o.value + 2 * self.first * o.first + self.value * o.second,
        )

    __rmul__ = __mul__

    def chain(self, f: float, df: float, ddf: float) -> Jet:
        """A function of this number, given its value and derivatives there."""
        return Jet(f, df * self.first, ddf * self.first**2 + df * self.second)


def lift(x: Jet | float) -> Jet:
    return x if isinstance(x, Jet) else Jet(x)


def sin(x: Jet) -> Jet:
    s, c = math.sin(x.value), math.cos(x.value)
    return x.chain(s, c, -s)


def cos(x: Jet) -> Jet:
    s, c = math.sin(x.value), math.cos(x.value)
    return x.chain(c, -s, -c)


def sqrt(x: Jet) -> Jet:
    r = math.sqrt(x.value)
    return x.chain(r, 0.5 / r, -0.25 / r**3)


def along(values: list[float], first: list[float], second: list[float]) -> list[Jet]:
    """A point that moves with the given velocities and accelerations."""
    return [Jet(*parts) for parts in zip(values, first, second, strict=True)]


def along_axis(values: list[float], axis: int) -> list[Jet]:
    """A point that moves along one axis with unit speed."""
    return [Jet(v, float(i == axis)) for i, v in enumerate(values)]
