"""Hunt-Crossley contact and friction as plain scalars, and what follows from them without integration.

f = K d^(3/2) (1 + b v), v the closing speed, b = 3/2 c: a mass m that hits with v_in leaves with v_out where
  g(v_out) = g(v_in),   g(v) = v/b - ln(1 + b v)/b^2
because m v dv/dd = -f separates. (Hunt & Crossley 1975, J. Appl. Mech. 42(2):440-445, give its expansion
v_out = -(1 - b v_in * 2/3 ...) v_in.) Gravity is left out, which a stiff short impact allows.
"""

from __future__ import annotations

import math

from .runge_kutta import bisect


def ground_stiffness(stiffness: float, radius: float) -> float:
    """K [N/m^1.5] of a sphere on a plane of the same modulus."""
    k = 0.5 * stiffness ** (2 / 3)
    return 4 / 3 * math.sqrt(radius) * k**1.5


def ball_stiffness(sphere_radius: float, ball_radius: float) -> float:
    """K [N/m^1.5] of a foot sphere on an obstacle, whose modulus is 10^6 / r on both sides."""
    k = 0.5 * (1e6 / ball_radius) ** (2 / 3)
    relative = sphere_radius * ball_radius / (sphere_radius + ball_radius)
    return 4 / 3 * math.sqrt(relative) * k**1.5


def hunt_crossley(factor: float, depth: float, closing: float, dissipation: float) -> float:
    """Normal force [N], never pulling."""
    if depth <= 0:
        return 0.0
    return max(0.0, factor * depth**1.5 * (1 + 1.5 * dissipation * closing))


def rebound_speed(v_in: float, dissipation: float) -> float:
    """Speed [m/s] after an impact at v_in, without gravity."""
    b = 1.5 * dissipation
    if b == 0:
        return v_in

    def g(v: float) -> float:
        return v / b - math.log1p(b * v) / b**2

    target = g(v_in)
    slowest = -min(v_in, (1 - 1e-15) / b)
    return -bisect(lambda v: g(v) - target, slowest, 0.0)


def deepest(v_in: float, dissipation: float, factor: float, mass: float) -> float:
    """Largest depth [m] of that impact: 2/5 K d^2.5 = m (g(v_in) - g(0))."""
    b = 1.5 * dissipation
    g = v_in**2 / 2 if b == 0 else v_in / b - math.log1p(b * v_in) / b**2
    return (2.5 * mass * g / factor) ** 0.4


def rest_depth(factor: float, weight: float) -> float:
    """Depth [m] at which a sphere carries the weight [N]."""
    return (weight / factor) ** (2 / 3)


def coulomb_coefficient(slip: float, static: float, dynamic: float, viscous: float, transition: float) -> float:
    """Friction per normal force at a slip speed [m/s]."""
    v = abs(slip)
    ramp = min(v / transition, 1.0)
    return ramp * (dynamic + 2 * (static - dynamic) / (1 + (v / transition) ** 2)) + viscous * v


def slide(v0: float, mu: float, gravity: float, transition: float, t: float) -> tuple[float, float]:
    """Distance and speed of a block sliding at v0 >= transition with equal static and dynamic friction.

    Above the transition speed the slowing is constant, below it is exponential.
    """
    slowing = mu * gravity
    t1 = (v0 - transition) / slowing
    if t <= t1:
        return v0 * t - slowing * t**2 / 2, v0 - slowing * t
    x1 = v0 * t1 - slowing * t1**2 / 2
    rate = slowing / transition
    decay = math.exp(-rate * (t - t1))
    return x1 + transition / rate * (1 - decay), transition * decay
