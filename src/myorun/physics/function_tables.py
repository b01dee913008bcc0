"""The splines of joints and sliding path points as the tables that the compiled core reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from myorun.anatomy.model import Constant, Linear, Motion
from myorun.errors import ModelError
from myorun.physics.packing import NONE, PACK, Table
from myorun.physics.skeleton import Skeleton
from myorun.physics.spline import Piecewise, add_constant, clamp_values, on_grid, piecewise

_BUCKETS = 64
_PIECES = 32  # of splines, that a register of environments looks up together

Key = tuple[int, int]  # coordinate, and position among the coordinate's functions


class FunctionTables:
    """Collects splines by coordinate, in the order of their first use; they have numbers once all are known."""

    def __init__(self, skeleton: Skeleton, scalar: np.dtype[Any]) -> None:
        self._skeleton, self._scalar = skeleton, scalar
        self._by_coordinate: dict[int, list[Piecewise]] = {}

    def _add(self, coordinate: int, function: Piecewise) -> Key:
        functions = self._by_coordinate.setdefault(coordinate, [])
        if function not in functions:
            functions.append(function)
        return coordinate, functions.index(function)

    def number(self, key: Key) -> int:
        """Of a spline in the core, where they stand by coordinate."""
        before = [len(f) for c, f in self._by_coordinate.items() if self._order(c) < self._order(key[0])]
        return sum(before) + key[1]

    def _order(self, coordinate: int) -> int:
        return list(self._by_coordinate).index(coordinate)

    def key(self, motion: Motion, offset: float = 0.0) -> Key | None:
        """Where a motion's spline is filed, or None if it needs no spline."""
        motion = self._skeleton.free_motion(motion)
        if motion.coordinate is None or isinstance(motion.function, Constant | Linear):
            return None
        function = add_constant(piecewise(motion.function), offset)
        return self._add(self._skeleton.coordinate_index[motion.coordinate], function)

    def moving_keys(self, *motions: Motion) -> list[Key | None]:
        """The same of what moves a path point along a bone; held at the ends of its coordinate's range."""
        keys: list[Key | None] = []
        for motion in map(self._skeleton.free_motion, motions):
            if motion.coordinate is None:
                keys.append(None)
                continue
            coordinate = next(c for c in self._skeleton.model.coordinates if c.name == motion.coordinate)
            function = clamp_values(piecewise(motion.function), *coordinate.range)
            keys.append(self._add(self._skeleton.coordinate_index[motion.coordinate], function))
        if len({key[0] for key in keys if key}) > 1:
            raise ModelError("a moving path point hangs on two coordinates; the core follows one")
        return keys

    def motion_row(self, motion: Motion, offset: float = 0.0) -> tuple[int, int, float, float]:
        """Coordinate, number of the spline, and slope and intercept where a straight line is enough."""
        key = self.key(motion, offset)
        motion = self._skeleton.free_motion(motion)
        index = NONE if motion.coordinate is None else self._skeleton.coordinate_index[motion.coordinate]
        if key is not None:
            return index, self.number(key), 0.0, 0.0
        if isinstance(motion.function, Linear):
            return index, NONE, motion.function.slope, motion.function.intercept + offset
        return NONE, NONE, 0.0, piecewise(motion.function).value(0.0) + offset

    def tables(self) -> dict[str, Table]:
        """All splines: those of a coordinate on common knots, so that one search serves them."""
        tables: dict[str, Table] = {"group_coordinate": np.array(list(self._by_coordinate), np.int32)}
        for g, functions in enumerate(self._by_coordinate.values()):
            knots = tuple(sorted({k for f in functions for k in f.knots}))
            grids = [on_grid(f, knots) for f in functions]
            # pieces × coefficients × functions
            rows = np.array([[(*f.values[i], *f.slopes[i]) for f in grids] for i in range(len(knots) + 1)])
            rows = rows.transpose(0, 2, 1)
            bases = np.asarray(grids[0].bases, self._scalar)
            scale, buckets = _buckets(np.asarray(knots, self._scalar))
            tables[f"group{g}_knots"] = np.asarray(knots, self._scalar)
            tables[f"group{g}_bases"] = bases
            tables[f"group{g}_coefficients"] = _padded(rows, PACK).astype(self._scalar)
            tables[f"group{g}_base_column"] = _padded(bases, _PIECES)
            tables[f"group{g}_columns"] = _padded(rows.transpose(2, 1, 0), _PIECES).astype(self._scalar)
            tables[f"group{g}_bucket_scale"] = scale
            tables[f"group{g}_buckets"] = buckets
        return tables


def _buckets(knots: Table) -> tuple[Table, Table]:
    """Where a search for the piece of q begins: piece at the lower edge of each of equal cells."""
    if len(knots) < 2:
        return np.zeros(2, knots.dtype), np.zeros(1, np.int32)
    width = (knots[-1] - knots[0]) / _BUCKETS
    # an edge is moved down so that rounding in the core's cell number never overshoots the piece
    edges = knots[0] + (np.arange(_BUCKETS + 1) - 1e-3) * width
    pieces = np.searchsorted(knots, edges, side="right").astype(np.int32)
    return np.array([knots[0], 1.0 / width], knots.dtype), pieces


def _padded(array: Table, multiple: int) -> Table:
    """The last axis filled up with zeros to a multiple."""
    missing = -array.shape[-1] % multiple
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, missing)])
