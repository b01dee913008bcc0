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


def test_mean_cycles_of_a_muscle_are_those_of_its_own_leg(gait: Gait) -> None:
    """At the strikes of the right foot, what was recorded of a right muscle; between samples by straight lines."""
    muscles = gait.signals.muscles
    assert muscles is not None
    k = muscles.names.index("soleus_r")
    strikes = [s.start for s in gait.strides if s.side == 0]
    optimal = muscles.model.muscles[k].optimal_fiber_length
    for quantity, values in (
        ("activation", muscles.activations[:, k]),
        ("force", muscles.tendon_forces[:, k]),
        ("fiber_length", muscles.fiber_lengths[:, k] / optimal),
        ("fiber_velocity", muscles.fiber_velocities[:, k] / optimal),
    ):
        curve = gait.muscle_curves[quantity]["soleus_r"]
        assert curve.mean[0] == pytest.approx(np.interp(strikes, muscles.times, values).mean(), rel=1e-12)
        assert len(curve.cycles) == len(strikes)


def test_power_over_a_mean_cycle_is_the_work_that_is_told(gait: Gait) -> None:
    time, mass = gait.measure("stride_time"), gait.motion.mass
    assert time is not None and mass is not None
    for use in gait.muscles:
        power = gait.muscle_curves["fiber_power"][use.muscle].mean
        net = float(np.trapezoid(power, dx=0.01)) * time.value / mass
        # whole percents are coarser than samples, and strides differ in length by a percent
        assert net == pytest.approx(use.positive_work + use.negative_work, abs=0.02 + 0.05 * use.positive_work)
