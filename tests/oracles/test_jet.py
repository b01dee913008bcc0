from __future__ import annotations

import math

import pytest

from oracles.jet import Jet, cos, sin, sqrt


def formula(x: Jet) -> Jet:
    return sqrt(1.5 + sin(x * x) - 0.3 * cos(x)) * (2.0 - x)


def test_derivatives_agree_with_central_differences() -> None:
    x, h = 0.7, 1e-4
    left, here, right = (formula(Jet(x + d, 1.0)).value for d in (-h, 0.0, h))
    jet = formula(Jet(x, 1.0))
    assert jet.first == pytest.approx((right - left) / (2 * h), abs=1e-7)  # h^2 times a third derivative of order 10
    assert jet.second == pytest.approx((right - 2 * here + left) / h**2, abs=1e-6)  # rounding: 1e-16 / h^2


def test_acceleration_enters_the_second_derivative() -> None:
    still, pushed = sin(Jet(0.4, 1.0)), sin(Jet(0.4, 1.0, 3.0))
    assert pushed.second - still.second == pytest.approx(3 * math.cos(0.4), rel=1e-15)
