"""A model as tables that a person can read."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from myorun.anatomy.angles import DEGREE
from myorun.anatomy.model import (
    GROUND,
    ConditionalPoint,
    Constant,
    Coordinate,
    Joint,
    Linear,
    Model,
    Motion,
    MovingPoint,
    Muscle,
)


def model_tables(model: Model) -> RenderableType:
    """All tables of a model, to be printed by :mod:`rich`: muscles, skeleton, contacts, ligaments, credits."""
    parts: list[RenderableType] = [_summary(model), _muscles(model), _bodies(model), _joints(model)]
    if model.contact_spheres:
        parts.append(_contacts(model))
    if model.limits:
        parts.append(_limits(model))
    return Group(*parts, Text(f"\n{model.credits}", style="dim"))


def spanned_coordinates(model: Model, muscle: Muscle) -> tuple[str, ...]:
    """The free coordinates that change the length of ``muscle``, in the order of the model."""
    joints = {joint.child: joint for joint in model.joints}
    found: set[str] = set()
    for one, other in zip(muscle.path, muscle.path[1:], strict=False):
        for joint in _between(joints, one.body, other.body):
            found.update(joint.coordinates)
    for point in muscle.path:
        if isinstance(point, ConditionalPoint):
            found.add(point.coordinate)
        elif isinstance(point, MovingPoint):
            found.update(name for name in (point.x.coordinate, point.y.coordinate) if name)
    return tuple(c.name for c in model.free_coordinates if c.name in found)


def _between(joints: dict[str, Joint], one: str, other: str) -> Iterable[Joint]:
    """The joints on the way from one body to another."""
    ways = [_way_to_ground(joints, body) for body in (one, other)]
    shared = {joint.name for joint in ways[0]} & {joint.name for joint in ways[1]}
    return [joint for way in ways for joint in way if joint.name not in shared]


def _way_to_ground(joints: dict[str, Joint], body: str) -> list[Joint]:
    way = []
    while body != GROUND:
        way.append(joints[body])
        body = joints[body].parent
    return way


# ---------------------------------------------------------------- tables


def _summary(model: Model) -> Text:
    counts = f"{len(model.bodies)} bodies, {model.mass:.2f} kg; {len(model.free_coordinates)} free coordinates"
    return Text(f"{model.name}: {counts}; {len(model.muscles)} muscles", style="bold")


def _table(title: str, *columns: str, right: Iterable[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in set(right) else "left", overflow="fold")
    return table


def _muscles(model: Model) -> Table:
    numbers = ("F_max N", "fiber mm", "tendon mm", "pennation °", "points")
    table = _table("\nMuscles", "name", *numbers, "moves", right=numbers)
    for muscle in model.muscles:
        table.add_row(
            muscle.name,
            f"{muscle.max_isometric_force:.0f}",
            f"{muscle.optimal_fiber_length * 1e3:.0f}",
            f"{muscle.tendon_slack_length * 1e3:.0f}",
            f"{muscle.pennation_angle / DEGREE:.1f}",
            _points(muscle),
            ", ".join(spanned_coordinates(model, muscle)),
        )
    table.caption = "fiber: optimal length; tendon: slack length; points: c conditional, m moving"
    table.caption_justify = "left"
    return table


def _points(muscle: Muscle) -> str:
    kinds = [("c", ConditionalPoint), ("m", MovingPoint)]
    counts = [(letter, sum(isinstance(point, kind) for point in muscle.path)) for letter, kind in kinds]
    special = "".join(f" {count}{letter}" for letter, count in counts if count)
    return f"{len(muscle.path)}{special}"


def _bodies(model: Model) -> Table:
    numbers = ("mass kg", "center x mm", "center y mm", "I_zz kg m²")
    table = _table("\nBodies", "name", *numbers, "hangs on", "by joint", right=numbers)
    for body, joint in zip(model.bodies, model.joints, strict=True):
        x, y, _ = body.mass_center
        numbers = (f"{body.mass:.4g}", f"{x * 1e3:.1f}", f"{y * 1e3:.1f}", f"{body.inertia[2]:.4g}")
        table.add_row(body.name, *numbers, joint.parent, joint.name)
    return table


def _joints(model: Model) -> Table:
    table = _table("\nJoints", "name", "kind", "coordinate", "starts at", "motion of the child")
    coordinates = {coordinate.name: coordinate for coordinate in model.coordinates}
    for joint in model.joints:
        for i, name in enumerate(joint.coordinates or ("",)):
            head = (joint.name, joint.kind) if i == 0 else ("", "")
            start = _start(coordinates[name]) if name else ""
            table.add_row(*head, name, start, _motions(joint, name) if name else "")
    return table


def _start(coordinate: Coordinate) -> str:
    rotates = coordinate.motion == "rotational"
    value = f"{coordinate.default_value / DEGREE:.1f}°" if rotates else f"{coordinate.default_value:.3g} m"
    return f"{value} locked" if coordinate.locked else value


def _motions(joint: Joint, coordinate: str) -> str:
    motions = {"turn": joint.rotation, "x": joint.translation[0], "y": joint.translation[1]}
    return ", ".join(f"{name}{_shape(m)}" for name, m in motions.items() if m.coordinate == coordinate)


def _shape(motion: Motion) -> str:
    function = motion.function
    if isinstance(function, Constant):
        return ""
    if isinstance(function, Linear):
        return "" if function == Linear(1.0, 0.0) else f" = {function.slope:g} q + {function.intercept:g}"
    return f" spline({len(function.x)})"


def _contacts(model: Model) -> Table:
    numbers = ("radius mm", "stiffness kPa", "dissipation s/m", "friction")
    table = _table("\nContacts with the ground", "sphere", "body", *numbers, "force", right=numbers)
    contacts = {name: contact for contact in model.ground_contacts for name in contact.spheres}
    for sphere in model.contact_spheres:
        contact = contacts[sphere.name]
        table.add_row(
            sphere.name,
            sphere.body,
            f"{sphere.radius * 1e3:.0f}",
            f"{contact.stiffness / 1e3:g}",
            f"{contact.dissipation:g}",
            f"{contact.static_friction:g}/{contact.dynamic_friction:g}",
            contact.name,
        )
    return table


def _limits(model: Model) -> Table:
    numbers = ("range °", "N m/°", "N m s/°", "comes on within °")
    table = _table("\nLigaments", "name", "coordinate", *numbers, right=numbers)
    for limit in model.limits:
        stiffness = dict.fromkeys(f"{k * DEGREE:g}" for k in (limit.lower_stiffness, limit.upper_stiffness))
        table.add_row(
            limit.name,
            limit.coordinate,
            f"{math.degrees(limit.lower_limit):g} to {math.degrees(limit.upper_limit):g}",
            "/".join(stiffness),
            f"{limit.damping * DEGREE:g}",
            f"{limit.transition / DEGREE:g}",
        )
    return table
