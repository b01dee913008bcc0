"""The muscles' paths as the tables that the compiled core reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from myorun.errors import ModelError
from myorun.physics.function_tables import FunctionTables
from myorun.physics.packing import NONE, PACK, Table
from myorun.physics.paths import Literal, Paths, Point
from myorun.physics.skeleton import Pose, Skeleton
from myorun.physics.spline import piecewise


class PathTables:
    """Points by segment, in whole packs; pieces by muscle, in the order of the model."""

    def __init__(self, skeleton: Skeleton, paths: Paths, functions: FunctionTables, scalar: np.dtype[Any]) -> None:
        self._skeleton, self._paths, self._functions, self._scalar = skeleton, paths, functions, scalar

    def tables(self) -> dict[str, Table]:
        """Conditions, points, and the straight pieces between them."""
        s, paths = self._scalar, self._paths
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
        segments = [p.segment for p in self._paths.points]
        for segment in sorted(set(segments)):
            members = [i for i, s in enumerate(segments) if s == segment]
            places.update({i: next_place + k for k, i in enumerate(members)})
            next_place += -(-len(members) // PACK) * PACK
        return places

    def _point_tables(self, place: dict[int, int], sliding: list[int]) -> dict[str, Table]:
        points = self._paths.points
        size = -(-(max(place.values(), default=-1) + 1) // PACK) * PACK
        x, y = np.zeros(size, self._scalar), np.zeros(size, self._scalar)
        for i, point in enumerate(points):
            x[place[i]], y[place[i]] = self._resting_place(point)
        groups = []
        for segment in sorted({p.segment for p in points}):
            mine = [place[i] for i, p in enumerate(points) if p.segment == segment]
            slides = [k for k, i in enumerate(sliding) if points[i].segment == segment] or [0, -1]
            last = -(-(max(mine) + 1) // PACK) * PACK
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
        if _is_offset(self._skeleton.poses[point.moving.body]):
            raise ModelError(f"moving path point {point.moving.name!r} is on welded body {point.moving.body!r}")
        x, y = (piecewise(self._skeleton.free_motion(m).function).value(0.0) for m in (point.moving.x, point.moving.y))
        return x, y

    def _slide_functions(self, point: Point) -> list[int]:
        assert point.moving is not None
        keys = self._functions.moving_keys(point.moving.x, point.moving.y)
        return [NONE if key is None else self._functions.number(key) for key in keys]

    def _piece_tables(self, place: dict[int, int], sliding: list[int]) -> dict[str, Table]:
        s = self._scalar
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
        for index, p in enumerate(self._paths.pieces):
            turning = [t for t in p.terms if not t.slides]
            ends = place[p.a], place[p.b]
            pieces.append((p.muscle, *ends, p.dz2, _literal_row(p.literals, literal), len(terms), len(turning)))
            terms += [(t.span, t.coordinate, t.sign) for t in turning]
            slides += [(index, t.span, sliding.index(t.point), t.sign) for t in p.terms if t.slides]
            literal += len(p.literals)
        for c in self._paths.constants:
            constants.append((c.muscle, c.length, _literal_row(c.literals, literal)))
            literal += len(c.literals)
        return {
            "path_segments": np.array(pieces, piece),
            "path_terms": np.array(terms, term),
            "sliding_terms": np.array(slides, slide),
            "constant_pieces": np.array(constants, constant),
        }


def _literal_row(literals: tuple[Literal, ...], first: int) -> tuple[int, int, int, int]:
    """Literals as bits of conditions, and where their list begins."""
    involved = sum(1 << condition for condition, _ in literals)
    wanted = sum(1 << condition for condition, on in literals if on)
    return involved, wanted, first, len(literals)


def _is_offset(pose: Pose) -> bool:
    return (pose.angle, pose.x, pose.y) != (0.0, 0.0, 0.0)
