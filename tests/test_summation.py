"""Sums that are part of a score have the same bits in every Python."""

from __future__ import annotations

from myorun.summation import total


def test_it_is_rounded_after_each_addition() -> None:
    assert total([0.1] * 10) == 0.9999999999999999  # compensated, as Python does from 3.12 on, it would be 1
    assert total([1e16, 1.0, 1.0]) == 1e16


def test_nothing_is_zero() -> None:
    assert total([]) == 0.0
