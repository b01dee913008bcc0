"""Write a model in our own format, one part a line where that is readable.

A part that is the mirror image of an earlier one is written as such, so that the
left leg takes a few lines; :func:`~myorun.anatomy.toml_reader.read_toml` gives back
an equal model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from myorun.anatomy.angles import DEGREE, degrees, per_degree
from myorun.anatomy.mirror import mirrored, other_side
from myorun.anatomy.model import (
    Body,
    ConditionalPoint,
    Constant,
    ContactSphere,
    Coordinate,
    CoordinateLimit,
    GroundContact,
    Joint,
    Linear,
    Model,
    Motion,
    MovingPoint,
    Muscle,
    PathPoint,
)
from myorun.anatomy.toml_layout import comment, one_line_section, path_block, spelled, text_block, wide_table
from myorun.anatomy.toml_reader import FORMAT

Raw = dict[str, Any]
_OWN = ("max_isometric_force", "optimal_fiber_length", "tendon_slack_length", "pennation_angle")
_SHARED = tuple(f.name for f in fields(Muscle) if f.name not in {"name", "path", *_OWN})
_ORIGIN = [0.0, 0.0, 0.0]

UNITS = {
    "max_isometric_force": "N",
    "optimal_fiber_length": "m",
    "tendon_slack_length": "m",
    "pennation_angle": "rad, at the optimal fiber length",
    "max_contraction_velocity": "optimal fiber lengths per second",
    "activation_time": "s",
    "deactivation_time": "s",
    "tendon_strain": "at the maximum isometric force",
    "passive_strain": "fiber strain at which the passive force is the maximum isometric force",
    "active_shape": "width of the active force-length Gaussian",
    "passive_shape": "exponent of the passive force-length curve",
    "force_velocity_shape": "A_f",
    "max_lengthening_force": "in maximum isometric forces",
    "linear_extrapolation": "part of max_lengthening_force above which force-velocity is linear",
    "max_pennation_angle": "rad",
    "min_activation": "",
    "default_activation": "",
    "default_fiber_length": "m; a reset finds the length in equilibrium instead",
}

HEADER = """\
A planar human for myorun. Edit freely: every number here is what the simulation uses.

