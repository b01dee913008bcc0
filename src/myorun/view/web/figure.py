"""A model as a web page needs it: bodies that hang together by joints, muscles along paths, solids to draw.

The page does the kinematics itself, so that a replay need only hold coordinates. Everything is plain JSON:

- a *function* is a number, or ``{"coordinate": i, "knots": […], "pieces": [[base, c0, c1, c2, c3], …]}``: piece k
  covers what lies below ``knots[k]``, the last one the rest: ``c0 + c1 d + c2 d² + c3 d³`` with ``d = q_i - base``;
- a *body* turns and slides against its parent by functions, from a joint frame in either;
- a *path point* is fixed in a body, there only ``while`` a coordinate is in a range, or it ``slides`` by functions.
"""

from __future__ import annotations

from typing import Any

from myorun.anatomy.model import (
    GROUND,
    ConditionalPoint,
    Joint,
    Model,
    Motion,
    MovingPoint,
    Muscle,
    PathPoint,
)
from myorun.physics.spline import Piecewise, clamp_values, piecewise
from myorun.view.web.bones import body_solids

_RANGE_SLACK = 1e-5  # rad, by which OpenSim widens the range of a conditional point


def figure_of(model: Model) -> dict[str, Any]:
    """The geometry of ``model`` as JSON."""
    writer = _Writer(model)
    return {
        "model": model.name,
        "weight": model.mass * abs(model.gravity[1]),  # N
        "coordinates": [c.name for c in model.free_coordinates],
        "rotations": [c.motion == "rotational" for c in model.free_coordinates],
        "bodies": [writer.body(joint) for joint in model.joints],
        "muscles": [writer.muscle(muscle) for muscle in model.muscles],
        "spheres": [
            {"name": s.name, "body": writer.index[s.body], "at": list(s.location), "radius": s.radius}
            for s in model.contact_spheres
        ],
        "feet": [{"name": contact.name, "spheres": list(contact.spheres)} for contact in model.ground_contacts],
    }


class _Writer:
    """Knows the places of bodies and coordinates in their lists."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.index = {GROUND: -1, **{body.name: i for i, body in enumerate(model.bodies)}}
        self._free = {c.name: i for i, c in enumerate(model.free_coordinates)}
        self._all = {c.name: c for c in model.coordinates}

    def body(self, joint: Joint) -> dict[str, Any]:
        return {
            "name": joint.child,
            "parent": self.index[joint.parent],
            "at": list(joint.parent_location),
            "turn": joint.parent_orientation,
            "back": list(joint.child_location),
            "turn_back": joint.child_orientation,
            "rotation": self._function(joint.rotation),
            "translation": [self._function(slide) for slide in joint.translation],
            "solids": body_solids(self._model, joint.child),
        }

    def muscle(self, muscle: Muscle) -> dict[str, Any]:
        return {
            "name": muscle.name,
            "force": muscle.max_isometric_force,
            "fiber": muscle.optimal_fiber_length,
            "tendon": muscle.tendon_slack_length,
            "path": [point for point in map(self._point, muscle.path) if point is not None],
        }

    def _point(self, point: PathPoint) -> dict[str, Any] | None:
        body = self.index[point.body]
        if isinstance(point, MovingPoint):
            return {"body": body, "slides": [self._function(m, clamped=True) for m in (point.x, point.y, point.z)]}
        found = {"body": body, "at": list(point.location)}
        if not isinstance(point, ConditionalPoint):
            return found
        low, high = point.range[0] - _RANGE_SLACK, point.range[1] + _RANGE_SLACK
        if point.coordinate in self._free:
            return {**found, "while": [self._free[point.coordinate], low, high]}
        return found if low <= self._all[point.coordinate].default_value <= high else None

    def _function(self, motion: Motion, *, clamped: bool = False) -> float | dict[str, Any]:
        pieces = piecewise(motion.function)
        if motion.coordinate is None:
            return pieces.value(0.0)
        if clamped:
            pieces = clamp_values(pieces, *self._all[motion.coordinate].range)
        if motion.coordinate not in self._free:
            return pieces.value(self._all[motion.coordinate].default_value)
        return {"coordinate": self._free[motion.coordinate], **_written(pieces)}


def _written(function: Piecewise) -> dict[str, Any]:
    rows = [[base, *cubic] for base, cubic in zip(function.bases, function.values, strict=True)]
    return {"knots": list(function.knots), "pieces": rows}
