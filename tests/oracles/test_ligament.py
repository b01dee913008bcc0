from __future__ import annotations

import math

import pytest

from myorun.anatomy.model import CoordinateLimit
from oracles import ligament

KNEE = CoordinateLimit("knee", "knee", 0.2, -2.4, 1000.0, 800.0, 15.0, 0.17)


def test_onset_is_a_smooth_step() -> None:
    assert [ligament.onset(t) for t in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0, 0, 0.5, 1, 1]
    h = 1e-4
    assert ligament.onset(h) < 11 * h**3, "no slope and no curvature where it begins"
    assert 1 - ligament.onset(1 - h) < 11 * h**3


def test_torque_pushes_back_into_the_range_and_damps() -> None:
    assert ligament.torque(KNEE, 0.0, 100.0) == 0
    assert ligament.torque(KNEE, 0.3, 0.0) < 0 < ligament.torque(KNEE, -2.5, 0.0)
    assert ligament.torque(KNEE, 0.3, 1.0) < ligament.torque(KNEE, 0.3, 0.0)


def test_torque_is_linear_beyond_the_transition() -> None:
    slope = ligament.torque(KNEE, 1.0, 0.0) - ligament.torque(KNEE, 0.9, 0.0)
    assert slope == pytest.approx(-100.0)
    assert math.isclose(ligament.torque(KNEE, -3.0, 2.0), 800 * 0.6 - 30)
