"""What muscles did is what the simulation says they did."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")

from myorun.gait import Gait, analyse
from myorun.run import run_episode


@pytest.fixture(scope="module")
def gait() -> Gait:
    return analyse(run_episode("reflex", difficulty=0).trajectory)


def test_forces_are_those_that_were_recorded(gait: Gait) -> None:
    record, muscles = gait.motion.record, gait.signals.muscles
    assert record is not None and muscles is not None
    # the same engine at the same states
    assert np.abs(muscles.tendon_forces - record.tendon_forces).max() < 1e-9


def test_the_parts_make_the_whole(gait: Gait) -> None:
    """Work and energy of all muscles, each over the strides of its side, are those of the gait."""
    for key, part in (("fiber_positive_work", "positive_work"), ("fiber_negative_work", "negative_work")):
        measure = gait.measure(key)
        assert measure is not None
        # sides were averaged apart, and strides end between samples
        assert sum(getattr(m, part) for m in gait.muscles) == pytest.approx(measure.value, rel=0.02)
    power, time = gait.measure("metabolic_power"), gait.measure("stride_time")
    assert power is not None and time is not None
    energy = sum(m.metabolic_energy for m in gait.muscles)
    assert energy == pytest.approx(power.value * time.value, rel=0.02)


def test_muscles_stay_within_their_nature(gait: Gait) -> None:
    assert [m.muscle for m in gait.muscles][:2] == ["hamstrings_r", "bifemsh_r"]
    for use in gait.muscles:
        assert 0.0 < use.mean_activation <= use.peak_activation <= 1.0
        assert 0.0 < use.shortest_fiber < use.longest_fiber
        # passive fibers and lengthening add to the active maximum
        assert 0.0 < use.peak_force_share < 2.0
        assert use.negative_work <= 0.0 <= use.positive_work
        # 15 optimal lengths a second is the unloaded maximum of these muscles
        assert use.fastest_shortening < 15.5
