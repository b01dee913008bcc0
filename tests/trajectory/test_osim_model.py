"""The model of a run has its obstacles and strengths, and nothing that OpenSim cannot replay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myorun.anatomy import load_model
from myorun.anatomy.model import Constant, Coordinate, Linear, Motion, SimmSpline
from myorun.anatomy.validate import validate
from myorun.physics import Simulator
from myorun.trajectory import Trajectory
from myorun.trajectory.osim_model import course_osim, weld_locked

HUMAN = load_model()


def test_obstacles_and_strengths_are_in_it(run: Trajectory) -> None:
    text = course_osim(run)
    assert number(text, "obstacle_1", "radius") == 0.1
    assert number(text, "iliopsoas_l", "max_isometric_force") == 0.8 * number(
        text, "iliopsoas_r", "max_isometric_force"
    )
    assert "<locked>true</locked>" not in text


def number(text: str, name: str, tag: str) -> float:
    """The first number of that tag in the object of that name."""
    return float(text.partition(f'name="{name}"')[2].partition(f"<{tag}>")[2].partition("<")[0])


def pose_of(model: object, seed: int) -> np.ndarray:
    simulator = Simulator(model)  # type: ignore[arg-type]
    simulator.coordinates = simulator.coordinates + np.random.default_rng(seed).uniform(-0.3, 0.3, 9)
    return np.column_stack([simulator.get("body_positions"), simulator.get("body_angles")])


def spine(**changes: object) -> object:
    """The human with another joint of its locked back."""
    joints = tuple(replace(j, **changes) if j.child == "torso" else j for j in HUMAN.joints)  # type: ignore[arg-type]
    return replace(HUMAN, joints=joints)


FOLLOW = "lumbar_extension"
BACKS = {
    "as it is": {},
    "tilted frames": {"parent_orientation": 0.3, "child_orientation": -0.2, "child_location": (0.1, 0.2, 0.0)},
    "slides too": {
        "kind": "custom",
        "parent_orientation": 0.4,
        "rotation": Motion(Linear(-2.0, 0.1), FOLLOW),
        "translation": (Motion(Linear(0.5), FOLLOW), Motion(Constant(0.02)), Motion(Constant(0.01))),
    },
    "bends along a spline": {
        "kind": "custom",
        "rotation": Motion(SimmSpline((-1.0, -0.1, 0.2, 1.0), (0.3, 0.1, -0.2, -0.1)), FOLLOW),
    },
}


@pytest.mark.parametrize("back", BACKS)
def test_welding_moves_nothing(back: str) -> None:
    model = validate(spine(**BACKS[back]), "test")  # type: ignore[arg-type]
    welded = validate(weld_locked(model), "test")
    assert FOLLOW not in [c.name for c in welded.coordinates]
    assert [c.name for c in welded.free_coordinates] == [c.name for c in model.free_coordinates]
    assert np.allclose(pose_of(welded, 1), pose_of(model, 1), atol=1e-14)  # m and rad, a few roundings


def test_a_locked_joint_that_a_ligament_asks_for_stays() -> None:
    limit = replace(HUMAN.limits[0], name="lumbar_limit", coordinate=FOLLOW)
    model = replace(HUMAN, limits=(*HUMAN.limits, limit))
    assert weld_locked(model) == model


def test_nothing_locked_nothing_changed() -> None:
    free = replace(HUMAN, coordinates=tuple(replace(c, locked=False) for c in HUMAN.coordinates))
    assert weld_locked(free) == free
    assert isinstance(free.coordinates[0], Coordinate)
