"""Read a model from our own format; ``human.toml`` shows all of it.

The format names every part (``[muscle.vasti_r]``), states SI units, and keeps the
order in which parts are written: that order is the order of every array in physics.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import fields
from typing import TypeVar

from myorun.anatomy.angles import DEGREE
from myorun.anatomy.joints import COORDINATE_COUNT, JOINT_KINDS, Kind, Motions, simple_motions
from myorun.anatomy.mirror import resolve
from myorun.anatomy.model import (
    Body,
    ConditionalPoint,
    Constant,
    ContactSphere,
    Coordinate,
    CoordinateLimit,
    FixedPoint,
    Function,
    GroundContact,
    Joint,
    Linear,
    Model,
    Motion,
    MovingPoint,
    Muscle,
    PathPoint,
    SimmSpline,
    Vector,
)
from myorun.anatomy.problems import problem
from myorun.anatomy.table import Table, number
from myorun.errors import ModelError

MAX_DOTS = 100  # the standard parser takes time and memory by the square of the parts of a dotted key
FORMAT = "myorun-model-1"
MUSCLE_NUMBERS = tuple(f.name for f in fields(Muscle) if f.name not in {"name", "path"})
Part = TypeVar("Part")
_ZERO = (0.0, 0.0, 0.0)


def read_toml(text: str, source: str) -> Model:
    """The model written in ``text``, not yet validated; ``source`` names the file in errors."""
    root = Table(source, "", _parse(text, source))
    if root.text("format") != FORMAT:
        raise problem(source, "format", root.text("format"), f"{FORMAT!r} is wanted")
    model = _model(root)
    root.done()
    return model


def _parse(text: str, source: str) -> dict[str, object]:
    if any(piece.count(".") > MAX_DOTS for piece in re.split(r"[=\n{,]", text)):
        what = f"more than {MAX_DOTS} dots in one key, or in one line of text"
        raise ModelError(f"{source}: {what}; a key of a model has at most 3 dots, and long texts go over several lines")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ModelError(f"{source}: tables or lists are nested too deeply for a model") from None
    except ValueError as error:
        raise ModelError(f"{source}: not TOML: {error}; see a model with: myorun model export human FILE") from None


def _model(root: Table) -> Model:
    defaults = root.table("muscle_defaults")
    bodies = _parts(root, "body", _body)
    model = Model(
        name=root.text("name"),
        credits=root.text("credits", "").strip(),
        publications=root.text("publications", "").strip(),
        gravity=_pair(root.numbers("gravity", (2,))),
        bodies=bodies,
        joints=_in_body_order(_parts(root, "joint", _joint), bodies),
        coordinates=_parts(root, "coordinate", _coordinate),
        muscles=_parts(root, "muscle", lambda name, table: _muscle(name, table, defaults)),
        contact_spheres=_parts(root, "contact_sphere", _sphere),
        ground_contacts=_parts(root, "ground_contact", _contact),
        limits=_parts(root, "limit", _limit),
    )
    _defaults(defaults)
    return model


def _parts(root: Table, section: str, read: Callable[[str, Table], Part]) -> tuple[Part, ...]:
    """The parts of one section in their order; mirror images are read last, so a mistake is named at its origin."""
    written = root.table(section).content
    whole = Table(root.source, section, resolve(root.source, section, written))
    images = {name for name, part in written.items() if isinstance(part, dict) and "mirror" in part}
    tables = dict(whole.tables())
    parts = {name: read(name, tables[name]) for name in sorted(tables, key=lambda name: name in images)}
    return tuple(parts[name] for name in tables)


def _in_body_order(joints: tuple[Joint, ...], bodies: tuple[Body, ...]) -> tuple[Joint, ...]:
    place = {body.name: i for i, body in enumerate(bodies)}
    return tuple(sorted(joints, key=lambda joint: place.get(joint.child, len(bodies))))


# ---------------------------------------------------------------- skeleton


def _body(name: str, table: Table) -> Body:
    inertia = table.numbers("inertia", (3, 6))
    body = Body(
        name=name,
        mass=table.number("mass"),
        mass_center=_vector(table, "mass_center"),
        inertia=_six(inertia),
    )
    table.done()
    return body


def _coordinate(name: str, table: Table) -> Coordinate:
    coordinate = Coordinate(
        name=name,
        motion=table.choice("motion", ("rotational", "translational"), "rotational"),
        default_value=table.number("default_value", 0.0),
        default_speed=table.number("default_speed", 0.0),
        range=_pair(table.numbers("range", (2,), Coordinate(name, "rotational").range)),
        locked=table.flag("locked", False),
    )
    table.done()
    return coordinate


def _joint(name: str, table: Table) -> Joint:
    kind = table.choice("kind", JOINT_KINDS)
    coordinates = table.texts("coordinates", ())
    rotation, translation = _motions(table, kind, coordinates)
    joint = Joint(
        name=name,
        kind=kind,
        parent=table.text("parent"),
        child=table.text("child"),
        parent_location=_vector(table, "parent_location", _ZERO),
        parent_orientation=table.number("parent_orientation", 0.0),
        child_location=_vector(table, "child_location", _ZERO),
        child_orientation=table.number("child_orientation", 0.0),
        coordinates=coordinates,
        rotation=rotation,
        translation=translation,
    )
    table.done()
    return joint


def _motions(table: Table, kind: Kind, coordinates: tuple[str, ...]) -> Motions:
    if kind == "custom":
        along = (_motion(table, "x", 0.0), _motion(table, "y", 0.0), _motion(table, "z", 0.0))
        return _motion(table, "rotation", 0.0), along
    wanted = COORDINATE_COUNT[kind]
    if len(coordinates) != wanted:
        key = table.path("coordinates")
        raise problem(table.source, key, list(coordinates), f"a {kind} joint has {wanted} coordinates")
    return simple_motions(kind, coordinates)


def _motion(table: Table, name: str, default: float | None = None) -> Motion:
    """A number, or ``{coordinate, slope, intercept}``, or ``{coordinate, spline = [[x, y], …]}``."""
    wanted = "a number or a table with coordinate and slope or spline"
    found = table.value(name, wanted) if default is None else table.value(name, wanted, default)
    if not isinstance(found, dict):
        return Motion(Constant(number(table.source, table.path(name), found)))
    inner = Table(table.source, table.path(name), found)
    motion = Motion(_function(inner), inner.text("coordinate"))
    inner.done()
    return motion


def _function(table: Table) -> Function:
    if table.has("spline"):
        return _spline(table)
    return Linear(table.number("slope"), table.number("intercept", 0.0))


def _spline(table: Table) -> SimmSpline:
    key, knots = table.path("spline"), table.value("spline", "a list of [x, y]")
    if not isinstance(knots, list) or not all(isinstance(k, list) and len(k) == 2 for k in knots):
        raise problem(table.source, key, knots, "a list of [x, y] is wanted")
    pairs = [
        (number(table.source, f"{key}[{i}][0]", x), number(table.source, f"{key}[{i}][1]", y))
        for i, (x, y) in enumerate(knots)
    ]
    return SimmSpline(tuple(x for x, _ in pairs), tuple(y for _, y in pairs))


# ---------------------------------------------------------------- muscles


def _defaults(table: Table) -> None:
    for name in MUSCLE_NUMBERS:
        table.has(name)
    table.done()


def _muscle(name: str, table: Table, defaults: Table) -> Muscle:
    path = tuple(_point(point) for point in table.list_of_tables("path"))
    muscle = Muscle(name=name, path=path, **{field: _muscle_number(field, table, defaults) for field in MUSCLE_NUMBERS})
    table.done()
    return muscle


def _muscle_number(name: str, table: Table, defaults: Table) -> float:
    if table.has(name) or not defaults.has(name):
        default = Muscle.__dataclass_fields__[name].default
        return table.number(name, default if isinstance(default, float) else None)
    return defaults.number(name)


def _point(table: Table) -> PathPoint:
    name, body = table.text("name"), table.text("body")
    if any(table.has(axis) for axis in "xyz"):
        moving = MovingPoint(name, body, _motion(table, "x"), _motion(table, "y"), _motion(table, "z"))
        table.done()
        return moving
    location = _vector(table, "location")
    if table.has("coordinate") or table.has("range"):
        conditional = ConditionalPoint(
            name, body, location, table.text("coordinate"), _pair(table.numbers("range", (2,)))
        )
        table.done()
        return conditional
    table.done()
    return FixedPoint(name, body, location)


# ---------------------------------------------------------------- contacts and ligaments


def _sphere(name: str, table: Table) -> ContactSphere:
    sphere = ContactSphere(name, table.text("body"), _vector(table, "location"), table.number("radius"))
    table.done()
    return sphere


def _contact(name: str, table: Table) -> GroundContact:
    contact = GroundContact(
        name=name,
        spheres=table.texts("spheres"),
        stiffness=table.number("stiffness"),
        dissipation=table.number("dissipation"),
        static_friction=table.number("static_friction"),
        dynamic_friction=table.number("dynamic_friction"),
        viscous_friction=table.number("viscous_friction"),
        transition_velocity=table.number("transition_velocity"),
    )
    table.done()
    return contact


def _limit(name: str, table: Table) -> CoordinateLimit:
    """Stated in degrees (like .osim files, to the bit) unless ``unit = "radian"``."""
    w = DEGREE if table.choice("unit", ("degree", "radian"), "degree") == "degree" else 1.0
    lower, upper = table.numbers("range", (2,))
    lower_stiffness, upper_stiffness = table.numbers("stiffness", (2,))
    limit = CoordinateLimit(
        name=name,
        coordinate=table.text("coordinate"),
        upper_limit=upper * w,
        lower_limit=lower * w,
        upper_stiffness=upper_stiffness / w,
        lower_stiffness=lower_stiffness / w,
        damping=table.number("damping") / w,
        transition=table.number("transition") * w,
    )
    table.done()
    return limit


# ---------------------------------------------------------------- shapes of numbers


def _vector(table: Table, name: str, default: Vector | None = None) -> Vector:
    x, y, z = table.numbers(name, (3,), default)
    return x, y, z


def _pair(values: tuple[float, ...]) -> tuple[float, float]:
    first, second = values
    return first, second


def _six(values: tuple[float, ...]) -> tuple[float, float, float, float, float, float]:
    xx, yy, zz, xy, xz, yz = (*values, 0.0, 0.0, 0.0)[:6]
    return xx, yy, zz, xy, xz, yz
