"""What a reset may be told, of one environment or of many; anything else is refused in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.course import Course, checked_seed
from myorun.errors import UsageError

_DRAWN = {"difficulty", "max_obstacles"}


def checked_reset_options(options: Mapping[str, Any] | None, known: Sequence[str]) -> dict[str, Any]:
    """Options of a reset, a copy. A course by hand leaves nothing to draw, so it stands without what draws one.

    :class:`UsageError` for an option that is not ``known``, and for a course that is none.
    """
    if options is not None and not isinstance(options, Mapping):
        raise UsageError(f"options are {options!r:.80}; they must be a dict, of {', '.join(known)}")
    chosen = dict(options or {})
    unknown = [key for key in chosen if key not in known]
    if unknown:
        raise UsageError(f"reset has the option {unknown[0]!r}; it can have {', '.join(known)}")
    if "course" in chosen and chosen.keys() & _DRAWN:
        raise UsageError("reset has the option 'course' and others; a course by hand leaves nothing else to choose")
    if "course" in chosen and not isinstance(chosen["course"], Course):
        raise UsageError(f"the option 'course' is {chosen['course']!r}; it must be a myorun.course.Course")
    return chosen


def checked_seeds(seed: Any, num_envs: int) -> list[int | None]:
    """A seed for each environment: those given, or the given one and those after it; ``None`` where there is none.

    :class:`UsageError` for what is no seed, and for as many as do not fit.
    """
    if seed is None:
        return [None] * num_envs
    if isinstance(seed, Sequence) or np.ndim(seed) > 0:
        if len(seed) != num_envs:
            raise UsageError(f"seed holds {len(seed)} seeds; it must hold {num_envs}, one an environment")
        return [None if s is None else checked_seed(s) for s in seed]
    first = checked_seed(seed)
    checked_seed(first + num_envs - 1)
    return [first + i for i in range(num_envs)]


def checked_mask(mask: Any, num_envs: int) -> NDArray[np.bool_]:
    """Which environments are reset, shape (num_envs,).

    :class:`UsageError` for another shape or type, and for none at all.
    """
    given = np.asarray(mask)
    if given.dtype != np.bool_ or given.shape != (num_envs,) or not given.any():
        raise UsageError(
            f"the option 'reset_mask' is {mask!r:.80}; it must be a bool array of shape ({num_envs},) "
            "with at least one True"
        )
    return given
