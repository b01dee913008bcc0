"""A gait made by formula gives back the numbers it was made with."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

from myorun.gait import Gait, analyse
from myorun.gait.definitions import DEFINITIONS

from .synthetic import Runner

RUNNER = Runner()
# Forces cross the threshold of 50 N a little after the strike and before toe off; that much is known too.
_LATE = RUNNER.contact_time / np.pi * np.arcsin(50 / (RUNNER.peak_force * RUNNER.mass * 9.80665))


@pytest.fixture(scope="module")
def gait() -> Gait:
    return analyse(RUNNER.motion(), protocol="all")


def value(gait: Gait, key: str) -> float:
    measure = gait.measure(key)
    assert measure is not None, key
    return measure.value


# Samples are 1 ms apart: crossings lie within a millionth of a second of the sine's, peaks within half a millisecond.
@pytest.mark.parametrize(
    ("key", "expected", "tolerance"),
    [
        ("speed", 4.0, 1e-9),
        ("stride_time", 0.7, 1e-5),
        ("stride_length", 2.8, 1e-4),
        ("stride_frequency", 1 / 0.7, 1e-4),
        ("contact_time", 0.24 - 2 * _LATE, 1e-5),
        ("duty_factor", (0.24 - 2 * _LATE) / 0.7, 1e-5),
        ("flight_time", 0.35 - (0.24 - 2 * _LATE), 1e-5),
        ("double_support_time", 0.0, 1e-12),
        ("vertical_oscillation", 0.08, 2e-4),  # read at whole percents
        ("trunk_lean", 7.0, 1e-9),
        ("knee_range", 90.0, 0.05),
        ("knee_peak_flexion", 100.0, 0.05),
        ("ankle_range", 50.0, 0.05),
        ("hip_range", 70.0, 0.05),
        ("peak_vertical_force", 2.5, 1e-3),
        ("vertical_impulse", 2.5 * 0.24 * 2 / np.pi, 1e-3),
        ("braking_impulse", -0.3 * 0.24 / np.pi, 1e-3),
        ("propulsive_impulse", 0.3 * 0.24 / np.pi, 1e-3),
        ("peak_braking_force", -0.3, 1e-3),
        ("peak_propulsive_force", 0.3, 1e-3),
    ],
)
def test_it_finds_what_the_runner_was_made_with(gait: Gait, key: str, expected: float, tolerance: float) -> None:
    assert value(gait, key) == pytest.approx(expected, abs=tolerance)


def test_timing_is_counted_from_the_strike_that_was_found(gait: Gait) -> None:
    late = 100 * _LATE / 0.7
    # whole percents, so half of one either way
    assert value(gait, "knee_peak_flexion_time") == pytest.approx(65 - late, abs=0.5)
    assert value(gait, "hip_peak_flexion_time") == pytest.approx(80 - late, abs=0.5)
    turn = 2 * np.pi * (_LATE / 0.7 - 0.65)
    assert value(gait, "knee_at_contact") == pytest.approx(55 + 45 * np.cos(turn), abs=1e-3)


def test_a_steady_gait_does_not_vary_and_does_not_limp(gait: Gait) -> None:
    assert gait.stability.stride_time_variation < 1e-3
    assert gait.stability.angle_variation < 1e-3
    assert all((m.asymmetry or 0.0) < 1e-2 for m in gait.measures)


def test_a_limp_is_as_large_as_it_was_made() -> None:
    limping = analyse(Runner(limp=0.8, peak_force=60.0).motion(), protocol="all")
    contact = limping.measure("contact_time")
    assert contact is not None
    # a force of sixty body weights crosses the threshold at once: contact times are those of the formula within 0.1 ms
    assert (contact.right, contact.left) == pytest.approx((0.24, 0.192), abs=2e-4)
    assert contact.asymmetry == pytest.approx(100 * 0.048 / 0.216, abs=0.2)


def test_a_walker_has_double_support_and_no_flight() -> None:
    walking = analyse(Runner(contact_time=0.42, stride_time=0.7).motion(), protocol="all")
    late = 0.42 / np.pi * np.arcsin(50 / (2.5 * 72 * 9.80665))
    assert value(walking, "flight_time") == pytest.approx(0.0, abs=1e-9)
    assert value(walking, "double_support_time") == pytest.approx(0.42 - 2 * late - 0.35, abs=1e-5)
    assert value(walking, "duty_factor") > 0.5


def test_ten_milliseconds_a_sample_are_enough_for_times(gait: Gait) -> None:
    coarse = analyse(RUNNER.motion(rate=100.0), protocol="all")
    for key in ("stride_time", "contact_time", "flight_time"):
        # a tenth of a sample, by interpolation
        assert value(coarse, key) == pytest.approx(value(gait, key), abs=1e-3)


def test_without_forces_and_model_pace_is_left_out_and_said() -> None:
    from dataclasses import replace

    from myorun.errors import UsageError

    with pytest.raises(UsageError, match="give the forces"):
        analyse(replace(RUNNER.motion(), forces=None, force_times=None), protocol="all")


def test_every_measure_is_defined(gait: Gait) -> None:
    assert [m.key for m in gait.measures] == [key for key in DEFINITIONS if gait.measure(key)]
    assert all(d.meaning and d.label for d in DEFINITIONS.values())
