"""Many humans at once move as each would alone: to the bit in float64, independent of their neighbours in float32."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_states import random_rows

from myorun.errors import StateError, UsageError
from myorun.physics import BatchSimulator, Simulator, State, instruction_sets

Array = npt.NDArray[Any]
TWINS: dict[str, Callable[[BatchSimulator], BatchSimulator]] = {
    "copy": BatchSimulator.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda b: pickle.loads(pickle.dumps(b)),
}


class Story:
    """Start states, courses and excitations for n humans; some have fallen, each runs elsewhere."""

    def __init__(self, n: int, steps: int = 12, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.n = n
        self.rows = random_rows(rng, n)
        self.rows[::3, 2] -= 0.7  # lying on the ground or in it
        self.rows[1::3, 2] += 5.0  # in the air
        self.balls = np.stack(
            [rng.uniform(-1, 3, (n, 4)), rng.uniform(-0.2, 0.3, (n, 4)), rng.uniform(0.05, 0.4, (n, 4))], axis=-1
        )
        self.strengths = rng.uniform(0.2, 1.5, (n, 18))
        self.plan = rng.random((steps, n, 18))
        self.plan[::2] = self.plan[::2].round()

    def batch(self, who: slice | list[int] | None = None, **options: Any) -> Array:
        """Final states of all, or of some on their own."""
        rows = self.rows[slice(None) if who is None else who]
        batch = BatchSimulator(len(rows), **options)
        batch.states = rows
        pick = slice(None) if who is None else who
        batch.set_courses(obstacles=self.balls[pick], strengths=self.strengths[pick])
        for excitations in self.plan:
            batch.step(excitations[pick])
        return batch.states

    def single(self, i: int, **options: Any) -> Simulator:
        s, row = Simulator(**options), self.rows[i]
        s.set_course(obstacles=self.balls[i], strengths=self.strengths[i])
        s.set_state(State(0.0, row[:9], row[9:18], row[18:36], row[36:]))
        for excitations in self.plan:
            s.step(excitations[i])
        return s


def flat(s: Simulator) -> Array:
    return np.concatenate([s.coordinates, s.speeds, s.activations, s.fiber_lengths])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 13])
def test_a_batch_of_n_is_n_singles_to_the_bit(n: int) -> None:
    story = Story(n)
    together = story.batch()
    for i in range(n):
        assert together[i].tobytes() == flat(story.single(i)).tobytes(), f"human {i} of {n}"


@pytest.mark.parametrize("isa", instruction_sets())
def test_every_instruction_set_gives_the_same_bits_in_a_batch(isa: str) -> None:
    story = Story(6)
    assert story.batch(instruction_set=isa).tobytes() == story.batch().tobytes()


def test_every_quantity_of_a_batch_is_that_of_the_singles() -> None:
    story = Story(5, steps=3)
    singles = [story.single(i) for i in range(5)]
    batch = BatchSimulator(5)
    batch.set_courses(obstacles=story.balls, strengths=story.strengths)
    batch.states = story.rows
    for excitations in story.plan:
        batch.step(excitations)
    for name in batch.layout:
        values = batch.get(name)
        assert values.dtype == np.float64
        for i, s in enumerate(singles):
            assert values[i].tobytes() == s.get(name).tobytes(), name


@pytest.mark.parametrize("isa", instruction_sets())
def test_a_float32_human_does_not_notice_its_neighbours_or_its_lane(isa: str) -> None:
    story = Story(19)
    options: dict[str, Any] = {"precision": "float32", "instruction_set": isa}
    together = story.batch(**options)
    assert together.dtype == np.float32
    for who in ([0], [18], [7, 8, 9], [16, 3, 11, 0, 5], list(range(18, -1, -1))):
        assert story.batch(who, **options).tobytes() == together[who].tobytes(), who


def test_a_neighbour_that_rests_or_runs_makes_no_difference() -> None:
    story = Story(4)
    before = story.batch()
    story.plan[:, 1:] = 0.0
    story.rows[2, 2] += 1.0
    story.balls[3] += 10.0
    assert story.batch()[0].tobytes() == before[0].tobytes()


def test_float32_errs_less_than_the_integration_does() -> None:
    """On the same courses: float32 against float64, and float64's default against a reference."""
    story = Story(48, steps=10, seed=3)
    double, single = story.batch(), story.batch(precision="float32")
    truth = story.batch(accuracy=600)
    rounding = np.abs(single - double)[:, :9].max(axis=1)
    integration = np.abs(double - truth)[:, :9].max(axis=1)
    assert np.median(rounding) < np.median(integration)
    assert np.median(rounding) < 1e-4


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("twin_of", TWINS.values(), ids=TWINS)
def test_a_twin_goes_on_identically_and_independently(
    twin_of: Callable[[BatchSimulator], BatchSimulator], precision: Any
) -> None:
    story = Story(5)
    batch = BatchSimulator(5, precision=precision, accuracy="fast")
    batch.states = story.rows
    batch.set_courses(obstacles=story.balls, strengths=story.strengths)
    for excitations in story.plan[:4]:
        batch.step(excitations)
    twin = twin_of(batch)
    for name in batch.layout:
        assert batch.get(name).tobytes() == twin.get(name).tobytes(), name
    for excitations in story.plan[4:]:
        batch.step(excitations)
        twin.step(excitations)
    assert twin.states.tobytes() == batch.states.tobytes()
    assert (twin.time == batch.time).all()
    before = batch.states.tobytes()
    twin.step(story.plan[0])
    assert batch.states.tobytes() == before


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_states_survive_the_round_trip(precision: Any) -> None:
    story = Story(7)
    batch = BatchSimulator(7, precision=precision)
    rows = story.rows.astype(precision)
    batch.states = rows
    assert batch.states.tobytes() == rows.tobytes()
    assert batch.coordinates.tobytes() == rows[:, :9].tobytes()
    assert batch.speeds.tobytes() == rows[:, 9:18].tobytes()
    assert batch.activations.tobytes() == rows[:, 18:36].tobytes()
    assert batch.fiber_lengths.tobytes() == rows[:, 36:].tobytes()


