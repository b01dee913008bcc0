"""Where a model and an .osim document could look the same and yet move differently in OpenSim.

Two such places are known, and both are refused when reading and when writing:

* OpenSim lets the spheres of one Hunt-Crossley force touch each other as well; here
  they touch the ground and obstacles only. So they must be unable to meet.
* OpenSim reads the limits of a coordinate in degrees only if the coordinate *is* the
  angle; of a coordinate that drives the angle through another function it does not.
"""

from __future__ import annotations

import math
from itertools import combinations

from myorun.anatomy.depth import body_depths
from myorun.anatomy.model import GROUND, ContactSphere, Joint, Linear, Model
from myorun.anatomy.problems import problem


def refuse_other_meaning(model: Model, source: str) -> None:
    """Raise :class:`~myorun.errors.ModelError` where OpenSim would understand ``model`` differently."""
    _spheres_apart(model, source)
    _limits_of_angles(model, source)


def _spheres_apart(model: Model, source: str) -> None:
    depth = body_depths(model)
    spheres = sorted(model.contact_spheres, key=lambda sphere: sphere.name)
    for one, other in combinations(spheres, 2):
        if abs(_z(one, depth) - _z(other, depth)) >= one.radius + other.radius:
            continue
        if not _held_apart(model, one, other):
            where = f"contact_sphere.{one.name}"
            allowed = f"{other.name} could meet it, and OpenSim would let them collide; keep them apart or remove one"
            raise problem(source, where, one.name, allowed)


def _z(sphere: ContactSphere, depth: dict[str, float]) -> float:
    return depth[sphere.body] + sphere.location[2]


def _held_apart(model: Model, one: ContactSphere, other: ContactSphere) -> bool:
    """Whether two spheres are on one rigid piece and do not overlap."""
    if one.body == other.body:
        return True  # OpenSim, too, leaves out pairs on one body
    places = [_welded_place(model, sphere) for sphere in (one, other)]
    if places[0][0] != places[1][0]:
        return False
    return math.dist(places[0][1], places[1][1]) >= one.radius + other.radius


def _welded_place(model: Model, sphere: ContactSphere) -> tuple[str, tuple[float, float, float]]:
    """The body at the root of the welded piece a sphere is on, and the sphere's place in that body's frame."""
    joints = {joint.child: joint for joint in model.joints}
    body, place = sphere.body, sphere.location
    while body != GROUND and joints[body].kind == "weld":
        place = _in_parent(joints[body], place)
        body = joints[body].parent
    return body, place


def _in_parent(joint: Joint, place: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = (p - c for p, c in zip(place, joint.child_location, strict=True))
    angle = joint.parent_orientation - joint.child_orientation
    c, s = math.cos(angle), math.sin(angle)
    px, py, pz = joint.parent_location
    return (px + c * x - s * y, py + s * x + c * y, pz + z)


def _limits_of_angles(model: Model, source: str) -> None:
    angles = {
        joint.rotation.coordinate
        for joint in model.joints
        if isinstance(joint.rotation.function, Linear) and abs(joint.rotation.function.slope) == 1.0
    }
    for limit in model.limits:
        if limit.coordinate not in angles:
            allowed = "the coordinate must be the joint's angle itself (slope 1 or -1)"
            raise problem(source, f"limit.{limit.name}.coordinate", limit.coordinate, allowed)
