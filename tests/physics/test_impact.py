"""Spheres on the ground and on balls: rebound, rest, sliding and rolling."""

from __future__ import annotations

import math

import numpy as np
import pytest

from myorun.anatomy import Model
from myorun.physics import Simulator
from myorun.physics.state import State
from oracles import contact, small_models
from oracles.runge_kutta import Array, integrate

NOTHING = np.zeros(0)
G = 9.80665
FACTOR = contact.ground_stiffness(6e5, 0.05)


def place(simulator: Simulator, q: list[float], u: list[float]) -> None:
    simulator.set_state(State(0.0, np.array(q), np.array(u), NOTHING, NOTHING))


def block(*, gravity: float = 0.0, mass: float = 1.0, **law: float) -> Model:
    floor = small_models.ground_contact(**law)
    return small_models.ball(mass, can_turn=False, gravity=gravity, contact=floor)


@pytest.mark.parametrize("dissipation", [0.0, 0.1, 1.5])
@pytest.mark.parametrize("speed", [0.3, 4.0])
def test_a_sphere_rebounds_at_the_speed_of_the_closed_form(dissipation: float, speed: float) -> None:
    simulator = Simulator(block(dissipation=dissipation), accuracy="reference")
    place(simulator, [0.0, 0.05], [0.0, -speed])
    simulator.step(NOTHING, 0.1)
    assert simulator.get("contact_forces")[0, 1] == 0, "it has left the ground"
    # 5 us steps in an impact of a few ms; the force's half-power start costs the second order some digits
    assert simulator.speeds[1] == pytest.approx(contact.rebound_speed(speed, dissipation), rel=1e-4)


def test_a_sphere_penetrates_as_deep_as_the_closed_form() -> None:
    simulator = Simulator(block(dissipation=1.5), accuracy="reference")
    place(simulator, [0.0, 0.05], [0.0, -2.0])
    deepest = 0.0
    for _ in range(400):
        simulator.step(NOTHING, 1e-4)
        deepest = max(deepest, 0.05 - float(simulator.coordinates[1]))
    assert deepest == pytest.approx(contact.deepest(2.0, 1.5, FACTOR, 1.0), rel=1e-4)  # looked at every 0.1 ms


def test_a_bounce_under_gravity_agrees_with_a_fine_integration() -> None:
    simulator = Simulator(block(gravity=G, mass=2.0, dissipation=0.4), accuracy="reference")
    place(simulator, [0.0, 0.3], [0.0, 0.0])

    def rate(y: Array) -> Array:
        force = contact.hunt_crossley(FACTOR, 0.05 - y[0], -y[1], 0.4)
        return np.array([y[1], force / 2.0 - G])

    y = np.array([0.3, 0.0])
    for _ in range(4):
        simulator.step(NOTHING, 0.15)
        y = integrate(rate, y, 0.15, 15_000)
        # both meet a kink of the force at every touch, within one step of 5 or 10 us
        assert [simulator.coordinates[1], simulator.speeds[1]] == pytest.approx(y, abs=1e-4)


def test_a_resting_sphere_lies_as_deep_as_its_weight_demands() -> None:
    simulator = Simulator(block(gravity=G, mass=5.0, dissipation=2.0))
    place(simulator, [0.0, 0.049], [0.0, 0.0])
    simulator.step(NOTHING, 10.0)
    assert 0.05 - simulator.coordinates[1] == pytest.approx(contact.rest_depth(FACTOR, 5 * G), rel=1e-9)
    assert simulator.get("ground_reaction") == pytest.approx([0.0, 5 * G], abs=1e-6)  # the last of the bouncing


@pytest.mark.parametrize("t", [0.05, 0.2])
@pytest.mark.parametrize("v0", [1.0, -1.0])
def test_a_sliding_block_stops_as_coulomb_says(t: float, v0: float) -> None:
    mass, mu = 3.0, 0.6
    simulator = Simulator(block(gravity=G, mass=mass, friction=mu), accuracy=2000)
    place(simulator, [0.0, 0.05 - contact.rest_depth(FACTOR, mass * G)], [v0, 0.0])
    simulator.step(NOTHING, t)
    distance, speed = contact.slide(abs(v0), mu, G, 0.1, t)
    sign = math.copysign(1.0, v0)
    # at t = .05 the slowing is constant and exact; at .2 one step holds the kink at the transition speed
    assert simulator.coordinates[0] == pytest.approx(sign * distance, abs=1e-9)
    assert simulator.speeds[0] == pytest.approx(sign * speed, abs=1e-7)


