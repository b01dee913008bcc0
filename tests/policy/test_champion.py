"""The shipped champion runs far on courses it never saw, and moves as a human can."""

from __future__ import annotations

import numpy as np
import pytest

from myorun.controllers import load_policy as load_controller
from myorun.evaluate import Evaluation, evaluate
from myorun.policy.files import load_policy
from myorun.run import run_episode

SEEDS = range(900_000, 900_024)


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluate(load_policy("champion"), seeds=SEEDS, max_obstacles=10)


def test_it_runs_past_ten_obstacles(found: Evaluation) -> None:
    assert found.mean > 30.0  # m; docs/training.md has the figure of 4,000 courses
    assert found.falls <= 0.25


def test_a_course_of_the_evaluation_ends_the_same_when_it_is_watched(found: Evaluation) -> None:
    """Only the accuracy of the physics differs, once the environment's own is not taken."""
    trajectory = run_episode(load_controller("champion"), seed=SEEDS[0], max_obstacles=10, accuracy="fast").trajectory
    assert trajectory.facts.score == found.episodes[0].score
    assert trajectory.facts.controller == "champion"


def test_a_controller_used_again_starts_with_an_empty_memory() -> None:
    controller = load_controller("champion")
    first, second = (run_episode(controller, seed=3, steps=60).trajectory for _ in range(2))
    assert np.array_equal(first.excitations, second.excitations)


def test_both_legs_lead_in_turn() -> None:
    trajectory = run_episode(load_controller("champion"), difficulty=0).trajectory
    names = list(trajectory.coordinate_names)
    right, left = (trajectory.coordinates[300:, names.index(f"hip_flexion_{side}")] for side in "rl")
    share = (right > left).mean()
    assert 0.3 < share < 0.7
    assert np.count_nonzero(np.diff((right > left).astype(int))) >= 14  # at least a stride a second
