"""Where everything lies on the sheet, in inches from its upper left corner. Knows no matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 11.0  # in, of the sheet
_LEFT, _RIGHT, _GAP = 0.50, 0.15, 0.50  # beside and between panels; numbers stand in the gaps
_HEAD, _HEADING, _FOOT = 0.66, 0.62, 0.10  # above everything, above the panels of a section, below everything
_PANEL, _BETWEEN, _TIME = 1.10, 0.38, 0.40  # height of a panel, between rows, below the last row
_MOST_ACROSS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A panel on the sheet."""

    left: float  # in
    top: float  # in
    width: float  # in
    height: float  # in
    lowest: bool  # nothing of its section lies below it


@dataclass(frozen=True, slots=True)
class Sheet:
    """All sections of a figure."""

    height: float  # in
    headings: tuple[float, ...]  # in from the top, of the words above each section
    places: tuple[tuple[Place, ...], ...]  # of the panels of each section


def lay_out(counts: Sequence[int]) -> Sheet:
    """Sections of so many panels each, one below the other, each as wide as the sheet."""
    top = _HEAD
    headings, places = [], []
    for count in counts:
        across = _across(count)
        rows = -(-count // across)
        headings.append(top + 0.5 * _HEADING)
        places.append(tuple(_place(k, count, across, top + _HEADING) for k in range(count)))
        top += _HEADING + rows * (_PANEL + _BETWEEN) - _BETWEEN + _TIME
    return Sheet(top + _FOOT, tuple(headings), tuple(places))


def _across(count: int) -> int:
    """Panels a row: all of a few, else what fills rows best."""
    return count if count <= _MOST_ACROSS else min((3, 4), key=lambda n: (-count % n, n))


def _place(k: int, count: int, across: int, top: float) -> Place:
    width = (WIDTH - _LEFT - _RIGHT - (across - 1) * _GAP) / across
    row, column = divmod(k, across)
    return Place(
        _LEFT + column * (width + _GAP), top + row * (_PANEL + _BETWEEN), width, _PANEL, lowest=k + across >= count
    )
