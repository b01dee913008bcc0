"""Where the bodies of a planar model are, and how they move, along a whole motion at once.

For every segment of the tree: orientation θ and origin p of its frame, their derivatives with respect to the
coordinates, and velocities and accelerations. With F and φ the joint frame in the parent, d(q) the joint's translation
along its axes, R the rotation by φ and perp(x, y) = (−y, x):

    p = F + R d,    ṗ = Ḟ + φ̇ perp(R d) + R ḋ,    p̈ = F̈ + φ̈ perp(R d) − φ̇² R d + 2 φ̇ perp(R ḋ) + R d̈.

Every array has time as its first axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model, Motion
from myorun.physics.skeleton import GROUND_SEGMENT, Pose, Segment, Skeleton, build_skeleton
from myorun.physics.spline import piecewise

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Frames:
    """A frame moving through t times; c coordinates."""

    angle: Array  # (t,) rad
    angle_slope: Array  # (t, c) ∂angle/∂q
    angular_velocity: Array  # (t,) rad/s
    angular_acceleration: Array  # (t,) rad/s²
    origin: Array  # (t, 2) m
    origin_slope: Array  # (t, 2, c) ∂origin/∂q
    velocity: Array  # (t, 2) m/s
    acceleration: Array  # (t, 2) m/s²

    def point(self, x: float, y: float) -> Frames:
        """The frame with its origin moved to (x, y) [m], as the body carries that point along."""
        arm = _rotated(self.angle, np.array([x, y]))
        side = perpendicular(arm)
        return Frames(
            self.angle,
            self.angle_slope,
            self.angular_velocity,
            self.angular_acceleration,
            self.origin + arm,
            self.origin_slope + side[:, :, None] * self.angle_slope[:, None, :],
            self.velocity + self.angular_velocity[:, None] * side,
            self.acceleration + self.angular_acceleration[:, None] * side - self.angular_velocity[:, None] ** 2 * arm,
        )


class Kinematics:
    """All segments of ``model`` along a motion.

    Args:
        model: whose free coordinates, c of them, are the columns below.
        coordinates: (t, c) rad or m.
        speeds: (t, c) rad/s or m/s; at rest if omitted.
        accelerations: (t, c) rad/s² or m/s²; none if omitted.
    """

    def __init__(
        self, model: Model, coordinates: Array, speeds: Array | None = None, accelerations: Array | None = None
    ) -> None:
        self.model = model
        self.skeleton: Skeleton = build_skeleton(model)
        self._q = coordinates
        self._u = np.zeros_like(coordinates) if speeds is None else speeds
        self._a = np.zeros_like(coordinates) if accelerations is None else accelerations
        self.segments: list[Frames] = []
        for segment in self.skeleton.segments:
            self.segments.append(self._moved(segment))

    def body(self, name: str, x: float = 0.0, y: float = 0.0) -> Frames:
        """The point (x, y) [m] of a body's frame, with that frame's orientation."""
        pose = self.skeleton.poses[name]
        frames = self._in_segment(pose)
        return frames.point(x, y) if x or y else frames

    def mass_center(self) -> Frames:
        """Of the whole model; ``angle`` and its derivatives mean nothing."""
        mass, parts = self._mass_centers()
        share = mass / mass.sum()

        def mean(name: str) -> Array:
            return np.asarray(sum(s * getattr(part, name) for s, part in zip(share, parts, strict=True)))

        nothing = np.zeros(len(self._q))
        slopes = np.zeros_like(self._q)
        moving = [mean(name) for name in ("origin", "origin_slope", "velocity", "acceleration")]
        return Frames(nothing, slopes, nothing, nothing, *moving)

    def _mass_centers(self) -> tuple[Array, list[Frames]]:
        segments = self.skeleton.segments
        parts = [frames.point(*segment.com) for frames, segment in zip(self.segments, segments, strict=True)]
        return np.array([segment.mass for segment in segments]), parts

    # ------------------------------------------------------------ one joint

    def _in_segment(self, pose: Pose) -> Frames:
        if pose.segment == GROUND_SEGMENT:
            return _turned(_ground(*self._q.shape), pose)
        return _turned(self.segments[pose.segment], pose)

    def _moved(self, segment: Segment) -> Frames:
        parent = _ground(*self._q.shape) if segment.parent == GROUND_SEGMENT else self.segments[segment.parent]
        frame = _turned(parent, segment.frame)
        x, y = (self._along(motion) for motion in segment.joint.translation[:2])
        turn = self._along(segment.joint.rotation)
        d, d1, d2 = (np.stack([x[k], y[k]], axis=-1) for k in (0, 1, 2))
        slope = np.stack([x[3], y[3]], axis=1)  # (t, 2, c)
        arm, rate, change = (_rotated(frame.angle, v) for v in (d, d1, d2))
        omega = frame.angular_velocity[:, None]
        side = perpendicular(arm)
        return Frames(
            frame.angle + turn[0],
            frame.angle_slope + turn[3],
            frame.angular_velocity + turn[1],
            frame.angular_acceleration + turn[2],
            frame.origin + arm,
            frame.origin_slope + side[:, :, None] * frame.angle_slope[:, None, :] + _rotated_rows(frame.angle, slope),
            frame.velocity + omega * side + rate,
            frame.acceleration
            + frame.angular_acceleration[:, None] * side
            - omega**2 * arm
            + 2 * omega * perpendicular(rate)
            + change,
        )

    def _along(self, motion: Motion) -> tuple[Array, Array, Array, Array]:
        """Value of a joint's function of a coordinate, its first and second time derivative, and its slopes (t, c)."""
        free = self.skeleton.free_motion(motion)
        function = piecewise(free.function)
        slopes = np.zeros_like(self._q)
        if free.coordinate is None:
            still = np.zeros(len(self._q))
            return still + function.value(0.0), still, still, slopes
        column = self.skeleton.coordinate_index[free.coordinate]
        q, u, a = (array[:, column] for array in (self._q, self._u, self._a))
        piece = np.searchsorted(function.knots, q, side="right")
        dx = q - np.array(function.bases)[piece]
        c0, c1, c2, c3 = np.array(function.values)[piece].T
        slope = c1 + dx * (2 * c2 + 3 * dx * c3)
        slopes[:, column] = slope
        return c0 + dx * (c1 + dx * (c2 + dx * c3)), slope * u, slope * a + (2 * c2 + 6 * dx * c3) * u**2, slopes


