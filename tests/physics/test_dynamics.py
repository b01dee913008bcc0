"""Newton's law two ways: the core's accelerations, and what such accelerations need by d'Alembert's principle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.physics import BatchSimulator
from oracles import feet, ligament
from oracles.jet import along, along_axis
from oracles.skeleton import Skeleton

Array = npt.NDArray[np.float64]
BALLS = ((0.2, 0.1, 0.3), (-0.4, 0.0, 0.25), (0.9, 0.3, 0.35), (0.3, -0.6, 0.9))


def put_feet_down(rng: np.random.Generator, rows: Array, skeleton: Skeleton) -> None:
    """Lower every human until its deepest foot is up to 3 cm in the ground."""
    for row in rows:
        spheres = feet.moving_spheres(skeleton, row[:9].tolist(), row[9:18].tolist())
        row[2] += max(s.depth for s in spheres.values()) - rng.uniform(-0.01, 0.03)


@pytest.fixture(scope="module")
def crowd(human: Model) -> BatchSimulator:
    """Humans in motion, most with a foot in the ground or in a ball, many beyond their ligaments."""
    rng = np.random.default_rng(12)
    rows = random_rows(rng, 24)
    put_feet_down(rng, rows, Skeleton(human))
    batch = BatchSimulator(len(rows))
    batch.states = rows
    batch.set_courses(obstacles=np.tile(np.array(BALLS), (len(rows), 1, 1)))
    return batch


def test_the_crowd_visits_what_it_is_meant_to(crowd: BatchSimulator) -> None:
    for name in ("contact_forces", "obstacle_forces", "limit_torques", "tendon_forces"):
        touched = (crowd.get(name) != 0).reshape(crowd.n, -1).any(axis=1)
        assert touched.mean() > 0.3, name


def applied_forces(skeleton: Skeleton, row: Array, tendon_forces: Array) -> Array:
    """Generalized forces of muscles, ligaments, ground and balls from their laws."""
    q, u, model = row[:9].tolist(), row[9:18].tolist(), skeleton.model
    total = np.zeros(9)
    for axis in range(9):
        point = along_axis(q, axis)
        for muscle, force in zip(model.muscles, tendon_forces, strict=True):
            total[axis] -= force * skeleton.path_length(muscle, point).first
    for limit in model.limits:
        i = skeleton.free.index(limit.coordinate)
        total[i] += ligament.torque(limit, q[i], u[i])
    spheres = feet.moving_spheres(skeleton, q, u)
    for name, force in feet.ground_forces(model, spheres).items():
        s = spheres[name]
        total += skeleton.force_at(q, s.sphere.body, (s.x, -s.depth / 2), force)
    for s in spheres.values():
        for ball in BALLS:
            total += skeleton.force_at(q, s.sphere.body, (s.x, s.y), feet.obstacle_force(s, ball))
    return total


def test_inverse_dynamics_of_the_accelerations_gives_the_forces_of_all_laws(
    human: Model, crowd: BatchSimulator
) -> None:
    skeleton, rows = Skeleton(human), crowd.states
    accelerations, tendons = crowd.get("accelerations"), crowd.get("tendon_forces")
    for row, acceleration, tendon in zip(rows, accelerations, tendons, strict=True):
        needed = np.array(skeleton.required_forces(row[:9].tolist(), row[9:18].tolist(), acceleration.tolist()))
        applied = applied_forces(skeleton, row, tendon)
        scale = 100 + np.abs(applied).max() + np.abs(acceleration).max()  # kg m^2 and N m of like size
        # contact depths are differences of metres: 1e-16 in 1e-4 m, and M^-1 has a condition number near 1e4
        assert needed == pytest.approx(applied, abs=1e-11 * scale)


def test_energies_agree_with_the_sum_over_bodies(human: Model, crowd: BatchSimulator) -> None:
    skeleton = Skeleton(human)
    kinetic, potential = crowd.get("kinetic_energy")[:, 0], crowd.get("potential_energy")[:, 0]
    for row, k, p in zip(crowd.states, kinetic, potential, strict=True):
        assert (k, p) == pytest.approx(skeleton.energies(row[:9].tolist(), row[9:18].tolist()), rel=1e-13)


def test_bodies_are_where_the_joints_put_them(human: Model, crowd: BatchSimulator) -> None:
    skeleton = Skeleton(human)
    positions, velocities, angles = (crowd.get(f"body_{n}") for n in ("positions", "velocities", "angles"))
    for i, row in enumerate(crowd.states):
        places = skeleton.places(along(row[:9].tolist(), row[9:18].tolist(), [0.0] * 9))
        for k, body in enumerate(human.bodies):
            place = places[body.name]
            assert positions[i, k] == pytest.approx([place.x.value, place.y.value], abs=1e-14)
            assert velocities[i, k] == pytest.approx([place.x.first, place.y.first], abs=1e-13)
            assert angles[i, k] == pytest.approx(place.angle.value, abs=1e-14)


def test_ground_and_ball_forces_follow_their_laws(human: Model, crowd: BatchSimulator) -> None:
    skeleton = Skeleton(human)
    ground, balls = crowd.get("contact_forces"), crowd.get("obstacle_forces")
    for i, row in enumerate(crowd.states):
        spheres = feet.moving_spheres(skeleton, row[:9].tolist(), row[9:18].tolist())
        laws = feet.ground_forces(human, spheres)
        for k, s in enumerate(human.contact_spheres):
            assert ground[i, k] == pytest.approx(laws[s.name], rel=1e-10, abs=1e-9)
            pushes = np.sum([feet.obstacle_force(spheres[s.name], ball) for ball in BALLS], axis=0)
            assert balls[i, k] == pytest.approx(pushes, rel=1e-10, abs=1e-9)


def test_momentum_changes_by_gravity_ground_and_balls_alone(crowd: BatchSimulator) -> None:
    """d/dt of the momentum of the centre of mass, by differencing along the true accelerations."""
    h, rows = 1e-6, crowd.states
    acceleration = crowd.get("accelerations")
    force = crowd.get("ground_reaction") + crowd.get("obstacle_forces").sum(axis=1)
    probe = BatchSimulator(crowd.n)

    def velocity(t: float) -> Array:
        moved = rows.copy()
        moved[:, :9] += t * rows[:, 9:18] + t * t / 2 * acceleration
        moved[:, 9:18] += t * acceleration
        probe.states = moved
        return probe.get("center_of_mass_velocity")

    mass = sum(b.mass for b in crowd.model.bodies)
    rate = mass * (velocity(h) - velocity(-h)) / (2 * h) - [0, -9.80665 * mass]
    # rounding of 1e-15 m/s times 75 kg / 1e-6 s, and h^2 times third derivatives of 1e10 and more in hard contact
    assert rate == pytest.approx(force, rel=1e-5, abs=1e-3)


def test_the_center_of_mass_velocity_is_the_rate_of_the_center_of_mass(crowd: BatchSimulator) -> None:
    h, rows = 1e-6, crowd.states
    probe = BatchSimulator(crowd.n)
    centers = []
    for t in (h, -h):
        moved = rows.copy()
        moved[:, :9] += t * rows[:, 9:18]
        probe.states = moved
        centers.append(probe.get("center_of_mass"))
    assert crowd.get("center_of_mass_velocity") == pytest.approx((centers[0] - centers[1]) / (2 * h), abs=1e-8)
