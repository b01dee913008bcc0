"""The face of one simulator: states in and out, copies, courses, named quantities."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_states import random_rows

from myorun.anatomy import Model
from myorun.errors import UsageError
from myorun.physics import ACCURACIES, Simulator, State, instruction_sets

PARTS = ("coordinates", "speeds", "activations", "fiber_lengths")
TWINS: dict[str, Callable[[Simulator], Simulator]] = {
    "copy": Simulator.copy,
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda s: pickle.loads(pickle.dumps(s)),
}


def bits(simulator: Simulator) -> bytes:
    return b"".join(getattr(simulator, name).tobytes() for name in PARTS)


def in_motion(accuracy: str = "default") -> Simulator:
    s = Simulator(accuracy=accuracy)
    s.set_course(obstacles=[(0.2, 0.0, 0.1)], strengths=np.linspace(0.5, 1.0, 18))
    for k in range(15):
        s.step(np.full(18, 0.05 * k))
    return s


def test_a_fresh_simulator_stands_as_the_model_says(human: Model) -> None:
    s = Simulator(human)
    assert s.time == 0
    assert s.coordinates.tolist() == [c.default_value for c in human.free_coordinates]
    assert (s.speeds == 0).all()
    assert (s.activations == 0.05).all()
    assert s.get("fiber_velocities") == pytest.approx(np.zeros(18), abs=1e-9)  # bisected to the last bit of length


def test_a_state_read_and_set_is_the_same_to_the_bit() -> None:
    s, other = in_motion(), Simulator()
    other.set_state(s.state)
    assert bits(other) == bits(s)
    assert other.time == s.time


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_any_reasonable_state_survives_the_round_trip(seed: int) -> None:
    row = random_rows(np.random.default_rng(seed), 1)[0]
    state = State(1.5, row[:9], row[9:18], row[18:36], row[36:])
    s = Simulator()
    s.set_state(state)
    got = s.state
    assert got.time == 1.5
    for name in PARTS:
        assert (getattr(got, name) == getattr(state, name)).all()
        assert (s.get(name) == getattr(state, name)).all()


@pytest.mark.parametrize("name", PARTS)
def test_what_is_read_shares_no_memory_with_the_simulation(name: str) -> None:
    s = in_motion()
    before = bits(s)
    for array in (getattr(s, name), getattr(s.state, name), s.get(name)):
        array[:] = 7.0
    assert bits(s) == before


def test_what_is_set_is_copied() -> None:
    s, q = Simulator(), np.full(9, 0.1)
    s.coordinates = q
    balls, strengths = np.array([[1.0, 0.0, 0.1]]), np.ones(18)
    s.set_course(obstacles=balls, strengths=strengths)
    before = pickle.dumps(s)
    q[:], balls[:], strengths[:] = 9.0, 9.0, 9.0
    assert pickle.dumps(s) == before


@pytest.mark.parametrize("name", PARTS)
def test_each_part_of_the_state_can_be_set_alone(name: str) -> None:
    s = in_motion()
    others = {n: getattr(s, n) for n in PARTS if n != name}
    value = getattr(s, name) * 0.9
    setattr(s, name, value)
    assert (getattr(s, name) == value).all()
    for other, kept in others.items():
        assert (getattr(s, other) == kept).all()


def test_reset_returns_to_the_start_and_keeps_the_course() -> None:
    s, fresh = in_motion(), Simulator()
    s.reset()
    assert bits(s) == bits(fresh)
    assert s.time == 0
    fresh.set_course(obstacles=[(0.2, 0.0, 0.1)], strengths=np.linspace(0.5, 1.0, 18))
    for twin in (s, fresh):
        twin.step(np.full(18, 0.5))
    assert bits(s) == bits(fresh)
    for name in s.quantities:
        assert (s.get(name) == fresh.get(name)).all(), name


@pytest.mark.parametrize("twin_of", TWINS.values(), ids=TWINS)
@pytest.mark.parametrize("accuracy", ["fast", "default"])
def test_a_twin_goes_on_identically_and_independently(twin_of: Callable[[Simulator], Simulator], accuracy: str) -> None:
    s = in_motion(accuracy)
    twin = twin_of(s)
    for name in s.quantities:
        assert (s.get(name) == twin.get(name)).all(), name
    for k in range(20):
        for each in (s, twin):
            each.step(np.full(18, (k % 3) / 2))
    assert bits(twin) == bits(s)
    assert twin.time == s.time
    before = bits(s)
    twin.step(np.zeros(18))
    twin.set_course()
    assert bits(s) == before


def test_time_adds_up() -> None:
    s = Simulator()
    for duration in (0.01, 0.003, 0.2):
        s.step(np.zeros(18), duration)
    assert s.time == 0.01 + 0.003 + 0.2


def test_reading_quantities_does_not_disturb_the_motion() -> None:
    quiet, read = in_motion(), in_motion()
    for _ in range(10):
        for s in (quiet, read):
            s.step(np.full(18, 0.7))
        for name in read.quantities:
            read.get(name)
    assert bits(quiet) == bits(read)


def test_a_refused_step_changes_nothing() -> None:
    s = in_motion()
    before, time = bits(s), s.time
    for wrong in (np.full(18, 1.5), np.full(18, np.nan), np.zeros(17), "go", np.zeros((18, 1))):
        with pytest.raises(UsageError):
            s.step(wrong)
    with pytest.raises(UsageError):
        s.step(np.zeros(18), 0.0)
    assert bits(s) == before
    assert s.time == time
    s.step(np.full(18, 0.5))
    twin = in_motion()
    twin.step(np.full(18, 0.5))
    assert bits(s) == bits(twin)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
def test_excitations_of_any_numeric_type_are_taken(dtype: type) -> None:
    a, b = Simulator(), Simulator()
    a.step(np.ones(18, dtype))
    b.step([1.0] * 18)
    assert bits(a) == bits(b)


def test_the_edges_of_the_excitations_range_are_allowed() -> None:
    s = Simulator()
    for value in (0.0, -0.0, 1.0, 5e-324):
        s.step(np.full(18, value))
    assert np.isfinite(s.coordinates).all()


def test_every_quantity_is_finite_and_has_its_shape(human: Model) -> None:
    s = in_motion()
    shapes = {
        "moment_arms": (18, 9),
        "muscle_torques": (9,),
        "contact_forces": (4, 2),
        "obstacle_forces": (4, 2),
        "ground_reaction": (2,),
        "limit_torques": (6,),
        "center_of_mass": (2,),
        "center_of_mass_velocity": (2,),
        "body_positions": (len(human.bodies), 2),
        "body_velocities": (len(human.bodies), 2),
        "body_angles": (len(human.bodies),),
        "kinetic_energy": (1,),
        "potential_energy": (1,),
        **dict.fromkeys(("coordinates", "speeds", "accelerations"), (9,)),
    }
    for name in s.quantities:
        value = s.get(name)
        assert value.shape == shapes.get(name, (18,)), name
        assert value.dtype == np.float64
        assert np.isfinite(value).all(), name


def test_the_ground_reaction_is_the_sum_over_the_spheres() -> None:
    s = in_motion()
    assert s.get("ground_reaction") == pytest.approx(s.get("contact_forces").sum(axis=0), rel=1e-15)


def test_quantities_follow_a_changed_course_and_state_at_once() -> None:
    s = Simulator()
    s.set_course(obstacles=[(0.1, 0.0, 0.3)])
    assert (s.get("obstacle_forces") != 0).any()
    s.set_course()
    assert (s.get("obstacle_forces") == 0).all()
    s.activations = np.full(18, 0.9)
    assert s.get("activations")[0] == 0.9


@pytest.mark.parametrize("isa", instruction_sets())
def test_every_instruction_set_gives_the_same_bits(isa: str) -> None:
    best, other = Simulator(), Simulator(instruction_set=isa)
    rng = np.random.default_rng(1)
    for s in (best, other):
        s.set_course(obstacles=[(0.2, 0.0, 0.1), (0.5, 0.0, 0.2)])
    for _ in range(60):
        e = rng.random(18)
        best.step(e)
        other.step(e)
    assert bits(best) == bits(other)
    for name in best.quantities:
        assert best.get(name).tobytes() == other.get(name).tobytes(), name


def test_settings_are_kept_by_twins() -> None:
    s = Simulator(accuracy="fast", instruction_set=instruction_sets()[0])
    assert s.copy().accuracy == "fast"
    assert list(ACCURACIES) == ["fast", "default", "accurate", "reference"]


def test_a_locked_joint_is_no_coordinate(human: Model) -> None:
    assert "lumbar_extension" not in [c.name for c in human.free_coordinates]
    loose = replace(human, coordinates=tuple(replace(c, locked=False) for c in human.coordinates))
    assert Simulator(loose).coordinates.shape == (10,)
