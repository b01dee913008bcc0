"""What is drawn: named curves of a trajectory in panels, panels in sections. Knows no matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from myorun.trajectory import Trajectory
from myorun.view.moments import body_weight, forward_speed, ground_reaction
from myorun.view.naming import Pair, coordinate_pairs, muscle_pairs
from myorun.view.pose import Array

Side: TypeAlias = Literal["right", "left", "middle"]
SIDES: tuple[Literal["right", "left"], ...] = ("right", "left")
WHAT = ("all", "kinematics", "activations", "forces", "distance")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One quantity over time."""

    values: Array  # (states,), or (states - 1,) if held from state to state
    side: Side
    held: bool = False  # a step from each state to the next, such as an excitation


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Curves with one unit."""

    title: str
    unit: str
    curves: tuple[Curve, ...]
    limits: tuple[float, float] | None = None  # of the unit, where they are known beforehand
    marks: tuple[tuple[float, float], ...] = ()  # bands (from, to) worth a mark, such as obstacles


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Panels that belong together."""

    heading: str
    panels: tuple[Panel, ...]


def sections_of(trajectory: Trajectory, what: str) -> list[Section]:
    """The sections of one of :data:`WHAT`."""
    chosen = _MAKERS if what == "all" else {what: _MAKERS[what]}
    return [section for makers in chosen.values() for section in (make(trajectory) for make in makers)]


def _distance(trajectory: Trajectory) -> Section:
    x, y = (trajectory.coordinates[:, trajectory.coordinate_names.index(name)] for name in ("pelvis_tx", "pelvis_ty"))
    balls = tuple((ball.x - ball.radius - x[0], ball.x + ball.radius - x[0]) for ball in trajectory.course.obstacles)
    reached = tuple(band for band in balls if band[0] < np.max(x - x[0]))
    panels = (
        Panel("distance", "m", (Curve(x - x[0], "middle"),), marks=reached),
        Panel("forward speed", "m/s", (Curve(forward_speed(trajectory), "middle"),)),
        Panel("pelvis height", "m", (Curve(y, "middle"),)),
    )
    return Section("Distance", panels)


def _kinematics(trajectory: Trajectory) -> Section:
    shown = [pair for pair in coordinate_pairs(trajectory.model) if _is_angle(trajectory, pair)]
    degrees = np.degrees(trajectory.coordinates)
    return Section("Joint angles", tuple(Panel(pair.name, "°", _both(pair, degrees)) for pair in shown))


def _is_angle(trajectory: Trajectory, pair: Pair) -> bool:
    index = pair.right if pair.right is not None else pair.left
    assert index is not None  # a pair has at least one side
    return trajectory.model.free_coordinates[index].motion == "rotational"


def _activations(trajectory: Trajectory) -> Section:
    panels = []
    for pair in muscle_pairs(trajectory.model):
        curves = _both(pair, trajectory.excitations, held=True) + _both(pair, trajectory.activations)
        panels.append(Panel(pair.name, "", curves, limits=(0.0, 1.0)))
    return Section("Muscle activations, and excitations faint behind them", tuple(panels))


def _muscle_forces(trajectory: Trajectory) -> Section:
    thousands = trajectory.tendon_forces / 1000.0
    panels = (Panel(pair.name, "kN", _both(pair, thousands)) for pair in muscle_pairs(trajectory.model))
    return Section("Muscle forces", tuple(panels))


def _ground_reaction(trajectory: Trajectory) -> Section:
    shares = {side: ground_reaction(trajectory, side[0]) / body_weight(trajectory.model) for side in SIDES}
    panels = (
        Panel(name, "body weights", tuple(Curve(shares[side][:, axis], side) for side in SIDES))
        for axis, name in ((1, "vertical"), (0, "forward"))
    )
    return Section("Ground reaction", tuple(panels))


def _both(pair: Pair, values: Array, *, held: bool = False) -> tuple[Curve, ...]:
    """The columns of ``values`` (…, n) that belong to a pair; what has no left side lies in the middle."""
    right: Side = "middle" if pair.left is None else "right"
    sides: tuple[tuple[Side, int | None], ...] = ((right, pair.right), ("left", pair.left))
    return tuple(Curve(values[:, index], side, held) for side, index in sides if index is not None)


_MAKERS: dict[str, tuple[Callable[[Trajectory], Section], ...]] = {
    "distance": (_distance,),
    "kinematics": (_kinematics,),
    "forces": (_ground_reaction, _muscle_forces),
    "activations": (_activations,),
}
