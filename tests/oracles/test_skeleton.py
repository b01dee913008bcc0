from __future__ import annotations

import math

import pytest

from oracles import small_models
from oracles.jet import Jet
from oracles.skeleton import Skeleton


def test_a_pendulum_needs_the_textbook_torque() -> None:
    skeleton = Skeleton(small_models.pendulum(0.7, 2.0, 0.1))
    q, acceleration = 0.6, 1.3
    expected = (0.1 + 2 * 0.7**2) * acceleration + 2 * 9.80665 * 0.7 * math.sin(q)
    assert skeleton.required_forces([q], [5.0], [acceleration]) == pytest.approx([expected])


def test_a_double_pendulum_needs_the_textbook_torques() -> None:
    """Point masses m1, m2 on rods l1, l2 with relative angles (Spong, Robot Modeling and Control, 6.4)."""
    upper = small_models.body("upper", 2.0, (0.0, -0.5, 0.0))
    lower = small_models.body("lower", 1.0, (0.0, -0.3, 0.0))
    base = small_models.double_pendulum()
    joints = (base.joints[0], small_models.pin("second", "upper", "lower", (0.0, -0.5, 0.0)))
    skeleton = Skeleton(small_models.model((upper, lower), joints, base.coordinates, gravity=0.0))
    (q2, u1, u2, a1, a2), l1, l2, m1, m2 = (0.8, 1.1, -0.7, 2.0, 3.0), 0.5, 0.3, 2.0, 1.0
    h = m2 * l1 * l2 * math.sin(q2)
    m12 = m2 * (l2**2 + l1 * l2 * math.cos(q2))
    m11 = (m1 + m2) * l1**2 + 2 * m12 - m2 * l2**2
    torques = [m11 * a1 + m12 * a2 - h * (2 * u1 * u2 + u2**2), m12 * a1 + m2 * l2**2 * a2 + h * u1**2]
    assert skeleton.required_forces([0.3, q2], [u1, u2], [a1, a2]) == pytest.approx(torques, rel=1e-13)


def test_a_straight_muscle_is_as_long_as_its_ends_are_apart() -> None:
    model = small_models.hanging_load(10.0, 0.25)
    length = Skeleton(model).path_length(model.muscles[0], [Jet(0.25, 2.0)])
    assert (length.value, length.first) == pytest.approx((0.25, 2.0))


def test_a_force_at_a_point_does_its_work_through_every_coordinate() -> None:
    skeleton = Skeleton(small_models.ball(1.0))
    assert skeleton.force_at([0.0, 2.0, 1.0], "ball", (2.0, 0.5), (3.0, 7.0)) == pytest.approx([1.5, 3.0, 7.0])
