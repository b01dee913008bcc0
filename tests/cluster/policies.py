"""Policies to be sent to workers. All arithmetic is element by element, so that a row depends on itself alone."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Reaching:
    """Excitations out of what is seen: without memory or noise."""

    def __call__(self, observations: Array) -> Array:
        return np.clip(0.5 + 3.0 * observations[:, 4:22], 0.0, 1.0)


class Noisy(Reaching):
    """Adds noise of its own to every episode, and remembers its last answer."""

    def begin(self, rows: Array, seeds: Array, steps: Array) -> None:
        if rows.all():
            self._noise, self._last = [np.random.default_rng()] * len(rows), np.zeros((len(rows), 18))
        for row in np.flatnonzero(rows):
            self._noise[row] = np.random.default_rng((seeds[row], steps[row]))
            self._last[row] = 0.0

    def __call__(self, observations: Array) -> Array:
        noise = np.array([generator.uniform(-0.3, 0.3, 18) for generator in self._noise])
        self._last = 0.5 * self._last + 0.5 * (super().__call__(observations) + noise)
        return self._last.copy()


class Deadly(Noisy):
    """Kills the process in which it plays the course ``seed``, at a certain step of the episode, some times."""

    def __init__(self, folder: Path, *, seed: int, step: int, times: int) -> None:
        self._folder, self._seed, self._step, self._times = folder, seed, step, times

    def begin(self, rows: Array, seeds: Array, steps: Array) -> None:
        super().begin(rows, seeds, steps)
        self._seeds, self._steps = seeds, steps

    def __call__(self, observations: Array) -> Array:
        victims = len(list(self._folder.iterdir()))
        if victims < self._times and ((self._seeds == self._seed) & (self._steps == self._step)).any():
            (self._folder / str(victims)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self._steps += 1
        return super().__call__(observations)


class Waiting(Noisy):
    """On one node, says so in a folder and waits for the end of the world; elsewhere just plays."""

    def __init__(self, node: str, folder: Path) -> None:
        self._node, self._folder = node, folder

    def __call__(self, observations: Array) -> Array:
        import ray

        if ray.get_runtime_context().get_node_id() == self._node:
            (self._folder / "here").touch()
            time.sleep(60.0)
        return super().__call__(observations)


class Telling(Reaching):
    """Leaves the number of its process in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, observations: Array) -> Array:
        (self._folder / str(os.getpid())).touch()
        return super().__call__(observations)


class Failing(Reaching):
    """Raises at once."""

    def __call__(self, observations: Array) -> Array:
        raise KeyError("knee")


class Confused(Noisy):
    """Answers NaN to the course of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def begin(self, rows: Array, seeds: Array, steps: Array) -> None:
        super().begin(rows, seeds, steps)
        self._seeds = seeds

    def __call__(self, observations: Array) -> Array:
        return np.where((self._seeds == self._seed)[:, None], np.nan, super().__call__(observations))


class Locked(Reaching):
    """Holds what exists in one process only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
