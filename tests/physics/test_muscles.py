"""Thelen's muscle, backwards in the core, forwards in the oracle; and muscles that hold or drop a load."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.anatomy.model import Muscle
from myorun.physics import BatchSimulator, Simulator
from myorun.physics.state import State
from oracles import activation, muscle, small_models
from oracles.runge_kutta import Array, integrate


@pytest.fixture(scope="module")
def crowd() -> tuple[BatchSimulator, Array]:
    rng = np.random.default_rng(4)
    rows = random_rows(rng, 60)
    batch = BatchSimulator(60)
    batch.states = rows
    return batch, rows


def free_fibers(crowd: tuple[BatchSimulator, Array]) -> list[tuple[int, int, Muscle]]:
    """(human, muscle) pairs whose fibre is longer than its shortest."""
    batch, rows = crowd
    pairs = [(i, k, m) for i in range(batch.n) for k, m in enumerate(batch.model.muscles)]
    return [(i, k, m) for i, k, m in pairs if rows[i, 36 + k] > muscle.shortest(m) * 1.001]


def test_tendon_and_passive_forces_follow_their_curves(crowd: tuple[BatchSimulator, Array]) -> None:
    batch, rows = crowd
    paths, tendon, passive = (batch.get(n) for n in ("musculotendon_lengths", "tendon_forces", "passive_fiber_forces"))
    for i, k, m in free_fibers(crowd):
        length = rows[i, 36 + k]
        expected = m.max_isometric_force * muscle.tendon_force(m, muscle.tendon_strain(m, paths[i, k], length))
        # strain is a difference of lengths: 1e-16 m over a slack length of 5 cm, times k_lin = 37, times F_max
        assert tendon[i, k] == pytest.approx(expected, rel=1e-12, abs=1e-9)
        expected = m.max_isometric_force * muscle.passive_force(m, length / m.optimal_fiber_length)
        assert passive[i, k] == pytest.approx(expected, rel=1e-12, abs=1e-11)


def test_the_fiber_velocity_balances_fiber_and_tendon(crowd: tuple[BatchSimulator, Array]) -> None:
    """Two roads: the velocity of the core's inversion, put into Thelen's forward law, gives the tendon force."""
    batch, rows = crowd
    paths, velocity = batch.get("musculotendon_lengths"), batch.get("fiber_velocities")
    for i, k, m in free_fibers(crowd):
        length, a = rows[i, 36 + k], rows[i, 18 + k]
        imbalance = muscle.imbalance(m, paths[i, k], length, velocity[i, k], a)
        tendon = muscle.tendon_force(m, muscle.tendon_strain(m, paths[i, k], length))
        # near the pole at y = 1.4 the shortening curve turns 1e-16 into 1e-13 of the force
        assert imbalance == pytest.approx(0.0, abs=1e-11 * max(1.0, tendon))


def test_fiber_force_is_tendon_force_over_the_cosine(crowd: tuple[BatchSimulator, Array]) -> None:
    batch, rows = crowd
    force = batch.get("active_fiber_forces") + batch.get("passive_fiber_forces")
    tendon, velocity = batch.get("tendon_forces"), batch.get("fiber_velocities")
    for i, k, m in free_fibers(crowd):
        along = force[i, k] * muscle.cosine(m, rows[i, 36 + k])
        assert along == pytest.approx(tendon[i, k], rel=1e-12, abs=1e-9)
    assert batch.get("fiber_powers") == pytest.approx(-force * velocity, rel=1e-12)


@pytest.mark.parametrize("a", [0.01, 0.05, 0.5, 1.0])
def test_equilibrated_fibers_have_the_length_a_root_finder_finds(human: Model, simulator: Simulator, a: float) -> None:
    simulator.activations = np.full(18, a)
    simulator.equilibrate()
    paths = simulator.get("musculotendon_lengths")
    for k, m in enumerate(human.muscles):
        # flat where a slack tendon meets a fibre without passive force: then the force decides, not the length
        assert simulator.fiber_lengths[k] == pytest.approx(muscle.isometric_length(m, paths[k], a), rel=1e-10)


def test_the_published_equilibrium_of_the_start(simulator: Simulator) -> None:
    # OpenSim 4.6, equilibrateMuscles at the initial state
    published = [0.06356, 0.13434, 0.16085, 0.13006, 0.06027, 0.07891, 0.0572, 0.04495, 0.06288]
    assert simulator.fiber_lengths == pytest.approx(published * 2, abs=5.1e-6)  # five decimals


def test_a_muscle_shorter_than_its_tendon_rests_at_its_shortest_fiber() -> None:
    model = small_models.clamped_muscle(0.19)
    simulator = Simulator(model)
    assert simulator.fiber_lengths[0] == pytest.approx(muscle.shortest(model.muscles[0]), rel=1e-12)
    assert simulator.get("tendon_forces")[0] == 0


@pytest.mark.parametrize("excitation", [0.05, 0.4, 1.0])
@pytest.mark.parametrize("length", [0.23, 0.255])
def test_a_clamped_muscle_settles_at_its_isometric_force(excitation: float, length: float) -> None:
    model = small_models.clamped_muscle(length)
    simulator, m = Simulator(model), model.muscles[0]
    for _ in range(100):
        simulator.step([excitation])
    fiber = muscle.isometric_length(m, length, excitation)
    expected = m.max_isometric_force * muscle.tendon_force(m, muscle.tendon_strain(m, length, fiber))
    # after a second some ten time constants of .04 s have passed: 1e-10 of the start is left
    assert simulator.get("tendon_forces")[0] == pytest.approx(expected, rel=1e-6)
    assert simulator.get("fiber_velocities")[0] == pytest.approx(0, abs=1e-7)


def test_a_falling_load_is_caught_as_a_fine_integration_says() -> None:
    """Mass, tendon and fibre in one line: the whole muscle against its equations, for a tenth of a second."""
    mass, start, a = 100.0, 0.25, 0.3
    model = small_models.hanging_load(mass, start)
    m = model.muscles[0]
    simulator = Simulator(model, accuracy="reference")
    fiber = muscle.isometric_length(m, start, a)
    one = np.ones(1)
    simulator.set_state(State(0.0, start * one, 0.5 * one, a * one, fiber * one))

    def rate(y: Array) -> Array:
        tendon = m.max_isometric_force * muscle.tendon_force(m, muscle.tendon_strain(m, y[0], y[2]))
        return np.array([y[1], 9.80665 - tendon / mass, muscle.fiber_velocity(m, y[0], y[2], a)])

    y = integrate(rate, np.array([start, 0.5, fiber]), 0.02, 1000)
    simulator.step([a], 0.02)
    state = simulator.state
    # RK4 at 20 us and this integrator at 5 us both err below 1e-8; the tendon's corners cost a digit
    assert [*state.coordinates, *state.speeds, *state.fiber_lengths] == pytest.approx(y, abs=1e-6)
    assert state.activations[0] == a


def test_weakness_scales_the_force_and_nothing_else(human: Model, simulator: Simulator) -> None:
    names = ("tendon_forces", "active_fiber_forces", "passive_fiber_forces")
    full, velocity = {n: simulator.get(n) for n in names}, simulator.get("fiber_velocities")
    simulator.set_course(strengths=np.full(18, 0.5))
    for name in names:
        assert simulator.get(name) == pytest.approx(0.5 * full[name], rel=1e-15)
    assert (simulator.get("fiber_velocities") == velocity).all()


def test_a_fiber_at_its_shortest_does_not_shorten(human: Model, simulator: Simulator) -> None:
    least = np.array([max(muscle.shortest(m), 1e-3) for m in human.muscles])
    simulator.fiber_lengths = least * 0.9
    simulator.activations = np.ones(18)
    velocity = simulator.get("fiber_velocities")
    pennate = np.array([m.pennation_angle > 0 for m in human.muscles])
    assert (velocity[pennate] >= 0).all()
    assert simulator.get("pennation_angles")[pennate] == pytest.approx(np.arccos(0.1))


# ---------------------------------------------------------------- activation


@pytest.mark.parametrize(("a0", "e"), [(0.05, 1.0), (0.2, 0.6), (0.9, 0.0), (0.9, 0.3), (0.4, 0.4)])
def test_activation_after_a_step_has_its_closed_form(a0: float, e: float) -> None:
    simulator = Simulator(small_models.clamped_muscle(0.25), accuracy="reference")
    simulator.activations = np.array([a0])
    for k in range(1, 4):
        simulator.step([e], 0.01)
        # second order, h = 5 us over a time constant of 5 ms: 1e-6 squared, and some
        assert simulator.activations[0] == pytest.approx(activation.after(a0, e, 0.01 * k), abs=2e-7)


def test_a_silent_activation_sinks_linearly_below_its_least_value() -> None:
    """Quirk of the reference: the state is not clamped, only what is made of it."""
    simulator = Simulator(small_models.clamped_muscle(0.25))
    simulator.activations = np.array([0.01])
    simulator.step([0.0], 2.0)
    assert simulator.activations[0] == pytest.approx(0.01 + 2 * activation.sinking_rate(0.0), rel=1e-12)
    force = simulator.get("tendon_forces")[0]
    simulator.activations = np.array([0.01])
    assert simulator.get("tendon_forces")[0] == force, "the clamped value is what pulls"
    assert simulator.get("activation_rates")[0] == pytest.approx(-0.12875, rel=1e-14)


def test_activation_time_constants_are_the_muscles_own() -> None:
    model = small_models.clamped_muscle(0.25)
    slow = replace(model, muscles=(replace(model.muscles[0], activation_time=0.05, deactivation_time=0.2),))
    simulator = Simulator(slow, accuracy="accurate")
    simulator.activations = np.array([0.1])
    simulator.step([0.8], 0.02)
    assert activation.rise_time(0.1, float(simulator.activations[0]), 0.8, 0.05) == pytest.approx(0.02, abs=1e-6)
    simulator.step([0.0], 0.02)
    assert simulator.activations[0] > 0.2, "five times slower to let go"
