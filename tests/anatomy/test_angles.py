"""Degrees go to radians and back without losing a bit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.anatomy.angles import DEGREE, degrees, per_degree

stated = st.floats(min_value=-1e6, max_value=1e6).filter(lambda x: x == 0.0 or abs(x) > 1e-6)


@given(stated)
def test_an_angle_stated_in_degrees_comes_back_to_the_same_radians(angle):
    assert degrees(angle * DEGREE) * DEGREE == angle * DEGREE


@given(stated)
def test_a_stiffness_stated_per_degree_comes_back_to_the_same_value(stiffness):
    assert per_degree(stiffness / DEGREE) / DEGREE == stiffness / DEGREE


@pytest.mark.parametrize("angle", [-140, -40, -30, 10, 20, 120, 0.25, 7.3])
def test_the_number_a_person_wrote_is_the_number_that_is_written(angle):
    assert degrees(angle * DEGREE) == angle
    assert per_degree(angle / DEGREE) == angle


@given(st.floats(min_value=-10.0, max_value=10.0))
def test_any_radians_are_written_to_within_one_rounding(angle):
    # two neighbouring doubles are at most 2.3e-16 apart in relation to their size
    assert degrees(angle) * DEGREE == pytest.approx(angle, rel=2.3e-16, abs=5e-324)


def test_a_degree_is_a_degree():
    assert math.radians(1.0) == DEGREE
