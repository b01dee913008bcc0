"""What the ground did between the samples of a simulated motion: every state is continued in small steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myorun.errors import MyorunError
from myorun.gait.motion import SIDES, side_of
from myorun.gait.replay import is_complete, replayed
from myorun.trajectory import Trajectory

Array = NDArray[np.float64]

FINE = 1e-3  # s between the samples asked for
_COARSE = 2e-3  # s: a record whose samples are closer than that tells enough by itself


def vertical_forces_between(record: Trajectory, every: float = FINE) -> tuple[Array, Array] | None:
    """Times, shape (f,) [s], and vertical forces under the feet, shape (f, sides) [N], ``every`` so many seconds.

    ``None`` where the record does not hold all states, or its motion cannot be continued.
    """
    if record.steps < 1 or not is_complete(record):
        return None
    spacing = float(np.median(np.diff(record.times)))
    if spacing <= _COARSE:
        return None
    try:
        forces = _continued(record, round(spacing / every), spacing)
    except MyorunError:
        return None
    offsets = np.arange(forces.shape[1]) * spacing / forces.shape[1]
    times = (record.times[:-1, None] + offsets).ravel()
    return times, forces.reshape(len(times), len(SIDES))


def _continued(record: Trajectory, parts: int, spacing: float) -> Array:
    """Vertical forces, shape (steps, parts, sides): all states of the record go on side by side."""
    n = record.steps
    batch = replayed(record, n)
    sides = np.array([side_of(name) for name in record.sphere_names])
    forces = np.empty((n, parts, len(SIDES)))
    for part in range(parts):
        vertical = batch.get("contact_forces")[..., 1]
        for side in range(len(SIDES)):
            forces[:, part, side] = vertical[:, sides == side].sum(axis=1)
        batch.step(record.excitations, spacing / parts)
    return forces
