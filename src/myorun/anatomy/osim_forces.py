"""Muscles, contacts and ligaments of an .osim document."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from myorun.anatomy.angles import DEGREE
from myorun.anatomy.model import (
    GROUND,
    ConditionalPoint,
    Constant,
    ContactSphere,
    CoordinateLimit,
    FixedPoint,
    GroundContact,
    Motion,
    MovingPoint,
    Muscle,
    PathPoint,
    SimmSpline,
    Vector,
)
from myorun.anatomy.osim_element import Element
from myorun.anatomy.osim_frames import Frame, turn
from myorun.anatomy.osim_joints import function_in

Attach = Callable[[Element], Frame]  # the frame a point or a geometry is fixed to

# tag in the file -> (field of Muscle, what OpenSim 4.6 assumes where the tag is absent)
MUSCLE_TAGS = {
    "max_isometric_force": ("max_isometric_force", 1000.0),
    "optimal_fiber_length": ("optimal_fiber_length", 0.1),
    "tendon_slack_length": ("tendon_slack_length", 0.2),
    "pennation_angle_at_optimal": ("pennation_angle", 0.0),
    "max_contraction_velocity": ("max_contraction_velocity", 10.0),
    "activation_time_constant": ("activation_time", 0.015),
    "deactivation_time_constant": ("deactivation_time", 0.05),
    "FmaxTendonStrain": ("tendon_strain", 0.04),
    "FmaxMuscleStrain": ("passive_strain", 0.6),
    "KshapeActive": ("active_shape", 0.45),
    "KshapePassive": ("passive_shape", 5.0),
    "Af": ("force_velocity_shape", 0.25),
    "Flen": ("max_lengthening_force", 1.4),
    "fv_linear_extrap_threshold": ("linear_extrapolation", 0.95),
    "maximum_pennation_angle": ("max_pennation_angle", math.acos(0.1)),
    "minimum_activation": ("min_activation", 0.01),
    "default_activation": ("default_activation", 0.05),
    "default_fiber_length": ("default_fiber_length", 0.1),
}
_HARMLESS_IN_MUSCLE = {"min_control", "max_control", "optimal_force"}
FACING_UP = -math.pi / 2.0
_TILT = 1e-9  # rad; the reference file rounds its half turn at 3e-15


def refuse_disabled(element: Element) -> None:
    """A switched-off component must be removed: a model never holds what does not act."""
    if element.flag("isDisabled") or not element.flag("appliesForce", True):
        raise element.unsupported("a disabled force", "remove it, or enable it")


# ---------------------------------------------------------------- muscles


def read_muscle(element: Element, attach: Attach) -> Muscle:
    refuse_disabled(element)
    for flag in ("ignore_tendon_compliance", "ignore_activation_dynamics"):
        if element.flag(flag):
            raise element.problem(flag, "true", "only false is supported")
    numbers = {name: element.number(tag, default) for tag, (name, default) in MUSCLE_TAGS.items()}
    path = _path(element, attach)
    element.empty("components")
    element.done(_HARMLESS_IN_MUSCLE)
    return Muscle(name=element.name, path=path, **numbers)


def _path(element: Element, attach: Attach) -> tuple[PathPoint, ...]:
    path = element.child("GeometryPath")
    if path is None:
        raise element.problem("GeometryPath", None, "a muscle needs a GeometryPath")
    for wrap in path.members("PathWrapSet"):
        raise wrap.unsupported("a muscle wrapping over a surface")
    path.empty("components")
    points = tuple(_point(point, attach) for point in path.members("PathPointSet"))
    path.done({"default_color"})
    return points


def _point(point: Element, attach: Attach) -> PathPoint:
    if point.tag not in _POINTS:
        raise point.unsupported(f"a {point.tag}", f"use {', '.join(_POINTS)}")
    point.empty("components")
    result = _POINTS[point.tag](point, attach(point))
    point.done({"location"} if isinstance(result, MovingPoint) else ())
    return result


def _fixed(point: Element, frame: Frame) -> PathPoint:
    return FixedPoint(point.name, frame.body, frame.place(point.vector("location")))


def _conditional(point: Element, frame: Frame) -> PathPoint:
    location = frame.place(point.vector("location"))
    return ConditionalPoint(
        point.name, frame.body, location, _coordinate(point, "coordinate"), point.pair("range", (0.0, 0.0))
    )


def _moving(point: Element, frame: Frame) -> PathPoint:
    if frame != Frame(frame.body):
        raise point.unsupported("a moving point on an offset frame", "fix it to a body")
    x, y, z = (_moving_axis(point, axis) for axis in "xyz")
    if z.coordinate is not None:
        raise point.problem("z_location", z.function, "a planar model needs a z that does not change")
    return MovingPoint(point.name, frame.body, x, y, z)


def _moving_axis(point: Element, axis: str) -> Motion:
    wrapper = point.child(f"{axis}_location")
    function = function_in(wrapper) if wrapper and wrapper.node.children else Constant(0.0)
    if isinstance(function, SimmSpline) and len(set(function.y)) == 1:
        function = Constant(function.y[0])  # a spline through equal values is that value
    if isinstance(function, Constant):
        _coordinate(point, f"{axis}_coordinate", needed=False)
        return Motion(function)
    return Motion(function, _coordinate(point, f"{axis}_coordinate"))


_POINTS = {"PathPoint": _fixed, "ConditionalPathPoint": _conditional, "MovingPathPoint": _moving}


def _coordinate(element: Element, tag: str, needed: bool = True) -> str:
    """A coordinate named the way of 3.0 (``coordinate``) or of 4.x (``socket_coordinate``)."""
    path = element.raw(f"socket_{tag}")
    name = element.text(tag, None if needed and path is None else "")
    return posixpath.basename(path) if path is not None else name


# ---------------------------------------------------------------- ligaments


def read_limit(element: Element) -> CoordinateLimit:
    """Degrees become radians by one multiplication, the same as in our own format."""
    refuse_disabled(element)
    limit = CoordinateLimit(
        name=element.name,
        coordinate=element.text("coordinate"),
        upper_limit=element.number("upper_limit", 0.0) * DEGREE,
        lower_limit=element.number("lower_limit", 0.0) * DEGREE,
        upper_stiffness=element.number("upper_stiffness", 1.0) / DEGREE,
        lower_stiffness=element.number("lower_stiffness", 1.0) / DEGREE,
        damping=element.number("damping", 0.001) / DEGREE,
        transition=element.number("transition", 0.1) * DEGREE,
    )
    element.empty("components")
    element.done({"compute_dissipation_energy"})
    return limit


# ---------------------------------------------------------------- contacts


@dataclass(frozen=True)
class Geometries:
    """The contact geometry of a document: the spheres and the names of the half-spaces that are the ground."""

    spheres: tuple[ContactSphere, ...]
    planes: tuple[str, ...]


def read_geometries(elements: list[Element], attach: Attach) -> Geometries:
    spheres, planes = [], []
    for element in elements:
        if element.tag == "ContactSphere":
            spheres.append(_sphere(element, attach(element)))
        elif element.tag == "ContactHalfSpace":
            planes.append(_plane(element, attach(element)))
        else:
            raise element.unsupported(f"a {element.tag}", "use ContactSphere, and ContactHalfSpace for the ground")
    return Geometries(tuple(spheres), tuple(planes))


def _sphere(element: Element, frame: Frame) -> ContactSphere:
    location = frame.place(element.vector("location"))
    radius = element.number("radius", 0.0)
    element.empty("components")
    element.done({"orientation"})
    return ContactSphere(element.name, frame.body, location, radius)


def _plane(element: Element, frame: Frame) -> str:
    """The half-space under the plane y = 0: OpenSim's half-space lies on the +x side of its own frame."""
    location: Vector = frame.place(element.vector("location"))
    angle = frame.angle + turn(element, "orientation")
    up = abs(math.remainder(angle - FACING_UP, 2.0 * math.pi)) <= _TILT
    if frame.body != GROUND or not up or location[1] != 0.0:
        where = f"on {frame.body} at y = {location[1]}, turned by {angle}"
        raise element.problem(
            "", where, "the half-space must be fixed to the ground at y = 0 and face up (z turn -pi/2)"
        )
    element.empty("components")
    element.done()
    return element.name


