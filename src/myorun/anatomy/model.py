"""The anatomy of a planar human as frozen, validated values.

A :class:`Model` is loaded once and never written: bodies hang together by
joints, muscles pull along paths over the bodies, spheres touch the ground and
ligaments hold the joints within their range. Nothing here moves; motion is the
business of :mod:`myorun.physics`.

Units are SI throughout: metres, kilograms, seconds, newtons, radians. The plane
of motion is x (forward) and y (up); z (to the right) is kept as a constant
offset because it lengthens muscle paths and separates the feet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from myorun.summation import total

Vector: TypeAlias = tuple[float, float, float]

GROUND = "ground"


# ---------------------------------------------------------------- functions of one coordinate


@dataclass(frozen=True, slots=True)
class Constant:
    """A function that ignores its argument."""

    value: float


@dataclass(frozen=True, slots=True)
class Linear:
    """``slope * x + intercept``."""

    slope: float
    intercept: float = 0.0


@dataclass(frozen=True, slots=True)
class SimmSpline:
    """The cubic spline of SIMM and OpenSim through ``(x, y)``.

    Its end conditions are not those of a natural spline; see
    :func:`myorun.physics.spline.coefficients`.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]


Function: TypeAlias = Constant | Linear | SimmSpline


# ---------------------------------------------------------------- skeleton


@dataclass(frozen=True, slots=True)
class Body:
    """A rigid body. A mass of zero is allowed only where a child is welded on."""

    name: str
    mass: float  # kg
    mass_center: Vector  # m, in the body frame
    inertia: tuple[float, float, float, float, float, float]  # kg m^2 about the mass center: xx yy zz xy xz yz


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One degree of freedom. A locked coordinate stays at its default value."""

    name: str
    motion: Literal["rotational", "translational"]
    default_value: float = 0.0  # rad or m
    default_speed: float = 0.0  # rad/s or m/s
    range: tuple[float, float] = (-1.5707963267948966, 1.5707963267948966)  # rad or m; clamps moving path points only
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Motion:
    """How far a joint has turned or slid along one axis: a function of a coordinate.

    ``coordinate`` is ``None`` exactly when ``function`` is a :class:`Constant`.
    """

    function: Function
    coordinate: str | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """Child relative to parent: translate in the parent's joint frame, then rotate about z.

    ===========  =========================================================
    kind         coordinates
    ===========  =========================================================
    ``pin``      one rotation
    ``planar``   rotation, x, y (in this order)
    ``weld``     none
    ``custom``   any, through ``rotation`` and ``translation``
    ===========  =========================================================

    ``rotation`` and ``translation`` (x, y, z; z must be constant) are always
    filled in, also for the simple kinds, so that physics needs one rule only.
    """

    name: str
    kind: Literal["pin", "planar", "weld", "custom"]
    parent: str
    child: str
    parent_location: Vector  # m, joint frame in the parent body
    parent_orientation: float  # rad about z, joint frame in the parent body
    child_location: Vector  # m, joint frame in the child body
    child_orientation: float  # rad about z, joint frame in the child body
    coordinates: tuple[str, ...]
    rotation: Motion
    translation: tuple[Motion, Motion, Motion]


# ---------------------------------------------------------------- muscles


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A path point that is always on the path."""

    name: str
    body: str
    location: Vector  # m, in the body frame


@dataclass(frozen=True, slots=True)
class ConditionalPoint:
    """A path point that is on the path only while a coordinate is within ``range``."""

    name: str
    body: str
    location: Vector  # m, in the body frame
    coordinate: str
    range: tuple[float, float]  # rad


@dataclass(frozen=True, slots=True)
class MovingPoint:
    """A path point that slides in its body frame as a coordinate changes."""

    name: str
    body: str
    x: Motion  # m
    y: Motion  # m
    z: Motion  # m; must not vary


PathPoint: TypeAlias = FixedPoint | ConditionalPoint | MovingPoint


@dataclass(frozen=True, slots=True)
class Muscle:
    """A musculotendon unit after Thelen (2003), J. Biomech. Eng. 125(1):70-77, with a compliant tendon."""

    name: str
    path: tuple[PathPoint, ...]
    max_isometric_force: float  # N
    optimal_fiber_length: float  # m
    tendon_slack_length: float  # m
    pennation_angle: float  # rad, at optimal fiber length
    max_contraction_velocity: float = 15.0  # optimal fiber lengths per second
    activation_time: float = 0.01  # s
    deactivation_time: float = 0.04  # s
    tendon_strain: float = 0.049  # at maximum isometric force
    passive_strain: float = 0.6  # fiber strain at maximum isometric force, passive
    active_shape: float = 0.45  # width of the active force-length Gaussian
    passive_shape: float = 5.0  # exponent of the passive force-length curve
    force_velocity_shape: float = 0.25  # A_f
    max_lengthening_force: float = 1.4  # F_len, in maximum isometric forces
    linear_extrapolation: float = 0.95  # of F_len, above which force-velocity is linear
    max_pennation_angle: float = 1.4706289056333368  # rad, acos(0.1)
    min_activation: float = 0.01
    default_activation: float = 0.05
    default_fiber_length: float = 0.1  # m, only where a file states it; resets equilibrate


# ---------------------------------------------------------------- contacts and ligaments


@dataclass(frozen=True, slots=True)
class ContactSphere:
    """A sphere fixed to a body that can touch the ground and obstacles."""

    name: str
    body: str
    location: Vector  # m, centre in the body frame
    radius: float  # m


@dataclass(frozen=True, slots=True)
class GroundContact:
    """Hunt-Crossley contact of some spheres with the plane y = 0, one force element.

    The spheres of one element are evaluated together, which matters for the order
    quirk described in ``docs/physics.md``.
    """

    name: str
    spheres: tuple[str, ...]
    stiffness: float  # Pa, plane-strain modulus of sphere and plane alike
    dissipation: float  # s/m
    static_friction: float
    dynamic_friction: float
    viscous_friction: float  # s/m
    transition_velocity: float  # m/s


@dataclass(frozen=True, slots=True)
class CoordinateLimit:
    """A ligament: a torque that pushes a rotational coordinate back into its range.

    Stated in radians; OpenSim files state degrees.
    """

    name: str
    coordinate: str
    upper_limit: float  # rad
    lower_limit: float  # rad
    upper_stiffness: float  # N m/rad
    lower_stiffness: float  # N m/rad
    damping: float  # N m s/rad
    transition: float  # rad, over which stiffness and damping come on


@dataclass(frozen=True, slots=True)
class Model:
    """A planar musculoskeletal model. Equal values mean equal models."""

    name: str
    credits: str
    publications: str
    gravity: tuple[float, float]  # m/s^2, x and y
    bodies: tuple[Body, ...]  # parents before children; the ground is not listed
    joints: tuple[Joint, ...]  # one a body, in the order of ``bodies``
    coordinates: tuple[Coordinate, ...]  # in the order of ``joints``, locked ones included
    muscles: tuple[Muscle, ...]
    contact_spheres: tuple[ContactSphere, ...]
    ground_contacts: tuple[GroundContact, ...]
    limits: tuple[CoordinateLimit, ...]

    @property
    def mass(self) -> float:
        """Of all bodies together, kg."""
        return total(body.mass for body in self.bodies)

    @property
    def weight(self) -> float:
        """Mass times gravity, N."""
        return -self.gravity[1] * self.mass

    @property
    def free_coordinates(self) -> tuple[Coordinate, ...]:
        """The coordinates that move: the order of every coordinate array in physics."""
        return tuple(c for c in self.coordinates if not c.locked)
