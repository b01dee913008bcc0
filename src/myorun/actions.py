"""What a step may be told: muscle excitations, of one environment or of many; anything else is refused in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myorun.errors import UsageError

Array = NDArray[np.float64]

_ZERO, _ONE = np.array(0.0), np.array(1.0)  # faster in a ufunc than Python's numbers


def as_excitations(action: ArrayLike, muscles: Sequence[str], out: Array | None = None) -> Array:
    """``action`` as float64, shape (muscles,), clipped to [0, 1]: a fresh array, or ``out``.

    :class:`UsageError` for what is not that many real numbers.
    """
    count = len(muscles)
    given = action if isinstance(action, np.ndarray) and action.dtype.kind == "f" else _numbers(action, count)
    if given.shape != (count,):
        raise UsageError(f"action has shape {given.shape}; it must be ({count},), one excitation a muscle")
    excitations = np.empty(count) if out is None else out
    np.maximum(given, _ZERO, out=excitations)
    np.minimum(excitations, _ONE, out=excitations)
    if excitations.dot(excitations) >= 0.0:  # false for NaN only
        return excitations
    first = muscles[int(np.isnan(excitations).argmax())]
    raise not_a_number("action", first)


def _numbers(action: Any, count: int) -> Array:
    try:
        given = np.asarray(action)
        if given.dtype.kind not in "fiubO":
            raise TypeError
        return given.astype(np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # the last from a tensor that needs a gradient
        raise UsageError(f"action is {action!r:.80}; it must be {count} numbers, one excitation a muscle") from None


def as_batch(actions: Any, shape: tuple[int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    """``actions`` as one block of ``dtype``, shape (environments, muscles); the core clips them to [0, 1].

    :class:`UsageError` for what is not that many real numbers.
    """
    try:
        given = np.asarray(actions)
        if given.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError, RuntimeError):  # the last from a tensor that needs a gradient
        raise UsageError(f"actions are {actions!r:.80}; they must be numbers of shape {shape}") from None
    if given.shape != shape:
        raise UsageError(f"actions have shape {given.shape}; they must have shape {shape}, one row an environment")
    with np.errstate(over="ignore"):  # what is beyond float32 is clipped like the rest
        return np.ascontiguousarray(given, dtype)


def not_a_number(whose: str, muscle: str) -> UsageError:
    """The error for a NaN among excitations."""
    return UsageError(f"{whose} holds NaN for {muscle!r}; every excitation must be a number, and is clipped to [0, 1]")
