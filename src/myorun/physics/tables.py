"""A :class:`~myorun.anatomy.Model` as the flat tables that the compiled core reads (``core/model.h``).

Each table is a NumPy structured array whose memory layout is that of the C++ struct of the same name.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy.model import Model, Motion
from myorun.errors import ModelError
from myorun.physics import exact
from myorun.physics.function_tables import FunctionTables
from myorun.physics.muscle_tables import muscle_tables
from myorun.physics.packing import NONE, Table
from myorun.physics.path_tables import PathTables
from myorun.physics.paths import compile_paths
from myorun.physics.skeleton import GROUND_SEGMENT, Segment, Skeleton, build_skeleton
from myorun.physics.spline import piecewise
from myorun.summation import total


def build_tables(model: Model, scalar: type[np.floating[Any]] = np.float64) -> dict[str, npt.NDArray[np.uint8]]:
    """All tables of a model, as bytes by name, with ``scalar`` as the core's scalar type.

    Raises:
        ModelError: if the model has no moving body, or a part the core cannot express.
    """
    skeleton = build_skeleton(model)
    if not skeleton.segments:
        raise ModelError(f"model {model.name!r} has no coordinate that can move; free at least one")
    builder = _TableBuilder(skeleton, np.dtype(scalar))
    return {name: np.frombuffer(table.tobytes(), np.uint8) for name, table in builder.build().items()}


class _TableBuilder:
    def __init__(self, skeleton: Skeleton, scalar: np.dtype[Any]) -> None:
        self.skeleton, self.model, self.scalar = skeleton, skeleton.model, scalar
        self.functions = FunctionTables(skeleton, scalar)
        self.paths = compile_paths(skeleton)

    def build(self) -> dict[str, Table]:
        # functions are numbered in the order of their first use, so collect before writing
        for segment in self.skeleton.segments:
            for motion, offset in _segment_motions(segment):
                self.functions.key(motion, offset)
        for point in self.paths.points:
            if point.moving:
                self.functions.moving_keys(point.moving.x, point.moving.y)
        return {
            **self._skeleton_tables(),
            **self.functions.tables(),
            **PathTables(self.skeleton, self.paths, self.functions, self.scalar).tables(),
            **muscle_tables(self.model, self.paths, self.scalar),
            **self._force_tables(),
        }

    # ------------------------------------------------------------ skeleton

    def _skeleton_tables(self) -> dict[str, Table]:
        s, skeleton = self.scalar, self.skeleton
        motion = np.dtype([("slope", s), ("intercept", s)])
        ints = [(n, "i4") for n in ("parent", "first", "last", "xc", "xf", "yc", "yf", "rc", "rf")]
        frame = [(n, s) for n in ("jx", "jy", "xx", "xy", "yx", "yy")]
        motions = [("x", motion), ("y", motion), ("rotation", motion)]
        inertia = [(n, s) for n in ("mass", "com_x", "com_y", "inertia")]
        segment = np.dtype([*ints, *frame, *motions, *inertia], align=True)
        mass = total(seg.mass for seg in skeleton.segments)
        constants = [*self.model.gravity, mass, _reach(skeleton)]
        return {
            "segments": np.array([self._segment_row(seg) for seg in skeleton.segments], segment),
            "coordinates": np.array(self._coordinate_rows(), np.dtype([("segment", "i4"), ("parent", "i4")])),
            "frames": self._frame_table(),
            "constants": np.array(constants, s),
            "trunk": np.array([_trunk(skeleton)], np.int32),
            "default_coordinates": np.array([c.default_value for c in self.model.free_coordinates], s),
        }

    def _segment_row(self, segment: Segment) -> tuple[Any, ...]:
        c, s = exact.cos(segment.frame.angle), exact.sin(segment.frame.angle)
        first = segment.coordinates[0]
        motions = [self.functions.motion_row(motion, offset) for motion, offset in _segment_motions(segment)]
        frame = (segment.frame.x, segment.frame.y, c, s, -s, c)
        return (
            segment.parent,
            first,
            first + len(segment.coordinates),
            *(number for row in motions for number in row[:2]),
            *frame,
            *(row[2:] for row in motions),
            segment.mass,
            *segment.com,
            segment.inertia,
        )

    def _coordinate_rows(self) -> list[tuple[int, int]]:
        rows = {}
        for index in range(len(self.skeleton.segments)):
            chain = self.skeleton.chain(index)
            for i in self.skeleton.segments[index].coordinates:
                below = chain[chain.index(i) + 1 :]
                rows[i] = (index, below[0] if below else NONE)
        return [rows[i] for i in sorted(rows)]

    def _frame_table(self) -> Table:
        s = self.scalar
        poses = [self.skeleton.poses[body.name] for body in self.model.bodies]
        dtype = np.dtype([("segment", "i4"), ("x", s), ("y", s), ("angle", s)], align=True)
        return np.array([(p.segment, p.x, p.y, p.angle) for p in poses], dtype)

    # ------------------------------------------------------------ contacts and ligaments

    def _force_tables(self) -> dict[str, Table]:
        s, model = self.scalar, self.model
        names = [sphere.name for sphere in model.contact_spheres]
        members = [[names.index(n) for n in contact.spheres] for contact in model.ground_contacts]
        owner = {i: k for k, group in enumerate(members) for i in group}
        first = np.cumsum([0, *map(len, members)])
        reals = ("stiffness", "dissipation", "static", "dynamic", "viscous", "transition")
        contact = np.dtype([("first", "i4"), ("n", "i4"), *((n, s) for n in reals)], align=True)
        contacts = [
            (first[k], len(members[k]), c.stiffness, c.dissipation, c.static_friction, c.dynamic_friction,
             c.viscous_friction, c.transition_velocity)
            for k, c in enumerate(model.ground_contacts)
        ]  # fmt: skip
        return {
            "spheres": self._sphere_table(owner),
            "contacts": np.array(contacts, contact),
            "contact_members": np.array([i for group in members for i in group], np.int32),
            "limits": self._limit_table(),
        }

    def _sphere_table(self, owner: dict[int, int]) -> Table:
        s = self.scalar
        rows = []
        for i, sphere in enumerate(self.model.contact_spheres):
            pose = self.skeleton.poses[sphere.body]
            rows.append((pose.segment, owner.get(i, NONE), *pose.place(*sphere.location), sphere.radius))
        names = [("segment", "i4"), ("contact", "i4"), ("x", s), ("y", s), ("z", s), ("radius", s)]
        return np.array(rows, np.dtype(names, align=True))

    def _limit_table(self) -> Table:
        s, index = self.scalar, self.skeleton.coordinate_index
        reals = ("upper", "lower", "upper_stiffness", "lower_stiffness", "damping", "inverse_transition")
        rows = [
            (index.get(k.coordinate, NONE), k.upper_limit, k.lower_limit, k.upper_stiffness, k.lower_stiffness,
             k.damping, 1.0 / k.transition)
            for k in self.model.limits
        ]  # fmt: skip
        return np.array(rows, np.dtype([("coordinate", "i4"), *((n, s) for n in reals)], align=True))


def _segment_motions(segment: Segment) -> tuple[tuple[Motion, float], ...]:
    """The x, y and rotation of a segment's joint, each with a constant to add."""
    joint = segment.joint
    return (joint.translation[0], 0.0), (joint.translation[1], 0.0), (joint.rotation, segment.frame.angle)


def _trunk(skeleton: Skeleton) -> int:
    """The body that carries a load: the torso, or else the first that moves; its index."""
    names = [body.name for body in skeleton.model.bodies]
    moving = [name for name in names if skeleton.poses[name].segment != GROUND_SEGMENT]
    return names.index("torso" if "torso" in moving else moving[0]) if moving else NONE


def _reach(skeleton: Skeleton) -> float:
    """A distance [m] from the root that no contact sphere ever exceeds."""
    far = 0.0
    for sphere in skeleton.model.contact_spheres:
        pose = skeleton.poses[sphere.body]
        x, y, _ = pose.place(*sphere.location)
        distance, segment = math.hypot(x, y) + sphere.radius, pose.segment
        while segment > 0:
            part = skeleton.segments[segment]
            slide = [max(abs(c[0]) for c in piecewise(t.function).values) for t in part.joint.translation[:2]]
            distance += math.hypot(part.frame.x, part.frame.y) + math.hypot(*slide)
            segment = part.parent
        far = max(far, distance)
    return far + 0.5  # splines continue beyond their ends, and the integrator looks a step ahead
