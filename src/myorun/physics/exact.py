"""Elementary functions that round correctly, so that a model's tables are the same bits on every machine.

The C library's may differ in the last bit from one processor to the next. These are slow and meant for what is
computed once, when a model is loaded.
"""

from __future__ import annotations

from decimal import Context, Decimal

_CONTEXT = Context(prec=60)
_TURN = Decimal("6.28318530717958647692528676655900576839433879875021164194988918461563281257242")  # 2 pi
_NEGLIGIBLE = Decimal("1e-50")


def square(x: float) -> float:
    """``x`` times ``x``; the power operator asks the C library."""
    return x * x


def exp(x: float) -> float:
    """e to the power ``x``."""
    return float(Decimal(x).exp(_CONTEXT))


def expm1(x: float) -> float:
    """e to the power ``x``, less 1."""
    if abs(x) < 1e-20:
        return x  # what follows in the series is less than the rounding
    return float(_CONTEXT.subtract(Decimal(x).exp(_CONTEXT), Decimal(1)))


def sin(x: float) -> float:
    """Sine of ``x`` rad."""
    angle = _CONTEXT.remainder_near(Decimal(x), _TURN)
    return float(_series(angle, angle, first=1))


def cos(x: float) -> float:
    """Cosine of ``x`` rad."""
    angle = _CONTEXT.remainder_near(Decimal(x), _TURN)
    return float(_series(Decimal(1), angle, first=0))


def _series(term: Decimal, angle: Decimal, first: int) -> Decimal:
    """The sum of Taylor's series whose term of power ``first`` is given, every second power of the angle."""
    total, power = term, first
    while abs(term) > _NEGLIGIBLE:
        term = _CONTEXT.divide(
            _CONTEXT.multiply(term, _CONTEXT.multiply(-angle, angle)), Decimal((power + 1) * (power + 2))
        )
        total, power = _CONTEXT.add(total, term), power + 2
    return total
