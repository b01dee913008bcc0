"""Forces of the ground and of obstacles on every contact sphere, sphere by sphere, from the laws alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from myorun.anatomy.model import ContactSphere, GroundContact, Model

from . import contact
from .jet import along
from .skeleton import Skeleton

Pair = tuple[float, float]
OBSTACLE_DISSIPATION = 1e-5  # s/m


@dataclass(frozen=True)
class Moving:
    """A sphere's centre, the rate it turns at, and its velocity."""

    sphere: ContactSphere
    x: float
    y: float
    z: float
    vx: float
    vy: float
    omega: float

    @property
    def depth(self) -> float:
        return self.sphere.radius - self.y

    @property
    def contact_velocity(self) -> Pair:
        """Of the foot's material at the contact point, half the depth below the ground."""
        drop = -self.depth / 2 - self.y
        return self.vx - self.omega * drop, self.vy


def moving_spheres(skeleton: Skeleton, q: list[float], u: list[float]) -> dict[str, Moving]:
    places = skeleton.places(along(q, u, [0.0] * len(q)))
    found = {}
    for s in skeleton.model.contact_spheres:
        c = places[s.body].point(*s.location)
        found[s.name] = Moving(s, c.x.value, c.y.value, c.z, c.x.first, c.y.first, c.angle.first)
    return found


def ground_force(law: GroundContact, m: Moving) -> Pair:
    """Force [N] on one sphere, as if it were alone."""
    vx, vy = m.contact_velocity
    factor = contact.ground_stiffness(law.stiffness, m.sphere.radius)
    normal = contact.hunt_crossley(factor, m.depth, -vy, law.dissipation)
    mu = contact.coulomb_coefficient(
        vx, law.static_friction, law.dynamic_friction, law.viscous_friction, law.transition_velocity
    )
    return -math.copysign(mu * normal, vx), normal


def sweep(members: list[Moving]) -> list[Moving]:
    """A force element's spheres in the order in which the reference meets them.

    Along the axis of the largest summed distance from the mean, over the centres and the ground's origin.
    """
    points = [(0.0, 0.0, 0.0), *((m.x, m.y, m.z) for m in members)]
    spread = []
    for axis in range(3):
        values = [p[axis] for p in points]
        mean = sum(values) / len(values)
        spread.append(sum(abs(v - mean) for v in values))
    planar = 0 if spread[0] > spread[1] else 1
    axis = 2 if spread[2] > spread[planar] else planar
    return sorted(members, key=lambda m: (m.x, m.y, m.z)[axis])


def ground_forces(model: Model, spheres: dict[str, Moving], *, order_quirk: bool = True) -> dict[str, Pair]:
    """Force [N] on every sphere; with the quirk, none after the first of an element that would pull."""
    forces = {}
    for law in model.ground_contacts:
        silent = False
        for m in sweep([spheres[name] for name in law.spheres]):
            force = ground_force(law, m)
            forces[m.sphere.name] = (0.0, 0.0) if silent and order_quirk else force
            silent = silent or (m.depth > 0 and force[1] <= 0)
    return forces


def obstacle_force(m: Moving, ball: tuple[float, float, float]) -> Pair:
    """Force [N] of a ball (x, y, radius) in the plane z = 0 on a sphere."""
    dx, dy = m.x - ball[0], m.y - ball[1]
    distance = math.sqrt(dx**2 + dy**2 + m.z**2)
    opening = (m.vx * dx + m.vy * dy) / distance
    factor = contact.ball_stiffness(m.sphere.radius, ball[2])
    depth = ball[2] + m.sphere.radius - distance
    size = contact.hunt_crossley(factor, depth, -opening, OBSTACLE_DISSIPATION)
    return size * dx / distance, size * dy / distance
