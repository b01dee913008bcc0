from __future__ import annotations

import numpy as np
import pytest

from oracles import activation
from oracles.runge_kutta import Array, integrate


@pytest.mark.parametrize(("a0", "e"), [(0.05, 1.0), (0.2, 0.6), (0.9, 0.0), (0.9, 0.3)])
def test_closed_forms_agree_with_integration(a0: float, e: float) -> None:
    def rate(y: Array) -> Array:
        speed = 0.5 + 1.5 * y
        return (e - y) / (0.01 * speed) if e > a0 else (e - y) * speed / 0.04

    end = integrate(rate, np.array([a0]), 0.02, 4000)
    assert activation.after(a0, e, 0.02) == pytest.approx(end[0], abs=1e-12)


def test_times_are_zero_at_the_start_and_grow() -> None:
    assert activation.rise_time(0.3, 0.3, 1.0) == 0 == activation.fall_time(0.3, 0.3, 0.0)
    assert activation.rise_time(0.3, 0.9, 1.0) > activation.rise_time(0.3, 0.8, 1.0) > 0
    assert activation.fall_time(0.3, 0.1, 0.0) > activation.fall_time(0.3, 0.2, 0.0) > 0


def test_a_silent_muscle_sinks_at_the_known_rate() -> None:
    assert activation.sinking_rate(0.0) == pytest.approx(-0.12875, rel=1e-15)
