"""Musculotendon paths: lengths, moment arms and velocities by a second road, and the quirks at their switches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.anatomy.model import ConditionalPoint, MovingPoint
from myorun.physics import BatchSimulator, Simulator
from oracles.jet import Jet, along, along_axis
from oracles.skeleton import Skeleton

Array = npt.NDArray[np.float64]
EDGE = 1e-5  # rad


@pytest.fixture(scope="module")
def rows() -> Array:
    return random_rows(np.random.default_rng(8), 40)


def evaluate(rows: Array, name: str) -> Array:
    batch = BatchSimulator(len(rows))
    batch.states = rows
    return batch.get(name)


def test_lengths_agree_with_the_points_distances(human: Model, rows: Array) -> None:
    skeleton, lengths = Skeleton(human), evaluate(rows, "musculotendon_lengths")
    for row, ours in zip(rows, lengths, strict=True):
        q = [Jet(v) for v in row[:9]]
        # half a metre, added up from positions a few ten metres from the world's origin
        assert ours == pytest.approx([skeleton.path_length(m, q).value for m in human.muscles], abs=1e-14)


def test_moment_arms_are_minus_the_slope_of_length_by_exact_derivatives(human: Model, rows: Array) -> None:
    skeleton, arms = Skeleton(human), evaluate(rows, "moment_arms")
    for row, ours in zip(rows[:12], arms, strict=False):
        for axis in range(9):
            q = along_axis(row[:9].tolist(), axis)
            expected = [-skeleton.path_length(m, q).first for m in human.muscles]
            assert ours[:, axis] == pytest.approx(expected, abs=1e-13)


def test_moment_arms_are_minus_the_finite_difference_of_length(human: Model, rows: Array) -> None:
    h = 1e-5
    skeleton, arms = Skeleton(human), evaluate(rows, "moment_arms")
    compared = 0
    for axis in range(9):
        step = np.zeros(rows.shape[1])
        step[axis] = h
        right, left = (evaluate(rows + sign * step, "musculotendon_lengths") for sign in (1, -1))
        for i, row in enumerate(rows):
            for k, muscle in enumerate(human.muscles):
                if skeleton.is_smooth(muscle, row[:9].tolist(), 2 * h):
                    compared += 1
                    # h^2 times third derivatives of order 1 m/rad^3, and rounding of 1e-16 / h
                    assert arms[i, k, axis] == pytest.approx((left - right)[i, k] / (2 * h), abs=1e-9)
    assert compared > 0.5 * arms.size


def test_musculotendon_velocities_are_exact_derivatives_of_length(human: Model, rows: Array) -> None:
    skeleton, velocities = Skeleton(human), evaluate(rows, "musculotendon_velocities")
    for row, ours in zip(rows, velocities, strict=True):
        q = along(row[:9].tolist(), row[9:18].tolist(), [0.0] * 9)
        assert ours == pytest.approx([skeleton.path_length(m, q).first for m in human.muscles], abs=1e-13)


def test_musculotendon_velocities_are_the_finite_difference_of_length_in_motion(human: Model, rows: Array) -> None:
    h = 1e-6
    move = np.zeros_like(rows)
    move[:, :9] = h * rows[:, 9:18]
    right, left = (evaluate(rows + sign * move, "musculotendon_lengths") for sign in (1, -1))
    skeleton, velocities = Skeleton(human), evaluate(rows, "musculotendon_velocities")
    for i, row in enumerate(rows):
        for k, muscle in enumerate(human.muscles):
            if skeleton.is_smooth(muscle, row[:9].tolist(), 30 * h):
                # speeds of up to 10 rad/s: (10 h)^2 * 10, and rounding of 1e-16 / h
                assert velocities[i, k] == pytest.approx((right - left)[i, k] / (2 * h), abs=2e-9)


def test_the_root_moves_no_muscle(rows: Array) -> None:
    assert (evaluate(rows, "moment_arms")[:, :, :3] == 0).all()


# ---------------------------------------------------------------- conditional points


def conditional_edges(human: Model) -> list[tuple[int, int, float]]:
    """(muscle, coordinate, edge) where a point comes or goes."""
    names = [c.name for c in human.free_coordinates]
    return [
        (k, names.index(p.coordinate), edge)
        for k, m in enumerate(human.muscles)
        for p in m.path
        if isinstance(p, ConditionalPoint)
        for edge in p.range
    ]


def length_at(simulator: Simulator, muscle: int, coordinate: int, value: float) -> float:
    q = np.zeros(9)
    q[2], q[coordinate] = 5.0, value
    simulator.coordinates = q
    return float(simulator.get("musculotendon_lengths")[muscle])


def test_a_conditional_point_switches_ten_microradians_outside_its_range(human: Model, simulator: Simulator) -> None:
    """Quirk of the reference: the range is widened by 1e-5 rad, inclusive."""
    edges = conditional_edges(human)
    assert len(edges) == 20
    jumps = []
    for muscle, coordinate, edge in edges:
        out = np.sign(edge - np.mean([e for m, c, e in edges if (m, c) == (muscle, coordinate)]))
        slope = [length_at(simulator, muscle, coordinate, edge + out * EDGE * x) for x in (-0.5, 0.5, 0.9, 1.1, 1.5)]
        before = max(abs(slope[1] - slope[0]), abs(slope[2] - slope[1]))
        assert before < 1e-6, "smooth up to the widened edge: moment arms below 0.1 m times 1e-5 rad"
        jumps.append(abs(slope[3] - slope[2]))
    assert max(jumps) > 1e-3, "some paths jump by millimetres"
    assert sum(j > 1e-5 for j in jumps) >= 12


def test_at_the_edge_itself_the_point_is_still_on(human: Model, simulator: Simulator) -> None:
    muscle, coordinate, _ = conditional_edges(human)[0]
    low = conditional_edges(human)[0][2] - EDGE
    on = length_at(simulator, muscle, coordinate, low)
    off = length_at(simulator, muscle, coordinate, np.nextafter(low, -9.0))
    assert abs(on - off) > 1e-6  # hamstrings jump by five micrometres; one last place of the knee moves 1e-17


# ---------------------------------------------------------------- moving points


def moving(human: Model) -> list[tuple[int, int, float, float]]:
    """(muscle, coordinate, low, high) of every moving point."""
    names = [c.name for c in human.free_coordinates]
    ranges = {c.name: c.range for c in human.coordinates}
    return [
        (k, names.index(p.x.coordinate), *ranges[p.x.coordinate])
        for k, m in enumerate(human.muscles)
        for p in m.path
        if isinstance(p, MovingPoint) and p.x.coordinate
    ]


def test_a_moving_points_derivative_sees_the_true_coordinate_its_location_the_clamped_one(
    human: Model, simulator: Simulator
) -> None:
    """Quirk of the reference: beyond the range the moment arm is not the slope of the length."""
    points = moving(human)
    assert len(points) == 4
    for muscle, coordinate, _, high in points:
        q, h = high + 0.1, 1e-5
        difference = length_at(simulator, muscle, coordinate, q - h) - length_at(simulator, muscle, coordinate, q + h)
        length_at(simulator, muscle, coordinate, q)
        arm = simulator.get("moment_arms")[muscle, coordinate]
        jet = Skeleton(human).path_length(human.muscles[muscle], along_axis(simulator.coordinates.tolist(), coordinate))
        assert arm == pytest.approx(-jet.first, abs=1e-14)
        assert abs(arm - difference / (2 * h)) > 1e-4, "the consistent variant differs"


def test_within_its_range_a_moving_point_is_consistent(human: Model, simulator: Simulator) -> None:
    for muscle, coordinate, _, _ in moving(human):
        q, h = -0.6, 1e-5
        difference = length_at(simulator, muscle, coordinate, q - h) - length_at(simulator, muscle, coordinate, q + h)
        length_at(simulator, muscle, coordinate, q)
        arm = simulator.get("moment_arms")[muscle, coordinate]
        assert arm == pytest.approx(difference / (2 * h), abs=1e-9)
