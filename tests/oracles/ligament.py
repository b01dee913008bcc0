"""The torque of a coordinate limit, written as three cases."""

from __future__ import annotations

from myorun.anatomy.model import CoordinateLimit


def onset(t: float) -> float:
    """The quintic that rises from 0 at 0 to 1 at 1 with two vanishing derivatives at both ends."""
    if t <= 0:
        return 0.0
    return 1.0 if t >= 1 else t**3 * (10 - 15 * t + 6 * t**2)


def torque(limit: CoordinateLimit, q: float, u: float) -> float:
    """Torque [N m] at a coordinate [rad] and its speed [rad/s]."""
    if q > limit.upper_limit:
        beyond = q - limit.upper_limit
        share = onset(beyond / limit.transition)
        return -limit.upper_stiffness * share * beyond - limit.damping * share * u
    if q < limit.lower_limit:
        beyond = limit.lower_limit - q
        share = onset(beyond / limit.transition)
        return limit.lower_stiffness * share * beyond - limit.damping * share * u
    return 0.0
