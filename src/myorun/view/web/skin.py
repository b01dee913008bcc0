"""Skin in three dimensions: the outlines of :mod:`myorun.view.silhouettes`, inflated."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from myorun.view.pose import Array
from myorun.view.silhouettes import outlines
from myorun.view.web.solids import Row, Solid, loft

_STATIONS = 26  # rings of an inflated outline

# Half-width to the side (m) along the outline from its low end (0) to its high end (1); the part that is drawn
# within that outline; the distance of the middle from the body's plane on the right (m).
_DEPTHS: dict[str, tuple[tuple[tuple[float, float], ...], float]] = {
    "femur": (((0.0, 0.020), (0.06, 0.046), (0.35, 0.062), (0.75, 0.078), (0.92, 0.072), (1.0, 0.03)), 0.008),
    "tibia": (
        ((0.0, 0.012), (0.05, 0.030), (0.2, 0.031), (0.6, 0.052), (0.85, 0.050), (0.95, 0.046), (1.0, 0.02)),
        0.0,
    ),
    "pelvis": (((0.0, 0.03), (0.2, 0.125), (0.5, 0.162), (0.85, 0.150), (1.0, 0.10)), 0.0),
    "torso": (
        (
            *((0.0, 0.06), (0.1, 0.140), (0.25, 0.128), (0.45, 0.158), (0.62, 0.182), (0.74, 0.186)),
            *((0.79, 0.155), (0.83, 0.085), (0.87, 0.058), (0.93, 0.054), (1.0, 0.03)),
        ),
        0.0,
    ),
    "head": (((0.0, 0.025), (0.15, 0.05), (0.4, 0.070), (0.7, 0.078), (0.9, 0.055), (1.0, 0.012)), 0.0),
    "calcn": (((0.0, 0.016), (0.06, 0.030), (0.35, 0.036), (0.7, 0.046), (0.92, 0.040), (1.0, 0.012)), 0.004),
}


def skin_solids(stem: str, side: int) -> list[Solid]:
    """The skin of a body named without its side (``femur``), on the right (1) or the left (-1); none if unknown."""
    if stem not in _DEPTHS:
        return []
    outline = next(o.points for o in outlines(stem) if o.tissue == "skin")
    profile, middle = _DEPTHS[stem]
    axis = 0 if stem == "calcn" else 1  # feet lie, everything else stands
    return [loft(*_inflated(outline, axis, np.array(profile), side * middle), material="skin")]


def _inflated(outline: Array, axis: int, profile: Array, middle: float) -> Iterable[Row]:
    """Rings across an outline (n, 2), which becomes as wide to the side as ``profile`` says."""
    low, high = outline[:, axis].min(), outline[:, axis].max()
    shares = 0.5 - 0.5 * np.cos(np.linspace(0.04, np.pi - 0.04, _STATIONS))  # closer together at the ends
    for share in shares:
        at = low + share * (high - low)
        near, far = _span(outline, axis, at)
        depth = float(np.interp(share, profile[:, 0], profile[:, 1]))
        half = 0.5 * (far - near)
        if axis == 1:
            yield (0.5 * (near + far), at, middle, half, 0.0, 0.0, 0.0, 0.0, depth)
        else:
            yield (at, 0.5 * (near + far), middle, 0.0, half, 0.0, 0.0, 0.0, depth)


def _span(outline: Array, axis: int, at: float) -> tuple[float, float]:
    """Where a line across a closed outline enters and leaves it."""
    start, end = outline, np.roll(outline, -1, axis=0)
    crosses = (start[:, axis] <= at) != (end[:, axis] <= at)
    a, b = start[crosses], end[crosses]
    share = (at - a[:, axis]) / (b[:, axis] - a[:, axis])
    met = a[:, 1 - axis] + share * (b[:, 1 - axis] - a[:, 1 - axis])
    return float(met.min()), float(met.max())