def test_what_is_read_shares_no_memory_with_the_batch() -> None:
    batch = BatchSimulator(3)
    before = batch.states.tobytes()
    for array in (batch.states, batch.coordinates, batch.get("coordinates")):
        array[:] = 9.0
    assert batch.states.tobytes() == before


def test_an_empty_slot_is_no_obstacle() -> None:
    here, there = BatchSimulator(2), BatchSimulator(2)
    here.set_courses(obstacles=[[(0.2, 0.0, 0.2), (0.0, 0.0, 0.0)], [(0.0, 0.0, 0.0), (0.0, 0.0, 0.0)]])
    single = Simulator()
    for _ in range(20):
        for s in (here, there):
            s.step(np.full((2, 18), 0.2))
        single.step(np.full(18, 0.2))
    assert here.states[1].tobytes() == flat(single).tobytes() == there.states[0].tobytes()
    assert here.states[0].tobytes() != here.states[1].tobytes()


def test_reset_returns_all_to_the_start() -> None:
    story, batch = Story(3), BatchSimulator(3)
    batch.states = story.rows
    batch.step(story.plan[0])
    batch.reset()
    assert batch.states.tobytes() == BatchSimulator(3).states.tobytes()
    assert (batch.time == 0).all()
    assert (batch.get("activation_rates") == BatchSimulator(3).get("activation_rates")).all()


def test_time_is_each_humans_own() -> None:
    batch = BatchSimulator(3)
    batch.step(np.zeros((3, 18)), 0.02)
    assert batch.time.tolist() == [0.02] * 3


@given(st.integers(1, 40), st.integers(0, 10**6))
@settings(deadline=None, max_examples=15)
def test_any_batch_size_gives_the_last_human_the_same_motion(n: int, seed: int) -> None:
    story = Story(n, steps=2, seed=seed)
    assert story.batch()[-1].tobytes() == flat(story.single(n - 1)).tobytes()


def test_obstacles_beyond_the_capacity_are_refused() -> None:
    with pytest.raises(UsageError, match="at most 64"):
        BatchSimulator(1).set_courses(obstacles=np.ones((1, 65, 3)))


def test_sixty_four_obstacles_are_fine() -> None:
    batch = BatchSimulator(2)
    rng = np.random.default_rng(0)
    batch.set_courses(obstacles=rng.uniform(0.01, 1.0, (2, 64, 3)))
    for _ in range(20):
        batch.step(rng.random((2, 18)))
    assert np.isfinite(batch.states).all()


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("part", ["coordinates", "speeds", "activations", "fiber_lengths"])
def test_a_part_of_the_states_can_be_set_and_the_rest_stays(part: str, precision: Any) -> None:
    batch = BatchSimulator(3, precision=precision)
    before = batch.states
    wanted = 1.01 * getattr(batch, part) + 0.001
    setattr(batch, part, wanted)
    assert np.array_equal(getattr(batch, part), wanted)
    assert (batch.states != before).sum() == wanted.size
    for bad in (wanted[0], np.full_like(wanted, np.nan), np.full(wanted.shape, 1e300)):
        with pytest.raises((UsageError, StateError), match=r"has shape|finite"):
            setattr(batch, part, bad)
    assert np.array_equal(getattr(batch, part), wanted)


def test_every_quantity_of_one_is_a_quantity_of_many() -> None:
    one, many, rough = Simulator(), BatchSimulator(2), BatchSimulator(2, precision="float32")
    assert one.quantities == many.quantities
    for name in one.quantities:
        alone = one.get(name)
        assert np.array_equal(many.get(name), np.stack([alone, alone])), name
        assert rough.get(name).dtype == np.float32 and rough.get(name).shape == (2, *alone.shape), name
