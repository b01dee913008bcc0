"""What a model must be for a simulation of it to mean anything. All rules are in this file;
:mod:`~myorun.anatomy.checks` has what they are made of.

Every file format and every hand-made :class:`Model` passes here, so that physics
can take for granted what it builds on: names that resolve, a tree that stands on
the ground, masses that can be accelerated, muscles that have a length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from myorun.anatomy.checks import SMALLEST, Checks
from myorun.anatomy.joints import COORDINATE_COUNT, MOTION_TYPES, simple_motions
from myorun.anatomy.model import (
    GROUND,
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
    SimmSpline,
)
from myorun.errors import ModelError

MOST_PARTS = 2000  # of one kind


def validate(model: Model, source: str) -> Model:
    """``model`` itself if it keeps every rule, else a :class:`~myorun.errors.ModelError` naming the first it breaks.

    ``source`` is the file, or what else the model came from, to be named in the error.
    """
    try:
        _Validator(model, source).run()
    except (TypeError, AttributeError) as error:  # a model made by hand, from parts that are none
        raise ModelError(f"{source}: a part of the model is of the wrong type: {error}") from error
    return model


class _Validator(Checks):
    def __init__(self, model: Model, source: str) -> None:
        super().__init__(source)
        self.model = model
        self.bodies = [body.name for body in model.bodies]
        self.coordinates = {coordinate.name: coordinate for coordinate in model.coordinates}

    def run(self) -> None:
        self.texts()
        self.names()
        for x in self.model.gravity:
            self.number("gravity", x)
        self.each("body", self.model.bodies, self.body)
        self.tree()
        self.each("joint", self.model.joints, self.joint)
        self.each("coordinate", self.model.coordinates, self.coordinate)
        self.coordinate_order()
        self.masses()
        self.each("muscle", self.model.muscles, self.muscle)
        self.each("ground_contact", self.model.ground_contacts, self.contact)
        self.spheres()
        self.each("limit", self.model.limits, self.limit)

    # ------------------------------------------------------------ names

    def body_name(self, key: str, name: str) -> None:
        self.known(key, name, [GROUND, *self.bodies])

    def coordinate_name(self, key: str, name: str | None) -> None:
        self.known(key, name or "", self.coordinates)

    def each(self, section: str, parts: Iterable[_Part], check: Callable[..., None]) -> None:
        for part in parts:
            check(f"{section}.{part.name}", part)

    def texts(self) -> None:
        for key in ("name", "credits", "publications"):
            self.text(key, getattr(self.model, key), one_line=key == "name")

    def names(self) -> None:
        model = self.model
        if not model.bodies:
            raise self.wrong("body", (), "at least one body is wanted")
        forces: tuple[_Part, ...] = (*model.muscles, *model.ground_contacts, *model.limits)
        sections: dict[str, Sequence[_Part]] = {
            "body": model.bodies,
            "joint": model.joints,
            "coordinate": model.coordinates,
            "contact_sphere": model.contact_spheres,
            "muscle, ground_contact or limit": forces,
        }
        for section, parts in sections.items():
            if len(parts) > MOST_PARTS:
                raise self.wrong(section, f"{len(parts)} parts", f"at most {MOST_PARTS} are allowed")
            self.unique(section, [part.name for part in parts], [GROUND] if section == "body" else [])
        for muscle in model.muscles:
            if len(muscle.path) > MOST_PARTS:
                raise self.wrong(f"muscle.{muscle.name}.path", f"{len(muscle.path)} points", f"at most {MOST_PARTS}")
            self.unique(f"muscle.{muscle.name}.path", [point.name for point in muscle.path])

    # ------------------------------------------------------------ skeleton

    def body(self, key: str, body: Body) -> None:
        if body.mass != 0.0:
            self.positive(f"{key}.mass", body.mass)
        self.vector(f"{key}.mass_center", body.mass_center)
        self.vector(f"{key}.inertia", body.inertia, 6)
        for i in range(3):
            self.not_negative(f"{key}.inertia[{i}]", body.inertia[i])
        if body.mass == 0.0 and any(body.inertia):
            raise self.wrong(f"{key}.inertia", body.inertia, "a body without mass has no inertia")

    def tree(self) -> None:
        """One joint a body, in the same order, each hanging from the ground or an earlier body."""
        joints = {joint.child: joint for joint in self.model.joints}
        for joint in self.model.joints:
            self.known(f"joint.{joint.name}.child", joint.child, self.bodies)
            self.body_name(f"joint.{joint.name}.parent", joint.parent)
            if joints[joint.child] is not joint:
                other = joints[joint.child].name
                raise self.wrong(f"joint.{joint.name}.child", joint.child, f"joint {other} holds this body already")
        earlier = {GROUND}
        for name in self.bodies:
            if name not in joints:
                raise self.wrong(f"body.{name}", name, "a joint whose child is this body is wanted")
            if joints[name].parent not in earlier:
                key, parent = f"joint.{joints[name].name}.parent", joints[name].parent
                raise self.wrong(key, parent, f"the ground or a body that is listed before {name} is wanted")
            earlier.add(name)
        if [joint.child for joint in self.model.joints] != self.bodies:
            order = [joint.name for joint in self.model.joints]
            raise self.wrong("joint", order, "joints must be in the order of their bodies")

    def joint(self, key: str, joint: Joint) -> None:
        if joint.kind not in ("pin", "planar", "weld", "custom"):
            raise self.wrong(f"{key}.kind", joint.kind, "'pin', 'planar', 'weld' or 'custom' is wanted")
        self.vector(f"{key}.parent_location", joint.parent_location)
        self.vector(f"{key}.child_location", joint.child_location)
        self.number(f"{key}.parent_orientation", joint.parent_orientation)
        self.number(f"{key}.child_orientation", joint.child_orientation)
        for name in joint.coordinates:
            self.coordinate_name(f"{key}.coordinates", name)
        self.motions(key, joint)
        self.motion_types(key, joint)

    def motions(self, key: str, joint: Joint) -> None:
        names = ("rotation", "x", "y", "z")
        motions = dict(zip(names, (joint.rotation, *joint.translation), strict=True))
        for name, motion in motions.items():
            self.motion(f"{key}.{name}", motion, joint.coordinates)
        self.constant(f"{key}.z", joint.translation[2])
        used = {motion.coordinate for motion in motions.values()}
        for name in joint.coordinates:
            if name not in used:
                raise self.wrong(f"{key}.coordinates", name, "rotation, x or y must be a function of this coordinate")
        if joint.kind == "custom":
            return
        wanted = COORDINATE_COUNT[joint.kind]
        if len(joint.coordinates) != wanted:
            raise self.wrong(f"{key}.coordinates", joint.coordinates, f"a {joint.kind} joint has {wanted}")
        if (joint.rotation, joint.translation) != simple_motions(joint.kind, joint.coordinates):
            raise self.wrong(f"{key}.kind", joint.kind, "rotation and translation are given by this kind; use 'custom'")

    def motion_types(self, key: str, joint: Joint) -> None:
        for i, name in enumerate(joint.coordinates):
            turns = joint.rotation.coordinate == name
            wanted = "rotational" if turns else "translational"
            if joint.kind != "custom":
                wanted = MOTION_TYPES[joint.kind][i]
            if self.coordinates[name].motion != wanted:
                allowed = f"{wanted!r} is wanted, for that is what it does in {key}"
                raise self.wrong(f"coordinate.{name}.motion", self.coordinates[name].motion, allowed)

    def motion(self, key: str, motion: Motion, allowed: Iterable[str]) -> None:
        function = motion.function
        if isinstance(function, Constant):
            self.number(key, function.value)
            if motion.coordinate is not None:
                raise self.wrong(f"{key}.coordinate", motion.coordinate, "a constant has no coordinate")
            return
        self.known(f"{key}.coordinate", motion.coordinate or "", allowed)
        if isinstance(function, Linear):
            self.number(f"{key}.slope", function.slope)
            self.number(f"{key}.intercept", function.intercept)
            if abs(function.slope) < SMALLEST:
                raise self.wrong(f"{key}.slope", function.slope, "a number for a constant, or a slope other than 0")
        elif isinstance(function, SimmSpline):
            self.spline(f"{key}.spline", function)
        else:
            raise self.wrong(key, function, "a constant, a linear function or a spline is wanted")

    def spline(self, key: str, spline: SimmSpline) -> None:
        if len(spline.x) != len(spline.y) or len(spline.x) < 2:
            raise self.wrong(key, f"{len(spline.x)} x, {len(spline.y)} y", "as many x as y, two or more, are wanted")
        for i, (x, y) in enumerate(zip(spline.x, spline.y, strict=True)):
            self.number(f"{key}[{i}][0]", x)
            self.number(f"{key}[{i}][1]", y)
            if i and x - spline.x[i - 1] < SMALLEST:
                raise self.wrong(f"{key}[{i}][0]", x, f"knots must increase; more than {spline.x[i - 1]!r} is wanted")

    def constant(self, key: str, motion: Motion) -> None:
        if not isinstance(motion.function, Constant):
            raise self.wrong(key, motion.function, "a number is wanted: a planar model never moves along z")

    def coordinate(self, key: str, coordinate: Coordinate) -> None:
        self.number(f"{key}.default_value", coordinate.default_value)
        self.number(f"{key}.default_speed", coordinate.default_speed)
        self.increasing(f"{key}.range", coordinate.range)
        if coordinate.locked and coordinate.default_speed != 0.0:
            raise self.wrong(f"{key}.default_speed", coordinate.default_speed, "a locked coordinate has speed 0")

    def coordinate_order(self) -> None:
        used = [name for joint in self.model.joints for name in joint.coordinates]
        for name in self.coordinates:
            if used.count(name) != 1:
                allowed = f"exactly one joint must have this coordinate; {used.count(name)} have"
                raise self.wrong(f"coordinate.{name}", name, allowed)
        if used != list(self.coordinates):
            raise self.wrong("coordinate", list(self.coordinates), "coordinates must be in the order of their joints")
        if all(coordinate.locked for coordinate in self.model.coordinates):
            raise self.wrong("coordinate", list(self.coordinates), "at least one that is not locked is wanted")

    def masses(self) -> None:
        """Whatever a free coordinate moves must have mass, and inertia against turning."""
        group = {GROUND: GROUND}
        root: dict[str, Joint] = {}
        for joint in self.model.joints:
            free = any(not self.coordinates[name].locked for name in joint.coordinates)
            group[joint.child] = joint.child if free else group[joint.parent]
            if free:
                root[joint.child] = joint
        for name, joint in root.items():
            self.moved(joint, [body for body in self.model.bodies if group[body.name] == name])

    def moved(self, joint: Joint, bodies: list[Body]) -> None:
        heavy = [body for body in bodies if body.mass > 0.0]
        if not heavy:
            allowed = f"joint {joint.name} moves this body, so it or one welded to it needs a mass above 0"
            raise self.wrong(f"body.{joint.child}.mass", 0.0, allowed)
        swings = joint.kind != "planar" and heavy[0].mass_center[:2] != joint.child_location[:2]
        turns = joint.rotation.coordinate is not None
        if turns and len(heavy) == 1 and heavy[0].inertia[2] < SMALLEST and not swings:
            allowed = f"joint {joint.name} turns this body, so its inertia about z must be above 0"
            raise self.wrong(f"body.{joint.child}.inertia[2]", heavy[0].inertia[2], allowed)

    # ------------------------------------------------------------ muscles

    def muscle(self, key: str, muscle: Muscle) -> None:
        for name in _POSITIVE:
            self.positive(f"{key}.{name}", getattr(muscle, name))
        quarter = math.pi / 2.0
        self.number(f"{key}.max_pennation_angle", muscle.max_pennation_angle, SMALLEST, quarter)
        self.number(f"{key}.pennation_angle", muscle.pennation_angle, 0.0, muscle.max_pennation_angle)
        self.number(f"{key}.max_lengthening_force", muscle.max_lengthening_force, 1.0 + SMALLEST)
        low = 1.0 / muscle.max_lengthening_force
        self.number(f"{key}.linear_extrapolation", muscle.linear_extrapolation, low, 1.0 - SMALLEST)
        self.number(f"{key}.min_activation", muscle.min_activation, SMALLEST, 1.0)
        self.number(f"{key}.default_activation", muscle.default_activation, 0.0, 1.0)
        for i, point in enumerate(muscle.path):
            self.point(f"{key}.path[{i}]", point)
        always = [point for point in muscle.path if not isinstance(point, ConditionalPoint)]
        if len(always) < 2:
            raise self.wrong(f"{key}.path", f"{len(always)} points", "at least two points that are always on the path")

    def point(self, key: str, point: PathPoint) -> None:
        self.body_name(f"{key}.body", point.body)
        if isinstance(point, MovingPoint):
            for axis, motion in (("x", point.x), ("y", point.y), ("z", point.z)):
                self.motion(f"{key}.{axis}", motion, self.coordinates)
            self.constant(f"{key}.z", point.z)
            return
        self.vector(f"{key}.location", point.location)
        if isinstance(point, ConditionalPoint):
            self.coordinate_name(f"{key}.coordinate", point.coordinate)
            self.increasing(f"{key}.range", point.range)

    # ------------------------------------------------------------ contacts and ligaments

    def spheres(self) -> None:
        used = [name for contact in self.model.ground_contacts for name in contact.spheres]
        for sphere in self.model.contact_spheres:
            key = f"contact_sphere.{sphere.name}"
            self.known(f"{key}.body", sphere.body, self.bodies)
            self.vector(f"{key}.location", sphere.location)
            self.positive(f"{key}.radius", sphere.radius)
            if used.count(sphere.name) != 1:
                allowed = f"exactly one ground_contact must have this sphere; {used.count(sphere.name)} have"
                raise self.wrong(key, sphere.name, allowed)

    def contact(self, key: str, contact: GroundContact) -> None:
        if not contact.spheres:
            raise self.wrong(f"{key}.spheres", [], "at least one contact_sphere is wanted")
        for name in contact.spheres:
            self.known(f"{key}.spheres", name, [sphere.name for sphere in self.model.contact_spheres])
        self.positive(f"{key}.stiffness", contact.stiffness)
        self.positive(f"{key}.transition_velocity", contact.transition_velocity)
        for name in ("dissipation", "static_friction", "dynamic_friction", "viscous_friction"):
            self.not_negative(f"{key}.{name}", getattr(contact, name))

    def limit(self, key: str, limit: CoordinateLimit) -> None:
        self.coordinate_name(f"{key}.coordinate", limit.coordinate)
        if self.coordinates[limit.coordinate].motion != "rotational":
            raise self.wrong(f"{key}.coordinate", limit.coordinate, "a rotational coordinate is wanted")
        self.increasing(f"{key}.range", (limit.lower_limit, limit.upper_limit))
        for name in ("upper_stiffness", "lower_stiffness", "damping"):
            self.not_negative(f"{key}.{name}", getattr(limit, name))
        self.positive(f"{key}.transition", limit.transition)


_Part = Body | Joint | Coordinate | Muscle | ContactSphere | GroundContact | CoordinateLimit
_POSITIVE = (
    "max_isometric_force",
    "optimal_fiber_length",
    "tendon_slack_length",
    "max_contraction_velocity",
    "activation_time",
    "deactivation_time",
    "tendon_strain",
    "passive_strain",
    "active_shape",
    "passive_shape",
    "force_velocity_shape",
    "default_fiber_length",
)
