"""The OpenSim backend tells the truth about OpenSim and keeps the promises of the simulator's face."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("opensim")

from myorun.errors import SimulationError, StateError, UsageError
from myorun.physics.opensim_backend import OpenSimSimulator
from myorun.physics.opensim_quantities import QUANTITIES
from myorun.physics.state import Array

STATE_ARRAYS = ("coordinates", "speeds", "activations", "fiber_lengths")


@pytest.fixture
def simulator() -> OpenSimSimulator:
    return OpenSimSimulator()


def _excitations(seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(18)


def _assert_same(one: OpenSimSimulator, other: OpenSimSimulator) -> None:
    assert one.time == other.time
    for name in STATE_ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


# ---------------------------------------------------------------- state


def test_a_set_state_is_read_back_exactly(simulator: OpenSimSimulator) -> None:
    rng = np.random.default_rng(1)
    state = replace(simulator.state, time=0.3, coordinates=rng.normal(size=9), speeds=rng.normal(size=9))
    state = replace(state, activations=rng.random(18), fiber_lengths=rng.uniform(0.01, 0.15, 18))
    simulator.set_state(state)
    for name in STATE_ARRAYS:
        np.testing.assert_array_equal(simulator.get(name), getattr(state, name))
    assert simulator.time == 0.3


def test_reset_stands_at_rest_with_balanced_fibers(simulator: OpenSimSimulator) -> None:
    simulator.step(_excitations())
    simulator.reset()
    np.testing.assert_array_equal(simulator.coordinates, [-0.05, 0, 0.91, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(simulator.speeds, np.zeros(9))
    # OpenSim stops at 1e-8 of the maximum force; the slope of tendon force over fiber velocity is below 1e3 s/m of it
    assert np.abs(simulator.get("fiber_velocities")).max() < 1e-5
    assert simulator.time == 0.0


def test_arrays_are_copies(simulator: OpenSimSimulator) -> None:
    for name in STATE_ARRAYS:
        getattr(simulator, name)[:] = 7.0
        getattr(simulator.state, name)[:] = 7.0
    for name in QUANTITIES:
        simulator.get(name)[...] = 7.0
        assert not np.any(simulator.get(name) == 7.0)


@pytest.mark.parametrize(
    ("bad", "error"), [(np.full(9, np.nan), StateError), (np.full(9, np.inf), StateError), (np.zeros(8), UsageError)]
)
def test_a_hopeless_state_is_refused_and_changes_nothing(
    simulator: OpenSimSimulator, bad: Array, error: type[Exception]
) -> None:
    before = simulator.state
    with pytest.raises(error, match="speed"):
        simulator.set_state(replace(before, speeds=bad))
    with pytest.raises(StateError, match="time is nan"):
        simulator.set_state(replace(before, time=np.nan))
    np.testing.assert_array_equal(simulator.get("speeds"), before.speeds)


def test_a_copy_and_a_pickle_continue_identically(simulator: OpenSimSimulator) -> None:
    simulator.set_course(obstacles=[[0.3, 0.0, 0.1]], strengths=np.linspace(0.5, 1.0, 18))
    simulator.step(_excitations())
    for twin in (simulator.copy(), pickle.loads(pickle.dumps(simulator))):
        original = simulator.copy()
        for seed in range(3):
            original.step(_excitations(seed))
            twin.step(_excitations(seed))
        _assert_same(original, twin)


def test_a_step_depends_on_the_state_and_not_on_the_past(simulator: OpenSimSimulator) -> None:
    start = simulator.state
    simulator.step(_excitations(1))
    end = simulator.copy()
    simulator.step(_excitations(2))
    simulator.set_state(start)
    simulator.step(_excitations(1))
    _assert_same(simulator, end)


# ---------------------------------------------------------------- refusals


def test_a_failing_integrator_raises_and_leaves_the_state_before_the_step(simulator: OpenSimSimulator) -> None:
    _make_hopeless(simulator)
    before = simulator.copy()
    with pytest.raises(SimulationError, match="before the step"):
        simulator.step(_excitations())
    _assert_same(simulator, before)
    simulator.reset()
    simulator.step(_excitations())


def _make_hopeless(simulator: OpenSimSimulator) -> None:
    """Past the checks of ``set_state``, which lets nothing through that OpenSim fails at within seconds."""
    simulator._keep(replace(simulator.state, speeds=np.full(9, 1e200)))


@pytest.mark.parametrize("excitations", [np.zeros(17), np.full(18, np.nan), np.full(18, 1.1), np.full(18, -0.1)])
def test_wrong_excitations_are_refused(simulator: OpenSimSimulator, excitations: Array) -> None:
    with pytest.raises(UsageError, match="excitation"):
        simulator.step(excitations)


@pytest.mark.parametrize("duration", [0.0, -1.0, np.nan, np.inf])
def test_wrong_durations_are_refused(simulator: OpenSimSimulator, duration: float) -> None:
    with pytest.raises(UsageError, match="duration"):
        simulator.step(_excitations(), duration)


def test_an_unknown_quantity_is_refused_with_the_known_ones(simulator: OpenSimSimulator) -> None:
    with pytest.raises(UsageError, match="tendon_forces"):
        simulator.get("tendon_force")


@pytest.mark.parametrize("accuracy", ["fast", 0.0, 2.0, float("nan")])
def test_an_unknown_accuracy_is_refused(accuracy: float | str) -> None:
    with pytest.raises(UsageError, match="accuracy"):
        OpenSimSimulator(accuracy=accuracy)


@pytest.mark.parametrize("obstacles", [[1.0, 2.0], [[1.0, 0.0, -0.1]], [[np.nan, 0.0, 0.1]], "wall"])
def test_wrong_obstacles_are_refused(simulator: OpenSimSimulator, obstacles: object) -> None:
    with pytest.raises(UsageError, match="obstacle"):
        simulator.set_course(obstacles=obstacles)


# ---------------------------------------------------------------- truth


def test_bodies_fall_freely_away_from_the_ground(simulator: OpenSimSimulator) -> None:
    """Muscles and ligaments are internal forces: the center of mass knows gravity only."""
    state = simulator.state
    simulator.set_state(replace(state, coordinates=state.coordinates + [0, 0, 2, 0, 0, 0, 0, 0, 0]))
    start = simulator.get("center_of_mass")
    for seed in range(10):
        simulator.step(_excitations(seed))
    fallen = simulator.get("center_of_mass") - start
    # the integrator keeps 1e-3 of accuracy per step; the center of mass feels 1e-4 m of it
    np.testing.assert_allclose(fallen, [0.0, -0.5 * 9.80665 * 0.1**2], atol=1e-4)


def test_moment_arms_are_minus_the_slope_of_the_lengths(simulator: OpenSimSimulator) -> None:
    rng = np.random.default_rng(3)
    pose = np.concatenate([rng.normal(size=3), rng.uniform(-0.5, -0.2, 6)])  # no point comes on or off, none is clamped
    step = 1e-6
    slopes = np.empty((18, 9))
    for column, shift in enumerate(step * np.eye(9)):
        lengths = [_lengths(simulator, pose + sign * shift) for sign in (1, -1)]
        slopes[:, column] = (lengths[0] - lengths[1]) / (2 * step)
    _lengths(simulator, pose)
    # rounding of lengths of 0.5 m over 2e-6 rad: 1e-16 / 2e-6; truncation: third derivatives of 1 m times 1e-12
    np.testing.assert_allclose(simulator.get("moment_arms"), -slopes, atol=1e-9)


def _lengths(simulator: OpenSimSimulator, pose: Array) -> Array:
    simulator.set_state(replace(simulator.state, coordinates=pose))
    return simulator.get("musculotendon_lengths")


def test_momentum_balances_ground_obstacles_and_gravity(simulator: OpenSimSimulator) -> None:
    """Mass times the acceleration of the center of mass, by differences of its velocity, is the sum of outer forces."""
    simulator.set_course(obstacles=[[0.1, 0.0, 0.1]])
    state = replace(simulator.state, coordinates=simulator.coordinates - [0, 0, 0.02, 0, 0, 0, 0, 0, 0])
    simulator.set_state(state)
    outer = simulator.get("ground_reaction") + simulator.get("obstacle_forces").sum(axis=0)
    assert np.abs(simulator.get("obstacle_forces")).max() > 0.0
    mass = sum(body.mass for body in simulator.model.bodies)
    momentum_rate = mass * _center_of_mass_acceleration(simulator)
    # central differences over 1e-5 s at accelerations of 1e4 m/s² and their growth: 1e-6 of the force
    np.testing.assert_allclose(momentum_rate, outer + [0, -9.80665 * mass], rtol=1e-6, atol=1e-3)


def _center_of_mass_acceleration(simulator: OpenSimSimulator) -> Array:
    """By differences along the motion that the accelerations say, at q ± h u and u ± h u̇."""
    state, accelerations, h = simulator.state, simulator.get("accelerations"), 1e-6
    velocities = []
    for sign in (1, -1):
        coordinates = state.coordinates + sign * h * state.speeds
        simulator.set_state(replace(state, coordinates=coordinates, speeds=state.speeds + sign * h * accelerations))
        velocities.append(simulator.get("center_of_mass_velocity"))
    return np.asarray((velocities[0] - velocities[1]) / (2 * h))


def test_weakness_scales_the_tendon_force_and_nothing_else(simulator: OpenSimSimulator) -> None:
    strong = {name: simulator.get(name) for name in ("tendon_forces", "fiber_velocities")}
    simulator.set_course(strengths=np.full(18, 0.5))
    np.testing.assert_allclose(simulator.get("tendon_forces"), 0.5 * strong["tendon_forces"], rtol=1e-14)  # rounding
    np.testing.assert_allclose(simulator.get("fiber_velocities"), strong["fiber_velocities"], atol=1e-12)  # rounding


def test_a_tighter_accuracy_converges() -> None:
    ends = {accuracy: _after_steps(OpenSimSimulator(accuracy=accuracy)) for accuracy in ("default", 1e-6, 1e-8, 1e-10)}
    errors = [np.abs(ends[accuracy] - ends[1e-10]).max() for accuracy in ("default", 1e-6, 1e-8)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-6  # 1e-8 a step, grown over ten steps of a moving body


def _after_steps(simulator: OpenSimSimulator) -> Array:
    for seed in range(10):
        simulator.step(_excitations(seed))
    return simulator.coordinates


# ---------------------------------------------------------------- housekeeping


def _resident_megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's memory count")
def test_memory_stays_flat_over_a_thousand_steps(simulator: OpenSimSimulator) -> None:
    for _ in range(100):
        simulator.step(_excitations(), 0.001)
    before = _resident_megabytes()
    for _ in range(1000):
        simulator.step(_excitations(), 0.001)
    assert _resident_megabytes() - before < 2.0  # a leak of 2 kB a step would show; the allocator breathes below that


def test_no_log_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    simulator = OpenSimSimulator()
    simulator.step(_excitations())
    _make_hopeless(simulator)
    with pytest.raises(SimulationError):
        simulator.step(_excitations())
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