Units: m, kg, s, N, rad; limits alone are in degrees. x is forward, y up, z to the right.
The order of the parts is the order of every array in the simulation.
mirror = "femur_r" makes a part the mirror image (z -> -z, names _r <-> _l) of another;
any key beside it overrides the copy: vasti_l = { mirror = "vasti_r", max_isometric_force = 5000.0 }."""

TITLES = {
    "body": "Bodies: mass kg, mass_center m in the body frame, inertia kg m^2 about the mass center (xx, yy, zz).",
    "coordinate": "Coordinates: a rotation in rad unless motion says otherwise. A locked one stays at default_value.",
    "joint": "Joints: kind pin (one rotation), planar (rotation, x, y), weld, or custom (functions of coordinates).\n"
    "parent_location and child_location: the joint in either body, m.",
    "muscle_defaults": "What muscles have in common unless they say otherwise (Thelen 2003).",
    "muscle": "Muscles: path from origin to insertion, location m in the body frame. A point with coordinate and\n"
    "range is on the path only while the coordinate is within the range; one with x, y, z slides as a coordinate\n"
    "changes.",
    "contact_sphere": "Spheres that touch the ground and obstacles: center in the body frame and radius, m.",
    "ground_contact": "Hunt-Crossley contact with the plane y = 0: stiffness Pa, dissipation, viscous_friction s/m,\n"
    "transition_velocity m/s.",
    "limit": "Ligaments: range and transition in degrees, stiffness (lower, upper) N m/degree, damping N m s/degree.",
}


def write_toml(model: Model, header: str = HEADER) -> str:
    """The text of a file that reads back as an equal model."""
    blocks = [comment(header), _top(model)]
    blocks.append(_section("body", {b.name: _body(b) for b in model.bodies}))
    blocks.append(_section("coordinate", {c.name: _coordinate(c) for c in model.coordinates}))
    blocks.append(_joints({j.name: _joint(j) for j in model.joints}))
    blocks.extend(_muscles(model.muscles))
    blocks.append(_section("contact_sphere", {s.name: _sphere(s) for s in model.contact_spheres}))
    blocks.append(_section("ground_contact", {c.name: _contact(c) for c in model.ground_contacts}))
    blocks.append(_section("limit", {limit.name: _limit(limit) for limit in model.limits}))
    return "\n".join(block for block in blocks if block)


def _top(model: Model) -> str:
    lines = [f"format = {spelled(FORMAT)}", f"name = {spelled(model.name)}"]
    lines += [text_block("credits", model.credits), text_block("publications", model.publications)]
    return "\n".join([*lines, f"gravity = {spelled(list(model.gravity))} # m/s^2, x and y", ""])


def _section(name: str, parts: Mapping[str, Raw]) -> str:
    return one_line_section(name, TITLES[name], reflected(parts)) if parts else ""


def reflected(parts: Mapping[str, Raw]) -> dict[str, Raw]:
    """The parts, with those that mirror an earlier one written as its mirror image."""
    result: dict[str, Raw] = {}
    for name, part in parts.items():
        twin = other_side(name)
        original = result.get(twin)
        if original is None or "mirror" in original or twin == name:
            result[name] = part
        else:
            result[name] = _as_image(twin, mirrored(original), part)
    return result


def _as_image(twin: str, image: Raw, part: Raw) -> Raw:
    different = {key: value for key, value in part.items() if key not in image or image[key] != value}
    if set(image) - set(part) or "path" in different or len(different) > len(part) // 2:
        return part
    return {"mirror": twin, **different}


# ---------------------------------------------------------------- parts as raw tables


def _trimmed(part: Raw, defaults: Raw) -> Raw:
    return {key: value for key, value in part.items() if key not in defaults or value != defaults[key]}


def _body(body: Body) -> Raw:
    inertia = list(body.inertia)
    if not any(inertia[3:]):
        inertia = inertia[:3]
    return {"mass": body.mass, "mass_center": list(body.mass_center), "inertia": inertia}


def _coordinate(coordinate: Coordinate) -> Raw:
    part = {
        "default_value": coordinate.default_value,
        "range": list(coordinate.range),
        "motion": coordinate.motion,
        "default_speed": coordinate.default_speed,
        "locked": coordinate.locked,
    }
    return _trimmed(part, {"motion": "rotational", "default_speed": 0.0, "locked": False})


def _joint(joint: Joint) -> Raw:
    part = {
        "kind": joint.kind,
        "parent": joint.parent,
        "child": joint.child,
        "parent_location": list(joint.parent_location),
        "parent_orientation": joint.parent_orientation,
        "child_location": list(joint.child_location),
        "child_orientation": joint.child_orientation,
        "coordinates": list(joint.coordinates),
    }
    defaults = {"parent_orientation": 0.0, "child_location": _ORIGIN, "child_orientation": 0.0, "coordinates": []}
    part = _trimmed(part, defaults)
    if joint.kind == "custom":
        motions = dict(zip(("rotation", "x", "y", "z"), (joint.rotation, *joint.translation), strict=True))
        part |= _trimmed({axis: _motion(motion) for axis, motion in motions.items()}, dict.fromkeys(motions, 0.0))
    return part


def _motion(motion: Motion) -> float | Raw:
    function = motion.function
    if isinstance(function, Constant):
        return function.value
    if isinstance(function, Linear):
        part = {"coordinate": motion.coordinate, "slope": function.slope, "intercept": function.intercept}
        return _trimmed(part, {"intercept": 0.0})
    return {"coordinate": motion.coordinate, "spline": [[x, y] for x, y in zip(function.x, function.y, strict=True)]}


def _muscle(muscle: Muscle, defaults: Raw) -> Raw:
    part = {name: getattr(muscle, name) for name in (*_OWN, *_SHARED)}
    return {**_trimmed(part, defaults), "path": [_point(point) for point in muscle.path]}


def _point(point: PathPoint) -> Raw:
    part: Raw = {"name": point.name, "body": point.body}
    if isinstance(point, MovingPoint):
        return {**part, "x": _motion(point.x), "y": _motion(point.y), "z": _motion(point.z)}
    part["location"] = list(point.location)
    if isinstance(point, ConditionalPoint):
        part |= {"coordinate": point.coordinate, "range": list(point.range)}
    return part


def _sphere(sphere: ContactSphere) -> Raw:
    return {"body": sphere.body, "location": list(sphere.location), "radius": sphere.radius}


def _contact(contact: GroundContact) -> Raw:
    part = {field.name: getattr(contact, field.name) for field in fields(contact) if field.name != "name"}
    return {**part, "spheres": list(contact.spheres)}


def _limit(limit: CoordinateLimit) -> Raw:
    """In degrees where that is exact, else in radians."""
    part = {
        "coordinate": limit.coordinate,
        "range": [degrees(limit.lower_limit), degrees(limit.upper_limit)],
        "stiffness": [per_degree(limit.lower_stiffness), per_degree(limit.upper_stiffness)],
        "damping": per_degree(limit.damping),
        "transition": degrees(limit.transition),
    }
    if _exact(limit, part):
        return part
    return {
        "coordinate": limit.coordinate,
        "unit": "radian",
        "range": [limit.lower_limit, limit.upper_limit],
        "stiffness": [limit.lower_stiffness, limit.upper_stiffness],
        "damping": limit.damping,
        "transition": limit.transition,
    }


def _exact(limit: CoordinateLimit, part: Raw) -> bool:
    angles = [x * DEGREE for x in (*part["range"], part["transition"])]
    rates = [x / DEGREE for x in (*part["stiffness"], part["damping"])]
    return angles == [limit.lower_limit, limit.upper_limit, limit.transition] and rates == [
        limit.lower_stiffness,
        limit.upper_stiffness,
        limit.damping,
    ]


# ---------------------------------------------------------------- sections of many lines


def _joints(parts: Mapping[str, Raw]) -> str:
    """Joints in their order, custom ones as tables of their own; the reader orders joints by their bodies."""
    images = reflected(parts)
    simple = {name: part for name, part in images.items() if "rotation" not in part and part.get("kind") != "custom"}
    wide = {name: part for name, part in images.items() if name not in simple}
    tables = [wide_table(f"joint.{spelled(name, key=True)}", part, {}) for name, part in wide.items()]
    return "\n".join([one_line_section("joint", TITLES["joint"], simple), *tables])


def _common(muscles: Iterable[Muscle]) -> Raw:
    values = {name: Counter(getattr(muscle, name) for muscle in muscles).most_common(1) for name in _SHARED}
    return {name: found[0][0] for name, found in values.items() if found}


def _muscles(muscles: tuple[Muscle, ...]) -> list[str]:
    if not muscles:
        return []
    defaults = _common(muscles)
    blocks = [comment(TITLES["muscle_defaults"]) + wide_table("muscle_defaults", defaults, UNITS)]
    blocks.append(comment(TITLES["muscle"]))
    images = reflected({muscle.name: _muscle(muscle, defaults) for muscle in muscles})
    written, mirrors = _split_last_images(images)
    for name, part in written.items():
        path = part.pop("path", None)
        table = wide_table(f"muscle.{spelled(name, key=True)}", part, UNITS)
        blocks.append(table + path_block(path) if path is not None else table)
    if mirrors:
        blocks.append(one_line_section("muscle", "", mirrors))
    return blocks


def _split_last_images(parts: dict[str, Raw]) -> tuple[dict[str, Raw], dict[str, Raw]]:
    """The parts, and the mirror images among them that come last and so can share one section."""
    names = list(parts)
    last = len(names)
    while last and "mirror" in parts[names[last - 1]]:
        last -= 1
    return {name: parts[name] for name in names[:last]}, {name: parts[name] for name in names[last:]}
