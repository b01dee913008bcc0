"""A recorded trajectory looks like the simulation it came from, and a bad one is refused in words."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from myorun.anatomy import Model
from myorun.errors import UsageError
from myorun.physics import Simulator, State
from myorun.trajectory import Trajectory
from myorun.trajectory.trajectory import ARRAYS
from myorun.view import Playback

ROWS = (0, 57, 130, 222, 300)


def test_bodies_lie_where_they_were_recorded_and_on_curves_between(walk: Trajectory) -> None:
    thinned = thin(walk, 2)
    poses = Playback(thinned).poses(walk.times[1::2])
    seen = np.array([pose.body_positions for pose in poses])
    straight = (walk.body_positions[:-1:2] + walk.body_positions[2::2]) / 2.0
    true = walk.body_positions[1::2]
    # impacts are sharper than any curve through every second state
    assert np.abs(seen - true).mean() < 0.5 * np.abs(straight - true).mean()


@pytest.mark.parametrize("row", ROWS)
def test_the_speed_shown_is_that_of_the_center_of_mass(walk: Trajectory, human: Model, row: int) -> None:
    sim = Simulator(human)
    arrays = (getattr(walk, name)[row] for name in ("coordinates", "speeds", "activations", "fiber_lengths"))
    sim.set_state(State(float(walk.times[row]), *arrays))
    shown = Playback(walk).pose(float(walk.times[row])).speed
    assert shown == pytest.approx(sim.get("center_of_mass_velocity")[0], abs=0.05)  # m/s; a difference over 20 ms


def test_a_pose_at_a_state_is_that_state(walk: Trajectory) -> None:
    pose = Playback(walk).pose(float(walk.times[130]))
    np.testing.assert_allclose(pose.coordinates, walk.coordinates[130], atol=1e-12)
    np.testing.assert_allclose(pose.activations, walk.activations[130], atol=1e-12)
    np.testing.assert_allclose(pose.contact_forces, walk.contact_forces[130], atol=1e-6)  # N, of up to 2000
    assert pose.label == "seed 0 · difficulty 2"
    assert len(pose.obstacles) == len(walk.course.obstacles)


def thin(trajectory: Trajectory, every: int) -> Trajectory:
    """Every second, third … state."""
    return states(trajectory, slice(None, None, every))


def states(trajectory: Trajectory, which: slice) -> Trajectory:
    """Some of the states of a trajectory."""
    kept = {name: getattr(trajectory, name)[which] for name in ARRAYS if name not in ("excitations", "strengths")}
    return replace(trajectory, excitations=trajectory.excitations[: len(kept["times"]) - 1], **kept)


def test_one_state_is_enough_for_a_pose(walk: Trajectory) -> None:
    pose = Playback(states(walk, slice(1))).pose(0.0)
    np.testing.assert_array_equal(pose.coordinates, walk.coordinates[0])


def test_a_time_outside_the_trajectory_is_refused(walk: Trajectory) -> None:
    with pytest.raises(UsageError, match=r"a picture is at 3.5 s; the trajectory goes from 0 s to 3 s"):
        Playback(walk).pose(3.5)
    with pytest.raises(UsageError, match=r"the end is at nan s"):
        Playback(walk, end=float("nan"))
    with pytest.raises(UsageError, match=r"the end, 1 s, is before the start, 2 s"):
        Playback(walk, start=2.0, end=1.0)


@pytest.mark.parametrize("name", ["speeds", "activations", "fiber_lengths", "tendon_forces", "contact_forces"])
def test_what_is_not_known_is_not_shown(walk: Trajectory, name: str) -> None:
    unknown = replace(walk, **{name: np.full_like(getattr(walk, name), np.nan)})
    pose = Playback(unknown).pose(1.234)
    np.testing.assert_array_equal(pose.body_positions, Playback(walk).pose(1.234).body_positions)
    if name in ("activations", "contact_forces"):
        assert not getattr(pose, name).any()


def test_a_replay_needs_no_compiled_core() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; sys.modules['myorun._core'] = None; "
    code += "import myorun.view.playback; print('myorun.physics.simulator' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
