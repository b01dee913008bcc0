"""What arguments about courses may be; each check returns the value in its own type."""

from __future__ import annotations

import operator
from math import isfinite
from typing import SupportsIndex

from myorun.errors import UsageError

MAX_SEED = 2**63 - 1
MAX_OBSTACLES = 20


def checked_seed(seed: SupportsIndex) -> int:
    """``seed`` as an int; :class:`UsageError` unless it is a whole number, 0 … 2⁶³ − 1."""
    return checked_int("seed", seed, 0, MAX_SEED)


def checked_max_obstacles(max_obstacles: SupportsIndex) -> int:
    """``max_obstacles`` as an int; :class:`UsageError` unless it is 0 … 20."""
    return checked_int("max_obstacles", max_obstacles, 0, MAX_OBSTACLES)


def checked_int(name: str, value: SupportsIndex, low: int, high: int) -> int:
    """``value`` as an int; :class:`UsageError` unless it is a whole number, ``low`` to ``high``."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{name} is {value!r}; it must be a whole number, {low} to {high}") from None
    if isinstance(value, bool) or not low <= number <= high:
        raise UsageError(f"{name} is {value!r}; it must be a whole number, {low} to {high}")
    return number


def checked_number(name: str, value: float, low: float, high: float, unit: str = "") -> float:
    """``value`` as a float; :class:`UsageError` unless it is a number from ``low`` to ``high``."""
    number = finite(name, value)
    if not low <= number <= high:
        space = f" {unit}" if unit else ""
        raise UsageError(f"{name} is {value!r}{space}; it must be {low:g} to {high:g}{space}")
    return number


def finite(name: str, value: float) -> float:
    """``value`` as a float; :class:`UsageError` unless it is a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name} is {value!r}; it must be a number") from None
    if not isfinite(number):
        raise UsageError(f"{name} is {value!r}; it must be finite")
    return number
