"""Functions of the tables beside the C library's and beside known digits."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.physics import exact


@pytest.mark.parametrize("name", ["exp", "expm1", "sin", "cos"])
@given(x=st.floats(-20.0, 20.0))
def test_within_rounding_of_the_library(name: str, x: float) -> None:
    ours: Callable[[float], float] = getattr(exact, name)
    theirs: float = getattr(math, name)(x)
    assert abs(ours(x) - theirs) <= 2 * math.ulp(theirs)


def test_known_digits() -> None:
    assert exact.exp(3.0) == 20.085536923187667740928529654581717896987907838554
    assert exact.expm1(1e-9) == 1.0000000005000000622783e-9  # of the double next to 1e-9
    assert exact.sin(0.5) == 0.47942553860420300027328793521557138808180336794060
    assert exact.cos(1.5707963267948966) == 6.123233995736765886130329661375e-17  # the rounding of half a turn


@pytest.mark.parametrize("x", [0.0, -0.0])
def test_at_zero(x: float) -> None:
    assert (exact.exp(x), exact.expm1(x), exact.sin(x), exact.cos(x)) == (1.0, 0.0, 0.0, 1.0)
