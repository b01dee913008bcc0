"""How far a gait is from human running, curve by curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.cycles import PERCENT
from myorun.gait.human import HumanCurve, shifted

Array = NDArray[np.float64]

BAND = 2.0  # standard deviations to each side that count as human


@dataclass(frozen=True)
class Comparison:
    """A mean curve against the human one."""

    offset: float  # that was added to the human curve before all else, in the unit of the curve
    rms_difference: float  # in the unit of the curve
    correlation: float  # Pearson's, over the 101 points
    lag: float  # % of the cycle by which the curve comes later than the human one; −50 to 50
    inside: float  # share of the cycle inside the human band, 0 to 1
    peak_time: float  # % of the cycle at which the curve is highest
    human_peak_time: float  # likewise of the human


def compare(mean: Array, human: HumanCurve, *, free_offset: bool = False) -> Comparison:
    """Compare a mean curve with a human one.

    Args:
        mean: shape (101,), at 0, 1, … 100 % of the gait cycle.
        human: mean and deviation at the same places, in the same unit.
        free_offset: lift the human curve to the same mean first. That is for hip angles, whose zero depends on how the
            pelvis' tilt was defined, which differs by 20° between laboratories; shapes and ranges then count alone.
    """
    offset = float(mean.mean() - human.mean.mean()) if free_offset else 0.0
    reference = shifted(human, offset)
    difference = mean - reference.mean
    return Comparison(
        offset=offset,
        rms_difference=float(np.sqrt(np.mean(difference**2))),
        correlation=_correlation(mean, reference.mean),
        lag=_lag(mean, reference.mean),
        inside=float(np.mean(np.abs(difference) <= BAND * reference.deviation)),
        peak_time=float(PERCENT[np.argmax(mean)]),
        human_peak_time=float(PERCENT[np.argmax(human.mean)]),
    )


def _correlation(a: Array, b: Array) -> float:
    """Pearson's, and NaN for a curve that does not vary."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _lag(a: Array, b: Array) -> float:
    """The shift of ``b`` around the cycle [%] that makes it most like ``a``, to a fraction of a percent."""
    x, y = a[:-1] - a[:-1].mean(), b[:-1] - b[:-1].mean()
    likeness = np.fft.irfft(np.fft.rfft(x) * np.conj(np.fft.rfft(y)), len(x))
    best = int(np.argmax(likeness))
    before, here, after = likeness[best - 1], likeness[best], likeness[(best + 1) % len(x)]
    bend = before - 2 * here + after
    top = best + (0.5 * (before - after) / bend if bend < 0 else 0.0)
    return float((top + 50) % 100 - 50)
