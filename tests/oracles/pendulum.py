"""The pendulum of any amplitude, by Jacobi's elliptic functions through the arithmetic-geometric mean.

theta'' = -w^2 sin(theta), released at rest at theta_0: with k = sin(theta_0/2),
  sin(theta/2) = k cd(w t),   period 4 K(k)/w,   K(k) = pi / (2 agm(1, sqrt(1 - k^2)))
(Whittaker & Watson, A Course of Modern Analysis, section 22; Abramowitz & Stegun 16.4 and 17.6.)
"""

from __future__ import annotations

import math


def agm(a: float, b: float) -> float:
    """The arithmetic-geometric mean."""
    for _ in range(60):
        if abs(a - b) <= 1e-16 * a:
            break
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


def quarter_period(k: float) -> float:
    """The complete elliptic integral K of modulus k."""
    return math.pi / (2 * agm(1.0, math.sqrt(1 - k * k)))


def jacobi(t: float, k: float) -> tuple[float, float, float]:
    """sn, cn and dn of modulus k < 1 (descending Gauss transformation)."""
    a, b, c = 1.0, math.sqrt(1 - k * k), k
    ladder = []
    for _ in range(40):
        ladder.append((a, c))
        if abs(c) < 1e-17:
            break
        a, b, c = 0.5 * (a + b), math.sqrt(a * b), 0.5 * (a - b)
    phi = 2 ** (len(ladder) - 1) * ladder[-1][0] * t
    for level_a, level_c in reversed(ladder[1:]):
        phi = 0.5 * (phi + math.asin(level_c / level_a * math.sin(phi)))
    sn = math.sin(phi)
    return sn, math.cos(phi), math.sqrt(1 - k * k * sn * sn)


def angle(theta_0: float, w: float, t: float) -> float:
    """Angle [rad] at time t [s] after the release at theta_0 [rad]; w = small-swing frequency [rad/s]."""
    k = math.sin(abs(theta_0) / 2)
    _, cn, dn = jacobi(w * t, k)
    return (
        math.copysign(2 * math.asin(k * cn / dn), theta_0)
        if cn >= 0
        else math.copysign(2 * math.asin(k * cn / dn), -theta_0)
    )


def period(theta_0: float, w: float) -> float:
    """Period [s] of a swing of amplitude theta_0."""
    return 4 * quarter_period(math.sin(abs(theta_0) / 2)) / w
