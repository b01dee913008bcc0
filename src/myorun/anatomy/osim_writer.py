"""Write a model as an OpenSim 4.6 document, with or without the obstacles and weaknesses of a course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from myorun.anatomy.angles import degrees, per_degree
from myorun.anatomy.model import (
    GROUND,
    Body,
    ConditionalPoint,
    Constant,
    ContactSphere,
    Coordinate,
    CoordinateLimit,
    Function,
    GroundContact,
    Joint,
    Linear,
    Model,
    Motion,
    MovingPoint,
    Muscle,
    PathPoint,
)
from myorun.anatomy.osim_forces import FACING_UP, MUSCLE_TAGS
from myorun.anatomy.osim_meaning import refuse_other_meaning
from myorun.anatomy.osim_xml import Xml
from myorun.errors import ModelError, UsageError

VERSION = 40600
PLANE = "platform"
OBSTACLE_STIFFNESS = 1e6  # Pa m: a ball of radius r has 1e6 / r
OBSTACLE_DISSIPATION = 1e-5  # s/m
_TAGS = {"pin": "PinJoint", "planar": "PlanarJoint", "weld": "WeldJoint", "custom": "CustomJoint"}
_ZERO = (0.0, 0.0, 0.0)
_PARAMETERS = "HuntCrossleyForce::ContactParameters"


def to_osim(
    model: Model,
    *,
    obstacles: Iterable[Sequence[float]] = (),
    strengths: Mapping[str, float] | Sequence[float] | None = None,
    incline: float = 0.0,
) -> str:
    """The text of an .osim document that OpenSim 4.6 opens and simulates like ``model``.

    ``obstacles`` are balls fixed to the ground, each x, y and radius in m, that touch
    the contact spheres without friction. ``strengths`` multiply the maximum isometric
    forces: one factor a muscle in the order of the model, or a mapping from names.
    ``incline`` is the angle [rad] by which the floor rises, about the origin.
    Without these, the document reads back as an equal model (limits that were never
    stated in degrees: to the last bit). Raises :class:`~myorun.errors.ModelError` where
    OpenSim would simulate something else, :class:`~myorun.errors.UsageError` for a wrong course.
    """
    refuse_other_meaning(model, model.name)
    balls = [_ball(model, i, obstacle) for i, obstacle in enumerate(obstacles)]
    factors = _factors(model, strengths)
    xml = Xml()
    with xml.element("OpenSimDocument", Version=str(VERSION)), xml.element("Model", name=model.name):
        _head(xml, model)
        _skeleton(xml, model)
        for tag in ("ControllerSet", "ConstraintSet"):
            xml.empty_set(tag)
        _forces(xml, model, factors, balls)
        xml.empty_set("MarkerSet")
        _geometries(xml, model, balls, incline)
        for tag in ("ProbeSet", "ComponentSet"):
            xml.empty_set(tag)
    return xml.text()


def _ball(model: Model, index: int, obstacle: Sequence[float]) -> ContactSphere:
    values = [float(value) for value in obstacle]
    if len(values) != 3 or not all(abs(value) < float("inf") for value in values) or values[2] <= 0.0:
        raise UsageError(f"obstacle {index} is {values}; x, y and a radius above 0 are wanted, in m")
    name = f"obstacle_{index}"
    spheres = {sphere.name for sphere in model.contact_spheres}
    forces = {m.name for m in model.muscles} | {c.name for c in model.ground_contacts} | {x.name for x in model.limits}
    if {name, f"{name}_contact"} & (spheres | forces):
        raise ModelError(f"{model.name}: the name {name} is wanted for an obstacle; rename the part of that name")
    return ContactSphere(name, GROUND, (values[0], values[1], 0.0), values[2])


def _factors(model: Model, strengths: Mapping[str, float] | Sequence[float] | None) -> dict[str, float]:
    names = [muscle.name for muscle in model.muscles]
    if strengths is None:
        return dict.fromkeys(names, 1.0)
    if isinstance(strengths, Mapping):
        unknown = sorted(set(strengths) - set(names))
        if unknown:
            raise UsageError(f"strengths name {unknown[0]!r}, which is no muscle; muscles: {', '.join(names)}")
        return {name: float(strengths.get(name, 1.0)) for name in names}
    if len(strengths) != len(names):
        raise UsageError(f"{len(strengths)} strengths; one for each of {len(names)} muscles is wanted")
    return {name: float(strength) for name, strength in zip(names, strengths, strict=True)}


# ---------------------------------------------------------------- head and skeleton


def _head(xml: Xml, model: Model) -> None:
    with xml.element("Ground", name=GROUND):
        pass
    xml.numbers("gravity", (*model.gravity, 0.0))
    xml.leaf("credits", model.credits)
    xml.leaf("publications", model.publications)
    xml.leaf("length_units", "meters")
    xml.leaf("force_units", "N")


def _skeleton(xml: Xml, model: Model) -> None:
    with xml.set("BodySet"):
        for body in model.bodies:
            _body(xml, body)
    coordinates = {coordinate.name: coordinate for coordinate in model.coordinates}
    with xml.set("JointSet"):
        for joint in model.joints:
            _joint(xml, joint, [coordinates[name] for name in joint.coordinates])


def _body(xml: Xml, body: Body) -> None:
    with xml.element("Body", name=body.name):
        xml.number("mass", body.mass)
        xml.numbers("mass_center", body.mass_center)
        xml.numbers("inertia", body.inertia)


def _path_of(body: str) -> str:
    return f"/{GROUND}" if body == GROUND else f"/bodyset/{body}"


def _joint(xml: Xml, joint: Joint, coordinates: list[Coordinate]) -> None:
    with xml.element(_TAGS[joint.kind], name=joint.name):
        xml.leaf("socket_parent_frame", f"{joint.parent}_offset")
        xml.leaf("socket_child_frame", f"{joint.child}_offset")
        if coordinates:
            with xml.element("coordinates"):
                for coordinate in coordinates:
                    _coordinate(xml, coordinate)
        with xml.element("frames"):
            _frame(xml, joint.parent, joint.parent_location, joint.parent_orientation)
            _frame(xml, joint.child, joint.child_location, joint.child_orientation)
        if joint.kind == "custom":
            _spatial_transform(xml, joint)


def _frame(xml: Xml, body: str, location: Sequence[float], angle: float) -> None:
    with xml.element("PhysicalOffsetFrame", name=f"{body}_offset"):
        xml.leaf("socket_parent", _path_of(body))
        xml.numbers("translation", location)
        xml.numbers("orientation", (0.0, 0.0, angle))


def _coordinate(xml: Xml, coordinate: Coordinate) -> None:
    with xml.element("Coordinate", name=coordinate.name):
        xml.number("default_value", coordinate.default_value)
        xml.number("default_speed_value", coordinate.default_speed)
        xml.numbers("range", coordinate.range)
        xml.flag("clamped", False)
        xml.flag("locked", coordinate.locked)


def _spatial_transform(xml: Xml, joint: Joint) -> None:
    still = Motion(Constant(0.0))
    x, y, z = joint.translation
    axes = (
        ("rotation1", "0 0 1", joint.rotation),
        ("rotation2", "0 1 0", still),
        ("rotation3", "1 0 0", still),
        ("translation1", "1 0 0", x),
        ("translation2", "0 1 0", y),
        ("translation3", "0 0 1", z),
    )
    with xml.element("SpatialTransform"):
        for name, axis, motion in axes:
            with xml.element("TransformAxis", name=name):
                xml.leaf("coordinates", motion.coordinate or "")
                xml.leaf("axis", axis)
                _function(xml, motion.function, name="function")


def _function(xml: Xml, function: Function, name: str = "") -> None:
    if isinstance(function, Constant):
        with xml.element("Constant", name=name):
            xml.number("value", function.value)
    elif isinstance(function, Linear):
        with xml.element("LinearFunction", name=name):
            xml.numbers("coefficients", (function.slope, function.intercept))
    else:
        with xml.element("SimmSpline", name=name):
            xml.numbers("x", function.x)
            xml.numbers("y", function.y)


# ---------------------------------------------------------------- forces


def _forces(xml: Xml, model: Model, factors: Mapping[str, float], balls: list[ContactSphere]) -> None:
    paths = {name: f"/jointset/{joint.name}/{name}" for joint in model.joints for name in joint.coordinates}
    with xml.set("ForceSet"):
        for muscle in model.muscles:
            _muscle(xml, muscle, paths, factors[muscle.name])
        for contact in model.ground_contacts:
            _contact(xml, contact)
        for limit in model.limits:
            _limit(xml, limit)
        for ball in balls:
            _obstacle(xml, ball, model.contact_spheres)


def _muscle(xml: Xml, muscle: Muscle, paths: Mapping[str, str], factor: float) -> None:
    with xml.element("Thelen2003Muscle", name=muscle.name):
        xml.flag("appliesForce", True)
        xml.number("min_control", muscle.min_activation)  # less is refused; either way it bounds nothing
        xml.number("max_control", 1.0)
        with xml.element("GeometryPath", name="path"), xml.set("PathPointSet", named=False):
            for point in muscle.path:
                _point(xml, point, paths)
        for tag, (field, _) in MUSCLE_TAGS.items():
            value = getattr(muscle, field)
            xml.number(tag, value * factor if field == "max_isometric_force" else value)


def _point(xml: Xml, point: PathPoint, paths: Mapping[str, str]) -> None:
    if isinstance(point, MovingPoint):
        _moving_point(xml, point, paths)
        return
    conditional = isinstance(point, ConditionalPoint)
    with xml.element("ConditionalPathPoint" if conditional else "PathPoint", name=point.name):
        xml.leaf("socket_parent_frame", _path_of(point.body))
        xml.numbers("location", point.location)
        if isinstance(point, ConditionalPoint):
            xml.leaf("socket_coordinate", paths[point.coordinate])
            xml.numbers("range", point.range)


def _moving_point(xml: Xml, point: MovingPoint, paths: Mapping[str, str]) -> None:
    """OpenSim wants a coordinate also for an axis that does not move; any will do."""
    motions = {"x": point.x, "y": point.y, "z": point.z}
    some = next((motion.coordinate for motion in motions.values() if motion.coordinate), next(iter(paths)))
    with xml.element("MovingPathPoint", name=point.name):
        xml.leaf("socket_parent_frame", _path_of(point.body))
        for axis, motion in motions.items():
            xml.leaf(f"socket_{axis}_coordinate", paths[motion.coordinate or some])
        for axis, motion in motions.items():
            with xml.element(f"{axis}_location"):
                _function(xml, motion.function)


def _contact(xml: Xml, contact: GroundContact) -> None:
    with xml.element("HuntCrossleyForce", name=contact.name):
        xml.flag("appliesForce", True)
        with xml.set(f"{_PARAMETERS}Set", name="contact_parameters"), xml.element(_PARAMETERS):
            xml.leaf("geometry", " ".join([_plane_name(contact.spheres), *contact.spheres]))
            for tag in ("stiffness", "dissipation", "static_friction", "dynamic_friction", "viscous_friction"):
                xml.number(tag, getattr(contact, tag))
        xml.number("transition_velocity", contact.transition_velocity)


def _plane_name(taken: Iterable[str]) -> str:
    name = PLANE
    while name in set(taken):
        name += "_"
    return name


def _obstacle(xml: Xml, ball: ContactSphere, spheres: Sequence[ContactSphere]) -> None:
    with xml.element("HuntCrossleyForce", name=f"{ball.name}_contact"):
        xml.flag("appliesForce", True)
        with xml.set(f"{_PARAMETERS}Set", name="contact_parameters"), xml.element(_PARAMETERS):
            xml.leaf("geometry", " ".join([ball.name, *(sphere.name for sphere in spheres)]))
            xml.number("stiffness", OBSTACLE_STIFFNESS / ball.radius)
            xml.number("dissipation", OBSTACLE_DISSIPATION)
            for tag in ("static_friction", "dynamic_friction", "viscous_friction"):
                xml.number(tag, 0.0)
        xml.number("transition_velocity", 0.01)


def _limit(xml: Xml, limit: CoordinateLimit) -> None:
    with xml.element("CoordinateLimitForce", name=limit.name):
        xml.flag("appliesForce", True)
        xml.leaf("coordinate", limit.coordinate)
        xml.number("upper_stiffness", per_degree(limit.upper_stiffness))
        xml.number("upper_limit", degrees(limit.upper_limit))
        xml.number("lower_stiffness", per_degree(limit.lower_stiffness))
        xml.number("lower_limit", degrees(limit.lower_limit))
        xml.number("damping", per_degree(limit.damping))
        xml.number("transition", degrees(limit.transition))


# ---------------------------------------------------------------- contact geometry


def _geometries(xml: Xml, model: Model, balls: list[ContactSphere], incline: float) -> None:
    with xml.set("ContactGeometrySet"):
        if model.ground_contacts:
            with xml.element("ContactHalfSpace", name=_plane_name(sphere.name for sphere in model.contact_spheres)):
                xml.leaf("socket_frame", f"/{GROUND}")
                xml.numbers("location", _ZERO)
                xml.numbers("orientation", (0.0, 0.0, FACING_UP + incline))
        for sphere in (*model.contact_spheres, *balls):
            with xml.element("ContactSphere", name=sphere.name):
                xml.leaf("socket_frame", _path_of(sphere.body))
                xml.numbers("location", sphere.location)
                xml.numbers("orientation", _ZERO)
                xml.number("radius", sphere.radius)
