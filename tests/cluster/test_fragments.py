"""Streams have no gaps, and can be taken up again elsewhere."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from myorun.cluster.fragments import Fragment, Record, Stream
from myorun.cluster.worker import make_batch

from .policies import Noisy, Reaching

SHORT: Any = {"max_episode_steps": 115, "precision": "float64"}
N, STRIDE = 3, 10


def batch():
    return make_batch(N, 1, SHORT)


def first_record() -> Record:
    return Record.first(np.arange(N), STRIDE, batch().single_action_space)


def same(one: Fragment, other: Fragment) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Fragment))


@pytest.fixture(scope="module")
def whole() -> Fragment:
    """250 steps in one piece: more than two episodes of every lane."""
    return Stream(batch(), first_record()).sample(Reaching(), 250)


def test_every_transition_has_its_place_in_an_episode(whole: Fragment) -> None:
    """Lane i plays the seeds i, i + 10, i + 20 … and every step of each, once."""
    for lane in range(N):
        expected, seed, step = [], lane, 0
        for ended in whole.terminations[:, lane] | whole.truncations[:, lane]:
            expected.append((seed, step))
            seed, step = (seed + STRIDE, 0) if ended else (seed, step + 1)
        assert list(zip(whole.seeds[:, lane].tolist(), whole.steps[:, lane].tolist(), strict=True)) == expected
        assert seed >= lane + 2 * STRIDE


def test_what_a_step_led_to_is_seen_next_except_at_an_end(whole: Fragment) -> None:
    ended = whole.terminations | whole.truncations
    seen_next = (whole.next_observations[:-1] == whole.observations[1:]).all(axis=2)
    assert np.array_equal(seen_next, ~ended[:-1])


def test_an_end_by_time_is_no_fall(whole: Fragment) -> None:
    assert whole.truncations.any() and whole.terminations.any()
    assert (whole.steps[whole.truncations] == 114).all()
    assert (whole.steps[whole.terminations & ~whole.truncations] < 114).all()


def test_excitations_are_the_answers_to_the_observations(whole: Fragment) -> None:
    flat = whole.observations.reshape(-1, whole.observations.shape[-1])
    assert np.array_equal(whole.excitations.reshape(-1, 18), Reaching()(flat).astype(whole.excitations.dtype))


def test_fragments_one_after_the_other_are_the_whole(whole: Fragment) -> None:
    stream = Stream(batch(), first_record())
    parts = [stream.sample(Reaching(), steps) for steps in (100, 1, 149)]
    assert np.array_equal(np.concatenate([part.observations for part in parts]), whole.observations)
    assert np.array_equal(np.concatenate([part.rewards for part in parts]), whole.rewards)


@pytest.mark.parametrize("policy", [Reaching(), Noisy()])
def test_a_stream_goes_on_from_its_record_as_if_nothing_had_happened(policy: Reaching) -> None:
    stream, record = Stream(batch(), first_record()), first_record()
    for steps in (30, 90, 60):
        record = record.follow(stream.sample(policy, steps))
    resumed, went_on = Stream(batch(), record).sample(policy, 80), stream.sample(policy, 80)
    assert same(resumed, went_on)
    late = replace(record, excitations=record.excitations[1:], steps=np.maximum(record.steps - 1, 0))
    assert not same(Stream(batch(), late).sample(policy, 80), went_on), "every step of the record matters"


def test_a_record_holds_no_more_than_the_episodes_under_way() -> None:
    stream, record = Stream(batch(), first_record()), first_record()
    for _ in range(4):
        record = record.follow(stream.sample(Reaching(), 70))
        assert record.excitations.shape == (record.steps.max(), N, 18)
        assert record.steps.max() < 115