@pytest.mark.parametrize("slip", [0.03, 0.1, 0.25, -1.5])
def test_friction_follows_its_curve_where_static_and_dynamic_differ(slip: float) -> None:
    law = {"static": 0.9, "friction": 0.5, "viscous": 0.2}
    simulator = Simulator(block(gravity=G, **law))
    place(simulator, [0.0, 0.045], [slip, -0.1])
    fx, fy = simulator.get("contact_forces")[0]
    assert fy == pytest.approx(contact.hunt_crossley(FACTOR, 0.005, 0.1, 1.5), rel=1e-13)
    mu = contact.coulomb_coefficient(slip, 0.9, 0.5, 0.2, 0.1)
    assert fx == pytest.approx(-math.copysign(mu * fy, slip), rel=1e-13)


def test_a_sliding_ball_begins_to_roll_at_the_speed_that_keeps_its_angular_momentum() -> None:
    """Friction acts at the contact point, half the depth below the ground: m v r + I w stays."""
    mass, inertia = 2.0, 0.003
    simulator = Simulator(
        small_models.ball(mass, inertia=inertia, contact=small_models.ground_contact()), accuracy="accurate"
    )
    depth = contact.rest_depth(FACTOR, mass * G)
    arm = 0.05 - depth / 2
    place(simulator, [0.0, 0.0, 0.05 - depth], [0.0, 2.0, 0.0])
    simulator.step(NOTHING, 3.0)
    turn, x, _ = simulator.speeds
    assert x == pytest.approx(-turn * arm, abs=1e-6), "it rolls"
    assert x == pytest.approx(mass * 2.0 * arm**2 / (mass * arm**2 + inertia), rel=1e-5)


def test_a_pulling_contact_gives_no_force() -> None:
    simulator = Simulator(block(dissipation=1.5))
    place(simulator, [0.0, 0.04], [1.0, 0.999 / (1.5 * 1.5)])
    assert simulator.get("contact_forces")[0, 1] > 0
    place(simulator, [0.0, 0.04], [1.0, 1.001 / (1.5 * 1.5)])
    assert (simulator.get("contact_forces") == 0).all()


# ---------------------------------------------------------------- balls in the way


def meet(distance: float, z: float = 0.0, speed: float = 0.0) -> Simulator:
    """A sphere of 5 cm before a ball of 20 cm at the origin, centres ``distance`` apart in the plane."""
    simulator = Simulator(
        small_models.ball(1.0, can_turn=False, gravity=0.0, contact=small_models.ground_contact(), z=z)
    )
    simulator.set_course(obstacles=[(1.0, 2.0, 0.2)])
    place(simulator, [1.0 + 0.6 * distance, 2.0 + 0.8 * distance], [0.6 * speed, 0.8 * speed])
    return simulator


@pytest.mark.parametrize("speed", [0.0, -3.0, 3.0])
def test_a_ball_pushes_along_the_line_of_centers(speed: float) -> None:
    force = meet(0.24, speed=speed).get("obstacle_forces")[0]
    size = contact.hunt_crossley(contact.ball_stiffness(0.05, 0.2), 0.01, -speed, 1e-5)
    assert force == pytest.approx([0.6 * size, 0.8 * size], rel=1e-12)  # depth 0.01 has lost two digits of 0.24


def test_a_ball_out_of_reach_pushes_nothing() -> None:
    assert (meet(0.25 + 1e-12).get("obstacle_forces") == 0).all()
    assert (meet(0.25 - 1e-9).get("obstacle_forces") != 0).any()


def test_the_offset_out_of_the_plane_counts_but_only_the_planar_part_pushes() -> None:
    z, distance = 0.12, 0.2
    true_distance = math.hypot(distance, z)
    force = meet(distance, z).get("obstacle_forces")[0]
    size = contact.hunt_crossley(contact.ball_stiffness(0.05, 0.2), 0.25 - true_distance, 0.0, 1e-5)
    assert np.hypot(*force) == pytest.approx(size * distance / true_distance, rel=1e-12)
    assert (meet(0.24, z).get("obstacle_forces") == 0).all(), "0.268 m apart in space"


def test_a_ball_throws_a_sphere_back_with_the_closed_forms_speed() -> None:
    simulator = Simulator(
        small_models.ball(1.0, can_turn=False, gravity=0.0, contact=small_models.ground_contact()), accuracy="reference"
    )
    simulator.set_course(obstacles=[(2.0, 2.0, 0.2)])
    place(simulator, [1.70, 2.0], [1.5, 0.0])
    simulator.step(NOTHING, 0.2)
    assert simulator.speeds == pytest.approx([-contact.rebound_speed(1.5, 1e-5), 0.0], rel=1e-4)


def test_small_balls_cannot_be_touched_by_the_humans_feet(human: Model) -> None:
    """The heels are 9.1 cm off the plane, so a ball below 4.1 cm stays out of reach of its 5 cm spheres."""
    simulator = Simulator(human)
    heel = simulator.get("body_positions")[[b.name for b in human.bodies].index("calcn_r")]
    for radius, touched in ((0.0410, False), (0.06, True)):
        simulator.set_course(obstacles=[(*heel, radius)])
        assert bool(np.any(simulator.get("obstacle_forces")[0])) is touched
