"""Spaces and the base class: those of ``gym`` where a script brought it along, else Gymnasium's.

Scripts of 2017 wrap environments in ``gym.Wrapper`` and compare spaces with ``gym.spaces``; that only works
with objects of the very same package. Without ``gym`` nothing is missed.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Env: Any = object
spaces: Any = importlib.import_module("gymnasium.spaces")
if importlib.util.find_spec("gym") is not None:
    Env = importlib.import_module("gym").Env
    spaces = importlib.import_module("gym.spaces")

__all__ = ["Env", "convert_to_gym", "spaces"]


def convert_to_gym(space: Sequence[ArrayLike]) -> Any:
    """A ``Box`` of float64 from a pair (lowest values, highest values)."""
    low, high = (np.asarray(bound, dtype=np.float64) for bound in space)
    try:
        return spaces.Box(low, high, dtype=np.float64)
    except TypeError:  # gym of 2017 knew no dtype
        return spaces.Box(low, high)
