"""The core unrolls its loops for trees it knows and walks all others; both must be the same physics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.anatomy.model import Coordinate
from myorun.physics import BatchSimulator, Simulator, State
from oracles import small_models
from oracles.jet import along_axis
from oracles.skeleton import Skeleton


@pytest.fixture(scope="module")
def accompanied(human: Model) -> Model:
    """The human and, with no bearing on it, a bead on a wire: a tree no core was compiled for."""
    return replace(
        human,
        bodies=(*human.bodies, small_models.body("bead", 0.5)),
        joints=(*human.joints, small_models.slider("wire", "bead")),
        coordinates=(*human.coordinates, Coordinate("wire", "translational")),
    )


def test_a_known_tree_and_an_unknown_one_give_the_same_bits(human: Model, accompanied: Model) -> None:
    rng = np.random.default_rng(1)
    alone, other = Simulator(human), Simulator(accompanied)
    for s in (alone, other):
        s.set_course(obstacles=[(0.2, 0.0, 0.1), (0.5, 0.0, 0.2)])
    other.speeds = np.array([0.0] * 9 + [2.0])
    for _ in range(40):
        excitations = rng.random(18)
        alone.step(excitations)
        other.step(excitations)
    assert other.coordinates[:9].tobytes() == alone.coordinates.tobytes()
    assert other.speeds[:9].tobytes() == alone.speeds.tobytes()
    assert other.fiber_lengths.tobytes() == alone.fiber_lengths.tobytes()
    assert other.coordinates[9] == pytest.approx(0.8, abs=1e-12), "the bead slides on"
    for name in ("accelerations", "moment_arms", "contact_forces", "center_of_mass"):
        assert np.isfinite(other.get(name)).all()


def test_batches_of_an_unknown_tree_give_the_bits_of_singles(accompanied: Model) -> None:
    batch, single = BatchSimulator(3, accompanied), Simulator(accompanied)
    for _ in range(10):
        batch.step(np.full((3, 18), 0.3))
        single.step(np.full(18, 0.3))
    assert batch.coordinates[2].tobytes() == single.coordinates.tobytes()


def test_a_human_with_a_free_back_obeys_newton_too(human: Model) -> None:
    loose = replace(human, coordinates=tuple(replace(c, locked=False) for c in human.coordinates))
    skeleton, s = Skeleton(loose), Simulator(loose)
    names = [c.name for c in loose.free_coordinates]
    for row in random_rows(np.random.default_rng(3), 4):
        q, u = np.zeros(10), np.full(10, -1.5)
        q[names.index("lumbar_extension")] = 0.4
        for k, c in enumerate(human.free_coordinates):
            q[names.index(c.name)], u[names.index(c.name)] = row[k], row[9 + k]
        q[names.index("pelvis_ty")] = 5.0
        s.set_state(State(0.0, q, u, row[18:36], row[36:]))
        needed = np.array(skeleton.required_forces(q.tolist(), u.tolist(), s.get("accelerations").tolist()))
        tendons, torques = s.get("tendon_forces"), s.get("limit_torques")
        for axis in range(10):
            point = along_axis(q.tolist(), axis)
            for muscle, force in zip(loose.muscles, tendons, strict=True):
                needed[axis] += force * skeleton.path_length(muscle, point).first
        for limit, torque in zip(loose.limits, torques, strict=True):
            needed[names.index(limit.coordinate)] -= torque
        scale = 100 + np.abs(s.get("accelerations")).max() + tendons.max()
        assert needed == pytest.approx(np.zeros(10), abs=1e-11 * scale)


def test_a_human_with_a_stiff_ankle_can_be_simulated(human: Model) -> None:
    """A locked coordinate welds its bodies: fewer segments, another tree, the same code."""
    joints = tuple(replace(c, locked=c.locked or c.name == "ankle_angle_l") for c in human.coordinates)
    s = Simulator(replace(human, coordinates=joints))
    assert s.coordinates.shape == (8,)
    for _ in range(50):
        s.step(np.full(18, 0.2))
    assert np.isfinite(s.coordinates).all()
