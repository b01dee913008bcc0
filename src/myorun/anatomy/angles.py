"""Degrees in files, radians in the model, converted by one expression so that equal files are equal to the bit.

A limit of ``120`` degrees is ``120 * DEGREE`` radians and a stiffness of ``20`` N m
per degree is ``20 / DEGREE`` N m per radian, whichever file states it. Going back
searches the neighbouring numbers for one that converts to exactly the same bits;
a radian value that never was a number of degrees may have none.
"""

from __future__ import annotations

import math
from collections.abc import Callable

DEGREE = math.pi / 180.0
_REACH = 4  # neighbours tried on either side; the two roundings are at most 2 apart


def degrees(radians: float) -> float:
    """The degrees that convert to ``radians``, or the nearest if none does exactly."""
    return _inverse(radians, radians / DEGREE, lambda x: x * DEGREE)


def per_degree(per_radian: float) -> float:
    """The quantity per degree that converts to ``per_radian``, or the nearest if none does exactly."""
    return _inverse(per_radian, per_radian * DEGREE, lambda x: x / DEGREE)


def _inverse(wanted: float, guess: float, convert: Callable[[float], float]) -> float:
    """Of the numbers around ``guess``, the one that converts to ``wanted``; the shortest to write if several do."""
    candidates = [guess]
    for _ in range(_REACH):
        candidates = [math.nextafter(candidates[0], -math.inf), *candidates, math.nextafter(candidates[-1], math.inf)]
    return min(candidates, key=lambda x: (abs(convert(x) - wanted), len(repr(x))))
