"""Ligaments: the torque law, on the human and on a hinge of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myorun.anatomy import Model
from myorun.anatomy.model import CoordinateLimit
from myorun.physics import Simulator
from myorun.physics.state import State
from oracles import ligament, small_models
from oracles.runge_kutta import Array, integrate

HINGE = CoordinateLimit("stop", "angle", 0.4, -0.7, 300.0, 500.0, 4.0, 0.15)
SIMULATOR = Simulator(small_models.limited_hinge(HINGE))


def torque(q: float, u: float) -> float:
    SIMULATOR.set_state(State(0.0, np.array([q]), np.array([u]), np.zeros(0), np.zeros(0)))
    return float(SIMULATOR.get("limit_torques")[0])


@given(st.floats(-3.0, 3.0), st.floats(-50.0, 50.0))
@settings(deadline=None)
def test_the_torque_follows_its_law(q: float, u: float) -> None:
    # onset and lever lose at most two digits to cancellation
    assert torque(q, u) == pytest.approx(ligament.torque(HINGE, q, u), rel=1e-12, abs=1e-12)


@given(st.floats(-0.7, 0.4), st.floats(-50.0, 50.0))
@settings(deadline=None)
def test_within_the_range_there_is_no_torque(q: float, u: float) -> None:
    assert torque(q, u) == 0


def test_the_humans_ligaments_follow_the_law(human: Model, simulator: Simulator) -> None:
    rng = np.random.default_rng(0)
    names = [c.name for c in human.free_coordinates]
    for _ in range(50):
        simulator.coordinates = np.concatenate([[0, 0, 2], rng.uniform(-3, 3, 6)])
        simulator.speeds = rng.normal(0, 5, 9)
        q, u = simulator.coordinates, simulator.speeds
        index = [names.index(limit.coordinate) for limit in human.limits]
        expected = [ligament.torque(limit, q[i], u[i]) for limit, i in zip(human.limits, index, strict=True)]
        assert simulator.get("limit_torques") == pytest.approx(expected, rel=1e-12, abs=1e-10)


def test_a_hinge_between_ligaments_swings_as_a_fine_integration_says() -> None:
    inertia = 0.5
    simulator = Simulator(small_models.limited_hinge(HINGE, inertia=inertia), accuracy="reference")
    simulator.set_state(State(0.0, np.array([0.0]), np.array([9.0]), np.zeros(0), np.zeros(0)))

    def rate(y: Array) -> Array:
        return np.array([y[1], ligament.torque(HINGE, y[0], y[1]) / inertia])

    y = integrate(rate, np.array([0.0, 9.0]), 0.5, 5000)
    simulator.step(np.zeros(0), 0.5)
    # second order at 5 us in a spring of 30 rad/s: (w h)^2 w t = 3e-7, and the oracle far below
    assert [*simulator.coordinates, *simulator.speeds] == pytest.approx(y, abs=5e-6)
    assert abs(y[1]) < 9.0, "the ligament has taken some energy"
