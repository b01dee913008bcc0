"""Sums with the same bits in every Python: from 3.12 on, the built-in ``sum`` of floats compensates for rounding."""

from __future__ import annotations

from collections.abc import Iterable


def total(numbers: Iterable[float]) -> float:
    """The sum from left to right, rounded after each addition; 0.0 of nothing."""
    result = 0.0
    for number in numbers:
        result += number
    return result
