"""What OpenSim can express of a course's ground and burdens; for the rest, why it cannot.

A ``ContactHalfSpace`` is infinite, so that a floor is one plane from end to end: steps, bounded slopes and bounded
patches have no counterpart under ``HuntCrossleyForce``. (A ``ContactMesh`` takes ``ElasticFoundationForce``, which is
another law.)
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from myorun.anatomy.model import GROUND, Body, Model
from myorun.errors import UsageError
from myorun.physics.surroundings import Surroundings

_EVERYWHERE = (-10.0, 100.0)  # m; a slope from before the one to beyond the other has no ends that a runner meets


def plane_angle(surroundings: Surroundings) -> float:
    """The angle [rad] of the one plane that the ground is, through the point under the start.

    :class:`UsageError` if it is not one plane.
    """
    steps, slopes, patches = (
        np.asarray(rows) for rows in (surroundings.steps, surroundings.slopes, surroundings.patches)
    )
    for name, rows in (("steps", steps), ("patches of floor", patches)):
        if len(rows):
            raise UsageError(
                f"the course has {name}; OpenSim's Hunt-Crossley contact knows infinite planes only, so that it has "
                "no place for them: use physics='native'"
            )
    if not len(slopes):
        return 0.0
    start, end, rise = slopes[0].tolist()
    if len(slopes) > 1 or start > _EVERYWHERE[0] or end < _EVERYWHERE[1]:
        raise UsageError(
            f"the course has a slope with an end; OpenSim's ground is one infinite plane, which only a single slope "
            f"from before {_EVERYWHERE[0]:g} m to beyond {_EVERYWHERE[1]:g} m is: use physics='native'"
        )
    return math.atan(rise / (end - start))


def burdened(model: Model, surroundings: Surroundings) -> Model:
    """The model with the surroundings' load on its trunk, slower muscles, and another surface under it."""
    s = surroundings
    muscles = [
        replace(m, activation_time=m.activation_time * s.activation_time,
                deactivation_time=m.deactivation_time * s.deactivation_time)
        for m in model.muscles
    ]  # fmt: skip
    contacts = [
        replace(c, stiffness=c.stiffness * s.stiffness, static_friction=c.static_friction * s.friction,
                dynamic_friction=c.dynamic_friction * s.friction, viscous_friction=c.viscous_friction * s.friction)
        for c in model.ground_contacts
    ]  # fmt: skip
    trunk = _trunk(model)
    bodies = [_laden(body, *s.load) if body.name == trunk and s.load[0] else body for body in model.bodies]
    return replace(model, muscles=tuple(muscles), ground_contacts=tuple(contacts), bodies=tuple(bodies))


def _trunk(model: Model) -> str:
    """The body that carries a load, by the rule of :mod:`myorun.physics.tables`."""
    names = [body.name for body in model.bodies if body.name != GROUND]
    return "torso" if "torso" in names else names[0]


def _laden(body: Body, mass: float, x: float, y: float) -> Body:
    """The body with a point mass welded on, in its plane through the origin of z."""
    total = body.mass + mass
    old, new = np.array(body.mass_center), np.array([x, y, 0.0])
    center = (body.mass * old + mass * new) / total
    inertia = np.array(body.inertia)
    for part, at in ((body.mass, old - center), (mass, new - center)):
        dx, dy, dz = at
        inertia += part * np.array([dy**2 + dz**2, dx**2 + dz**2, dx**2 + dy**2, -dx * dy, -dx * dz, -dy * dz])
    return replace(body, mass=total, mass_center=tuple(center.tolist()), inertia=tuple(inertia.tolist()))
