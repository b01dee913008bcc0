"""Gait cycles: cut at foot strikes, stretched to 0–100 %, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from myorun.errors import UsageError
from myorun.gait.events import BothFeet
from myorun.gait.motion import SIDES, Motion
from myorun.gait.signals import Signals
from myorun.trajectory.contacts import Contacts

Array = NDArray[np.float64]

PERCENT = np.arange(101.0)  # of the gait cycle


@dataclass(frozen=True)
class Protocol:
    """Which part of a motion is analysed."""

    name: str
    description: str
    last: float | None = None  # s before the end; None: everything
    difficulty: int | None = None  # of the course; None: any


PROTOCOLS = {
    "paper": Protocol(
        "paper",
        "flat ground (difficulty 0), the last 5 s, mean cycle of both legs; Kidziński et al. 2018, Results",
        last=5.0,
        difficulty=0,
    ),
    "last5": Protocol("last5", "the last 5 s, whatever the course", last=5.0),
    "all": Protocol("all", "everything from the first foot strike to the last"),
}


@dataclass(frozen=True)
class Stride:
    """From a foot strike to the next of the same foot."""

    side: int  # index in SIDES
    start: float  # s
    off: float  # s, toe off of this foot
    end: float  # s

    @property
    def duration(self) -> float:
        """Stride time [s]."""
        return self.end - self.start


@dataclass(frozen=True, eq=False)
class Curve:
    """A quantity over the gait cycle: mean and standard deviation over n cycles at 0, 1, …, 100 %."""

    mean: Array  # (101,)
    deviation: Array  # (101,), n − 1 in its denominator; zero for a single cycle
    cycles: Array  # (n, 101)

    @property
    def range(self) -> float:
        """Of the mean curve."""
        return float(np.ptp(self.mean))


def strides_of(signals: Signals, protocol: Protocol) -> tuple[Stride, ...]:
    """The complete strides of both feet in the part that the protocol analyses.

    :class:`UsageError` that says what is missing, if there is not one complete stride of each foot.
    """
    motion = signals.motion
    _check_course(motion, protocol)
    first, last = float(motion.times[0]), float(motion.times[-1])  # forces and events may go on beyond the motion
    start = first if protocol.last is None else max(first, last - protocol.last)
    both = signals.contacts
    strides = tuple(s for side, foot in enumerate(both) for s in strides_between(side, foot, start, last))
    if {s.side for s in strides} != set(range(len(SIDES))):
        raise UsageError(_why_none(motion, protocol, both, strides, start))
    return strides


def _check_course(motion: Motion, protocol: Protocol) -> None:
    if protocol.difficulty is None or motion.record is None:
        return
    course = motion.record.course
    if course.obstacles or course.strengths or not course.surroundings().is_plain:
        raise UsageError(
            f"{motion.name} was recorded on a course with obstacles, weak muscles, uneven ground or a load; "
            f"the protocol {protocol.name!r} wants flat ground and a sound body: record it with --difficulty 0, or "
            "choose --protocol last5"
        )


def strides_between(side: int, foot: Contacts, start: float, end: float = np.inf) -> list[Stride]:
    """The complete strides of one foot that begin and end in a stretch of time [s]."""
    found = zip(foot.strikes, foot.offs, foot.strikes[1:], strict=False)
    return [Stride(side, float(a), float(off), float(b)) for a, off, b in found if start <= a and b <= end]


def _why_none(motion: Motion, protocol: Protocol, both: BothFeet, strides: Sequence[Stride], start: float) -> str:
    counts = [int((foot.strikes >= start).sum()) for foot in both]
    seen = " and ".join(f"{n} of the {side} foot" for n, side in zip(counts, SIDES, strict=True))
    where = f"its last {protocol.last:g} s" if protocol.last and start > motion.times[0] else "it"
    text = f"{motion.name}: no complete stride of both feet in {where}; foot strikes: {seen}. "
    if motion.fallen:
        return text + f"It falls after {motion.duration:.2f} s, too early for a gait"
    if not any(counts):
        return text + "It does not walk: both feet stay on the ground, or never touch it"
    if len(strides) == 0 and max(counts) == 1:
        return text + "One step is no gait: two strikes of each foot are needed"
    return text + "Two strikes of each foot are needed; record a longer motion"


# ---------------------------------------------------------------- 0 to 100 %


def normalised(times: Array, values: Array, start: float, end: float) -> Array:
    """Values (t, …) at 0, 1, …, 100 % of the time from ``start`` to ``end``: shape (101, …), by cubic splines."""
    return np.asarray(CubicSpline(times, values, axis=0)(start + (end - start) * PERCENT / 100))


def curve_of(times: Array, values: Array, strides: Sequence[Stride], *, smooth: bool = True) -> Curve:
    """The mean cycle of values (t,), or of (t, sides) where every stride takes its own side.

    Forces and whatever else jumps are interpolated by straight lines: ``smooth`` is then false.
    """
    cycles = np.empty((len(strides), len(PERCENT)))
    splines = CubicSpline(times, values, axis=0) if smooth else None
    for k, stride in enumerate(strides):
        at = stride.start + stride.duration * PERCENT / 100
        if values.ndim == 1:
            cycles[k] = splines(at) if splines is not None else np.interp(at, times, values)
        else:
            own = values[:, stride.side]
            cycles[k] = splines(at)[:, stride.side] if splines is not None else np.interp(at, times, own)
    deviation = cycles.std(axis=0, ddof=1) if len(cycles) > 1 else np.zeros(len(PERCENT))
    return Curve(cycles.mean(axis=0), deviation, cycles)


def of_side(strides: Sequence[Stride], side: int | str) -> tuple[Stride, ...]:
    """Those of one side: ``"right"``, ``"left"``, its index, or ``"both"``.

    :class:`UsageError` for another word.
    """
    if side == "both":
        return tuple(strides)
    if side not in (*SIDES, *range(len(SIDES))):
        raise UsageError(f"side is {side!r}; it must be one of {', '.join((*SIDES, 'both'))}")
    index = SIDES.index(side) if isinstance(side, str) else side
    return tuple(s for s in strides if s.side == index)
