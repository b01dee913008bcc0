"""Motions with closed forms, on models that no line of C++ knows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from myorun.anatomy import Model
from myorun.physics import Simulator
from myorun.physics.state import State
from oracles import pendulum, small_models
from oracles.skeleton import Skeleton

G = 9.80665
NOTHING = np.zeros(0)


@pytest.mark.parametrize("theta_0", [0.1, 1.5, -3.0])
def test_a_pendulum_swings_as_elliptic_functions_say(theta_0: float) -> None:
    length, mass, inertia = 0.6, 2.0, 0.05
    simulator = Simulator(small_models.pendulum(length, mass, inertia, start=theta_0), accuracy="reference")
    w = math.sqrt(mass * G * length / (inertia + mass * length**2))
    for k in range(1, 6):
        simulator.step(NOTHING, 0.2)
        # second order at w h = 2e-5: 4e-10 a radian, times the growth of a second near the upper rest
        assert simulator.coordinates[0] == pytest.approx(pendulum.angle(theta_0, w, 0.2 * k), abs=5e-8)


def test_a_period_brings_the_pendulum_back() -> None:
    theta_0, w = 2.0, math.sqrt(G / 0.6)
    simulator = Simulator(small_models.pendulum(0.6, 1.0, start=theta_0), accuracy="reference")
    simulator.step(NOTHING, pendulum.period(theta_0, w))
    assert simulator.coordinates[0] == pytest.approx(theta_0, abs=1e-8)  # flat there: the error squared
    assert simulator.speeds[0] == pytest.approx(0.0, abs=2e-7)  # phase error of 1e-8 s times w^2


def test_a_double_pendulum_keeps_its_energy() -> None:
    simulator = Simulator(small_models.double_pendulum(), accuracy="reference")
    simulator.set_state(State(0.0, np.array([2.0, 1.0]), np.array([3.0, -4.0]), NOTHING, NOTHING))
    energy = simulator.get("kinetic_energy") + simulator.get("potential_energy")
    for _ in range(20):
        simulator.step(NOTHING, 0.1)
    drift = simulator.get("kinetic_energy") + simulator.get("potential_energy") - energy
    assert abs(drift[0]) < 1e-6  # of some 30 J; (u h)^2 = 1e-9 of it in each radian


def test_a_double_pendulum_accelerates_as_its_equations_say() -> None:
    model = small_models.double_pendulum()
    simulator, skeleton = Simulator(model), Skeleton(model)
    q, u = [0.4, -1.9], [5.0, -7.0]
    simulator.set_state(State(0.0, np.array(q), np.array(u), NOTHING, NOTHING))
    needed = skeleton.required_forces(q, u, simulator.get("accelerations").tolist())
    assert needed == pytest.approx([0.0, 0.0], abs=1e-13)  # terms of 20 N m
    energies = skeleton.energies(q, u)
    got = [simulator.get("kinetic_energy")[0], simulator.get("potential_energy")[0]]
    assert got == pytest.approx(energies, rel=1e-14)


def test_a_ball_falls_along_an_exact_parabola() -> None:
    """The integrator has second order, so constant acceleration leaves only rounding."""
    simulator = Simulator(small_models.ball(1.5, can_turn=True, contact=small_models.ground_contact()))
    throw = State(0.0, np.array([0.0, 0.0, 5.0]), np.array([2.0, 3.0, 4.0]), NOTHING, NOTHING)
    simulator.set_state(throw)
    for _ in range(50):
        simulator.step(NOTHING)
    t = 0.5
    # 1500 substeps round a coordinate of 5 m by at most 4e-16 each
    assert simulator.coordinates == pytest.approx([2 * t, 3 * t, 5 + 4 * t - G * t**2 / 2], abs=1e-12)
    assert simulator.speeds == pytest.approx([2.0, 3.0, 4 - G * t], abs=1e-12)


def test_a_human_without_muscles_falls_like_a_stone(human: Model) -> None:
    """Released at rest, gravity turns no joint: the pose is kept and the pelvis draws a parabola."""
    simulator = Simulator(replace(human, muscles=(), limits=()))
    pose = simulator.coordinates
    pose[2] = 3.0
    simulator.coordinates = pose
    for _ in range(40):
        simulator.step(NOTHING)
    pose[2] -= G * 0.4**2 / 2
    assert simulator.coordinates == pytest.approx(pose, abs=1e-11)  # 1200 substeps of rounding, through M^-1


def test_the_center_of_mass_of_a_struggling_human_in_flight_draws_a_parabola() -> None:
    simulator = Simulator(accuracy="accurate")
    start = simulator.state
    speeds = start.speeds.copy()
    speeds[1:3] = 3.0, 2.0
    simulator.set_state(replace(start, coordinates=start.coordinates + np.eye(9)[2] * 5, speeds=speeds))
    com, velocity = simulator.get("center_of_mass"), simulator.get("center_of_mass_velocity")
    rng = np.random.default_rng(3)
    for _ in range(30):
        simulator.step(rng.integers(0, 2, 18).astype(float))
    t = 0.3
    expected = com + velocity * t + [0, -G * t**2 / 2]
    assert simulator.get("center_of_mass") == pytest.approx(expected, abs=1e-3)  # the integration error of limbs
    assert np.abs(simulator.coordinates[3:] - start.coordinates[3:]).max() > 0.3, "limbs do move"


def test_a_wrong_gravity_would_be_noticed() -> None:
    fast = replace(small_models.pendulum(0.6, 1.0, start=1.0), gravity=(0.0, -9.81))
    simulator = Simulator(fast, accuracy="reference")
    simulator.step(NOTHING, 0.2)
    assert abs(simulator.coordinates[0] - pendulum.angle(1.0, math.sqrt(G / 0.6), 0.2)) > 1e-5
