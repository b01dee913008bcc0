"""Claims about what a pose accepts and keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myorun.course import Obstacle
from myorun.errors import StateError, UsageError
from myorun.physics import Simulator
from myorun.view import snapshot

from .conftest import MakePose


def test_a_snapshot_holds_the_quantities_of_the_simulator() -> None:
    sim = Simulator("human")
    sim.step(np.full(18, 0.3))
    pose = snapshot(sim, obstacles=[(1.0, 0.0, 0.1)], score=2.5, label="seed 1")
    for name in ("body_positions", "body_angles", "coordinates", "activations", "contact_forces"):
        np.testing.assert_array_equal(getattr(pose, name), sim.get(name))
    assert (pose.time, pose.score, pose.label) == (sim.time, 2.5, "seed 1")
    assert pose.speed == sim.get("center_of_mass_velocity")[0]


def test_obstacles_may_be_rows_or_values_with_a_radius() -> None:
    sim = Simulator("human")
    rows = snapshot(sim, obstacles=[(1.0, 0.02, 0.1)]).obstacles
    values = snapshot(sim, obstacles=(Obstacle(1.0, 0.02, 0.1),)).obstacles
    np.testing.assert_array_equal(rows, values)
    assert snapshot(sim).obstacles.shape == (0, 3)


def test_a_pose_is_a_copy_that_nobody_can_write(make_pose: MakePose) -> None:
    pose = make_pose()
    positions = np.array(pose.body_positions)
    other = replace(pose, body_positions=positions)
    positions[:] = 0.0
    np.testing.assert_array_equal(other.body_positions, pose.body_positions)
    with pytest.raises(ValueError, match="read-only"):
        other.body_positions[0, 0] = 1.0


@pytest.mark.parametrize("name", ["body_positions", "body_angles", "coordinates", "activations", "contact_forces"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_pose_that_is_not_finite_is_a_state_error_that_names_the_quantity(
    make_pose: MakePose, name: str, bad: float
) -> None:
    pose = make_pose()
    values = np.array(getattr(pose, name))
    values.flat[1] = bad
    with pytest.raises(StateError, match=rf"{name}\[.*1\] is -?(nan|inf)"):
        replace(pose, **{name: values})


@pytest.mark.parametrize("name", ["time", "distance", "speed", "score"])
def test_a_number_that_is_not_finite_is_a_state_error(make_pose: MakePose, name: str) -> None:
    with pytest.raises(StateError, match=f"{name} is nan"):
        replace(make_pose(), **{name: float("nan")})


def test_a_wrong_shape_names_the_shape_that_the_model_needs(make_pose: MakePose) -> None:
    with pytest.raises(UsageError, match=r"activations has shape \(3,\); this model needs \(18,\)"):
        replace(make_pose(), activations=np.zeros(3))
    with pytest.raises(UsageError, match=r"obstacles has shape \(1, 2\); this model needs \(any, 3\)"):
        replace(make_pose(), obstacles=np.zeros((1, 2)))
