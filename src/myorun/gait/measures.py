"""Single numbers of a gait: found for every stride, averaged over strides and by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.cycles import PERCENT, Stride, normalised
from myorun.gait.definitions import DEFINITIONS
from myorun.gait.motion import JOINTS, side_of
from myorun.gait.signals import GRAVITY, Signals

Array = NDArray[np.float64]
Values = dict[str, float]

_OTHER = {0: 1, 1: 0}


@dataclass(frozen=True)
class Measure:
    """A number of a gait. Its definition is ``DEFINITIONS[key]``."""

    key: str
    value: float  # mean over all strides
    deviation: float | None  # standard deviation over strides; None of a single one
    right: float  # mean over strides of that side
    left: float
    strides: int

    @property
    def asymmetry(self) -> float | None:
        """|right − left| in % of their mean (Robinson et al. 1987, J. Manipulative Physiol. Ther. 10(4):172-176)."""
        mean = (abs(self.right) + abs(self.left)) / 2
        if not DEFINITIONS[self.key].symmetry or mean == 0:
            return None
        return 100 * abs(self.right - self.left) / mean


def measures_of(signals: Signals, strides: Sequence[Stride]) -> tuple[Measure, ...]:
    """Every measure that the motion tells, in the order of :data:`DEFINITIONS`."""
    rows = [(stride.side, _of_stride(signals, stride)) for stride in strides]
    found = []
    for key in DEFINITIONS:
        values = [(side, row[key]) for side, row in rows if np.isfinite(row.get(key, np.nan))]
        if values:
            found.append(_measure(key, values))
    return tuple(found)


def _measure(key: str, values: list[tuple[int, float]]) -> Measure:
    every = np.array([value for _, value in values])
    sides = [np.array([value for s, value in values if s == side]) for side in (0, 1)]
    right, left = (float(own.mean()) if len(own) else float("nan") for own in sides)
    deviation = float(every.std(ddof=1)) if len(every) > 1 else None
    return Measure(key, float(every.mean()), deviation, right, left, len(every))


def _of_stride(signals: Signals, stride: Stride) -> Values:
    values = {**_pace(signals, stride), **_posture(signals, stride), **_angles(signals, stride)}
    values |= _reaction(signals, stride) | _loads(signals, stride) | _muscles(signals, stride)
    return values


# ---------------------------------------------------------------- pace and posture


def _pace(signals: Signals, stride: Stride) -> Values:
    x = np.interp([stride.start, stride.end], signals.motion.times, signals.motion.pelvis[:, 1])
    length, time, contact = float(x[1] - x[0]), stride.duration, stride.off - stride.start
    air, double = _air_and_double_support(signals, stride)
    return {
        "speed": length / time,
        "stride_length": length,
        "stride_time": time,
        "stride_frequency": 1 / time,
        "contact_time": contact,
        "duty_factor": contact / time,
        "flight_time": air / 2,
        "double_support_time": double / 2,
    }


def _air_and_double_support(signals: Signals, stride: Stride) -> tuple[float, float]:
    """How long no foot, and both feet, are on the ground during a stride [s]."""
    feet = [_clipped(foot.strikes, foot.offs, stride.start, stride.end) for foot in signals.contacts]
    both = sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in feet[0] for b in feet[1])
    on_ground = sum(b - a for foot in feet for a, b in foot)
    return stride.duration - (on_ground - both), both


def _clipped(starts: Array, ends: Array, low: float, high: float) -> list[tuple[float, float]]:
    spans = zip(np.clip(starts, low, high), np.clip(ends, low, high), strict=True)
    return [(float(a), float(b)) for a, b in spans if b > a]


def _posture(signals: Signals, stride: Stride) -> Values:
    height, lean = (
        normalised(signals.motion.times, values, stride.start, stride.end) if np.isfinite(values).all() else None
        for values in (signals.height, signals.lean)
    )
    return {
        "vertical_oscillation": np.nan if height is None else float(np.ptp(height)),
        "trunk_lean": np.nan if lean is None else _mean(PERCENT, lean),
    }


# ---------------------------------------------------------------- joint angles


def _angles(signals: Signals, stride: Stride) -> Values:
    values: Values = {}
    for j, joint in enumerate(JOINTS):
        angle = signals.motion.angles[:, stride.side, j]
        if np.isfinite(angle).all():
            values |= _of_joint(joint, normalised(signals.motion.times, angle, stride.start, stride.end), stride)
    return values


def _of_joint(joint: str, curve: Array, stride: Stride) -> Values:
    high, low = ("dorsiflexion", "plantarflexion") if joint == "ankle" else ("flexion", "extension")
    stance = 100 * (stride.off - stride.start) / stride.duration >= PERCENT
    return {
        f"{joint}_range": float(np.ptp(curve)),
        f"{joint}_at_contact": float(curve[0]),
        f"{joint}_peak_{high}": float(curve.max()),
        f"{joint}_peak_{high}_time": float(PERCENT[curve.argmax()]),
        f"{joint}_peak_{low}": float(curve.min()),
        f"{joint}_peak_{low}_time": float(PERCENT[curve.argmin()]),
        f"{joint}_peak_{high}_stance": float(curve[stance].max()),
    }


# ---------------------------------------------------------------- ground reaction


def _reaction(signals: Signals, stride: Stride) -> Values:
    if signals.forces is None or signals.motion.force_times is None:
        return {}
    times = _within(signals.motion.force_times, stride.start, stride.off)
    forward, up = (np.interp(times, signals.motion.force_times, signals.forces[:, stride.side, k]) for k in (0, 1))
    return {
        "peak_vertical_force": float(up.max()),
        "vertical_impulse": _integral(times, up),
        "peak_braking_force": float(forward.min()),
        "peak_propulsive_force": float(forward.max()),
        "braking_impulse": _integral(times, np.minimum(forward, 0)),
        "propulsive_impulse": _integral(times, np.maximum(forward, 0)),
    }


# ---------------------------------------------------------------- moments, powers, muscles


def _loads(signals: Signals, stride: Stride) -> Values:
    if signals.loads is None or not signals.motion.mass:
        return {}
    values: Values = {}
    motion, mass = signals.motion, signals.motion.mass
    inside = motion.between(stride.start, stride.end)
    for j, joint in enumerate(JOINTS):
        moment, power = (array[:, stride.side, j] / mass for array in (signals.loads.moments, signals.loads.powers))
        values[f"{joint}_peak_moment"] = float(moment[inside].max())
        values[f"{joint}_positive_work"] = _over(motion.times, np.maximum(power, 0), stride)
        values[f"{joint}_negative_work"] = _over(motion.times, np.minimum(power, 0), stride)
    force = np.hypot(signals.loads.residuals[inside, 1], signals.loads.residuals[inside, 2])
    return {**values, "residual_force": float(np.sqrt(np.mean(force**2))) / (mass * GRAVITY)}


def _muscles(signals: Signals, stride: Stride) -> Values:
    muscles, burnt, speeds = signals.muscles, signals.metabolic_powers, signals.motion.speeds
    if muscles is None or burnt is None or speeds is None or not signals.motion.mass:
        return {}
    times, mass = muscles.times, signals.motion.mass
    own = np.array([side_of(name) == stride.side for name in muscles.names])
    ligaments = np.abs(muscles.limit_torques * speeds).sum(axis=1)
    joints = np.abs((muscles.limit_torques + muscles.muscle_torques) * speeds).sum(axis=1)
    power = _over(times, burnt.sum(axis=1), stride) / stride.duration / mass
    speed = _pace(signals, stride)["speed"]
    return {
        "mean_activation": _over(times, muscles.activations[:, own].mean(axis=1), stride) / stride.duration,
        "fiber_positive_work": _over(times, np.maximum(muscles.fiber_powers, 0).sum(axis=1), stride) / mass,
        "fiber_negative_work": _over(times, np.minimum(muscles.fiber_powers, 0).sum(axis=1), stride) / mass,
        "metabolic_power": power,
        "cost_of_transport": power / speed if speed > 0.1 else np.nan,
        "ligament_share": _over(times, ligaments, stride) / max(_over(times, joints, stride), 1e-12),
    }


# ---------------------------------------------------------------- integrals


def _within(times: Array, start: float, end: float) -> Array:
    """Both ends and the samples between them."""
    return np.concatenate([[start], times[(times > start) & (times < end)], [end]])


def _integral(times: Array, values: Array) -> float:
    return float(np.trapezoid(values, times))


def _mean(times: Array, values: Array) -> float:
    return _integral(times, values) / float(times[-1] - times[0])


def _over(times: Array, values: Array, stride: Stride) -> float:
    """Integral of a signal over a stride."""
    at = _within(times, stride.start, stride.end)
    return _integral(at, np.interp(at, times, values))
