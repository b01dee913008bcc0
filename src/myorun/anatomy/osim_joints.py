"""The joints of an .osim document as functions of their coordinates."""

from __future__ import annotations

from dataclasses import replace

from myorun.anatomy.joints import COORDINATE_COUNT, MOTION_TYPES, STILL, Kind, Motions, MotionType, simple_motions
from myorun.anatomy.model import Constant, Coordinate, Function, Joint, Linear, Motion, SimmSpline
from myorun.anatomy.osim_element import Element
from myorun.anatomy.osim_frames import Frame

KINDS: dict[str, Kind] = {"PinJoint": "pin", "PlanarJoint": "planar", "WeldJoint": "weld", "CustomJoint": "custom"}
_FUNCTIONS = "Constant, LinearFunction, SimmSpline, MultiplierFunction, or PolynomialFunction of degree 0 or 1"
_RANGES = (-10.0, 10.0)  # OpenSim 4.6's range of a coordinate that states none


def read_joint(
    element: Element, parent: Frame, child: Frame, coordinates: list[Element]
) -> tuple[Joint, list[Coordinate]]:
    """One joint and its coordinates; ``element`` has given up its frames already."""
    kind = KINDS[element.tag]
    names = tuple(coordinate.name for coordinate in coordinates)
    rotation, translation = _motions(element, kind, names)
    joint = Joint(
        name=element.name,
        kind=kind,
        parent=parent.body,
        child=child.body,
        parent_location=parent.location,
        parent_orientation=parent.angle,
        child_location=child.location,
        child_orientation=child.angle,
        coordinates=names,
        rotation=rotation,
        translation=translation,
    )
    return joint, [_coordinate(c, motion) for c, motion in zip(coordinates, _motion_types(joint), strict=True)]


def _motions(element: Element, kind: Kind, names: tuple[str, ...]) -> Motions:
    if kind == "custom":
        return _spatial_transform(element)
    wanted = COORDINATE_COUNT[kind]
    if len(names) != wanted:
        raise element.problem("", list(names), f"a {element.tag} has {wanted} coordinates")
    return simple_motions(kind, names)


def _motion_types(joint: Joint) -> tuple[MotionType, ...]:
    if joint.kind != "custom":
        return MOTION_TYPES[joint.kind]
    return tuple("rotational" if joint.rotation.coordinate == name else "translational" for name in joint.coordinates)


def _coordinate(element: Element, motion: MotionType) -> Coordinate:
    function = element.child("prescribed_function")
    if element.flag("prescribed") and function and function.node.children:
        raise element.unsupported("a prescribed coordinate", "set prescribed to false")
    coordinate = Coordinate(
        name=element.name,
        motion=motion,
        default_value=element.number("default_value", 0.0),
        default_speed=element.number("default_speed_value", 0.0),
        range=element.pair("range", _RANGES),
        locked=element.flag("locked"),
    )
    element.empty("components")
    element.done(harmless={"motion_type", "clamped", "is_free_to_satisfy_constraints"})
    return coordinate


# ---------------------------------------------------------------- custom joints


def _spatial_transform(element: Element) -> Motions:
    transform = element.child("SpatialTransform")
    if transform is None:
        raise element.problem("SpatialTransform", None, "a CustomJoint needs one")
    rotation, along = STILL, [STILL, STILL, STILL]
    for axis in transform.children():
        motion, which, name = _axis(axis)
        if name.startswith("rotation") and not _still(motion):
            if which != 2 or not _still(rotation):
                raise axis.unsupported("a rotation out of the plane, or a second one in it", "turn about z only, once")
            rotation = motion
        elif not name.startswith("rotation") and not _still(motion):
            if not _still(along[which]):
                raise axis.unsupported("a second translation along one axis", "use each axis once")
            along[which] = motion
    return rotation, (along[0], along[1], along[2])


def _still(motion: Motion) -> bool:
    return motion.function == Constant(0.0)


