"""Numbers that change while a run goes on: straight lines between given points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from myorun.errors import UsageError

Points = Sequence[Sequence[float]]  # (million steps, value), the former rising


def at(schedule: float | Points, million_steps: float) -> float:
    """The value now. A plain number stays; so does a schedule before its first and behind its last point.

    :class:`UsageError` for what is neither.
    """
    if isinstance(schedule, int | float):
        return float(schedule)
    try:
        steps, values = zip(*schedule, strict=True)
        return float(np.interp(million_steps, steps, values))
    except (TypeError, ValueError):
        raise UsageError(
            f"a schedule is {schedule!r}; it must be a number or points [[million steps, value], …]"
        ) from None
