"""What may be given to a simulation; anything else is refused in words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy import Model
from myorun.errors import StateError, UsageError
from myorun.physics.state import State

Array = npt.NDArray[np.float64]

MAX_OBSTACLES = 64  # as many as the core holds

# Beyond these no state is worth continuing. The fiber limit is in optimal fiber lengths.
_MAX_ANGLE = 1e3  # rad
_MAX_DISTANCE = 1e6  # m
_MAX_SPEED = 1e4  # rad/s or m/s
_MAX_FIBER = 4.0


def as_reals(name: str, values: npt.ArrayLike) -> Array:
    """A float64 copy of real numbers, else :class:`UsageError`."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in "biuf" or array.size == 0:
            return np.array(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(f"{name} must be real numbers; got {values!r:.80}")


def check_rows(name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """``values`` as a float64 array of exactly ``shape``, else :class:`UsageError`."""
    array = as_reals(name, values)
    if array.shape != shape:
        raise UsageError(f"{name} has shape {array.shape}; expected {shape}")
    return array


def checked_parts(model: Model, state: State) -> tuple[Array, ...]:
    """Coordinates, speeds, activations and fiber lengths of a state, as float64.

    Raises:
        UsageError: if an array has the wrong shape.
        StateError: if the time is not finite; :func:`check_state` looks at the rest.
    """
    q, m = (len(model.free_coordinates),), (len(model.muscles),)
    parts = (
        check_rows("coordinates", state.coordinates, q),
        check_rows("speeds", state.speeds, q),
        check_rows("activations", state.activations, m),
        check_rows("fiber_lengths", state.fiber_lengths, m),
    )
    if not np.isfinite(state.time):
        raise StateError(f"time is {state.time!r}; it must be finite")
    return parts


def check_state(model: Model, rows: Array) -> None:
    """Refuse states that no simulation can continue from; rows are (q, u, a, l).

    Raises:
        StateError: naming the entry, its value and the limit.
    """
    names, limits = _state_limits(model)
    bad = ~(np.abs(rows) <= limits)
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    raise StateError(
        f"{names[column]} is {float(rows[row, column])!r}; it must be finite and at most {limits[column]:g} in size"
    )


@lru_cache(maxsize=8)
def _state_limits(model: Model) -> tuple[tuple[str, ...], Array]:
    names, limits = [], []
    for coordinate in model.free_coordinates:
        names.append(f"coordinate {coordinate.name}")
        limits.append(_MAX_ANGLE if coordinate.motion == "rotational" else _MAX_DISTANCE)
    for coordinate in model.free_coordinates:
        names.append(f"speed of {coordinate.name}")
        limits.append(_MAX_SPEED)
    for muscle in model.muscles:
        names.append(f"activation of {muscle.name}")
        limits.append(100.0)
    for muscle in model.muscles:
        names.append(f"fiber length of {muscle.name}")
        limits.append(_MAX_FIBER * muscle.optimal_fiber_length)
    return tuple(names), np.array(limits)


def excitation_error(values: npt.NDArray[Any], model: Model) -> UsageError:
    """The error for the first excitation outside [0, 1]."""
    index = np.argwhere(~((values >= 0) & (values <= 1)))[0]
    muscle = model.muscles[int(index[-1])].name
    return UsageError(f"excitation of {muscle} is {float(values[tuple(index)])!r}; it must be within 0 and 1")


def as_obstacles(obstacles: npt.ArrayLike) -> Array:
    """Obstacles as a float64 array; none at all as shape (0, 3)."""
    balls = as_reals("obstacles", obstacles)
    return balls.reshape(0, 3) if balls.size == 0 else balls


def check_obstacles(balls: Array, leading: tuple[int, ...] = (), *, empty_slots: bool = False) -> None:
    r"""Refuse obstacles that are not of shape (\*leading, k, 3) or not balls.

    Raises:
        UsageError: naming the shape or the value.
    """
    if balls.shape[:-2] != leading or balls.ndim < 2 or balls.shape[-1] != 3 or balls.shape[-2] > MAX_OBSTACLES:
        expected = f"({', '.join(map(str, (*leading, 'k', 3)))})"
        raise UsageError(
            f"obstacles have shape {balls.shape}; expected {expected} of x, y, radius with k at most {MAX_OBSTACLES}"
        )
    radii = balls[..., 2]
    if not (np.abs(balls) <= 1e6).all():
        raise UsageError(
            f"an obstacle has {balls[~(np.abs(balls) <= 1e6)][0]}; it must be finite, within a million metres"
        )
    if ((radii < 0) if empty_slots else (radii <= 0)).any():
        raise UsageError(f"the radius of an obstacle is {radii.min():g} m; it must be above 0")


def check_strengths(strengths: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """Strength factors as an array of ``shape``, each above 0 and at most 100, else :class:`UsageError`."""
    factors = check_rows("strengths", strengths, shape)
    if not ((factors > 0) & (factors <= 100)).all():
        raise UsageError(f"strengths must be above 0 and at most 100; got {factors.min():g} to {factors.max():g}")
    return factors
