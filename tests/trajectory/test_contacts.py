"""Contacts are where a signal is above zero, as far as they last and are apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.trajectory.contacts import find_contacts

TENTHS = np.arange(11) / 10


def found(signal: list[float], **settings: float) -> list[tuple[float, float]]:
    contacts = find_contacts(TENTHS[: len(signal)], np.array(signal, dtype=float), **settings)
    return list(zip(contacts.strikes.tolist(), contacts.offs.tolist(), strict=True))


def test_moments_between_samples_are_on_the_straight_line() -> None:
    assert found([-1, 3, 3, -1]) == [pytest.approx((0.025, 0.275))]


def test_what_begins_or_ends_on_the_ground_is_endless() -> None:
    assert found([1, 1]) == [(-np.inf, np.inf)]
    assert found([1, -1, 1]) == [(-np.inf, pytest.approx(0.05)), (pytest.approx(0.15), np.inf)]
    assert found([-1, -1]) == []


def test_a_signal_that_only_comes_down_to_zero_is_parted_there() -> None:
    assert found([-1, 1, 0, 1, -1]) == [pytest.approx((0.05, 0.2)), pytest.approx((0.2, 0.35))]
    assert found([-1, 1, 0, 1, -1], chatter=0.01) == [pytest.approx((0.05, 0.35))]


def test_short_gaps_are_closed_and_short_contacts_dropped() -> None:
    signal = [-1, 1, 1, -1, 1, 1, -1, -1, 1, -1]  # a gap of 0.1 s, and a contact of 0.1 s
    assert len(found(signal)) == 3
    assert found(signal, shortest_gap=0.15, shortest_contact=0.15) == [pytest.approx((0.05, 0.55))]


def test_a_faint_touch_is_a_scuff() -> None:
    signal = [-1, 8, 8, -1, 8, 8, -1, 0.1, 0.1, -1]
    assert len(found(signal)) == 3
    assert len(found(signal, scuff=0.05)) == 2


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=11))
def test_every_sample_above_zero_lies_in_a_contact_and_no_other_does(signal: list[int]) -> None:
    contacts = found(signal)
    assert all(start < end for start, end in contacts)
    assert all(one[1] <= other[0] for one, other in pairwise(contacts))
    for time, value in zip(TENTHS, signal, strict=False):
        assert any(start + 1e-9 < time < end - 1e-9 for start, end in contacts) == (value > 0)