def _axis(axis: Element) -> tuple[Motion, int, str]:
    """The motion along one axis, which of x, y, z that axis is, and the axis' name."""
    names = {f"{kind}{i}" for kind in ("rotation", "translation") for i in (1, 2, 3)}
    if axis.tag != "TransformAxis" or axis.name not in names:
        raise axis.unsupported(
            f"{axis.tag} {axis.name!r}", f"a TransformAxis named {' '.join(sorted(names))} is wanted"
        )
    coordinates = axis.text("coordinates", "").split()
    vector = axis.numbers("axis", (1.0, 0.0, 0.0))
    function = _axis_function(axis)
    axis.done()
    motion = _bound(axis, function, coordinates)
    if _still(motion):
        return motion, 0, axis.name
    signs = [i for i, x in enumerate(vector) if x != 0.0]
    if len(signs) != 1 or abs(vector[signs[0]]) != 1.0:
        raise axis.problem("axis", vector, "one of the axes x, y, z or its opposite is wanted, of length 1")
    return (motion if vector[signs[0]] > 0 else _scaled(motion, -1.0)), signs[0], axis.name


def _axis_function(axis: Element) -> Function:
    wrapped = axis.child("function")
    if wrapped is not None:
        return function_in(wrapped)
    functions = [child for child in axis.children() if child.tag not in {"coordinates", "axis"}]
    if len(functions) > 1:
        raise axis.unsupported(f"{functions[1].tag} beside {functions[0].tag}", "keep one function")
    return read_function(functions[0]) if functions else Constant(0.0)


def _bound(axis: Element, function: Function, coordinates: list[str]) -> Motion:
    if isinstance(function, Constant):
        return Motion(function)
    if len(coordinates) != 1:
        raise axis.problem("coordinates", coordinates, "a function of one coordinate is wanted")
    return Motion(function, coordinates[0])


def _scaled(motion: Motion, factor: float) -> Motion:
    return replace(motion, function=scaled(motion.function, factor))


# ---------------------------------------------------------------- functions


def function_in(wrapper: Element) -> Function:
    """The one function inside ``wrapper``."""
    inside = list(wrapper.children())
    if len(inside) != 1:
        raise wrapper.problem("", [f.tag for f in inside], f"one function is wanted: {_FUNCTIONS}")
    return read_function(inside[0])


def read_function(element: Element) -> Function:
    """One function of one coordinate."""
    if element.tag not in _READERS:
        raise element.unsupported(f"the function {element.tag}", f"use {_FUNCTIONS}")
    function = _READERS[element.tag](element)
    element.done()
    return function


def _constant(element: Element) -> Function:
    return Constant(element.number("value", 0.0))


def _linear(element: Element) -> Function:
    slope, intercept = element.numbers("coefficients", (1.0, 0.0))
    return _simplest(Linear(slope, intercept))


def _polynomial(element: Element) -> Function:
    """OpenSim lists coefficients from the highest power down."""
    coefficients = element.series("coefficients") or (1.0,)
    if len(coefficients) > 2:
        raise element.problem("coefficients", coefficients, "at most degree 1 (two numbers) is supported")
    return _simplest(Linear(*((0.0, *coefficients)[-2:])))


def _spline(element: Element) -> Function:
    x, y = element.series("x"), element.series("y")
    if len(x) != len(y) or len(x) < 2:
        raise element.problem("x", f"{len(x)} x, {len(y)} y", "as many x as y are wanted, two or more")
    return SimmSpline(x, y)


def _multiplied(element: Element) -> Function:
    inner = element.child("function")
    if inner is None:
        raise element.problem("function", None, f"one function is wanted: {_FUNCTIONS}")
    return scaled(function_in(inner), element.number("scale", 1.0))


def _simplest(function: Linear) -> Function:
    return Constant(function.intercept) if function.slope == 0.0 else function


def scaled(function: Function, factor: float) -> Function:
    """``factor`` times ``function``; its knots carry the factor, as the spline is linear in them."""
    if isinstance(function, Constant):
        return Constant(function.value * factor + 0.0)
    if isinstance(function, Linear):
        return _simplest(Linear(function.slope * factor, function.intercept * factor + 0.0))
    return SimmSpline(function.x, tuple(y * factor + 0.0 for y in function.y))


_READERS = {
    "Constant": _constant,
    "LinearFunction": _linear,
    "PolynomialFunction": _polynomial,
    "SimmSpline": _spline,
    "MultiplierFunction": _multiplied,
}
