"""Every body of a model followed through its joints with exact derivatives, and the forces its motion needs.

The core welds bodies, walks up the tree with composite inertias and solves M udot = f. Here each body of
the anatomy is placed on its own with second-order jets, and d'Alembert's principle
  f_i = sum over bodies of  m (a - g) . dr/dq_i + I alpha dtheta/dq_i
gives the generalized forces that an acceleration needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from myorun.anatomy.model import (
    GROUND,
    ConditionalPoint,
    Constant,
    FixedPoint,
    Function,
    Joint,
    Linear,
    Model,
    Motion,
    MovingPoint,
    Muscle,
    PathPoint,
)

from .jet import Jet, along, along_axis, cos, lift, sin, sqrt
from .spline import DenseSpline

EDGE = 1e-5  # rad by which the reference widens the range of a conditional point
Curve = Callable[[Jet], Jet]


@dataclass(frozen=True)
class Place:
    """A frame in the world, or a point of one (then the angle goes along)."""

    x: Jet
    y: Jet
    angle: Jet
    z: float = 0.0

    def point(self, x: Jet | float, y: Jet | float, z: float = 0.0) -> Place:
        c, s = cos(self.angle), sin(self.angle)
        return Place(self.x + c * x - s * y, self.y + s * x + c * y, self.angle, self.z + z)

    def turned(self, by: Jet | float) -> Place:
        return Place(self.x, self.y, self.angle + by, self.z)


class Skeleton:
    """A model's bodies as functions of its free coordinates."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.free = [c.name for c in model.free_coordinates]
        self.fixed = {c.name: c.default_value for c in model.coordinates if c.locked}
        self.ranges = {c.name: c.range for c in model.coordinates}
        self._curves: dict[Function, Curve] = {}

    # ------------------------------------------------------------ kinematics

    def curve(self, function: Function) -> Curve:
        if function not in self._curves:
            self._curves[function] = _curve(function)
        return self._curves[function]

    def motion(self, motion: Motion, q: list[Jet]) -> Jet:
        return self.curve(motion.function)(self.coordinate(motion.coordinate, q))

    def coordinate(self, name: str | None, q: list[Jet]) -> Jet:
        if name is None:
            return Jet(0.0)
        return q[self.free.index(name)] if name in self.free else Jet(self.fixed[name])

    def places(self, q: list[Jet]) -> dict[str, Place]:
        """Where every body is."""
        zero = Jet(0.0)
        found = {GROUND: Place(zero, zero, zero)}
        joints = {joint.child: joint for joint in self.model.joints}
        for body in self.model.bodies:
            found[body.name] = self._child(joints[body.name], found, q)
        return found

    def _child(self, joint: Joint, found: dict[str, Place], q: list[Jet]) -> Place:
        frame = found[joint.parent].point(*joint.parent_location).turned(joint.parent_orientation)
        x, y, z = (self.motion(t, q) for t in joint.translation)
        frame = frame.point(x, y, z.value).turned(self.motion(joint.rotation, q))
        frame = frame.turned(-joint.child_orientation)
        return frame.point(*(-v for v in joint.child_location))

    def centers(self, q: list[Jet]) -> dict[str, Place]:
        """Where every body's centre of mass is."""
        places = self.places(q)
        return {b.name: places[b.name].point(*b.mass_center) for b in self.model.bodies}

    # ------------------------------------------------------------ dynamics

    def required_forces(self, q: list[float], u: list[float], acceleration: list[float]) -> list[float]:
        """Generalized forces, beside gravity, that the motion needs (inverse dynamics)."""
        moving = self.centers(along(q, u, acceleration))
        gx, gy = self.model.gravity
        forces = []
        for axis in range(len(q)):
            tangent = self.centers(along_axis(q, axis))
            total = 0.0
            for body in self.model.bodies:
                m, t = moving[body.name], tangent[body.name]
                total += body.mass * ((m.x.second - gx) * t.x.first + (m.y.second - gy) * t.y.first)
                total += body.inertia[2] * m.angle.second * t.angle.first
            forces.append(total)
        return forces

    def energies(self, q: list[float], u: list[float]) -> tuple[float, float]:
        """Kinetic and potential energy [J]."""
        centers = self.centers(along(q, u, [0.0] * len(q)))
        gx, gy = self.model.gravity
        kinetic = potential = 0.0
        for body in self.model.bodies:
            c = centers[body.name]
            kinetic += 0.5 * body.mass * (c.x.first**2 + c.y.first**2) + 0.5 * body.inertia[2] * c.angle.first**2
            potential -= body.mass * (gx * c.x.value + gy * c.y.value)
        return kinetic, potential

    def force_at(
        self, q: list[float], body: str, point: tuple[float, float], force: tuple[float, float]
    ) -> list[float]:
        """Generalized forces of a force [N] at a world point [m] of a body's material."""
        place = self.places([Jet(v) for v in q])[body]
        rx, ry = point[0] - place.x.value, point[1] - place.y.value
        out = []
        for axis in range(len(q)):
            t = self.places(along_axis(q, axis))[body]
            vx, vy = t.x.first - t.angle.first * ry, t.y.first + t.angle.first * rx
            out.append(force[0] * vx + force[1] * vy)
        return out

    # ------------------------------------------------------------ paths

    def path_length(self, muscle: Muscle, q: list[Jet]) -> Jet:
        """Length of a muscle's path [m], moving points differentiated as their location is."""
        places = self.places(q)
        points = [self._path_point(p, places, q) for p in muscle.path if self._is_on(p, q)]
        total = Jet(0.0)
        for a, b in pairwise(points):
            dx, dy = b.x - a.x, b.y - a.y
            total = total + sqrt(dx * dx + dy * dy + (b.z - a.z) ** 2)
        return total

    def _is_on(self, point: PathPoint, q: list[Jet]) -> bool:
        if not isinstance(point, ConditionalPoint):
            return True
        low, high = point.range
        return low - EDGE <= self.coordinate(point.coordinate, q).value <= high + EDGE

    def _path_point(self, point: PathPoint, places: dict[str, Place], q: list[Jet]) -> Place:
        if isinstance(point, FixedPoint | ConditionalPoint):
            return places[point.body].point(*point.location)
        x, y, z = (self._sliding(m, q) for m in (point.x, point.y, point.z))
        return places[point.body].point(x, y, z.value)

    def _sliding(self, motion: Motion, q: list[Jet]) -> Jet:
        if motion.coordinate is None:
            return self.motion(motion, q)
        low, high = self.ranges[motion.coordinate]
        at = self.coordinate(motion.coordinate, q)
        held = Jet(min(max(at.value, low), high), at.first, at.second)
        curve = self.curve(motion.function)
        # quirk of the reference: the location sees the clamped coordinate, its derivative the true one
        return Jet(curve(held).value, curve(at).first, curve(at).second)

    def is_smooth(self, muscle: Muscle, q: list[float], margin: float) -> bool:
        """True if no conditional point switches and no moving point is clamped within ``margin`` [rad]."""
        for point in muscle.path:
            if isinstance(point, ConditionalPoint):
                value, bounds = self.coordinate(point.coordinate, [Jet(v) for v in q]).value, point.range
                if min(abs(value - b) for b in bounds) < margin + EDGE:
                    return False
            if isinstance(point, MovingPoint):
                for motion in (point.x, point.y):
                    if motion.coordinate is None:
                        continue
                    value = self.coordinate(motion.coordinate, [Jet(v) for v in q]).value
                    low, high = self.ranges[motion.coordinate]
                    if not low + margin < value < high - margin:
                        return False
        return True


def _curve(function: Function) -> Curve:
    if isinstance(function, Constant):
        return lambda x: Jet(function.value)
    if isinstance(function, Linear):
        return lambda x: x * function.slope + function.intercept
    return DenseSpline(function.x, function.y)


__all__ = ["Place", "Skeleton", "lift"]