def read_contact(element: Element, geometries: Geometries) -> GroundContact:
    refuse_disabled(element)
    tag = "HuntCrossleyForce::ContactParametersSet"
    parameters = element.members(tag if element.node.find(tag) else "contact_parameters")
    if len(parameters) != 1:
        found = f"{len(parameters)} sets of parameters"
        raise element.problem("contact_parameters", found, "one set for ground and spheres alike is supported")
    one = parameters[0]
    contact = GroundContact(
        name=element.name,
        spheres=_spheres(one, geometries),
        stiffness=one.number("stiffness", 0.0),
        dissipation=one.number("dissipation", 0.0),
        static_friction=one.number("static_friction", 0.0),
        dynamic_friction=one.number("dynamic_friction", 0.0),
        viscous_friction=one.number("viscous_friction", 0.0),
        transition_velocity=element.number("transition_velocity", 0.01),
    )
    one.done()
    element.empty("components")
    element.done()
    return contact


def _spheres(parameters: Element, geometries: Geometries) -> tuple[str, ...]:
    names = [posixpath.basename(name) for name in parameters.text("geometry", "").split()]
    known = {sphere.name for sphere in geometries.spheres}
    for name in names:
        if name not in known and name not in geometries.planes:
            raise parameters.problem("geometry", name, "the name of a contact geometry of this file is wanted")
    if sum(name in geometries.planes for name in names) != 1:
        raise parameters.problem("geometry", " ".join(names), "spheres and exactly one half-space are supported")
    return tuple(name for name in names if name not in geometries.planes)
