"""Inverse dynamics and metabolic power against OpenSim 4.6 on the same motion."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("opensim")
pytest.importorskip("scipy")

from gait_oracle import probed_powers, solved_forces

from myorun.course import Course, Obstacle
from myorun.gait.dynamics import inverse_dynamics
from myorun.gait.joint_loads import external_pushes
from myorun.gait.metabolics import UCHIDA_2016, UMBERGER_2010, Settings, metabolic_powers
from myorun.gait.motion import Motion, motion_of
from myorun.gait.muscles import MuscleMotion, muscles_of
from myorun.run import run_episode
from myorun.trajectory import Trajectory

SAMPLES = range(0, 300, 6)


@pytest.fixture(scope="module")
def record() -> Trajectory:
    course = Course(obstacles=(Obstacle(0.9, 0.0, 0.12), Obstacle(1.6, -0.02, 0.1)), strengths=(("vasti_r", 0.8),))
    return run_episode("reflex", course=course, steps=300).trajectory


@pytest.fixture(scope="module")
def motion(record: Trajectory) -> Motion:
    return motion_of(record)


@pytest.fixture(scope="module")
def muscles(motion: Motion) -> MuscleMotion:
    found = muscles_of(motion)
    assert found is not None
    return found


def test_inverse_dynamics_are_opensims(record: Trajectory, motion: Motion, muscles: MuscleMotion) -> None:
    k = list(SAMPLES)
    theirs = solved_forces(record, muscles.accelerations, k)
    pushes = external_pushes(motion, record.coordinates)
    ours = inverse_dynamics(record.model, record.coordinates, record.speeds, muscles.accelerations, pushes)[k]
    assert np.abs(theirs).max() > 100
    # of some hundreds of N m; contact forces of both engines agree to 1e-10 of scale
    assert np.abs(ours - theirs).max() < 1e-6


@pytest.mark.parametrize("settings", [UCHIDA_2016, UMBERGER_2010], ids=lambda s: s.name)
def test_metabolic_powers_are_those_of_opensims_probe(
    record: Trajectory, muscles: MuscleMotion, settings: Settings
) -> None:
    k = list(SAMPLES)
    theirs = probed_powers(muscles, record, settings, k)
    ours = metabolic_powers(muscles, settings)[k]
    assert theirs.max() > 300
    # of a kilowatt; the forces of both engines agree to 1e-10 of scale
    assert np.abs(ours - theirs).max() < 1e-6


def test_the_versions_of_the_model_differ(muscles: MuscleMotion) -> None:
    new, old = (metabolic_powers(muscles, s).sum(axis=1).mean() for s in (UCHIDA_2016, UMBERGER_2010))
    assert abs(new - old) > 50
