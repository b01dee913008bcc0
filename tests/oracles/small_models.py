"""Small models with closed forms, from the same dataclasses as the human's: no line of C++ knows them."""

from __future__ import annotations

from myorun.anatomy.model import (
    GROUND,
    Body,
    Constant,
    ContactSphere,
    Coordinate,
    CoordinateLimit,
    FixedPoint,
    GroundContact,
    Joint,
    Linear,
    Model,
    Motion,
    Muscle,
    SimmSpline,
    Vector,
)

STILL = Motion(Constant(0.0))
ORIGIN: Vector = (0.0, 0.0, 0.0)


def body(name: str, mass: float = 1.0, center: Vector = ORIGIN, inertia: float = 0.0) -> Body:
    return Body(name, mass, center, (0.0, 0.0, inertia, 0.0, 0.0, 0.0))


def follow(coordinate: str) -> Motion:
    """A motion equal to a coordinate."""
    return Motion(Linear(1.0), coordinate)


def pin(name: str, parent: str, child: str, at: Vector = ORIGIN) -> Joint:
    return Joint(f"{name}_joint", "pin", parent, child, at, 0.0, ORIGIN, 0.0, (name,), follow(name), (STILL,) * 3)


def plane(child: str, names: tuple[str, str, str] = ("turn", "x", "y")) -> Joint:
    turn, x, y = names
    moves = (follow(x), follow(y), STILL)
    return Joint(f"{child}_joint", "planar", GROUND, child, ORIGIN, 0.0, ORIGIN, 0.0, names, follow(turn), moves)


def slider(name: str, child: str, *, angle: float = 0.0) -> Joint:
    """Slides along the x axis of a frame turned by ``angle`` in the ground."""
    moves = (follow(name), STILL, STILL)
    return Joint(f"{name}_joint", "custom", GROUND, child, ORIGIN, angle, ORIGIN, 0.0, (name,), STILL, moves)


def plane_coordinates(x: float = 0.0, y: float = 0.0, *, can_turn: bool = True) -> tuple[Coordinate, ...]:
    return (
        Coordinate("turn", "rotational", locked=not can_turn),
        Coordinate("x", "translational", x),
        Coordinate("y", "translational", y),
    )


def model(
    bodies: tuple[Body, ...],
    joints: tuple[Joint, ...],
    coordinates: tuple[Coordinate, ...],
    *,
    gravity: float = 9.80665,
    muscles: tuple[Muscle, ...] = (),
    spheres: tuple[ContactSphere, ...] = (),
    contacts: tuple[GroundContact, ...] = (),
    limits: tuple[CoordinateLimit, ...] = (),
) -> Model:
    down = (0.0, -gravity)
    return Model("small", "", "", down, bodies, joints, coordinates, muscles, spheres, contacts, limits)


def pendulum(length: float, mass: float, inertia: float = 0.0, *, start: float = 0.0) -> Model:
    """A bob below a pin: w^2 = m g length / (inertia + m length^2)."""
    bob = body("bob", mass, (0.0, -length, 0.0), inertia)
    return model((bob,), (pin("angle", GROUND, "bob"),), (Coordinate("angle", "rotational", start),))


def double_pendulum() -> Model:
    upper = body("upper", 2.0, (0.0, -0.4, 0.0), 0.05)
    lower = body("lower", 1.0, (0.05, -0.3, 0.0), 0.02)
    joints = (pin("first", GROUND, "upper"), pin("second", "upper", "lower", (0.0, -0.7, 0.0)))
    return model((upper, lower), joints, (Coordinate("first", "rotational"), Coordinate("second", "rotational")))


def crank(x: tuple[float, ...], y: tuple[float, ...]) -> Model:
    """A body whose joint slides along a spline of the angle it turns by."""
    moves = (Motion(SimmSpline(x, y), "angle"), Motion(Linear(0.5, 0.1), "angle"), STILL)
    joint = Joint("crank", "custom", GROUND, "arm", ORIGIN, 0.3, ORIGIN, 0.0, ("angle",), follow("angle"), moves)
    return model((body("arm", 2.0, (0.1, -0.2, 0.0), 0.1),), (joint,), (Coordinate("angle", "rotational"),))


def ground_contact(spheres: tuple[str, ...] = ("tread",), *, dissipation: float = 1.5, friction: float = 0.8,
                   static: float | None = None, viscous: float = 0.0) -> GroundContact:  # fmt: skip
    mu = friction if static is None else static
    return GroundContact("floor", spheres, 6e5, dissipation, mu, friction, viscous, 0.1)


def ball(mass: float, radius: float = 0.05, *, inertia: float = 0.1, can_turn: bool = True, gravity: float = 9.80665,
         contact: GroundContact | None = None, z: float = 0.0) -> Model:  # fmt: skip
    """One sphere in the plane, over the ground; with ``can_turn`` False it slides as a block does."""
    tread = ContactSphere("tread", "ball", (0.0, 0.0, z), radius)
    contacts = () if contact is None else (contact,)
    return model(
        (body("ball", mass, inertia=inertia),),
        (plane("ball"),),
        plane_coordinates(y=1.0, can_turn=can_turn),
        gravity=gravity,
        spheres=(tread,),
        contacts=contacts,
    )


def thelen(name: str = "muscle", path: tuple[FixedPoint, ...] = (), *, pennation: float = 0.3) -> Muscle:
    """A muscle much like soleus."""
    return Muscle(name, path, 3000.0, 0.05, 0.2, pennation)


def clamped_muscle(length: float, *, pennation: float = 0.3) -> Model:
    """A muscle with both ends in the ground, beside a body that has nothing to do with it."""
    ends = FixedPoint("a", GROUND, ORIGIN), FixedPoint("b", GROUND, (length, 0.0, 0.0))
    muscle = thelen(path=ends, pennation=pennation)
    return model((body("load"),), (slider("x", "load"),), (Coordinate("x", "translational"),), muscles=(muscle,))


def hanging_load(mass: float, length: float) -> Model:
    """A load that hangs on a muscle from the ceiling and slides down along x (gravity along x)."""
    ends = FixedPoint("a", GROUND, ORIGIN), FixedPoint("b", "load", ORIGIN)
    muscle = thelen(path=ends)
    joint = slider("drop", "load", angle=-1.5707963267948966)
    return model((body("load", mass),), (joint,), (Coordinate("drop", "translational", length),), muscles=(muscle,))


def limited_hinge(limit: CoordinateLimit, *, inertia: float = 0.5) -> Model:
    """A hinge without gravity between two ligaments."""
    flap = body("flap", 1.0, inertia=inertia)
    return model((flap,), (pin("angle", GROUND, "flap"),), (Coordinate("angle", "rotational"),), gravity=0.0,
                 limits=(limit,))  # fmt: skip
