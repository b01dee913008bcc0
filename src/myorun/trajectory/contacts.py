"""When a foot is on the ground: found in a signal, such as the force under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contacts:
    """When one foot is on the ground: n times, each from a strike to the toe off after it."""

    strikes: Array  # (n,) s, ascending; −∞ where the record begins on the ground
    offs: Array  # (n,) s; ∞ where the record ends on the ground


def find_contacts(
    times: Array,
    above: Array,
    *,
    chatter: float = 0.0,
    scuff: float = 0.0,
    shortest_gap: float = 0.0,
    shortest_contact: float = 0.0,
) -> Contacts:
    """Contacts where a signal is above zero; the moments between samples by straight lines.

    Args:
        times: of the samples, shape (samples,), s.
        above: the signal less its threshold, shape (samples,).
        chatter: s; gaps shorter than that are closed first.
        scuff: contacts are then dropped whose area is a smaller share of a usual one's than that.
        shortest_gap: s; gaps shorter than that are closed then.
        shortest_contact: s; contacts shorter than that are dropped last.
    """
    touches = above > 0
    starts = _crossings(times, above, ~touches[:-1] & touches[1:])
    ends = _crossings(times, above, touches[:-1] & ~touches[1:])
    if touches[0]:
        starts = np.append(-np.inf, starts)
    if touches[-1]:
        ends = np.append(ends, np.inf)
    starts, ends = _joined(starts, ends, chatter)
    starts, ends = _without_scuffs(times, above, starts, ends, scuff, shortest_contact)
    starts, ends = _joined(starts, ends, shortest_gap)
    kept = ends - starts >= shortest_contact
    return Contacts(starts[kept], ends[kept])


def _without_scuffs(
    times: Array, above: Array, starts: Array, ends: Array, share: float, shortest: float
) -> tuple[Array, Array]:
    """Contacts but those whose area, a force's impulse, is a small share of a usual one's."""
    area = np.append(0.0, np.cumsum(np.maximum(above[:-1], 0.0) * np.diff(times)))
    areas = np.interp(ends, times, area) - np.interp(starts, times, area)
    lasting = ends - starts >= shortest
    if not lasting.any():
        return starts, ends
    kept = areas >= share * np.median(areas[lasting])
    return starts[kept], ends[kept]


def _joined(starts: Array, ends: Array, gap: float) -> tuple[Array, Array]:
    """Contacts with the shorter gaps between them closed."""
    if not len(starts):
        return starts, ends
    parted = starts[1:] - ends[:-1] >= gap
    return starts[np.append(True, parted)], ends[np.append(parted, True)]


def _crossings(times: Array, values: Array, crossed: NDArray[np.bool_]) -> Array:
    """When values are zero between the samples, (samples - 1,), that say so."""
    at = np.flatnonzero(crossed)
    share = values[at] / (values[at] - values[at + 1])
    crossings: Array = times[at] + share * (times[at + 1] - times[at])
    return crossings
