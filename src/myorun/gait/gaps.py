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
    Samples that are missing altogether are a gap too, which whoever reads between samples bridges.

    Args:
        name: of the recording.
        times: (t,) s, ascending.
        columns: (t,) each, by their names.

    Raises:
        UsageError: naming the column, if it has one, of a gap longer than :data:`LONGEST`, or if too little is left.
    """
    _check_gaps(name, times, times, "every column")
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
    _check_gaps(name, times, times[seen], column)
    return np.where(seen, values, CubicSpline(times[seen], values[seen])(times))


def _check_gaps(name: str, times: Array, known: Array, column: str) -> None:
    """:class:`UsageError` for a gap longer than :data:`LONGEST` between the times at which a column is known."""
    widths = np.diff(known)
    longest = int(widths.argmax())
    if widths[longest] > LONGEST + float(np.median(np.diff(times))):
        start, end = known[longest : longest + 2]
        raise UsageError(
            f"{name}: {column} is missing between {start:.2f} and {end:.2f} s; gaps up to {LONGEST:g} s are filled. "
            "Fill it in the laboratory's program, or cut the recording there"
        )
