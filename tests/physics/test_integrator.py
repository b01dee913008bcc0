"""The integrator: its order where motion is smooth, and what its accuracy settings promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from myorun.anatomy import Model
from myorun.physics import ACCURACIES, BatchSimulator, Simulator
from myorun.physics.state import State

Array = npt.NDArray[np.float64]


def flight(human: Model) -> State:
    """A human in the air with bent joints: no contact, no ligament, no path point at its edge."""
    start = Simulator(human)
    q, u = start.coordinates, np.zeros(9)
    q[:] = [0.1, 0.0, 3.0, 0.4, -1.0, 0.1, 0.9, -1.2, -0.1]
    u[3:] = [1.0, -2.0, 1.0, -1.0, 1.5, -1.0]
    start.set_state(State(0.0, q, u, np.full(18, 0.4), start.fiber_lengths))
    start.equilibrate()
    return start.state


def end_of(human: Model, state: State, accuracy: int, excitations: Array, duration: float) -> Array:
    s = Simulator(human, accuracy=accuracy)
    s.set_state(state)
    s.step(excitations, duration)
    return np.concatenate([s.coordinates, s.speeds, s.activations, s.fiber_lengths])


def test_activations_converge_with_order_three(human: Model) -> None:
    state, excitations = flight(human), np.full(18, 0.6)
    truth = end_of(human, state, 20_000, excitations, 0.02)
    errors = [np.abs(end_of(human, state, n, excitations, 0.02) - truth)[18:36].max() for n in (12, 24, 48)]
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(3.0, abs=0.2)


def test_through_kinks_of_the_forces_every_part_of_the_state_converges_with_order_two(human: Model) -> None:
    """Over sixteenfold finer substeps: at a kink a single halving gains more or less."""
    state, excitations = flight(human), np.full(18, 0.6)
    truth = end_of(human, state, 20_000, excitations, 0.02)
    coarse, fine = (np.abs(end_of(human, state, n, excitations, 0.02) - truth) for n in (50, 800))
    for part in (slice(0, 9), slice(9, 18), slice(18, 36), slice(36, 54)):
        assert np.log2(coarse[part].max() / fine[part].max()) / 4 > 1.8


def test_tighter_settings_err_less_through_contacts_and_obstacles(human: Model) -> None:
    """Over ten intervals from standing, with a ball at the toes: the settings keep their order."""
    settings = [name for name in ACCURACIES if name != "reference"]
    rng = np.random.default_rng(9)
    plan = rng.integers(0, 2, (10, 18)).astype(float)
    ends: dict[str, list[Array]] = {name: [] for name in (*settings, "reference")}
    for x in np.linspace(0.15, 0.35, 6):
        for name in ends:
            s = Simulator(human, accuracy=name)
            s.set_course(obstacles=[(x, 0.0, 0.1)])
            for row in plan:
                s.step(row)
            ends[name].append(s.coordinates)
    truth = np.array(ends["reference"])
    errors = [float(np.median(np.abs(np.array(ends[name]) - truth).max(axis=1))) for name in settings]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]  # less than where motion is smooth: forces jump


def test_one_step_is_as_good_as_many_short_ones(human: Model) -> None:
    whole, parts = Simulator(human, accuracy=100), Simulator(human, accuracy=100)
    e = np.full(18, 0.3)
    whole.step(e, 0.02)
    for _ in range(20):
        parts.step(e, 0.001)
    assert parts.time == pytest.approx(whole.time)
    # the same number of substeps of the same length, but for the rounding of that length
    assert parts.coordinates == pytest.approx(whole.coordinates, abs=1e-12)


@pytest.mark.parametrize("duration", [1e-6, 0.0037, 0.01, 0.25])
def test_any_duration_follows_the_same_motion(human: Model, duration: float) -> None:
    s, fine = Simulator(human), Simulator(human, accuracy="reference")
    for simulator in (s, fine):
        simulator.step(np.full(18, 0.1), duration)
        assert simulator.time == duration
    assert s.coordinates == pytest.approx(fine.coordinates, abs=2e-3 * duration)


def test_error_control_spends_its_substeps_where_it_is_hard(human: Model) -> None:
    """Feet first onto the ground: at less than the cost of 40 equal substeps, far closer to the truth."""
    ends = {}
    for accuracy in (40, "default", "reference"):
        s = Simulator(human, accuracy=accuracy)
        s.speeds = np.array([0.0, 1.0, -3.0, 2.0, -6.0, 4.0, -2.0, 3.0, -5.0])
        for _ in range(5):
            s.step(np.full(18, 0.3))
        ends[accuracy] = s.coordinates
    equal, controlled = (np.abs(ends[a] - ends["reference"]).max() for a in (40, "default"))
    assert controlled < equal / 2


def test_a_hard_landing_stays_in_one_piece(human: Model) -> None:
    """Feet first from ten metres, at 14 m/s: finite, and no more energy than before."""
    for accuracy in ACCURACIES:
        s = Simulator(human, accuracy=accuracy)
        q = s.coordinates
        q[2] += 0.02
        s.coordinates = q
        s.speeds = np.array([0.0, 0.0, -14.0, *np.zeros(6)])
        before = float(s.get("kinetic_energy")[0] + s.get("potential_energy")[0])
        for _ in range(30):
            s.step(np.zeros(18), 0.01)
            after = float(s.get("kinetic_energy")[0] + s.get("potential_energy")[0])
            assert after < before + 300.0, "what muscles at rest can give back"


@pytest.mark.parametrize("speed", [5.0, 20.0])
def test_explicit_steps_would_blow_up_where_these_do_not(human: Model, speed: float) -> None:
    """Joints thrown against their ligaments at .8 ms substeps: K h^2 / I is far above what explicit methods bear."""
    s = Simulator(human, accuracy=12)
    s.set_state(replace(s.state, coordinates=s.coordinates + np.eye(9)[2] * 5, speeds=np.array([0] * 3 + [speed] * 6)))
    for _ in range(100):
        s.step(np.zeros(18))
    assert np.abs(s.speeds).max() < 1e3


@pytest.mark.parametrize("accuracy", [12, "fast", "default", "accurate"])
def test_no_fiber_tears_in_a_thrown_human(human: Model, accuracy: str | int) -> None:
    """Tumbling at tens of radians a second, far from equilibrium: from zero, the bound of glut_max, to 4 l_opt."""
    n, rng = 400, np.random.default_rng(0)
    batch = BatchSimulator(n, human, accuracy=accuracy)
    rows = batch.states
    rows[:, :9] += rng.normal(0.0, [0.5, 0.0, 0.2, 0.6, 0.8, 0.4, 0.6, 0.8, 0.4], (n, 9))
    rows[:, 9:18] = rng.normal(0.0, [4.0, 4.0, 3.0, *[10.0] * 6], (n, 9))
    rows[:, 18:36] = rng.uniform(0.01, 1.0, (n, 18))
    batch.states = rows
    optimal = np.array([m.optimal_fiber_length for m in human.muscles])
    for _ in range(12):
        batch.step(rng.integers(0, 2, (n, 18)).astype(float))
        lengths = batch.fiber_lengths / optimal
        assert lengths.min() >= 0
        assert lengths.max() < 4
