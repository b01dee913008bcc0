"""The state of a simulation: everything that decides how it goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class State:
    """One instant of a simulation, as copies that share no memory with it.

    Coordinates are in the order of :attr:`Model.free_coordinates`, muscles in that of :attr:`Model.muscles`.
    """

    time: float  # s since reset
    coordinates: Array  # (free coordinates,) rad or m
    speeds: Array  # (free coordinates,) rad/s or m/s
    activations: Array  # (muscles,) 1
    fiber_lengths: Array  # (muscles,) m
