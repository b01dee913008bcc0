"""Where bodies and muscle paths lie in space.

Muscle paths follow OpenSim's rules: a conditional point is on the path while its
coordinate is in range, a moving point slides along its body with its coordinate
(clamped to the coordinate's range).
"""

from __future__ import annotations

import numpy as np

from myorun.anatomy import depth
from myorun.anatomy.model import (
    ConditionalPoint,
    Constant,
    Function,
    Linear,
    Model,
    Motion,
    MovingPoint,
    PathPoint,
)
from myorun.view.pose import Array, Pose

_RANGE_SLACK = 1e-5  # rad, by which OpenSim widens the range of a conditional point


def body_depths(model: Model) -> Array:
    """Constant z (to the right) of every body origin, (bodies,) m."""
    depths = depth.body_depths(model)
    return np.array([depths[body.name] for body in model.bodies])


def calc_function(function: Function, x: float) -> float:
    """The value of a function of one coordinate.

    Splines are taken as straight pieces: no picture tells the difference (below a
    millimetre), and drawing a recorded run needs no compiled core.
    """
    if isinstance(function, Constant):
        return function.value
    if isinstance(function, Linear):
        return function.slope * x + function.intercept
    return float(np.interp(x, function.x, function.y))


class Paths:
    """Muscle paths of one model, prepared once, placed for any pose."""

    def __init__(self, model: Model) -> None:
        order = {body.name: i for i, body in enumerate(model.bodies)}
        self._model = model
        self._points: list[PathPoint] = [p for muscle in model.muscles for p in muscle.path]
        self._body = np.array([order.get(p.body, -1) for p in self._points], dtype=np.intp)
        self._local = np.array([(0.0, 0.0, 0.0) if isinstance(p, MovingPoint) else p.location for p in self._points])
        self._local = self._local.reshape(-1, 3)
        self._z = np.append(body_depths(model), 0.0)[self._body]
        ends = np.cumsum([len(muscle.path) for muscle in model.muscles])
        self._slices = [slice(int(end) - len(m.path), int(end)) for end, m in zip(ends, model.muscles, strict=True)]
        self._moving = [(i, p) for i, p in enumerate(self._points) if isinstance(p, MovingPoint)]
        self._conditional = [(i, p) for i, p in enumerate(self._points) if isinstance(p, ConditionalPoint)]
        self._ranges = {c.name: c.range for c in model.coordinates}

    def place(self, pose: Pose) -> list[Array]:
        """World points (k, 3) m of every muscle, in the order of ``model.muscles``; only points on the path."""
        world, on = self._place_all(pose)
        return [world[s][on[s]] for s in self._slices]

    def place_moving(self, pose: Pose) -> Array:
        """World points (n, 3) m of the moving points, such as the patella."""
        world, _ = self._place_all(pose)
        return world[[i for i, _ in self._moving]]

    def _place_all(self, pose: Pose) -> tuple[Array, np.ndarray]:
        values = coordinate_values(self._model, pose.coordinates)
        local = self._local.copy()
        for i, moving in self._moving:
            local[i] = [self._slide(axis, values) for axis in (moving.x, moving.y, moving.z)]
        on = np.ones(len(local), dtype=bool)
        for i, point in self._conditional:
            low, high = point.range
            on[i] = low - _RANGE_SLACK <= values[point.coordinate] <= high + _RANGE_SLACK
        return self._to_world(pose, local), on

    def _slide(self, axis: Motion, values: dict[str, float]) -> float:
        if axis.coordinate is None:
            return calc_function(axis.function, 0.0)
        low, high = self._ranges[axis.coordinate]
        return calc_function(axis.function, min(max(values[axis.coordinate], low), high))

    def _to_world(self, pose: Pose, local: Array) -> Array:
        angle = np.append(pose.body_angles, 0.0)[self._body]
        origin = np.vstack([pose.body_positions, (0.0, 0.0)])[self._body]
        cos, sin = np.cos(angle), np.sin(angle)
        x = origin[:, 0] + cos * local[:, 0] - sin * local[:, 1]
        y = origin[:, 1] + sin * local[:, 0] + cos * local[:, 1]
        return np.column_stack([x, y, self._z + local[:, 2]])


def coordinate_values(model: Model, free: Array) -> dict[str, float]:
    """Every coordinate by name, locked ones at their default."""
    values = {c.name: c.default_value for c in model.coordinates}
    values.update(zip((c.name for c in model.free_coordinates), map(float, free), strict=True))
    return values
