"""Steps and strides are found where the feet carry, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myorun.anatomy import Model
from myorun.trajectory import Trajectory
from myorun.view.moments import body_weight, foot_strikes, ground_reaction, stance, stride_of, telling_moment


def loaded(walk: Trajectory, human: Model, right: np.ndarray) -> Trajectory:
    """The walk with ``right`` (states,) body weights under the right foot alone."""
    forces = np.zeros_like(walk.contact_forces)
    row = next(i for i, sphere in enumerate(human.contact_spheres) if sphere.body == "calcn_r")
    forces[:, row, 1] = right * body_weight(human)
    return replace(walk, contact_forces=forces)


def test_body_weight_is_mass_times_gravity(human: Model) -> None:
    assert body_weight(human) == pytest.approx(9.80665 * sum(body.mass for body in human.bodies), rel=1e-4)


def test_the_reactions_of_both_feet_are_all_there_is(walk: Trajectory, human: Model) -> None:
    both = ground_reaction(walk, "r") + ground_reaction(walk, "l")
    np.testing.assert_allclose(both, walk.contact_forces.sum(axis=1), atol=1e-9)


def test_strikes_are_the_instants_a_foot_is_loaded_after_a_swing(walk: Trajectory, human: Model) -> None:
    t = walk.times
    trajectory = loaded(walk, human, 1.0 * ((t > 0.5) & (t < 1.0) | (t > 1.5) & (t < 2.0)))
    np.testing.assert_allclose(foot_strikes(trajectory, "r"), [0.51, 1.51], atol=0.011)
    assert len(foot_strikes(trajectory, "l")) == 0


def test_an_instant_without_load_is_no_swing(walk: Trajectory, human: Model) -> None:
    t = walk.times
    trajectory = loaded(walk, human, 1.0 * ((t > 0.5) & (t < 1.0) & (np.abs(t - 0.7) > 0.02)))
    assert len(foot_strikes(trajectory, "r")) == 1
    carries = stance(trajectory, "r")
    assert carries.sum() == ((t > 0.5) & (t < 1.0)).sum()


def test_a_stride_goes_from_strike_to_strike_of_one_foot(walk: Trajectory, human: Model) -> None:
    start, end = stride_of(walk)
    strikes = [foot_strikes(walk, side) for side in "rl"]
    assert any(start in side and end in side for side in strikes)
    assert 0.3 <= end - start <= 2.0


def test_where_nobody_strides_the_middle_second_is_taken(walk: Trajectory, human: Model) -> None:
    still = replace(walk, contact_forces=np.zeros_like(walk.contact_forces))
    assert stride_of(still) == pytest.approx((1.0, 2.0))


def test_the_telling_moment_has_the_legs_wide_apart(walk: Trajectory, human: Model) -> None:
    moment = telling_moment(walk)
    hips = [walk.coordinate_names.index(f"hip_flexion_{side}") for side in "rl"]
    apart = np.abs(walk.coordinates[:, hips[0]] - walk.coordinates[:, hips[1]])
    assert np.interp(moment, walk.times, apart) > np.percentile(apart, 75)


def test_where_forces_are_unknown_nothing_carries(walk: Trajectory, human: Model) -> None:
    unknown = replace(walk, contact_forces=np.full_like(walk.contact_forces, np.nan))
    assert not stance(unknown, "r").any()
    assert len(foot_strikes(unknown, "r")) == 0
