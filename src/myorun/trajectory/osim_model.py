"""The .osim that belongs to a trajectory: its anatomy, weakened as its course says, among its obstacles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from myorun.anatomy.model import (
    ConditionalPoint,
    Constant,
    Coordinate,
    Function,
    Joint,
    Linear,
    Model,
    Motion,
    MovingPoint,
)
from myorun.anatomy.osim_writer import to_osim
from myorun.course import Course
from myorun.trajectory.trajectory import Trajectory

_STILL = Motion(Constant(0.0))
_PLAIN = Course()


def course_osim(trajectory: Trajectory) -> str:
    """The text of an .osim document in which OpenSim replays the trajectory.

    Joints that are locked are welded there: OpenSim sets locked coordinates to NaN when it reads states.

    Raises:
        UsageError: where the course has a floor that OpenSim has no place for, such as steps.
    """
    model, incline = _burdened(trajectory)
    obstacles, strengths = trajectory.course.obstacle_array().tolist(), trajectory.strengths.tolist()
    return to_osim(weld_locked(model), obstacles=obstacles, strengths=strengths, incline=incline)


def _burdened(trajectory: Trajectory) -> tuple[Model, float]:
    """The model with the load, the pace and the floor of its course, and the angle [rad] of the floor."""
    if has_plain_surroundings(trajectory.course):
        return trajectory.model, 0.0
    from myorun.physics.opensim_surroundings import burdened, plane_angle  # behind the compiled core

    surroundings = trajectory.course.surroundings()
    return burdened(trajectory.model, surroundings), plane_angle(surroundings)


def has_plain_surroundings(course: Course) -> bool:
    """Whether floor and body are as the model has them; balls, strengths, noise and delay do not count."""
    names = ("steps", "slopes", "patches", "friction", "stiffness", "activation_time", "deactivation_time", "load")
    return all(getattr(course, name) == getattr(_PLAIN, name) for name in names)


def weld_locked(model: Model) -> Model:
    """The same anatomy with joints welded at their default where all their coordinates are locked.

    A joint stays as it is if a path or a ligament asks for one of its coordinates.
    """
    locked = {c.name: c for c in model.coordinates if c.locked}
    asked = set(_asked_for(model))
    welded = {
        joint.name: _welded(joint, locked)
        for joint in model.joints
        if joint.coordinates and locked.keys() >= set(joint.coordinates) and not asked.intersection(joint.coordinates)
    }
    gone = {name for joint in model.joints if joint.name in welded for name in joint.coordinates}
    return replace(
        model,
        joints=tuple(welded.get(joint.name, joint) for joint in model.joints),
        coordinates=tuple(c for c in model.coordinates if c.name not in gone),
    )


def _asked_for(model: Model) -> Iterator[str]:
    yield from (limit.coordinate for limit in model.limits)
    for point in (point for muscle in model.muscles for point in muscle.path):
        if isinstance(point, ConditionalPoint):
            yield point.coordinate
        elif isinstance(point, MovingPoint):
            yield from (axis.coordinate for axis in (point.x, point.y, point.z) if axis.coordinate)


def _welded(joint: Joint, locked: dict[str, Coordinate]) -> Joint:
    x, y, z = (_rest(motion, locked) for motion in joint.translation)
    c, s = math.cos(joint.parent_orientation), math.sin(joint.parent_orientation)
    px, py, pz = joint.parent_location
    return replace(
        joint,
        kind="weld",
        parent_location=(px + c * x - s * y, py + s * x + c * y, pz + z),
        parent_orientation=joint.parent_orientation + _rest(joint.rotation, locked),
        coordinates=(),
        rotation=_STILL,
        translation=(_STILL, _STILL, _STILL),
    )


def _rest(motion: Motion, locked: dict[str, Coordinate]) -> float:
    x = locked[motion.coordinate].default_value if motion.coordinate else 0.0
    return _value(motion.function, x)


def _value(function: Function, x: float) -> float:
    if isinstance(function, Constant):
        return function.value
    if isinstance(function, Linear):
        return function.slope * x + function.intercept
    from myorun.physics.spline import piecewise  # behind the compiled core, which all else here does without

    return piecewise(function).value(x)
