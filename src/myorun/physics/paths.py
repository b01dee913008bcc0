"""Muscle paths as lists of straight pieces, each there while some conditional points are on or off."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations

from myorun.anatomy.model import ConditionalPoint, FixedPoint, MovingPoint, Muscle, PathPoint
from myorun.physics.exact import square
from myorun.physics.skeleton import GROUND_SEGMENT, Skeleton
from myorun.physics.spline import piecewise

Literal = tuple[int, int]  # (condition, 1 on / 0 off)

_EDGE = 1e-5  # rad by which the reference widens a conditional range


@dataclass(frozen=True, slots=True)
class Point:
    """A path point in its segment; moving points name functions of a coordinate instead of x, y."""

    segment: int
    x: float
    y: float
    z: float
    moving: MovingPoint | None = None


@dataclass(frozen=True, slots=True)
class Term:
    span: int
    coordinate: int
    point: int
    slides: bool
    sign: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece between points on different segments."""

    muscle: int
    a: int
    b: int
    dz2: float
    literals: tuple[Literal, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class ConstantPiece:
    """A piece within one segment that comes and goes with its literals."""

    muscle: int
    length: float
    literals: tuple[Literal, ...]


@dataclass(slots=True)
class Paths:
    """Everything the core needs to follow all muscles of a model."""

    points: list[Point] = field(default_factory=list)
    conditions: list[tuple[int, float, float]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    constants: list[ConstantPiece] = field(default_factory=list)
    base_lengths: list[float] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)  # (muscle, coordinate), by muscle


def _resolve(skeleton: Skeleton, point: PathPoint) -> Point:
    pose = skeleton.poses[point.body]
    if isinstance(point, MovingPoint):
        motions = [skeleton.free_motion(motion) for motion in (point.x, point.y, point.z)]
        x, y, z = (piecewise(motion.function).value(0.0) for motion in motions)
        if any(motion.coordinate for motion in motions):
            return Point(pose.segment, 0.0, 0.0, pose.z + z, point)
        return Point(pose.segment, *pose.place(x, y, z))  # what moves it is locked
    return Point(pose.segment, *pose.place(*point.location))


def _pairs(path: tuple[PathPoint, ...]) -> list[tuple[int, int]]:
    """Neighbours on the path in some combination of conditional points."""
    return [
        (i, j)
        for i, j in combinations(range(len(path)), 2)
        if all(isinstance(p, ConditionalPoint) for p in path[i + 1 : j])
    ]


def _active_path(skeleton: Skeleton, muscle: Muscle) -> tuple[PathPoint, ...]:
    """The path without points whose condition hangs on a locked coordinate that switches them off."""
    locked = {c.name: c.default_value for c in skeleton.model.coordinates if c.locked}

    def settle(point: PathPoint) -> PathPoint | None:
        if not isinstance(point, ConditionalPoint) or point.coordinate not in locked:
            return point
        low, high = point.range
        on = low - _EDGE <= locked[point.coordinate] <= high + _EDGE
        return FixedPoint(point.name, point.body, point.location) if on else None

    return tuple(p for p in map(settle, muscle.path) if p is not None)


class _MuscleCompiler:
    """Compiles one muscle into ``paths``."""

    def __init__(self, skeleton: Skeleton, paths: Paths, index: int, muscle: Muscle) -> None:
        self.skeleton, self.paths, self.index = skeleton, paths, index
        self.path = _active_path(skeleton, muscle)
        self.resolved = [_resolve(skeleton, p) for p in self.path]
        self.condition = {i: self._add_condition(p) for i, p in enumerate(self.path) if isinstance(p, ConditionalPoint)}
        self.point_index: dict[int, int] = {}
        self.span_index: dict[int, int] = {}

    def _add_condition(self, point: ConditionalPoint) -> int:
        low, high = point.range
        self.paths.conditions.append((self.skeleton.coordinate_index[point.coordinate], low - _EDGE, high + _EDGE))
        return len(self.paths.conditions) - 1

    def _add_point(self, i: int) -> int:
        if i not in self.point_index:
            self.paths.points.append(self.resolved[i])
            self.point_index[i] = len(self.paths.points) - 1
        return self.point_index[i]

    def _span(self, coordinate: int) -> int:
        if coordinate not in self.span_index:
            self.paths.spans.append((self.index, coordinate))
            self.span_index[coordinate] = len(self.paths.spans) - 1
        return self.span_index[coordinate]

    def _literals(self, i: int, j: int) -> tuple[Literal, ...]:
        ends = [(self.condition[k], 1) for k in (i, j) if k in self.condition]
        return (*ends, *((self.condition[k], 0) for k in range(i + 1, j)))

    def _terms(self, i: int, j: int) -> tuple[Term, ...]:
        a, b = self.resolved[i], self.resolved[j]
        chain_a, chain_b = self.skeleton.chain(a.segment), self.skeleton.chain(b.segment)
        terms = [Term(self._span(c), c, self._add_point(j), False, 1.0) for c in chain_b if c not in chain_a]
        terms += [Term(self._span(c), c, self._add_point(i), False, -1.0) for c in chain_a if c not in chain_b]
        for k, point, sign in ((i, a, -1.0), (j, b, 1.0)):
            coordinate = moving_coordinate(self.skeleton, point)
            if coordinate is not None:
                terms.append(Term(self._span(coordinate), coordinate, self._add_point(k), True, sign))
        return tuple(terms)

    def compile(self) -> None:
        base = 0.0
        for i, j in _pairs(self.path):
            a, b = self.resolved[i], self.resolved[j]
            literals = self._literals(i, j)
            dz2 = square(b.z - a.z)
            if a.segment != b.segment or a.moving or b.moving:
                ends = self._add_point(i), self._add_point(j)
                self.paths.pieces.append(Piece(self.index, *ends, dz2, literals, self._terms(i, j)))
                continue
            length = math.sqrt(square(b.x - a.x) + square(b.y - a.y) + dz2)
            if literals:
                self.paths.constants.append(ConstantPiece(self.index, length, literals))
            else:
                base += length
        self.paths.base_lengths.append(base)


def moving_coordinate(skeleton: Skeleton, point: Point) -> int | None:
    """The free coordinate that slides a point along its segment, if any."""
    if point.moving is None or point.segment == GROUND_SEGMENT:
        return None
    names = {m.coordinate for m in (point.moving.x, point.moving.y) if m.coordinate is not None}
    indices = [skeleton.coordinate_index[n] for n in sorted(names) if n in skeleton.coordinate_index]
    return indices[0] if indices else None


def compile_paths(skeleton: Skeleton) -> Paths:
    """All muscle paths of the skeleton's model."""
    paths = Paths()
    for index, muscle in enumerate(skeleton.model.muscles):
        _MuscleCompiler(skeleton, paths, index, muscle).compile()
    return paths
