"""Plane curves: smoothing, offsetting and thickening outlines. Pure arithmetic on (…, n, 2) arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from myorun.view.pose import Array


def smooth_closed(points: ArrayLike, steps: int = 6) -> Array:
    """A closed Catmull-Rom curve through ``points`` (n, 2), ``steps`` samples a span."""
    p1 = np.asarray(points, dtype=np.float64)
    p0, p2, p3 = np.roll(p1, 1, 0), np.roll(p1, -1, 0), np.roll(p1, -2, 0)
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (p[:, None, :] for p in (p0, p1, p2, p3))
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.asarray(curve.reshape(-1, 2))


def smooth_open(points: ArrayLike, samples: int) -> Array:
    """An open Catmull-Rom curve through ``points`` (n, 2), ``samples`` samples evenly spaced in length."""
    p = np.asarray(points, dtype=np.float64)
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = (np.arange(12) / 12)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None, :] for i in range(4))
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return resample(np.vstack([curve.reshape(-1, 2), p[-2]]), samples)


def resample(points: Array, samples: int) -> Array:
    """``samples`` points evenly spaced along the polyline ``points`` (n, 2)."""
    along = arc_lengths(points)
    at = _shares(samples) * along[-1]
    return np.stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])], axis=-1)


def arc_lengths(points: Array) -> Array:
    """Length of the polyline ``points`` (n, 2 or 3) from its start to each of its points, (n,)."""
    steps = points[1:] - points[:-1]
    along = np.zeros(len(points))
    np.cumsum(np.sqrt((steps * steps).sum(axis=1)), out=along[1:])
    return along


@cache
def _shares(samples: int) -> Array:
    shares = np.linspace(0.0, 1.0, samples)
    shares.setflags(write=False)
    return shares


def simplify_closed(points: Array, tolerance: float) -> Array:
    """A closed outline without the points that lie within ``tolerance`` of their neighbours' chord."""
    far = int(np.argmax(np.hypot(*(points - points[0]).T)))
    first = _simplify(points[: far + 1], tolerance)
    second = _simplify(np.vstack([points[far:], points[:1]]), tolerance)
    return np.vstack([first[:-1], second[:-1]])


def _simplify(line: Array, tolerance: float) -> Array:
    """Ramer-Douglas-Peucker: keep the farthest point from the chord as long as it is too far."""
    if len(line) < 3:
        return line
    chord = line[-1] - line[0]
    length = max(float(np.hypot(*chord)), 1e-12)
    offset = line - line[0]
    away = np.abs(offset[:, 0] * chord[1] - offset[:, 1] * chord[0]) / length
    far = int(np.argmax(away))
    if away[far] <= tolerance:
        return line[[0, -1]]
    return np.vstack([_simplify(line[: far + 1], tolerance)[:-1], _simplify(line[far:], tolerance)])


def offset_closed(points: Array, distance: float) -> Array:
    """A closed outline grown outwards by ``distance`` (inwards if negative), whichever way round it runs."""
    ahead, behind = np.roll(points, -1, 0), np.roll(points, 1, 0)
    tangent = ahead - behind
    normal = np.column_stack([tangent[:, 1], -tangent[:, 0]])
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-12)[:, None]
    area = float(np.sum(points[:, 0] * ahead[:, 1] - points[:, 1] * ahead[:, 0]))
    return points + np.copysign(distance, area * distance) * normal if distance else points.copy()


def normals(curves: Array) -> Array:
    """Unit normals (left of the direction of travel) of open curves (…, n, 2)."""
    tangent = np.gradient(curves, axis=-2)
    length = np.maximum(np.hypot(tangent[..., 0], tangent[..., 1]), 1e-12)
    return np.stack([-tangent[..., 1] / length, tangent[..., 0] / length], axis=-1)


def ribbon(curves: Array, half_width: Array, shift: Array | float = 0.0) -> Array:
    """Outlines (…, 2n, 2) of bands along ``curves`` (…, n, 2); ``shift`` moves the band to its left."""
    side = normals(curves)
    left = curves + (shift + half_width)[..., None] * side
    right = curves + (shift - half_width)[..., None] * side
    return np.concatenate([left, right[..., ::-1, :]], axis=-2)


def disc(center: Sequence[float], radius: float, points: int = 20) -> Array:
    """A circle as a polygon."""
    angle = np.linspace(0.0, 2 * np.pi, points, endpoint=False)
    return np.column_stack([center[0] + radius * np.cos(angle), center[1] + radius * np.sin(angle)])