def perpendicular(vectors: Array) -> Array:
    """Vectors (…, 2) turned a quarter to the left."""
    return np.stack([-vectors[..., 1], vectors[..., 0]], axis=-1)


def _ground(times: int, coordinates: int) -> Frames:
    still, slopes = np.zeros(times), np.zeros((times, coordinates))
    here = np.zeros((times, 2))
    return Frames(still, slopes, still, still, here, np.zeros((times, 2, coordinates)), here, here)


def _turned(frames: Frames, pose: Pose) -> Frames:
    """A frame fixed in another."""
    moved = frames.point(pose.x, pose.y)
    rest = (getattr(moved, name) for name in list(Frames.__dataclass_fields__)[1:])
    return Frames(moved.angle + pose.angle, *rest)


def _rotated(angle: Array, vector: Array) -> Array:
    """Rotate one vector (2,), or one a time (t, 2), by an angle a time (t,)."""
    c, s = np.cos(angle), np.sin(angle)
    x, y = vector[..., 0], vector[..., 1]
    return np.stack([c * x - s * y, s * x + c * y], axis=-1)


def _rotated_rows(angle: Array, slopes: Array) -> Array:
    """Rotate the two rows of (t, 2, c)."""
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.stack([c * slopes[:, 0] - s * slopes[:, 1], s * slopes[:, 0] + c * slopes[:, 1]], axis=1)
