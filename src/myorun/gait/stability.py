"""How well a gait repeats itself: spread of strides, and whether a disturbance dies out from stride to stride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.cycles import Stride
from myorun.gait.motion import PELVIS, Motion

Array = NDArray[np.float64]

_FEWEST = 8  # states at the same foot's strike, before a multiplier means anything
_DIMENSIONS = 3  # principal directions in which the return map is fitted


@dataclass(frozen=True)
class Stability:
    """Of the strides of one motion."""

    stride_time_variation: float  # standard deviation of stride times, % of their mean
    angle_variation: (
        float  # degrees: standard deviation of the joint angles over cycles, averaged over cycle and joints
    )
    floquet_multiplier: float | None  # largest, 1; None where there are too few strides
    explanation: str  # of the multiplier, or of its absence


def stability_of(motion: Motion, strides: Sequence[Stride], angle_deviations: Sequence[Array]) -> Stability:
    """Variability of the strides given, and the largest Floquet multiplier from their foot strikes."""
    times = np.array([s.duration for s in strides])
    spread = float(100 * times.std(ddof=1) / times.mean()) if len(times) > 1 else 0.0
    multiplier, explanation = _multiplier(motion, [s for s in strides if s.side == 0])
    return Stability(
        spread, float(np.mean(angle_deviations)) if len(angle_deviations) else float("nan"), multiplier, explanation
    )


def _multiplier(motion: Motion, strides: Sequence[Stride]) -> tuple[float | None, str]:
    """Largest eigenvalue of the map from one right foot strike to the next.

    States are coordinates and speeds at foot strike, the distance left out, scaled by their spread; the map is fitted
    by least squares in their first principal directions: Hurmuzlu & Basdogan 1994, J. Biomech. Eng. 116(1):30-36;
    Dingwell & Kang 2007, J. Biomech. Eng. 129(4):586-593. Below 1, disturbances die out.
    """
    if motion.coordinates is None or motion.speeds is None or motion.model is None:
        return None, "coordinates and speeds are not known"
    moments = [s.start for s in strides] + [s.end for s in strides[-1:]]
    if len(moments) < _FEWEST:
        return None, f"{len(moments)} foot strikes of the right foot; {_FEWEST} are needed"
    names = [c.name for c in motion.model.free_coordinates]
    kept = [k for k, name in enumerate(names) if name != PELVIS[1]]
    whole = np.concatenate([motion.coordinates[:, kept], motion.speeds], axis=1)
    states = np.stack([np.interp(moments, motion.times, column) for column in whole.T], axis=1)
    scaled = (states - states.mean(axis=0)) / np.maximum(states.std(axis=0), 1e-9)
    _, _, directions = np.linalg.svd(scaled, full_matrices=False)
    reduced = scaled @ directions[:_DIMENSIONS].T
    fitted, *_ = np.linalg.lstsq(reduced[:-1], reduced[1:], rcond=None)
    largest = float(np.abs(np.linalg.eigvals(fitted)).max())
    return largest, f"from {len(moments)} strikes of the right foot, in {_DIMENSIONS} principal directions"
