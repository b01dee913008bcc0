"""Contenders take turns in short rounds, so that a busy machine slows all alike; shared by the benchmarks of speed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Clock = Callable[[], float]  # plays the next round; seconds a step


def take_turns(clocks: Mapping[str, Clock], rounds: int, tick: Callable[[], Any]) -> dict[str, Array]:
    """Seconds a step of each contender, by round; ``tick`` is called after every round."""
    figures: dict[str, list[float]] = {name: [] for name in clocks}
    for _ in range(rounds):
        for name, clock in clocks.items():
            figures[name].append(clock())
        tick()
    return {name: np.array(seconds) for name, seconds in figures.items()}


def ratio_overall(slow: Array, quick: Array) -> float:
    """How many times faster ``quick`` was, all rounds together: right where the steps of a recording differ much."""
    return float(slow.mean() / quick.mean())


def ratio_by_round(slow: Array, quick: Array) -> float:
    """How many times faster ``quick`` was in the median round: right where every round holds the same work."""
    return float(np.median(slow / quick))
