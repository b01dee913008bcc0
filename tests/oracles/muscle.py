"""The muscle of Thelen (2003), forwards: force from fibre velocity, as the paper states it.

The core inverts force-velocity for the velocity; here force follows from velocity, so that agreement is
no coincidence. J. Biomech. Eng. 125(1):70-77.
"""

from __future__ import annotations

import math

from myorun.anatomy.model import Muscle

from .runge_kutta import bisect


def tendon_force(m: Muscle, strain: float) -> float:
    """Tendon force over F_max at a tendon strain."""
    toe = 99 * m.tendon_strain * math.exp(3) / (166 * math.exp(3) - 67)
    if strain <= 0:
        return 0.0
    if strain <= toe:
        return 0.33 * math.expm1(3 * strain / toe) / math.expm1(3)
    return 0.33 + 0.67 * (strain - toe) / (m.tendon_strain - toe)


def passive_force(m: Muscle, length: float) -> float:
    """Passive fibre force over F_max at a fibre length over its optimum."""
    if length <= 1:
        return 0.0
    return math.expm1(m.passive_shape * (length - 1) / m.passive_strain) / math.expm1(m.passive_shape)


def active_force(m: Muscle, length: float) -> float:
    """Active force-length factor."""
    return math.exp(-((length - 1) ** 2) / m.active_shape)


def velocity_force(m: Muscle, velocity: float, activation: float) -> float:
    """Force-velocity factor at a fibre velocity over v_max, positive for lengthening."""
    af, limit = m.force_velocity_shape, m.max_lengthening_force
    v = velocity / (0.25 + 0.75 * activation)
    if v <= -1:
        return (v + 1) / (1 + 1 / af)
    if v <= 0:
        return (1 + v) / (1 - v / af)
    stretch = (2 + 2 / af) / (limit - 1)
    start = m.linear_extrapolation * limit
    v_start = (start - 1) / (stretch * (limit - start))
    if v < v_start:
        return (1 + v * stretch * limit) / (1 + v * stretch)
    slope = stretch * (limit - 1) / (1 + v_start * stretch) ** 2
    return start + slope * (v - v_start)


def shortest(m: Muscle) -> float:
    """Fibre length [m] at the largest pennation."""
    return m.optimal_fiber_length * math.sin(m.pennation_angle) / math.sin(m.max_pennation_angle)


def cosine(m: Muscle, length: float) -> float:
    """Cosine of pennation at a fibre length [m]; the fibre's height is constant."""
    return math.sqrt(1 - (m.optimal_fiber_length * math.sin(m.pennation_angle) / length) ** 2)


def tendon_strain(m: Muscle, path: float, length: float) -> float:
    return (path - length * cosine(m, length)) / m.tendon_slack_length - 1


def fiber_force(m: Muscle, length: float, velocity: float, activation: float) -> float:
    """Force along the fibre over F_max; length [m], velocity [m/s]."""
    normal = length / m.optimal_fiber_length
    v = velocity / (m.max_contraction_velocity * m.optimal_fiber_length)
    active = activation * active_force(m, normal) * velocity_force(m, v, activation)
    return active + passive_force(m, normal)


def imbalance(m: Muscle, path: float, length: float, velocity: float, activation: float) -> float:
    """Tendon force minus fibre force along the tendon, over F_max."""
    pull = fiber_force(m, length, velocity, activation) * cosine(m, length)
    return tendon_force(m, tendon_strain(m, path, length)) - pull


def isometric_length(m: Muscle, path: float, activation: float) -> float:
    """Fibre length [m] in balance with the tendon at rest."""
    low = max(shortest(m), 1e-6 * m.optimal_fiber_length) * (1 + 1e-12)
    height = m.optimal_fiber_length * math.sin(m.pennation_angle)
    high = math.hypot(max(path - m.tendon_slack_length, 0.0), height)
    return bisect(lambda length: imbalance(m, path, length, 0.0, activation), low, high)


def fiber_velocity(m: Muscle, path: float, length: float, activation: float) -> float:
    """Fibre velocity [m/s] that balances fibre and tendon, by bisection on the forward law."""
    fastest = 50 * m.max_contraction_velocity * m.optimal_fiber_length
    return bisect(lambda v: imbalance(m, path, length, v, activation), -fastest, fastest)
