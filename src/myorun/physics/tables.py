"""A :class:`~myorun.anatomy.Model` as the flat tables that the compiled core reads (``core/model.h``).

Each table is a NumPy structured array whose memory layout is that of the C++ struct of the same name.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy.model import Constant, Linear, Model, Motion, Muscle
from myorun.errors import ModelError
from myorun.physics import exact
from myorun.physics.paths import Literal, Paths, Point, compile_paths
from myorun.physics.skeleton import GROUND_SEGMENT, Pose, Segment, Skeleton, build_skeleton
from myorun.physics.spline import Piecewise, add_constant, clamp_values, on_grid, piecewise

Table = npt.NDArray[Any]
NONE = -1
_BUCKETS = 64
_PACK = 8  # path points, muscles and splines that a lone environment treats together
_PIECES = 32  # of splines, that a register of environments looks up together


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


def _padded(array: Table, multiple: int) -> Table:
    """The last axis filled up with zeros to a multiple."""
    missing = -array.shape[-1] % multiple
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, missing)])


class _Functions:
    """Collects splines by coordinate; each gets a number once all are known."""

    def __init__(self) -> None:
        self.by_coordinate: dict[int, list[Piecewise]] = {}

    def add(self, coordinate: int, function: Piecewise) -> tuple[int, int]:
        """Returns (coordinate, position among the coordinate's functions)."""
        functions = self.by_coordinate.setdefault(coordinate, [])
        if function not in functions:
            functions.append(function)
        return coordinate, functions.index(function)

    def number(self, key: tuple[int, int]) -> int:
        before = [len(f) for c, f in self.by_coordinate.items() if self._order(c) < self._order(key[0])]
        return sum(before) + key[1]

    def _order(self, coordinate: int) -> int:
        return list(self.by_coordinate).index(coordinate)


class _TableBuilder:
    def __init__(self, skeleton: Skeleton, scalar: np.dtype[Any]) -> None:
        self.skeleton, self.model, self.scalar = skeleton, skeleton.model, scalar
        self.functions = _Functions()
        self.paths = compile_paths(skeleton)

    def build(self) -> dict[str, Table]:
        # functions are numbered in the order of their first use, so collect before writing
        for segment in self.skeleton.segments:
            for motion, offset in _segment_motions(segment):
                self._function_key(motion, offset)
        for point in self.paths.points:
            if point.moving:
                self._moving_keys(point.moving.x, point.moving.y)
        return {
            **self._skeleton_tables(),
            **self._function_tables(),
            **self._path_tables(),
            **_muscle_tables(self.model, self.paths, self.scalar),
            **self._force_tables(),
        }

    # ------------------------------------------------------------ motions and functions

    def _function_key(self, motion: Motion, offset: float = 0.0) -> tuple[int, int] | None:
        """Where a motion's spline is filed, or None if it needs no spline."""
        motion = self.skeleton.free_motion(motion)
        if motion.coordinate is None or isinstance(motion.function, Constant | Linear):
            return None
        function = add_constant(piecewise(motion.function), offset)
        return self.functions.add(self.skeleton.coordinate_index[motion.coordinate], function)

    def _moving_keys(self, *motions: Motion) -> list[tuple[int, int] | None]:
        keys: list[tuple[int, int] | None] = []
        for motion in map(self.skeleton.free_motion, motions):
            if motion.coordinate is None:
                keys.append(None)
                continue
            coordinate = next(c for c in self.model.coordinates if c.name == motion.coordinate)
            function = clamp_values(piecewise(motion.function), *coordinate.range)
            keys.append(self.functions.add(self.skeleton.coordinate_index[motion.coordinate], function))
        if len({key[0] for key in keys if key}) > 1:
            raise ModelError("a moving path point hangs on two coordinates; the core follows one")
        return keys

    def _motion_row(self, motion: Motion, offset: float = 0.0) -> tuple[int, int, float, float]:
        key = self._function_key(motion, offset)
        motion = self.skeleton.free_motion(motion)
        index = NONE if motion.coordinate is None else self.skeleton.coordinate_index[motion.coordinate]
        if key is not None:
            return index, self.functions.number(key), 0.0, 0.0
        if isinstance(motion.function, Linear):
            return index, NONE, motion.function.slope, motion.function.intercept + offset
        return NONE, NONE, 0.0, piecewise(motion.function).value(0.0) + offset

    def _function_tables(self) -> dict[str, Table]:
        tables: dict[str, Table] = {"group_coordinate": np.array(list(self.functions.by_coordinate), np.int32)}
        for g, functions in enumerate(self.functions.by_coordinate.values()):
            knots = tuple(sorted({k for f in functions for k in f.knots}))
            grids = [on_grid(f, knots) for f in functions]
            # pieces × coefficients × functions
            rows = np.array([[(*f.values[i], *f.slopes[i]) for f in grids] for i in range(len(knots) + 1)])
            rows = rows.transpose(0, 2, 1)
            bases = np.asarray(grids[0].bases, self.scalar)
            scale, buckets = _buckets(np.asarray(knots, self.scalar))
            tables[f"group{g}_knots"] = np.asarray(knots, self.scalar)
            tables[f"group{g}_bases"] = bases
            tables[f"group{g}_coefficients"] = _padded(rows, _PACK).astype(self.scalar)
            tables[f"group{g}_base_column"] = _padded(bases, _PIECES)
            tables[f"group{g}_columns"] = _padded(rows.transpose(2, 1, 0), _PIECES).astype(self.scalar)
            tables[f"group{g}_bucket_scale"] = scale
            tables[f"group{g}_buckets"] = buckets
        return tables

    # ------------------------------------------------------------ skeleton

    def _skeleton_tables(self) -> dict[str, Table]:
        s, skeleton = self.scalar, self.skeleton
        motion = np.dtype([("slope", s), ("intercept", s)])
        ints = [(n, "i4") for n in ("parent", "first", "last", "xc", "xf", "yc", "yf", "rc", "rf")]
        frame = [(n, s) for n in ("jx", "jy", "xx", "xy", "yx", "yy")]
        motions = [("x", motion), ("y", motion), ("rotation", motion)]
        inertia = [(n, s) for n in ("mass", "com_x", "com_y", "inertia")]
        segment = np.dtype([*ints, *frame, *motions, *inertia], align=True)
        total = sum(seg.mass for seg in skeleton.segments)
        constants = [*self.model.gravity, total, _reach(skeleton)]
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
        motions = [self._motion_row(motion, offset) for motion, offset in _segment_motions(segment)]
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

    # ------------------------------------------------------------ paths

    def _path_tables(self) -> dict[str, Table]:
        s, paths = self.scalar, self.paths
        literals = [lit for p in paths.pieces for lit in p.literals]
        literals += [lit for c in paths.constants for lit in c.literals]
        condition = np.dtype([("coordinate", "i4"), ("low", s), ("high", s)], align=True)
        pair = np.dtype([("a", "i4"), ("b", "i4")])
        place = self._point_places()
        sliding = [i for i in sorted(place, key=place.__getitem__) if paths.points[i].moving]
        return {
            "conditions": np.array(paths.conditions, condition),
            "literals": np.array(literals, pair),
            "spans": np.array(paths.spans, pair),
            **self._point_tables(place, sliding),
            **self._piece_tables(place, sliding),
        }

    def _point_places(self) -> dict[int, int]:
        """Where each path point goes: by segment, every segment's points padded to whole packs."""
        places, next_place = {}, 0
        segments = [p.segment for p in self.paths.points]
        for segment in sorted(set(segments)):
            members = [i for i, s in enumerate(segments) if s == segment]
            places.update({i: next_place + k for k, i in enumerate(members)})
            next_place += -(-len(members) // _PACK) * _PACK
        return places

    def _point_tables(self, place: dict[int, int], sliding: list[int]) -> dict[str, Table]:
        points = self.paths.points
        size = -(-(max(place.values(), default=-1) + 1) // _PACK) * _PACK
        x, y = np.zeros(size, self.scalar), np.zeros(size, self.scalar)
        for i, point in enumerate(points):
            x[place[i]], y[place[i]] = self._resting_place(point)
        groups = []
        for segment in sorted({p.segment for p in points}):
            mine = [place[i] for i, p in enumerate(points) if p.segment == segment]
            slides = [k for k, i in enumerate(sliding) if points[i].segment == segment] or [0, -1]
            last = -(-(max(mine) + 1) // _PACK) * _PACK
            groups.append((segment, min(mine), last, slides[0], slides[-1] + 1))
        rows = [(place[i], points[i].segment, *self._slide_functions(points[i])) for i in sliding]
        return {
            "point_groups": np.array(groups, np.dtype([(n, "i4") for n in ("segment", "a", "b", "c", "d")])),
            "point_x": x,
            "point_y": y,
            "sliding_points": np.array(rows, np.dtype([(n, "i4") for n in ("point", "segment", "fx", "fy")])),
        }

    def _resting_place(self, point: Point) -> tuple[float, float]:
        if point.moving is None:
            return point.x, point.y
        if _is_offset(self.skeleton.poses[point.moving.body]):
            raise ModelError(f"moving path point {point.moving.name!r} is on welded body {point.moving.body!r}")
        x, y = (piecewise(self.skeleton.free_motion(m).function).value(0.0) for m in (point.moving.x, point.moving.y))
        return x, y

    def _slide_functions(self, point: Point) -> list[int]:
        assert point.moving is not None
        keys = self._moving_keys(point.moving.x, point.moving.y)
        return [NONE if key is None else self.functions.number(key) for key in keys]

    def _piece_tables(self, place: dict[int, int], sliding: list[int]) -> dict[str, Table]:
        s = self.scalar
        literals = np.dtype([("involved", "u8"), ("wanted", "u8"), ("first", "i4"), ("n", "i4")])
        ends_of = [("muscle", "i4"), ("a", "i4"), ("b", "i4"), ("dz2", s)]
        piece = np.dtype([*ends_of, ("literals", literals), ("term", "i4"), ("n_terms", "i4")], align=True)
        term = np.dtype([("span", "i4"), ("coordinate", "i4"), ("sign", s)], align=True)
        slide = np.dtype([("piece", "i4"), ("span", "i4"), ("sliding", "i4"), ("sign", s)], align=True)
        constant = np.dtype([("muscle", "i4"), ("length", s), ("literals", literals)], align=True)
        pieces: list[tuple[Any, ...]] = []
        terms: list[tuple[Any, ...]] = []
        slides: list[tuple[Any, ...]] = []
        constants: list[tuple[Any, ...]] = []
        literal = 0
        for index, p in enumerate(self.paths.pieces):
            turning = [t for t in p.terms if not t.slides]
            ends = place[p.a], place[p.b]
            pieces.append((p.muscle, *ends, p.dz2, _literal_row(p.literals, literal), len(terms), len(turning)))
            terms += [(t.span, t.coordinate, t.sign) for t in turning]
            slides += [(index, t.span, sliding.index(t.point), t.sign) for t in p.terms if t.slides]
            literal += len(p.literals)
        for c in self.paths.constants:
            constants.append((c.muscle, c.length, _literal_row(c.literals, literal)))
            literal += len(c.literals)
        return {
            "path_segments": np.array(pieces, piece),
            "path_terms": np.array(terms, term),
            "sliding_terms": np.array(slides, slide),
            "constant_pieces": np.array(constants, constant),
        }

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


def _literal_row(literals: tuple[Literal, ...], first: int) -> tuple[int, int, int, int]:
    """Literals as bits of conditions, and where their list begins."""
    involved = sum(1 << condition for condition, _ in literals)
    wanted = sum(1 << condition for condition, on in literals if on)
    return involved, wanted, first, len(literals)


def _is_offset(pose: Pose) -> bool:
    return (pose.angle, pose.x, pose.y) != (0.0, 0.0, 0.0)


def _buckets(knots: Table) -> tuple[Table, Table]:
    """Where a search for the piece of q begins: piece at the lower edge of each of equal cells."""
    if len(knots) < 2:
        return np.zeros(2, knots.dtype), np.zeros(1, np.int32)
    width = (knots[-1] - knots[0]) / _BUCKETS
    # an edge is moved down so that rounding in the core's cell number never overshoots the piece
    edges = knots[0] + (np.arange(_BUCKETS + 1) - 1e-3) * width
    pieces = np.searchsorted(knots, edges, side="right").astype(np.int32)
    return np.array([knots[0], 1.0 / width], knots.dtype), pieces


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


# ---------------------------------------------------------------- muscles


def _muscle_row(m: Muscle, base_length: float) -> dict[str, float]:
    e3 = exact.exp(3.0)
    toe_strain = 99 * m.tendon_strain * e3 / (166 * e3 - 67)
    height = m.optimal_fiber_length * exact.sin(m.pennation_angle)
    af, f_len = m.force_velocity_shape, m.max_lengthening_force
    lengthening = (2 + 2 / af) / (f_len - 1)
    start = m.linear_extrapolation * f_len
    return {
        "max_force": m.max_isometric_force,
        "optimal_length": m.optimal_fiber_length,
        "inverse_optimal": 1 / m.optimal_fiber_length,
        "height": height,
        "min_length": height / exact.sin(m.max_pennation_angle),
        "tendon_slack": m.tendon_slack_length,
        "inverse_slack": 1 / m.tendon_slack_length,
        "toe_strain": toe_strain,
        "toe_exponent": 3 / toe_strain,
        "toe_scale": 0.33 / (e3 - 1),
        "linear_stiffness": 0.67 / (m.tendon_strain - toe_strain),
        "active_sharpness": 1 / m.active_shape,
        "passive_exponent": m.passive_shape / m.passive_strain,
        "passive_scale": 1 / exact.expm1(m.passive_shape),
        "max_velocity": m.max_contraction_velocity * m.optimal_fiber_length,
        "inverse_af": 1 / af,
        "lengthening_limit": f_len,
        "lengthening_scale": lengthening,
        "extrapolation_start": start,
        "extrapolation_value": (start - 1) / (lengthening * (f_len - start)),
        "extrapolation_slope": (f_len - 1) / (lengthening * (f_len - start) * (f_len - start)),
        "min_activation": m.min_activation,
        "activation_time": m.activation_time,
        "deactivation_time": m.deactivation_time,
        "base_length": base_length,
    }


def _muscle_tables(model: Model, paths: Paths, scalar: np.dtype[Any]) -> dict[str, Table]:
    rows = [_muscle_row(m, b) for m, b in zip(model.muscles, paths.base_lengths, strict=True)]
    padding = -len(rows) % _PACK
    names = rows[0] if rows else _muscle_row(Muscle("", (), 1.0, 1.0, 1.0, 0.0), 0.0)
    tables = {f"muscle_{n}": np.array([row[n] for row in rows + rows[-1:] * padding], scalar) for n in names}
    tables["muscle_index"] = np.arange(len(rows), dtype=np.int32)
    tables["default_activations"] = np.array([m.default_activation for m in model.muscles], scalar)
    tables["default_fiber_lengths"] = np.array([m.default_fiber_length for m in model.muscles], scalar)
    return tables
