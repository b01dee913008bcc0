"""Bodies welded together become segments, each moved by one joint with free coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field

from myorun.anatomy.model import GROUND, Constant, Joint, Model, Motion
from myorun.physics import exact
from myorun.physics.spline import piecewise

GROUND_SEGMENT = -1


@dataclass(frozen=True, slots=True)
class Pose:
    """A frame in a segment: rotated by ``angle`` [rad], its origin at (x, y), out of plane by z [m]."""

    segment: int
    angle: float = 0.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0

    def place(self, x: float, y: float, z: float = 0.0) -> tuple[float, float, float]:
        """A point of this frame in the segment frame."""
        c, s = exact.cos(self.angle), exact.sin(self.angle)
        return self.x + (c * x - s * y), self.y + (s * x + c * y), self.z + z

    def child(self, x: float, y: float, z: float, angle: float) -> Pose:
        """A frame given in this frame."""
        return Pose(self.segment, self.angle + angle, *self.place(x, y, z))


@dataclass(slots=True)
class Segment:
    """Welded bodies, their joint to the parent segment, and their summed inertia."""

    parent: int
    joint: Joint
    frame: Pose  # joint frame in the parent segment
    coordinates: tuple[int, ...]  # indices of free coordinates, in the joint's order
    mass: float = 0.0
    com: tuple[float, float] = (0.0, 0.0)
    inertia: float = 0.0  # about the centre of mass

    def add_body(self, mass: float, x: float, y: float, inertia: float) -> None:
        """Weld on a body whose centre of mass is at (x, y) in the segment."""
        total = self.mass + mass
        if total == 0.0:
            return
        cx = (self.mass * self.com[0] + mass * x) / total
        cy = (self.mass * self.com[1] + mass * y) / total
        self.inertia += self.mass * (exact.square(self.com[0] - cx) + exact.square(self.com[1] - cy))
        self.inertia += inertia + mass * (exact.square(x - cx) + exact.square(y - cy))
        self.mass, self.com = total, (cx, cy)


@dataclass(slots=True)
class Skeleton:
    """The moving tree of a model."""

    model: Model
    coordinate_index: dict[str, int]
    segments: list[Segment] = field(default_factory=list)
    poses: dict[str, Pose] = field(default_factory=dict)  # of every body, the ground included

    def chain(self, segment: int) -> list[int]:
        """Coordinates that move a segment, from the segment towards the ground."""
        found: list[int] = []
        while segment != GROUND_SEGMENT:
            found.extend(reversed(self.segments[segment].coordinates))
            segment = self.segments[segment].parent
        return found

    def free_motion(self, motion: Motion) -> Motion:
        """The motion with a locked coordinate replaced by its default value."""
        if motion.coordinate is None or motion.coordinate in self.coordinate_index:
            return motion
        coordinate = next(c for c in self.model.coordinates if c.name == motion.coordinate)
        return Motion(Constant(piecewise(motion.function).value(coordinate.default_value)))


def _constant(motion: Motion) -> float:
    return piecewise(motion.function).value(0.0)


def _attach(skeleton: Skeleton, joint: Joint) -> Pose:
    """Pose of the joint's child body, opening a new segment if the joint can move."""
    parent = skeleton.poses[joint.parent]
    frame = parent.child(*joint.parent_location, joint.parent_orientation)
    rotation = skeleton.free_motion(joint.rotation)
    translation = [skeleton.free_motion(t) for t in joint.translation]
    z = _constant(translation[2])
    free = tuple(skeleton.coordinate_index[c] for c in joint.coordinates if c in skeleton.coordinate_index)
    if free:
        skeleton.segments.append(Segment(parent.segment, joint, frame, free))
        moved = Pose(len(skeleton.segments) - 1, z=frame.z + z)
    else:
        moved = frame.child(_constant(translation[0]), _constant(translation[1]), z, _constant(rotation))
    back = Pose(0, -joint.child_orientation).place(*(-v for v in joint.child_location[:2]))
    return moved.child(back[0], back[1], -joint.child_location[2], -joint.child_orientation)


def build_skeleton(model: Model) -> Skeleton:
    """Weld the bodies of a model into segments, parents first."""
    skeleton = Skeleton(model, {c.name: i for i, c in enumerate(model.free_coordinates)})
    skeleton.poses[GROUND] = Pose(GROUND_SEGMENT)
    joints = {joint.child: joint for joint in model.joints}
    for body in model.bodies:
        pose = skeleton.poses[body.name] = _attach(skeleton, joints[body.name])
        if pose.segment != GROUND_SEGMENT:
            x, y, _ = pose.place(body.mass_center[0], body.mass_center[1])
            skeleton.segments[pose.segment].add_body(body.mass, x, y, body.inertia[2])
    return skeleton
