from __future__ import annotations

import numpy as np
import pytest

from oracles.jet import Jet
from oracles.spline import DenseSpline, third_difference


def test_a_cubic_is_reproduced() -> None:
    x = (-1.0, 0.2, 0.9, 2.0, 2.5)
    cubic = np.polynomial.Polynomial([1.0, -2.0, 0.5, 0.7])
    spline = DenseSpline(x, tuple(map(float, cubic(np.array(x)))))
    for at in np.linspace(-1, 2.49, 13):
        expected = [cubic(at), cubic.deriv()(at), cubic.deriv(2)(at)]
        assert spline.value(float(at)) == pytest.approx(expected, abs=1e-12)


def test_natural_ends_would_not_reproduce_it() -> None:
    """The end conditions matter: a natural spline has no curvature at its ends, this one has the cubic's."""
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert DenseSpline(tuple(x), tuple(x**3)).value(0.0)[2] == pytest.approx(0, abs=1e-12)
    assert DenseSpline(tuple(x), tuple(x**2)).value(0.0)[2] == pytest.approx(2, abs=1e-12)


def test_two_points_make_a_line_and_three_a_parabola() -> None:
    assert DenseSpline((0.0, 2.0), (1.0, 5.0)).value(0.5) == pytest.approx((2.0, 2.0, 0.0))
    assert DenseSpline((0.0, 1.0, 3.0), (0.0, 1.0, 9.0)).value(2.0) == pytest.approx((4.0, 4.0, 2.0))


def test_third_difference_of_a_cubic_is_its_leading_coefficient() -> None:
    x = np.array([0.0, 0.3, 1.1, 1.9])
    assert third_difference(x, 4 * x**3 - x) == pytest.approx(4)


def test_beyond_the_ends_it_is_straight() -> None:
    spline = DenseSpline((0.0, 1.0, 2.0, 4.0), (0.0, 1.0, 0.0, 3.0))
    end = spline.value(4.0)
    assert spline(Jet(5.0, 1.0)) == Jet(pytest.approx(end[0] + end[1]), pytest.approx(end[1]), 0.0)
