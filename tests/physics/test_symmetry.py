"""The world is the same everywhere along x, and the human the same on both sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.physics import BatchSimulator, Simulator

Array = npt.NDArray[np.float64]
SWAP_Q = [0, 1, 2, 6, 7, 8, 3, 4, 5]
SWAP_M = [*range(9, 18), *range(9)]


def mirrored(rows: Array) -> Array:
    order = SWAP_Q + [9 + i for i in SWAP_Q] + [18 + i for i in SWAP_M] + [36 + i for i in SWAP_M]
    return rows[:, order]


def test_swapped_legs_move_as_the_mirror_image(human: Model) -> None:
    rng = np.random.default_rng(1)
    rows = random_rows(rng, 16)
    left, right = BatchSimulator(16), BatchSimulator(16)
    left.states, right.states = rows, mirrored(rows)
    strengths = rng.uniform(0.3, 1.0, (16, 18))
    balls = np.tile(np.array([(0.3, 0.0, 0.2), (-1.0, 0.1, 0.3)]), (16, 1, 1))
    left.set_courses(obstacles=balls, strengths=strengths)
    right.set_courses(obstacles=balls, strengths=strengths[:, SWAP_M])
    for _ in range(5):
        excitations = rng.random((16, 18))
        left.step(excitations)
        right.step(excitations[:, SWAP_M])
    # sums over both legs run in another order: rounding, grown over 150 substeps of stiff contact
    assert mirrored(right.states) == pytest.approx(left.states, rel=1e-6, abs=1e-7)


def test_quantities_of_the_mirror_image_are_mirrored(human: Model) -> None:
    rows = random_rows(np.random.default_rng(2), 16)
    here, there = BatchSimulator(16), BatchSimulator(16)
    here.states, there.states = rows, mirrored(rows)
    for name in ("tendon_forces", "musculotendon_lengths", "fiber_velocities"):
        assert (there.get(name)[:, SWAP_M] == here.get(name)).all(), name
    assert there.get("accelerations")[:, SWAP_Q] == pytest.approx(here.get("accelerations"), rel=1e-9, abs=1e-8)
    assert there.get("center_of_mass") == pytest.approx(here.get("center_of_mass"), abs=1e-15)


@pytest.mark.parametrize("far", [1.0, 64.0, 1000.0])
def test_without_obstacles_it_is_the_same_everywhere(far: float) -> None:
    """Positions are computed relative to the pelvis, so that not even rounding tells how far it has come."""
    rng = np.random.default_rng(3)
    here, there = Simulator(), Simulator()
    there.set_state(replace(there.state, coordinates=there.coordinates + far * np.eye(9)[1]))
    others = [0, *range(2, 9)]
    for _ in range(30):
        excitations = rng.random(18)
        here.step(excitations)
        there.step(excitations)
    # the sweep of contacts compares world positions, which round by 1e-13 m; that decides nothing here
    assert (there.coordinates[others] == here.coordinates[others]).all()
    assert there.coordinates[1] - far == pytest.approx(here.coordinates[1], abs=1e-12 * far)


def test_with_a_ball_it_is_not() -> None:
    here, there = Simulator(), Simulator()
    there.set_state(replace(there.state, coordinates=there.coordinates + np.eye(9)[1]))
    pushed = []
    for s in (here, there):
        s.set_course(obstacles=[(0.2, 0.0, 0.15)])
        pushes = []
        for _ in range(20):
            s.step(np.full(18, 0.2))
            pushes.append(np.abs(s.get("obstacle_forces")).max())
        pushed.append(max(pushes))
    assert pushed[0] > 10
    assert pushed[1] == 0


def test_a_ball_and_the_runner_moved_together_change_nothing() -> None:
    here, there = Simulator(), Simulator()
    there.set_state(replace(there.state, coordinates=there.coordinates + 32 * np.eye(9)[1]))
    here.set_course(obstacles=[(0.25, 0.0, 0.125)])
    there.set_course(obstacles=[(32.25, 0.0, 0.125)])
    for s in (here, there):
        for _ in range(20):
            s.step(np.full(18, 0.2))
    # the pelvis' x rounds differently by 4e-15 m at 32 m, and so does its distance from the ball
    assert there.coordinates - 32 * np.eye(9)[1] == pytest.approx(here.coordinates, abs=1e-9)
    assert here.get("obstacle_forces") == pytest.approx(there.get("obstacle_forces"), abs=1e-3)
