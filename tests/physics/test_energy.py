"""Work in = energy gained + energy lost: of the whole human, and inside one muscle."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from myorun.anatomy import Model
from myorun.physics import Simulator
from myorun.physics.state import State
from oracles import feet, muscle, small_models
from oracles.skeleton import Skeleton

Array = npt.NDArray[np.float64]


def power_of_muscles(s: Simulator) -> float:
    """Work that tendons do on the skeleton [W]: they shorten by what the path lengthens less."""
    return float(-(s.get("tendon_forces") * s.get("musculotendon_velocities")).sum())


def power_of_ligaments(s: Simulator, model: Model) -> float:
    names = [c.name for c in model.free_coordinates]
    speeds = s.speeds[[names.index(limit.coordinate) for limit in model.limits]]
    return float((s.get("limit_torques") * speeds).sum())


def power_of_contacts(s: Simulator, skeleton: Skeleton) -> float:
    """Ground and balls on the material of the feet [W]."""
    spheres = feet.moving_spheres(skeleton, s.coordinates.tolist(), s.speeds.tolist())
    ground, balls, total = s.get("contact_forces"), s.get("obstacle_forces"), 0.0
    for k, m in enumerate(spheres.values()):
        vx, vy = m.contact_velocity
        total += ground[k, 0] * vx + ground[k, 1] * vy + balls[k, 0] * m.vx + balls[k, 1] * m.vy
    return float(total)


def simpson(values: list[float], dt: float) -> float:
    """Integral over an even number of intervals."""
    v = np.array(values)
    return float(dt / 3 * (v[0] + v[-1] + 4 * v[1:-1:2].sum() + 2 * v[2:-1:2].sum()))


def audit(s: Simulator, power: Callable[[], Array], excitations: Array, intervals: int, dt: float) -> Array:
    """Integrals of powers along the motion."""
    samples = [power()]
    for _ in range(intervals):
        s.step(excitations, dt)
        samples.append(power())
    return np.array([simpson([row[k] for row in samples], dt) for k in range(len(samples[0]))])


def test_a_running_humans_energy_changes_by_the_work_of_all_forces(human: Model) -> None:
    s, skeleton = Simulator(accuracy="accurate"), Skeleton(human)
    s.set_course(obstacles=[(0.25, 0.0, 0.12), (-0.3, 0.02, 0.15)])
    speeds = np.zeros(9)
    speeds[[1, 4, 7]] = 2.0, -6.0, 3.0
    s.speeds = speeds
    rng = np.random.default_rng(6)

    def powers() -> Array:
        return np.array([power_of_muscles(s), power_of_ligaments(s, human), power_of_contacts(s, skeleton)])

    def energy() -> float:
        return float(s.get("kinetic_energy")[0] + s.get("potential_energy")[0])

    before, work, touched = energy(), np.zeros(3), np.zeros(3)
    for _ in range(4):
        part = audit(s, powers, rng.integers(0, 2, 18).astype(float), 400, 1e-4)
        work, touched = work + part, touched + np.abs(part)
    assert (touched > 1.0).all(), "muscles, ligaments and contacts all have worked"
    # the integration error of 100 us steps (checked below to shrink) and Simpson's at kinks of forces
    assert energy() - before == pytest.approx(work.sum(), abs=2e-3 * touched.sum())


def test_a_falling_muscle_load_spends_its_energy_on_tendon_and_fiber() -> None:
    """Gravity's work = kinetic energy + energy stored in the tendon - work of the fibre."""
    mass, start, a = 100.0, 0.25, 0.3
    model = small_models.hanging_load(mass, start)
    m, s = model.muscles[0], Simulator(model, accuracy=2000)
    one = np.ones(1)
    s.set_state(State(0.0, start * one, 0.5 * one, a * one, muscle.isometric_length(m, start, a) * one))

    def stored() -> float:
        """Kinetic, gravitational and elastic energy [J]."""
        strain = muscle.tendon_strain(m, float(s.coordinates[0]), float(s.fiber_lengths[0]))
        elastic = m.max_isometric_force * m.tendon_slack_length * tendon_energy(strain)
        return float(s.get("kinetic_energy")[0] + s.get("potential_energy")[0] + elastic)

    def tendon_energy(strain: float) -> float:
        """Integral of the tendon's force-strain curve, in closed form."""
        toe = 99 * m.tendon_strain * math.exp(3) / (166 * math.exp(3) - 67)
        x = min(max(strain, 0.0), toe)
        energy = 0.33 / math.expm1(3) * (toe / 3 * math.expm1(3 * x / toe) - x)
        beyond = max(strain - toe, 0.0)
        return energy + 0.33 * beyond + 0.67 / (m.tendon_strain - toe) * beyond**2 / 2

    before = stored()
    work = audit(s, lambda: s.get("fiber_powers"), a * one, 1000, 2e-5)
    assert abs(work[0]) > 5.0
    assert stored() - before == pytest.approx(
        work[0], abs=1e-5
    )  # 5 us over a fibre time of 1 ms, squared: 3e-5 of some J


def test_contacts_and_friction_only_take_energy() -> None:
    """Over a whole bounce with sliding and spinning, what the ground gives back is less than it got."""
    model = small_models.ball(1.0, inertia=0.001, contact=small_models.ground_contact(dissipation=0.3))
    s = Simulator(model, accuracy="accurate")
    s.set_state(State(0.0, np.array([0.0, 0.0, 0.3]), np.array([20.0, 2.0, 0.0]), np.zeros(0), np.zeros(0)))
    energies = []
    for _ in range(150):
        s.step(np.zeros(0))
        if (s.get("contact_forces") == 0).all():
            energies.append(float(s.get("kinetic_energy")[0] + s.get("potential_energy")[0]))
    drops = -np.diff(energies)
    assert drops.min() > -1e-9  # rounding; in flight nothing is lost, at a touch something is
    assert drops.max() > 0.1
