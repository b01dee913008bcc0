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
    leaving: float = 0.6  # m/s upward, with a quarter of those forward, from which on a foot that is low has left
    height: float = 0.04  # m above the level at which it stands, below which a foot of noisy height is low
    cutoff: float = 12.0  # Hz, of the low-pass filter on noisy motion
    noisy_gap: float = 0.10  # s, instead of the shortest gap where motion is noisy
    noisy_contact: float = 0.05  # s, instead of the shortest contact
    turn: float = 0.04  # s around a noisy toe off in which the foot's turning is looked at


_LEAVING = np.array([0.25, 1.0])  # how much forward and upward velocity count in leaving the ground
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

    A foot is on the ground while its heel or toe is low and does not leave: it strikes when it gets low, however fast,
    and leaves when it moves up, even if a soft sole is still dented. Speed forward counts for a quarter, so that a toe
    that swings through just above the ground is none. Such a threshold of the foot's velocity is that of Ghoussayni et
    al. 2004, Gait Posture 20(3):266-272, and O'Connor et al. 2007, Gait Posture 25(3):469-474.

    Noise makes slow feet leave early or late. So a noisy toe off is half way from there to the moment when the foot's
    turning is stopped most, its greatest angular acceleration, as toes that push no more turn no further.

    Args:
        motion: with a model and all its coordinates, the pelvis' among them.
        settings: what counts as low and as leaving.
        noisy: recorded by cameras. The motion is filtered, and the ground is not at y = 0 but where heel and toe rest.

    Raises:
        UsageError: if the feet cannot be placed.
    """
    s = settings or EventSettings()
    if noisy:
        s = replace(s, shortest_gap=s.noisy_gap, shortest_contact=s.noisy_contact)
    points, velocities, sides = _foot_points(motion, s, noisy=noisy)
    low = s.height - points[..., 1] + _resting_levels(points[..., 1], velocities) if noisy else -points[..., 1]
    # both as shares, so that the straight line between samples weighs them alike
    touch = np.minimum(low / 0.02, 1 - velocities @ _LEAVING / s.leaving)
    right, left = (contacts_from_signal(motion.times, touch[:, sides == k].max(axis=1), s) for k in range(len(SIDES)))
    if noisy:
        right, left = (_off_by_turning(motion.times, foot, points[:, sides == k], s.turn)
                       for k, foot in enumerate((right, left)))  # fmt: skip
    return right, left


def _foot_points(motion: Motion, settings: EventSettings, *, noisy: bool) -> tuple[Array, Array, NDArray[np.int_]]:
    """The lowest points of heels and toes, (t, points, 2) m, their velocities [m/s], and their sides."""
    if motion.model is None or motion.coordinates is None:
        raise UsageError(
            f"{motion.name} comes without ground forces, and without a model nobody knows where its feet are: foot "
            "strikes cannot be told; give the forces (--forces), or the model that all its coordinates move (--model)"
        )
    spheres = motion.model.contact_spheres
    kinematics = Kinematics(motion.model, motion.coordinates, motion.speeds)
    centers = [kinematics.body(sphere.body, *sphere.location[:2]) for sphere in spheres]
    points = np.stack([center.origin for center in centers], axis=1) - [[0.0, s.radius] for s in spheres]
    velocities = np.stack([center.velocity for center in centers], axis=1)
    if noisy:
        points = low_pass(motion.times, points, settings.cutoff)
        velocities = np.gradient(points, motion.times, axis=0)
    return points, velocities, np.array([side_of(sphere.name) for sphere in spheres])


def _off_by_turning(times: Array, foot: Contacts, points: Array, window: float) -> Contacts:
    """Toe offs moved half way to when the foot's turning is stopped most.

    Its direction is that of the line from the foremost to the hindmost point; points are (t, points, 2) m.
    """
    order = points[..., 0].mean(axis=0).argsort()
    if len(order) < 2:
        return foot
    x, y = (points[:, order[0]] - points[:, order[-1]]).T
    turning = np.gradient(np.gradient(np.unwrap(np.arctan2(y, x)), times), times)
    offs = foot.offs.copy()
    for k in np.flatnonzero(np.isfinite(offs)):
        near = np.flatnonzero(np.abs(times - offs[k]) <= window)
        if not len(near):  # samples are further apart
            continue
        offs[k] = (offs[k] + _top(times, turning, int(near[turning[near].argmax()]))) / 2
    return Contacts(foot.strikes, offs)


def _top(times: Array, values: Array, k: int) -> float:
    """When a parabola through the sample ``k`` and its neighbours is highest."""
    if not 0 < k < len(times) - 1:
        return float(times[k])
    before, here, after = values[k - 1 : k + 2]
    bend = before - 2 * here + after
    share = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(times[k] + np.clip(share, -1, 1) * (times[k + 1] - times[k]))


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
