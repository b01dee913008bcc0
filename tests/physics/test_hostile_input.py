"""Whatever is passed in: a clear error of the right class, never a wrong number, never a crash."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myorun.anatomy import Model
from myorun.errors import ModelError, StateError, UsageError
from myorun.physics import BatchSimulator, Simulator, State, instruction_sets

EXCITATIONS: dict[str, tuple[Any, str]] = {
    "too few": (np.zeros(17), r"shape \(17,\)"),
    "too many": (np.zeros(19), r"shape \(19,\)"),
    "one number": (0.5, r"shape \(\)"),
    "a column": (np.zeros((18, 1)), r"shape \(18, 1\)"),
    "a row in a row": (np.zeros((1, 18)), r"shape \(1, 18\)"),
    "none": (None, "excitation"),
    "text": ("run", "excitations must be real numbers"),
    "a list of texts": (["a"] * 18, "excitations must be real numbers"),
    "ragged": ([[1.0], [1.0, 2.0]], "excitations"),
    "complex": (np.full(18, 1j), "excitation"),
    "NaN": (np.full(18, math.nan), "excitation of hamstrings_r is nan"),
    "infinite": (np.full(18, math.inf), "excitation of hamstrings_r is inf"),
    "negative": (np.full(18, -1e-9), "excitation of hamstrings_r is -1e-09"),
    "above one": (np.full(18, 1.0000001), "within 0 and 1"),
    "one is bad": (np.eye(18)[17] * 2, "excitation of tib_ant_l is 2.0"),
}


@pytest.mark.parametrize(("value", "message"), EXCITATIONS.values(), ids=EXCITATIONS)
def test_wrong_excitations_are_refused_by_name(simulator: Simulator, value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulator.step(value)


@pytest.mark.parametrize("duration", [0.0, -0.01, math.nan, math.inf, 61.0])
def test_a_duration_that_is_none_is_refused(simulator: Simulator, duration: float) -> None:
    with pytest.raises(UsageError, match="duration"):
        simulator.step(np.zeros(18), duration)
    with pytest.raises(UsageError, match="duration"):
        BatchSimulator(2).step(np.zeros((2, 18)), duration)


HOPELESS = {
    ("coordinates", 0): "coordinate pelvis_tilt",
    ("coordinates", 8): "coordinate ankle_angle_l",
    ("speeds", 1): "speed of pelvis_tx",
    ("activations", 3): "activation of iliopsoas_r",
    ("fiber_lengths", 17): "fiber length of tib_ant_l",
}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
@pytest.mark.parametrize(("where", "name"), HOPELESS.items(), ids=HOPELESS.values())
def test_a_hopeless_state_is_refused_by_the_entrys_name(
    simulator: Simulator, where: tuple[str, int], name: str, value: float
) -> None:
    part, index = where
    before = simulator.state
    bad = getattr(before, part).copy()
    bad[index] = value
    with pytest.raises(StateError, match=name):
        simulator.set_state(replace(before, **{part: bad}))
    with pytest.raises(StateError, match=name):
        setattr(simulator, part, bad)
    rows = BatchSimulator(2).states
    rows[1] = np.concatenate([bad if p == part else getattr(before, p) for p in
                              ("coordinates", "speeds", "activations", "fiber_lengths")])  # fmt: skip
    batch = BatchSimulator(2)
    with pytest.raises(StateError, match=name):
        batch.states = rows
    assert (getattr(simulator, part) == getattr(before, part)).all(), "and nothing has changed"


def test_an_infinite_time_is_refused(simulator: Simulator) -> None:
    for time in (math.nan, math.inf):
        with pytest.raises(StateError, match="time"):
            simulator.set_state(replace(simulator.state, time=time))


def test_a_state_of_the_wrong_shape_is_refused(simulator: Simulator) -> None:
    with pytest.raises(UsageError, match=r"coordinates has shape \(8,\); expected \(9,\)"):
        simulator.set_state(replace(simulator.state, coordinates=np.zeros(8)))
    with pytest.raises(UsageError, match="speeds"):
        simulator.speeds = "fast"  # type: ignore[assignment]
    with pytest.raises(UsageError, match="states"):
        BatchSimulator(3).states = np.zeros((2, 54))


COURSES: dict[str, tuple[dict[str, Any], str]] = {
    "a single row": ({"obstacles": (1.0, 0.0, 0.1)}, "shape"),
    "two columns": ({"obstacles": [(1.0, 0.0)]}, "shape"),
    "no radius": ({"obstacles": [(1.0, 0.0, 0.0)]}, "radius"),
    "a negative radius": ({"obstacles": [(1.0, 0.0, -0.1)]}, "radius"),
    "NaN": ({"obstacles": [(math.nan, 0.0, 0.1)]}, "finite"),
    "infinitely far": ({"obstacles": [(math.inf, 0.0, 0.1)]}, "finite"),
    "an infinite ball": ({"obstacles": [(1.0, 0.0, math.inf)]}, "finite"),
    "too many": ({"obstacles": np.ones((65, 3))}, "at most 64"),
    "text": ({"obstacles": "walls"}, "obstacles"),
    "too few strengths": ({"strengths": np.ones(17)}, "strengths"),
    "a dead muscle": ({"strengths": np.zeros(18)}, "strengths"),
    "a negative strength": ({"strengths": np.full(18, -1.0)}, "strengths"),
    "a strength of NaN": ({"strengths": np.full(18, math.nan)}, "strengths"),
    "superhuman": ({"strengths": np.full(18, 1e6)}, "strengths"),
}


@pytest.mark.parametrize(("course", "message"), COURSES.values(), ids=COURSES)
def test_a_wrong_course_is_refused(simulator: Simulator, course: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        simulator.set_course(**course)


@pytest.mark.parametrize("accuracy", ["exact", "", None, 0, -5, 10**9, True, 2.5, [30]])
def test_an_unknown_accuracy_is_refused_and_the_known_are_listed(accuracy: Any) -> None:
    with pytest.raises(UsageError, match="'fast', 'default', 'accurate', 'reference'"):
        Simulator(accuracy=accuracy)


def test_an_unknown_instruction_set_is_refused_and_the_known_are_listed() -> None:
    with pytest.raises(UsageError, match=instruction_sets()[0]):
        Simulator(instruction_set="mmx")


def test_an_unknown_quantity_is_refused_and_all_are_listed(simulator: Simulator) -> None:
    for s in (simulator, BatchSimulator(1)):
        with pytest.raises(UsageError, match=r"no quantity 'entropy'.*kinetic_energy.*tendon_forces"):
            s.get("entropy")


@pytest.mark.parametrize("n", [0, -1, 2.0, "3", None, True, 10**9])
def test_a_batch_of_no_size_is_refused(n: Any) -> None:
    with pytest.raises(UsageError, match="batch size"):
        BatchSimulator(n)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(UsageError, match="'float64' or 'float32'"):
        BatchSimulator(1, precision="float16")  # type: ignore[arg-type]


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ModelError):
        Simulator("centaur")


def test_a_model_made_by_hand_that_breaks_a_rule_is_refused(human: Model) -> None:
    """The core trusts its tables; so no model gets past the rules of anatomy."""
    with pytest.raises(ModelError, match="ground_contact"):
        Simulator(replace(human, ground_contacts=human.ground_contacts[:1]))
    with pytest.raises(ModelError, match="no_such_body"):
        Simulator(replace(human, joints=(replace(human.joints[0], parent="no_such_body"), *human.joints[1:])))


def test_wrong_rows_of_a_batch_are_refused_and_nothing_moves() -> None:
    batch = BatchSimulator(3)
    before = batch.states
    wrong = np.zeros((3, 18))
    wrong[2, 5] = 1.5
    for rows, message in (
        (wrong, "vasti_r is 1.5"),
        (np.zeros((2, 18)), "shape"),
        ("x", "excitation"),
        (None, "excit"),
    ):
        with pytest.raises(UsageError, match=message):
            batch.step(rows)
    with pytest.raises(UsageError, match="obstacles"):
        batch.set_courses(obstacles=np.ones((2, 1, 3)))
    with pytest.raises(UsageError, match="strengths"):
        batch.set_courses(strengths=np.ones(18))
    assert (batch.states == before).all()
    assert (batch.time == 0).all()


@given(st.lists(st.floats(width=64), min_size=18, max_size=18))
@settings(deadline=None, max_examples=200)
def test_any_excitations_either_move_the_human_or_are_refused(values: list[float]) -> None:
    s = SHARED
    s.reset()
    if all(0 <= v <= 1 for v in values):
        s.step(values)
        assert s.time == 0.01
    else:
        with pytest.raises(UsageError):
            s.step(values)
        assert s.time == 0
    assert np.isfinite(s.coordinates).all()


SHARED = Simulator()

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=54, max_size=54), st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=100)
def test_any_state_is_either_refused_or_stepped_to_a_finite_one(values: list[float], scale: float) -> None:
    """Wild but allowed states may defeat the integrator; then it says so and leaves the state."""
    from myorun.errors import SimulationError

    row = np.clip(np.array(values), -scale, scale)
    state = State(0.0, row[:9], row[9:18], row[18:36], row[36:])
    try:
        SHARED.set_state(state)
    except StateError:
        return
    try:
        SHARED.step(np.full(18, 0.5))
    except SimulationError:
        assert (SHARED.coordinates == row[:9]).all()
    assert np.isfinite(SHARED.coordinates).all()
    assert np.isfinite(SHARED.speeds).all()
