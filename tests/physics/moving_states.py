"""States of the human in motion, for tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from myorun.physics import Simulator


def random_rows(rng: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
    """States of the human in moderate motion around standing: coordinates, speeds, activations, fibre lengths."""
    start = Simulator()
    rows = np.tile(np.concatenate([start.coordinates, start.speeds, start.activations, start.fiber_lengths]), (n, 1))
    rows[:, :9] += rng.normal(0.0, [0.3, 1.0, 0.05, 0.5, 0.0, 0.3, 0.5, 0.0, 0.3], (n, 9))
    rows[:, [4, 7]] = rng.uniform(-2.3, 0.3, (n, 2))
    rows[:, 9:18] = rng.normal(0.0, 3.0, (n, 9))
    rows[:, 18:36] = rng.uniform(0.01, 1.0, (n, 18))
    rows[:, 36:] *= rng.uniform(0.8, 1.3, (n, 18))
    return rows
