"""Foot strikes and toe offs are where the ground says they are, also from sparse samples and from motion alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")

from myorun.gait.between import vertical_forces_between
from myorun.gait.events import (
    BothFeet,
    Contacts,
    EventSettings,
    _off_by_turning,
    contacts,
    contacts_from_feet,
    contacts_from_signal,
)
from myorun.gait.motion import motion_of, side_of
from myorun.physics import Simulator, State
from myorun.run import run_episode
from myorun.trajectory import Trajectory

Array = NDArray[np.float64]
SETTINGS = EventSettings()


@pytest.fixture(scope="module")
def walk() -> Trajectory:
    return run_episode("reflex", difficulty=0).trajectory


@pytest.fixture(scope="module")
def truth(walk: Trajectory) -> BothFeet:
    """Contacts of the same walk from forces a millisecond apart."""
    simulator, times, forces = Simulator(walk.model), [], []
    for k in range(walk.steps):
        arrays = (walk.coordinates, walk.speeds, walk.activations, walk.fiber_lengths)
        simulator.set_state(State(float(walk.times[k]), *(a[k] for a in arrays)))
        for fine in range(10):
            times.append(walk.times[k] + fine * 1e-3)
            forces.append(simulator.get("contact_forces")[:, 1])
            simulator.step(walk.excitations[k], 1e-3)
    sides = np.array([side_of(name) for name in walk.sphere_names])
    vertical = np.array(forces)
    right, left = (
        contacts_from_signal(np.array(times), vertical[:, sides == k].sum(axis=1) - SETTINGS.threshold, SETTINGS)
        for k in (0, 1)
    )
    return right, left


def errors(found: BothFeet, truth: BothFeet, kind: str) -> Array:
    """Distance from every true event to the nearest found one [s]."""
    distances = []
    for mine, true in zip(found, truth, strict=True):
        events, wanted = getattr(mine, kind), getattr(true, kind)
        inner = wanted[np.isfinite(wanted)]
        distances += [float(np.abs(events - moment).min()) for moment in inner]
    return np.array(distances)


@pytest.mark.parametrize("kind", ["strikes", "offs"])
def test_events_from_samples_10_ms_apart_lie_within_10_ms(walk: Trajectory, truth: BothFeet, kind: str) -> None:
    found = contacts(replace(motion_of(walk), record=None))
    assert [len(f.strikes) for f in found] == [len(f.strikes) for f in truth]
    assert np.quantile(errors(found, truth, kind), 0.99) <= 0.010


def within_10_ms(found: BothFeet, truth: BothFeet, kind: str) -> float:
    return float(np.mean(errors(found, truth, kind) <= 0.010))


def test_strikes_from_motion_alone_are_where_the_feet_get_low(walk: Trajectory, truth: BothFeet) -> None:
    found = contacts_from_feet(motion_of(walk), noisy=False)
    assert within_10_ms(found, truth, "strikes") >= 0.9
    assert np.median(errors(found, truth, "offs")) <= 0.012  # toes that drag are hard to tell from toes that push


def test_a_foot_that_lands_moving_forward_lands_when_it_gets_low(walk: Trajectory, truth: BothFeet) -> None:
    """On a belt that carries feet along at 2 m/s they come down as fast as before, and at the same times."""
    motion = motion_of(walk)
    assert motion.coordinates is not None and motion.speeds is not None
    column = walk.coordinate_names.index("pelvis_tx")
    speeds = motion.speeds.copy()
    landing = np.zeros(len(walk.times), bool)
    for foot in truth:
        for strike in foot.strikes[np.isfinite(foot.strikes)]:
            landing |= np.abs(walk.times - strike) < 0.011
    speeds[landing, column] += 2.0
    found = contacts_from_feet(replace(motion, speeds=speeds), noisy=False)
    assert within_10_ms(found, truth, "strikes") >= 0.9


def test_noise_of_cameras_moves_events_by_little(walk: Trajectory, truth: BothFeet) -> None:
    """Half a degree and 5 mm in every sample, white."""
    random = np.random.default_rng(1)
    scale = np.array([0.01, 0.005, 0.005, *[0.01] * 6])
    noisy = walk.coordinates + random.normal(size=walk.coordinates.shape) * scale
    found = contacts_from_feet(replace(motion_of(walk), coordinates=noisy, speeds=None), noisy=True)
    assert within_10_ms(found, truth, "strikes") >= 0.8
    assert np.max(errors(found, truth, "strikes")) <= 0.040
    assert np.median(errors(found, truth, "offs")) <= 0.015


def test_a_toe_that_pushes_no_more_turns_no_more() -> None:
    """A foot that turns at a rate that a smooth step stops at 0.5 s has left then, whatever its height said."""
    times = np.arange(0.0, 1.0, 0.01)
    rate = -2.0 + 3.0 / (1 + np.exp(-(times - 0.503) / 0.01))
    angle = np.cumsum(rate) * 0.01
    points = np.stack([np.zeros((len(times), 2)), -np.stack([np.cos(angle), np.sin(angle)], axis=1)], axis=1)
    foot = Contacts(np.array([0.2]), np.array([0.485]))
    moved = _off_by_turning(times, foot, points, 0.04)
    # half way from 0.485 to 0.503; the sum lags by half a sample, and a parabola misses the top by less than a sample
    assert moved.offs == pytest.approx([(0.485 + 0.503) / 2], abs=0.005)
    assert _off_by_turning(times, foot, points[:, :1], 0.04) is foot


# ---------------------------------------------------------------- any signal

TIMES = np.arange(0, 1, 0.01)


def found_in(signal: Array) -> Contacts:
    return contacts_from_signal(TIMES, signal, SETTINGS)


def pulse(*spans: tuple[float, float]) -> Array:
    return np.where(np.any([(a <= TIMES) & (b > TIMES) for a, b in spans], axis=0), 1.0, -1.0)


def test_crossings_lie_between_samples() -> None:
    found = found_in(np.sin(2 * np.pi * TIMES) - 0.5)
    # a straight line between samples 10 ms apart strays from the sine by less than 0.1 ms
    assert found.strikes == pytest.approx([1 / 12], abs=1e-4)
    assert found.offs == pytest.approx([5 / 12], abs=1e-4)


def test_a_bounce_does_not_end_a_contact_and_a_scuff_is_none() -> None:
    assert len(found_in(pulse((0.2, 0.3), (0.34, 0.5))).strikes) == 1
    assert len(found_in(pulse((0.2, 0.3), (0.40, 0.5))).strikes) == 2
    assert len(found_in(pulse((0.2, 0.23))).strikes) == 0


def test_a_toe_that_touches_for_a_moment_as_it_swings_through_has_left() -> None:
    times = np.arange(0.0, 1.0, 1e-3)
    force = np.where((times > 0.2) & (times < 0.35), 900.0, -50.0)
    touching = np.where((times > 0.37) & (times < 0.375), 400.0, force)
    bouncing = np.where((times > 0.26) & (times < 0.28), -50.0, force)
    plain, touched, bounced = (contacts_from_signal(times, f, SETTINGS) for f in (force, touching, bouncing))
    assert touched.offs == pytest.approx(plain.offs) and len(plain.offs) == 1
    assert bounced.strikes == pytest.approx(plain.strikes) and bounced.offs == pytest.approx(plain.offs)


def test_forces_between_samples_are_those_of_the_simulator_continued(walk: Trajectory, truth: BothFeet) -> None:
    for side, true in zip(contacts(motion_of(walk)), truth, strict=True):
        assert np.array_equal(np.isfinite(side.strikes), np.isfinite(true.strikes))
        assert side.strikes == pytest.approx(true.strikes, abs=1e-6) and side.offs == pytest.approx(true.offs, abs=1e-6)


def test_without_all_states_nothing_is_known_between_samples(walk: Trajectory) -> None:
    assert vertical_forces_between(replace(walk, fiber_lengths=np.full_like(walk.fiber_lengths, np.nan))) is None
    found = vertical_forces_between(walk, every=5e-3)
    assert found is not None and found[1].shape == (2 * walk.steps, 2)
    sides = np.array([side_of(name) for name in walk.sphere_names])
    forces = walk.contact_forces[:-1, :, 1] if walk.contact_forces.ndim == 3 else None
    if forces is not None:
        assert found[1][::2, 0] == pytest.approx(forces[:, sides == 0].sum(axis=1), rel=1e-9, abs=1e-6)


def test_contacts_that_the_record_cuts_have_no_end_or_beginning() -> None:
    found = found_in(pulse((-1, 0.2), (0.5, 0.6), (0.8, 2)))
    assert found.strikes[0] == -np.inf
    assert found.offs[-1] == np.inf
    assert len(found.strikes) == len(found.offs) == 3


@pytest.mark.parametrize(("level", "strikes"), [(1.0, 1), (-1.0, 0)])
def test_always_and_never_on_the_ground(level: float, strikes: int) -> None:
    found = found_in(np.full_like(TIMES, level))
    assert len(found.strikes) == strikes
    assert not np.isfinite(found.strikes).any()
