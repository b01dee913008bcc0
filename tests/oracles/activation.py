"""Activation after a step of excitation, in closed form.

Rising and falling separate:
  t = t_act [ -3/2 (a - a0) - (1/2 + 3/2 e) ln((e - a)/(e - a0)) ]                     a0 <= a < e
  t = t_deact/(1/2 + 3/2 e) ln[ (1/2 + 3/2 a)(e - a0) / ((1/2 + 3/2 a0)(e - a)) ]      a0 >= a > e
Below the least activation the rate keeps the value it has there, so a sinks or rises linearly.
"""

from __future__ import annotations

import math

from .runge_kutta import bisect


def rise_time(a0: float, a: float, e: float, t_act: float = 0.01) -> float:
    """Time [s] to rise from a0 to a under excitation e > a >= a0."""
    return t_act * (-1.5 * (a - a0) - (0.5 + 1.5 * e) * math.log((e - a) / (e - a0)))


def fall_time(a0: float, a: float, e: float, t_deact: float = 0.04) -> float:
    """Time [s] to fall from a0 to a under excitation e < a <= a0."""
    ratio = (0.5 + 1.5 * a) * (e - a0) / ((0.5 + 1.5 * a0) * (e - a))
    return t_deact / (0.5 + 1.5 * e) * math.log(ratio)


def after(a0: float, e: float, t: float) -> float:
    """Activation t seconds after excitation stepped to e; for a0 above the least activation."""
    if e > a0:
        return bisect(lambda a: rise_time(a0, a, e) - t, a0, math.nextafter(e, a0))
    if e == a0:
        return e
    return bisect(lambda a: fall_time(a0, a, e) - t, a0, math.nextafter(e, a0))


def sinking_rate(e: float, least: float = 0.01, t_deact: float = 0.04) -> float:
    """Rate [1/s] of an activation below the least one, under excitation e below it too."""
    return (e - least) * (0.5 + 1.5 * least) / t_deact
