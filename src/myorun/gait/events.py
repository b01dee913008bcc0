"""When a foot meets and leaves the ground: from forces, or from the motion alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from myorun.errors import UsageError
from myorun.gait.between import vertical_forces_between
from myorun.gait.kinematics import Kinematics
from myorun.gait.motion import SIDES, Motion, side_of
from myorun.trajectory.contacts import Contacts, find_contacts

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EventSettings:
    """What counts as contact."""

    threshold: float = 50.0  # N of vertical force; laboratories take 20 to 50
    chatter: float = 0.01  # s: a gap so short parts nothing
    scuff: float = 0.05  # of the area of a usual contact: a toe that touches for less, as it swings through, has left
    shortest_gap: float = 0.06  # s: a foot in the air for less has only bounced; no swing is that short
    shortest_contact: float = 0.04  # s: a touch for less is a scuff; sprinters touch for twice as long
    slip: float = 1.2  # m/s forward and up, above which a foot that is low has left the ground
    height: float = 0.04  # m above the level at which it stands, below which a foot of noisy height is low
    cutoff: float = 10.0  # Hz, of the low-pass filter on noisy motion
    noisy_gap: float = 0.14  # s, instead of the shortest gap where motion is noisy
    noisy_contact: float = 0.08  # s, instead of the shortest contact


BothFeet = tuple[Contacts, Contacts]


def contacts(motion: Motion, settings: EventSettings | None = None) -> BothFeet:
    """Foot strikes and toe offs, right and left: from forces, marked events, or the feet's motion.

    Forces of a simulated motion are looked at between its samples too: a foot meets the ground in less than 10 ms.

    :class:`UsageError` if neither is known.
    """
    s = settings or EventSettings()
    if motion.forces is None and motion.events is not None:
        right, left = (_marked(*times) for times in motion.events)
        return right, left
    fine = None if motion.record is None else vertical_forces_between(motion.record)
    if fine is not None:
        right, left = (contacts_from_signal(fine[0], force - s.threshold, s) for force in fine[1].T)
        return right, left
    if motion.forces is None or motion.force_times is None:
        return contacts_from_feet(motion, s, noisy=motion.record is None)
    right, left = (contacts_from_signal(motion.force_times, f - s.threshold, s) for f in motion.forces[..., 1].T)
    return right, left


def contacts_from_feet(motion: Motion, settings: EventSettings | None = None, *, noisy: bool) -> BothFeet:
    """Foot strikes and toe offs from the motion alone.

    A foot is on the ground while its heel or toe is low and moves neither forward nor up: it strikes when it gets low,
    however fast, and leaves when it moves on, even if a soft sole is still dented.

    Args:
        motion: with a model and all its coordinates, the pelvis' among them.
        settings: what counts as low and as moving.
        noisy: recorded by cameras. The motion is filtered, and the ground is not at y = 0 but where heel and toe rest.

    Raises:
        UsageError: if the feet cannot be placed.
    """
    s = settings or EventSettings()
    if noisy:
        s = replace(s, shortest_gap=s.noisy_gap, shortest_contact=s.noisy_contact)
    heights, velocities, sides = _foot_points(motion, s, noisy=noisy)
    low = s.height - heights if noisy else -heights
    moving = np.hypot(*np.maximum(velocities, 0).T).T
    # both as shares, so that the straight line between samples weighs them alike
    touch = np.minimum(low / 0.02, 1 - moving / s.slip)
    right, left = (contacts_from_signal(motion.times, touch[:, sides == k].max(axis=1), s) for k in range(len(SIDES)))
    return right, left


def _foot_points(motion: Motion, settings: EventSettings, *, noisy: bool) -> tuple[Array, Array, NDArray[np.int_]]:
    """Heights (t, points) m and velocities (t, points, 2) m/s of the lowest points of heels and toes; their sides."""
    if motion.model is None or motion.coordinates is None:
        raise UsageError(
            f"{motion.name} has neither ground forces nor the position of the pelvis with all joint angles: foot "
            "strikes cannot be told; give the forces too, or a model whose coordinates are all there"
        )
    spheres = motion.model.contact_spheres
    kinematics = Kinematics(motion.model, motion.coordinates, motion.speeds)
    centers = [kinematics.body(sphere.body, *sphere.location[:2]) for sphere in spheres]
    points = np.stack([center.origin for center in centers], axis=1) - [[0.0, s.radius] for s in spheres]
    velocities = np.stack([center.velocity for center in centers], axis=1)
    if noisy:
        points = low_pass(motion.times, points, settings.cutoff)
        velocities = np.gradient(points, motion.times, axis=0)
    heights = points[..., 1] - (_resting_levels(points[..., 1], velocities) if noisy else 0.0)
    return heights, velocities, np.array([side_of(sphere.name) for sphere in spheres])


def _resting_levels(heights: Array, velocities: Array) -> Array:
    """Where each point is while it hardly moves (below 0.5 m/s), or where it is lowest if it always moves."""
    resting = np.where(np.hypot(velocities[..., 0], velocities[..., 1]) < 0.5, heights, np.nan)
    some = np.isfinite(resting).any(axis=0)
    resting[:, ~some] = heights[:, ~some].min(axis=0)
    levels: Array = np.nanmedian(resting, axis=0)
    return levels


def _marked(strikes: Array, offs: Array) -> Contacts:
    """Each strike with the first toe off after it."""
    after = np.searchsorted(offs, strikes, side="right")
    return Contacts(strikes, np.append(offs, np.inf)[after])


# ---------------------------------------------------------------- any signal


def contacts_from_signal(times: Array, above: Array, settings: EventSettings) -> Contacts:
    """Contacts where a signal is above zero, told apart as the settings say; see :func:`find_contacts`."""
    return find_contacts(
        times,
        above,
        chatter=settings.chatter,
        scuff=settings.scuff,
        shortest_gap=settings.shortest_gap,
        shortest_contact=settings.shortest_contact,
    )


def low_pass(times: Array, values: Array, cutoff: float) -> Array:
    """Zero-lag Butterworth filter of fourth order (second order, twice) along the first axis.

    Winter (2009), *Biomechanics and Motor Control of Human Movement*, 4th ed., section 3.4.4: the second pass lowers
    the cutoff, which is corrected for. Samples too far apart for the cutoff [Hz] are left as they are.
    """
    rate = 1.0 / float(np.median(np.diff(times)))
    corrected = cutoff / (2**0.5 - 1) ** 0.25
    if corrected >= 0.5 * rate:
        return values
    sections = signal.butter(2, corrected, fs=rate, output="sos")
    smooth: Array = signal.sosfiltfilt(sections, values, axis=0)
    return smooth
