"""Quirk of the reference: a foot's contacts fall silent after the first that pulls."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.physics import BatchSimulator
from oracles import feet
from oracles.skeleton import Skeleton

Array = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def stamping(human: Model) -> tuple[Array, Array]:
    """States with a foot in the ground that is leaving it fast, and the core's contact forces."""
    rng, skeleton = np.random.default_rng(5), Skeleton(human)
    rows = random_rows(rng, 200)
    rows[:100, 1] += 5.0
    rows[100:, 1] *= 0.03  # near the start line another axis may be the longest
    for row in rows:
        row[5] = rng.normal(0.0, 0.1) - row[[0, 3, 4]].sum()  # the right foot is nearly flat
        spheres = feet.moving_spheres(skeleton, row[:9].tolist(), row[9:18].tolist())
        lifted = min(spheres["r_heel"].depth, spheres["r_toe"].depth)
        row[2] += lifted - rng.uniform(0.0, 0.02)
    batch = BatchSimulator(len(rows))
    batch.states = rows
    return rows, batch.get("contact_forces")


def law(human: Model, row: Array, *, order_quirk: bool) -> Array:
    spheres = feet.moving_spheres(Skeleton(human), row[:9].tolist(), row[9:18].tolist())
    forces = feet.ground_forces(human, spheres, order_quirk=order_quirk)
    return np.array([forces[s.name] for s in human.contact_spheres])


def test_the_core_silences_contacts_in_the_references_order(human: Model, stamping: tuple[Array, Array]) -> None:
    for row, forces in zip(*stamping, strict=True):
        assert forces == pytest.approx(law(human, row, order_quirk=True), rel=1e-9, abs=1e-8)


def test_without_the_quirk_some_states_would_feel_another_force(human: Model, stamping: tuple[Array, Array]) -> None:
    differ = 0
    for row, forces in zip(*stamping, strict=True):
        differ += bool(np.abs(forces - law(human, row, order_quirk=False)).max() > 1.0)
    assert differ >= 5
