from __future__ import annotations

import math

import numpy as np
import pytest

from oracles import contact
from oracles.runge_kutta import Array, integrate

FACTOR, MASS, DISSIPATION = 8.9e4, 0.3, 0.8


def fly_in(v_in: float) -> tuple[float, float]:
    """Rebound speed and largest depth by integration."""

    def rate(y: Array) -> Array:
        return np.array([y[1], -contact.hunt_crossley(FACTOR, y[0], y[1], DISSIPATION) / MASS])

    y, deepest = np.array([0.0, v_in]), 0.0
    while y[0] >= 0:
        y = integrate(rate, y, 1e-5, 1)
        deepest = max(deepest, float(y[0]))
    return float(-y[1]), deepest


@pytest.mark.parametrize("v_in", [0.2, 3.0])
def test_rebound_and_depth_agree_with_integration(v_in: float) -> None:
    speed, depth = fly_in(v_in)
    assert contact.rebound_speed(v_in, DISSIPATION) == pytest.approx(speed, rel=1e-6)  # of the last step
    assert contact.deepest(v_in, DISSIPATION, FACTOR, MASS) == pytest.approx(depth, rel=1e-5)


def test_slow_impacts_lose_two_thirds_of_b_v() -> None:
    """Hunt and Crossley's expansion: restitution 1 - c v, with b = 3/2 c."""
    v = 1e-3
    assert contact.rebound_speed(v, DISSIPATION) / v == pytest.approx(1 - DISSIPATION * v, abs=2 * v**2)


def test_without_dissipation_nothing_is_lost() -> None:
    assert contact.rebound_speed(2.0, 0.0) == 2.0
    assert contact.rebound_speed(2.0, 1e-7) == pytest.approx(2.0, rel=1e-5)


def test_rest_depth_carries_the_weight() -> None:
    assert contact.hunt_crossley(FACTOR, contact.rest_depth(FACTOR, 7.0), 0.0, 1.5) == pytest.approx(7.0)


def test_foot_and_floor_of_equal_modulus_are_half_as_stiff_as_one() -> None:
    # Hertz: effective modulus of two equal halves is E*/2^1.5 in this parametrisation
    assert contact.ground_stiffness(6e5, 0.05) == pytest.approx(4 / 3 * math.sqrt(0.05) * 6e5 / 2**1.5)


def test_a_huge_ball_is_a_floor() -> None:
    big = 1e9
    assert contact.ball_stiffness(0.05, big) == pytest.approx(contact.ground_stiffness(1e6 / big, 0.05), rel=1e-9)


def test_sliding_slows_by_mu_g_and_then_fades() -> None:
    mu, g, v_t = 0.8, 9.81, 0.1
    x, v = contact.slide(1.0, mu, g, v_t, 0.1)
    assert (x, v) == pytest.approx((0.1 - 0.5 * mu * g * 0.01, 1 - mu * g * 0.1))
    t1 = 0.9 / (mu * g)
    assert contact.slide(1.0, mu, g, v_t, t1 + v_t / (mu * g))[1] == pytest.approx(v_t / math.e)


def test_friction_peaks_at_the_transition_where_static_exceeds_dynamic() -> None:
    mu = [contact.coulomb_coefficient(v, 1.0, 0.5, 0.0, 0.1) for v in (0.05, 0.1, 0.2, 10.0)]
    assert mu == pytest.approx([0.65, 1.0, 0.7, 0.5], abs=2e-4)
