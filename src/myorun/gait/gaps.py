"""Gaps in recordings: where a camera lost sight of a marker."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from myorun.errors import UsageError
from myorun.gait.motion import check_times

Array = NDArray[np.float64]

LONGEST = 0.1  # s of a gap that is filled; a longer one could hide a peak


def without_gaps(name: str, times: Array, columns: Mapping[str, Array]) -> tuple[slice, dict[str, Array]]:
    """Which samples lie between the first and the last at which all columns are known, and the columns there.

    Gaps on the way, NaN, are filled by cubic splines through what is known. Columns without a number are left out.

    Args:
        name: of the recording.
        times: (t,) s, ascending.
        columns: (t,) each, by their names.

    Raises:
        UsageError: naming the column, if a gap is longer than :data:`LONGEST`, or too little is left.
    """
    known = {key: values for key, values in columns.items() if np.isfinite(values).any()}
    if all(np.isfinite(values).all() for values in known.values()):
        return slice(0, len(times)), known
    whole = np.flatnonzero(np.isfinite(list(known.values())).all(axis=0))
    part = slice(int(whole[0]), int(whole[-1]) + 1) if len(whole) else slice(0)
    check_times(f"{name}, where all its columns are known,", times[part])
    return part, {key: _filled(name, times[part], values[part], key) for key, values in known.items()}


def _filled(name: str, times: Array, values: Array, column: str) -> Array:
    seen = np.isfinite(values)
    if seen.all():
        return values
    widths = np.diff(times[seen])
    longest = int(widths.argmax())
    if widths[longest] > LONGEST + float(np.median(np.diff(times))):
        start, end = times[seen][longest : longest + 2]
        raise UsageError(
            f"{name}: {column} is missing between {start:.2f} and {end:.2f} s; gaps up to {LONGEST:g} s are filled. "
            "Fill it in the laboratory's program, or cut the recording there"
        )
    return np.where(seen, values, CubicSpline(times[seen], values[seen])(times))
