from __future__ import annotations

import math

import numpy as np
import pytest

from oracles import pendulum
from oracles.runge_kutta import integrate


def test_elliptic_functions_keep_their_identities() -> None:
    for k in (0.0, 0.3, 0.9, 0.999):
        for t in (0.1, 1.0, 3.7):
            sn, cn, dn = pendulum.jacobi(t, k)
            assert sn**2 + cn**2 == pytest.approx(1, abs=1e-15)
            assert dn**2 + k**2 * sn**2 == pytest.approx(1, abs=1e-15)
        assert pendulum.jacobi(pendulum.quarter_period(k), k)[0] == pytest.approx(1, abs=1e-14)


def test_tabulated_value_of_the_complete_integral() -> None:
    # Abramowitz & Stegun, table 17.1: K at m = k^2 = 1/2
    assert pendulum.quarter_period(math.sqrt(0.5)) == pytest.approx(1.854074677301372, rel=1e-15)


def test_small_swings_are_harmonic() -> None:
    assert pendulum.angle(1e-6, 3.0, 0.4) == pytest.approx(1e-6 * math.cos(1.2), rel=1e-11)  # theta_0^2 / 16


@pytest.mark.parametrize("theta_0", [0.5, -2.0, 3.0])
def test_large_swings_agree_with_integration(theta_0: float) -> None:
    w = 2.3
    end = integrate(lambda y: np.array([y[1], -(w**2) * math.sin(y[0])]), np.array([theta_0, 0.0]), 1.7, 20_000)
    assert pendulum.angle(theta_0, w, 1.7) == pytest.approx(end[0], abs=1e-11)  # rounding of 20,000 steps


def test_a_period_brings_it_back() -> None:
    assert pendulum.angle(2.5, 1.9, pendulum.period(2.5, 1.9)) == pytest.approx(2.5, abs=1e-12)
