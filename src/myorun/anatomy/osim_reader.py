"""Read a planar model from an OpenSim document: 3.0 (joints inside bodies) or 4.x (joints beside bodies).

Whatever is absent takes the value that OpenSim 4.6 gives it. Whatever OpenSim
would simulate and this package does not is refused by name and line. Left out on
purpose: display geometry and appearance, markers, groups, the ranges' ``clamped``
flag, control limits (the task clips excitations), assembly accuracy, and
``optimal_force`` of muscles, which Thelen's muscle does not use.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from dataclasses import dataclass, field, replace

from myorun.anatomy.model import (
    GROUND,
    Body,
    ContactSphere,
    Coordinate,
    CoordinateLimit,
    GroundContact,
    Joint,
    Model,
    Muscle,
)
from myorun.anatomy.osim_element import Element
from myorun.anatomy.osim_forces import Geometries, read_contact, read_geometries, read_limit, read_muscle
from myorun.anatomy.osim_frames import Frame, Frames, turn
from myorun.anatomy.osim_joints import KINDS, read_joint
from myorun.anatomy.problems import shown
from myorun.anatomy.xml_tree import parse_xml
from myorun.errors import ModelError

OLD, NEW = 30000, range(40000, 40601)
_INERTIA = ("xx", "yy", "zz", "xy", "xz", "yz")
_HARMLESS_IN_MODEL = {"MarkerSet", "ModelVisualPreferences", "assembly_accuracy"}
_EMPTY_IN_MODEL = ("ControllerSet", "ConstraintSet", "ProbeSet", "ComponentSet", "components")
_UNITS = {"length_units": ("meters", "m", ""), "force_units": ("n", "newtons", "")}


@dataclass
class _Skeleton:
    frames: Frames = field(default_factory=Frames)
    bodies: list[Body] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    coordinates: list[Coordinate] = field(default_factory=list)


@dataclass
class _Forces:
    muscles: list[Muscle] = field(default_factory=list)
    contacts: list[GroundContact] = field(default_factory=list)
    limits: list[CoordinateLimit] = field(default_factory=list)


def read_osim(data: bytes, source: str) -> Model:
    """The model in ``data``, not yet validated; ``source`` names the file in errors."""
    document = Element(source, parse_xml(data, source))
    model, old = _opened(document)
    skeleton = _old_skeleton(model) if old else _new_skeleton(model)
    attach = _Attachment(skeleton, old)
    geometries = read_geometries(model.members("ContactGeometrySet"), attach)
    forces = _forces(model, attach, geometries)
    result = Model(
        name=model.name,
        credits=model.text("credits", ""),
        publications=model.text("publications", ""),
        gravity=_gravity(model),
        bodies=tuple(skeleton.bodies),
        joints=tuple(skeleton.joints),
        coordinates=tuple(skeleton.coordinates),
        muscles=tuple(forces.muscles),
        contact_spheres=_used(model, geometries, forces.contacts),
        ground_contacts=tuple(forces.contacts),
        limits=tuple(forces.limits),
    )
    _nothing_else(model)
    return _ordered(result, source)


def _opened(document: Element) -> tuple[Element, bool]:
    """The model element, and whether the document is of the old layout."""
    if document.tag != "OpenSimDocument":
        raise document.unsupported(f"a {document.tag} document", "an OpenSimDocument is wanted")
    version = document.node.attributes.get("Version", "")
    if not (re.fullmatch("[0-9]{5}", version) and (int(version) == OLD or int(version) in NEW)):
        remedy = "30000 and 40000 to 40600 are; open the file in OpenSim 4.6 and save it again"
        raise document.unsupported(f"Version {shown(version)}", remedy)
    defaults = document.child("defaults")
    if defaults and defaults.node.children:
        raise defaults.unsupported("a list of defaults", "open the file in OpenSim 4.6 and save it again")
    model = document.child("Model")
    if model is None:
        raise document.problem("Model", None, "a document with a Model is wanted")
    document.done()
    return Element(document.source, model.node), int(version) == OLD


def _gravity(model: Element) -> tuple[float, float]:
    x, y, z = model.numbers("gravity", (0.0, -9.80665, 0.0))
    if z != 0.0:
        raise model.problem("gravity", (x, y, z), "a planar model needs a z of 0")
    return x, y


def _nothing_else(model: Element) -> None:
    for tag, allowed in _UNITS.items():
        if model.text(tag, "").lower() not in allowed:
            raise model.problem(tag, model.text(tag), f"{allowed[0]!r} is wanted: OpenSim converts no units")
    for tag in _EMPTY_IN_MODEL:
        model.empty(tag)
    model.done(_HARMLESS_IN_MODEL)


# ---------------------------------------------------------------- skeleton, 3.0


def _old_skeleton(model: Element) -> _Skeleton:
    skeleton = _Skeleton()
    for element in model.members("BodySet"):
        if element.tag != "Body":
            raise element.unsupported(f"a {element.tag} among the bodies")
        wrapped = element.child("Joint")
        joints = list(wrapped.children()) if wrapped else []
        if element.name != GROUND:
            inertia = tuple(element.number(f"inertia_{axes}", 0.0) for axes in _INERTIA)
            skeleton.bodies.append(_body(element, inertia))
            skeleton.frames.add_body(element.name)
            _old_joint(skeleton, element, joints)
        element.empty("WrapObjectSet")
        element.done({"mass", "mass_center", *(f"inertia_{axes}" for axes in _INERTIA)})
    return skeleton


def _old_joint(skeleton: _Skeleton, body: Element, joints: list[Element]) -> None:
    if len(joints) != 1:
        raise body.problem("Joint", f"{len(joints)} joints", "every body hangs on exactly one joint")
    joint = _known_kind(joints[0])
    if joint.flag("reverse"):
        raise joint.problem("reverse", "true", "only false is supported")
    parent = Frame(joint.text("parent_body"), joint.vector("location_in_parent"), turn(joint, "orientation_in_parent"))
    child = Frame(body.name, joint.vector("location"), turn(joint, "orientation"))
    _add_joint(skeleton, joint, parent, child, joint.members("CoordinateSet"))


def _add_joint(skeleton: _Skeleton, element: Element, parent: Frame, child: Frame, coordinates: list[Element]) -> None:
    joint, its = read_joint(element, parent, child, coordinates)
    element.done()
    skeleton.joints.append(joint)
    skeleton.coordinates.extend(its)


def _known_kind(joint: Element) -> Element:
    if joint.tag not in KINDS:
        raise joint.unsupported(f"a {joint.tag}", f"use {', '.join(KINDS)}")
    return joint


def _body(element: Element, inertia: tuple[float, ...]) -> Body:
    xx, yy, zz, xy, xz, yz = inertia
    return Body(element.name, element.number("mass", 0.0), element.vector("mass_center"), (xx, yy, zz, xy, xz, yz))


# ---------------------------------------------------------------- skeleton, 4.x


def _new_skeleton(model: Element) -> _Skeleton:
    skeleton = _Skeleton()
    ground = model.child("Ground")
    if ground is not None:
        _attached(skeleton, ground, f"/{GROUND}")
        ground.done()
    for element in model.members("BodySet"):
        if element.tag != "Body":
            raise element.unsupported(f"a {element.tag} among the bodies")
        skeleton.bodies.append(_body(element, element.numbers("inertia", (0.0,) * 6)))
        skeleton.frames.add_body(element.name)
        _attached(skeleton, element, f"/bodyset/{element.name}")
        element.done()
    _new_joints(skeleton, model.members("JointSet"))
    return skeleton


def _attached(skeleton: _Skeleton, element: Element, path: str) -> None:
    """The wrap objects (none allowed) and offset frames of a body."""
    element.empty("WrapObjectSet")
    components = element.child("components")
    _offsets(skeleton, list(components.children()) if components else [], path)


def _offsets(skeleton: _Skeleton, elements: list[Element], path: str) -> None:
    for element in elements:
        if element.tag != "PhysicalOffsetFrame":
            raise element.unsupported(f"a {element.tag} here")
        skeleton.frames.add_offset(f"{path}/{element.name}", element)


def _new_joints(skeleton: _Skeleton, joints: list[Element]) -> None:
    for joint in map(_known_kind, joints):
        frames = joint.child("frames")
        _offsets(skeleton, list(frames.children()) if frames else [], f"/jointset/{joint.name}")
        joint.empty("components")
    for joint in joints:
        path = f"/jointset/{joint.name}"
        parent = skeleton.frames.find(joint, "socket_parent_frame", path)
        child = skeleton.frames.find(joint, "socket_child_frame", path)
        coordinates = joint.child("coordinates")
        _add_joint(skeleton, joint, parent, child, list(coordinates.children()) if coordinates else [])
    skeleton.frames.finish()


# ---------------------------------------------------------------- forces


@dataclass(frozen=True)
class _Attachment:
    """What a path point or a contact geometry is fixed to, in either layout."""

    skeleton: _Skeleton
    old: bool

    def __call__(self, element: Element) -> Frame:
        if self.old:
            return Frame(element.text("body_name" if element.tag.startswith("Contact") else "body"))
        tag = "socket_frame" if element.tag.startswith("Contact") else "socket_parent_frame"
        return self.skeleton.frames.find(element, tag, "/")


def _forces(model: Element, attach: _Attachment, geometries: Geometries) -> _Forces:
    forces = _Forces()
    for element in model.members("ForceSet"):
        if element.tag == "Thelen2003Muscle":
            forces.muscles.append(read_muscle(element, attach))
        elif element.tag == "HuntCrossleyForce":
            forces.contacts.append(read_contact(element, geometries))
        elif element.tag == "CoordinateLimitForce":
            forces.limits.append(read_limit(element))
        else:
            known = "Thelen2003Muscle, HuntCrossleyForce and CoordinateLimitForce are"
            raise element.unsupported(f"a {element.tag}", known)
    return forces


def _used(model: Element, geometries: Geometries, contacts: list[GroundContact]) -> tuple[ContactSphere, ...]:
    used = {name for contact in contacts for name in contact.spheres}
    for sphere in geometries.spheres:
        if sphere.name not in used:
            raise model.problem("ContactGeometrySet", sphere.name, "no force uses this sphere; remove it")
    return geometries.spheres


# ---------------------------------------------------------------- order


def _ordered(model: Model, source: str) -> Model:
    """Bodies with parents first, otherwise as in the file; joints as their bodies; coordinates as their joints."""
    children = {joint.child: joint for joint in model.joints}
    if len(children) != len(model.joints):
        raise ModelError(f"{source}: {_twice(model)} hangs on two joints; a planar tree needs one a body")
    names = [body.name for body in model.bodies]
    hanging: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        parent = children[name].parent if name in children else GROUND
        hanging.setdefault(parent, []).append(i)
    placed: dict[str, None] = {}
    ready = list(hanging.get(GROUND, ()))  # a heap: of those whose parent is placed, the first of the file is next
    while ready:
        name = names[heapq.heappop(ready)]
        placed[name] = None
        for i in hanging.pop(name, ()):
            heapq.heappush(ready, i)
    placed.update(dict.fromkeys(names))  # what hangs in a loop or on nothing: validation names it
    return _sorted(model, list(placed))


def _twice(model: Model) -> str:
    children = [joint.child for joint in model.joints]
    return next(name for name, count in Counter(children).items() if count > 1)


def _sorted(model: Model, names: list[str]) -> Model:
    place = {name: i for i, name in enumerate(names)}
    joints = tuple(sorted(model.joints, key=lambda joint: place.get(joint.child, len(place))))
    owner = {name: i for i, joint in enumerate(joints) for name in joint.coordinates}
    return replace(
        model,
        bodies=tuple(sorted(model.bodies, key=lambda body: place[body.name])),
        joints=joints,
        coordinates=tuple(sorted(model.coordinates, key=lambda c: owner.get(c.name, len(owner)))),
    )
