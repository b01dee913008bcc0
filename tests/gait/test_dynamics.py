"""Inverse dynamics and kinematics against the forward simulation: two roads to one number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")

from myorun.course import Course, Load, Obstacle, Slope
from myorun.gait.dynamics import inverse_dynamics
from myorun.gait.joint_loads import joint_loads
from myorun.gait.kinematics import Kinematics
from myorun.gait.motion import motion_of
from myorun.gait.muscles import muscles_of
from myorun.run import run_episode
from myorun.trajectory import Trajectory


@pytest.fixture(scope="module")
def walk() -> Trajectory:
    course = Course(obstacles=(Obstacle(0.9, 0.0, 0.12), Obstacle(1.6, -0.02, 0.1)))
    return run_episode("reflex", course=course, steps=250).trajectory


def test_bodies_are_where_the_simulator_put_them(walk: Trajectory) -> None:
    kinematics = Kinematics(walk.model, walk.coordinates)
    for k, name in enumerate(walk.body_names):
        frames = kinematics.body(name)
        assert np.abs(frames.origin - walk.body_positions[:, k]).max() < 1e-12
        assert np.abs(frames.angle - walk.body_angles[:, k]).max() < 1e-12


def test_velocities_and_accelerations_are_derivatives(walk: Trajectory) -> None:
    """Along a smooth path q(t), against differences over 1e-4 s, whose error is some 1e-8 of the third derivative."""
    random = np.random.default_rng(0)
    middle, swing = walk.coordinates[0], 0.3 * random.normal(size=walk.coordinates.shape[1])
    times = np.arange(-3, 4) * 1e-4 + 0.4
    turn = 3 * times[:, None]
    q, u, a = middle + swing * np.sin(turn), 3 * swing * np.cos(turn), -9 * swing * np.sin(turn)
    toes = Kinematics(walk.model, q, u, a).body("toes_r", 0.03, -0.01)
    rate = np.gradient(toes.origin, times, axis=0)
    assert np.abs(rate - toes.velocity)[1:-1].max() < 1e-5
    change = np.gradient(toes.velocity, times, axis=0)
    assert np.abs(change - toes.acceleration)[1:-1].max() < 1e-4
    by_slopes = np.einsum("tkc,tc->tk", toes.origin_slope, u)
    assert np.abs(by_slopes - toes.velocity).max() < 1e-12


def test_inverse_dynamics_undoes_the_simulation(walk: Trajectory) -> None:
    """Moments are what muscles and ligaments did, and nothing pulls at the pelvis; also while obstacles are touched."""
    motion = motion_of(walk)
    muscles = muscles_of(motion)
    assert muscles is not None
    loads = joint_loads(motion, muscles)
    assert loads is not None
    assert np.abs(walk.obstacle_forces).max() > 1.0
    made = muscles.muscle_torques + muscles.limit_torques
    column = walk.coordinate_names.index
    # of some 400 N m
    assert np.abs(loads.moments[:, 0, 0] + made[:, column("hip_flexion_r")]).max() < 1e-8
    assert np.abs(loads.moments[:, 1, 1] - made[:, column("knee_angle_l")]).max() < 1e-8
    assert np.abs(loads.moments[:, 0, 2] + made[:, column("ankle_angle_r")]).max() < 1e-8
    assert np.abs(loads.residuals).max() < 1e-8


def test_leaving_the_ground_out_is_seen_in_the_residuals(walk: Trajectory) -> None:
    motion = motion_of(walk)
    muscles = muscles_of(motion)
    unaware = replace(motion, record=replace(walk, contact_forces=np.zeros_like(walk.contact_forces)))
    loads = joint_loads(unaware, muscles)
    assert loads is not None
    assert np.abs(loads.residuals[:, 2]).max() > 500


def test_a_body_at_rest_in_the_air_weighs_what_it_weighs(walk: Trajectory) -> None:
    still = np.zeros((2, walk.coordinates.shape[1]))
    torques = inverse_dynamics(walk.model, still, still, still)
    weight = sum(body.mass for body in walk.model.bodies) * 9.80665
    # gravity in the model file has all digits of 9.80665
    assert torques[0, walk.coordinate_names.index("pelvis_ty")] == pytest.approx(weight, rel=1e-12)
    assert torques[0, walk.coordinate_names.index("pelvis_tx")] == pytest.approx(0.0, abs=1e-12)


def test_recorded_motion_is_filtered_and_differentiated(walk: Trajectory) -> None:
    """Without muscle states the moments come from the motion alone: the same in the rough, without the impacts."""
    motion = motion_of(walk)
    exact = joint_loads(motion, muscles_of(motion))
    rough = joint_loads(motion, None)
    assert exact is not None and rough is not None
    assert np.corrcoef(exact.moments[:, 0, 0], rough.moments[:, 0, 0])[0, 1] > 0.7


def test_on_uneven_ground_and_under_a_load_moments_are_those_of_the_muscles() -> None:
    course = Course(slopes=(Slope(1.0, 2.0, 0.05),), load=Load(mass=8.0))
    motion = motion_of(run_episode("reflex", course=course, steps=200).trajectory)
    muscles = muscles_of(motion)
    assert muscles is not None
    loads = joint_loads(motion, muscles)
    assert loads is not None and motion.record is not None
    made = muscles.muscle_torques + muscles.limit_torques
    column = motion.record.coordinate_names.index("hip_flexion_r")
    assert np.array_equal(loads.moments[:, 0, 0], -made[:, column])
