"""Every named quantity of the native core is OpenSim's, on random states that visit every regime."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import SCALES, describe_worst, relative_errors
from states import QUANTITIES, Array, Course

from myorun.anatomy import load_model

# Rounding alone costs up to 1e-10 here, where a nearly vanishing active force is divided by a tiny activation; a wrong
# rule shows at 1e-6 and above. 1e-9 is between the two.
TOLERANCE = 1e-9


@pytest.mark.parametrize("name", QUANTITIES)
def test_native_quantity_equals_opensims(name: str, native: dict[str, Array], reference: dict[str, Array]) -> None:
    assert native[name].shape == reference[name].shape
    worst = float(relative_errors(name, native, reference).max())
    assert worst <= TOLERANCE, describe_worst(name, native, reference)


def test_every_quantity_has_a_scale() -> None:
    assert set(SCALES) == set(QUANTITIES)


# ---------------------------------------------------------------- the sample is as hard as it says


def _states_with(nonzero: Array) -> float:
    return float(np.mean([np.any(row) for row in nonzero]))


def test_states_often_touch_the_ground(reference: dict[str, Array]) -> None:
    assert _states_with(reference["contact_forces"]) >= 0.6


def test_states_often_touch_an_obstacle(reference: dict[str, Array]) -> None:
    assert _states_with(reference["obstacle_forces"]) >= 0.3


def test_states_exceed_joint_limits(reference: dict[str, Array]) -> None:
    assert _states_with(reference["limit_torques"]) >= 0.3


def test_knees_leave_their_splines_on_both_sides(reference: dict[str, Array]) -> None:
    knees = reference["coordinates"][:, [4, 7]]
    assert np.mean(knees < -2.0944) >= 0.02
    assert np.mean(knees > 2.0944) >= 0.002


def test_path_points_are_met_within_their_margin_and_just_outside(courses: list[Course]) -> None:
    """Conditional points stay on for 1e-5 rad beyond their range: knees sit 1e-9 rad before and behind that edge."""
    knee = np.array([state.coordinates[4] for course in courses for state in course.states])
    for edge in (-0.785398 - 1e-5, 0.174533 + 1e-5):
        assert np.any((knee > edge) & (knee < edge + 2e-9))
        assert np.any((knee < edge) & (knee > edge - 2e-9))


def test_fibers_reach_their_lower_bound_and_stand_still_there(reference: dict[str, Array]) -> None:
    muscles = load_model("human").muscles
    shortest = [m.optimal_fiber_length * np.sin(m.pennation_angle) / np.sin(m.max_pennation_angle) for m in muscles]
    below = reference["fiber_lengths"] <= np.array(shortest)
    assert below.mean() >= 0.05
    assert np.mean(below & (reference["fiber_velocities"] == 0.0)) >= 0.002


def test_activations_sink_below_their_minimum(reference: dict[str, Array]) -> None:
    assert np.mean(reference["activations"] < 0.01) >= 0.1
