"""All a task reads, as one flat array, whatever the engine.

The native engine keeps every named quantity in one array (``values``) and says where each lies
(``layout``). Other engines only answer ``get(name)``; for them the array is put together here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myorun.anatomy.model import Model
from myorun.physics.surroundings import Surroundings

Values = NDArray[np.float64]
Layout = Mapping[str, slice]


class Engine(Protocol):
    """What the environment asks of a simulator; see :class:`myorun.physics.Simulator`."""

    @property
    def model(self) -> Model: ...
    @property
    def time(self) -> float: ...
    def reset(self) -> None: ...
    def set_course(
        self, *, obstacles: ArrayLike = (), strengths: ArrayLike | None = None, surroundings: Surroundings = ...
    ) -> None: ...
    def step(self, excitations: ArrayLike, duration: float = 0.01) -> None: ...
    def get(self, name: str) -> Values: ...


class Readings(Protocol):
    """One flat float64 array of named quantities at the engine's present state."""

    @property
    def layout(self) -> Layout:
        """Where each quantity lies."""
        ...

    def read(self) -> Values:
        """The array. It may change with the next step: keep copies, not this."""
        ...


class NativeReadings:
    """The engine's own array: nothing is computed or copied."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @property
    def layout(self) -> Layout:
        """Where each quantity lies."""
        layout: Layout = self._engine.layout
        return layout

    def read(self) -> Values:
        values: Values = self._engine.values
        return values


class AskedReadings:
    """The named quantities asked for one by one, in the order given."""

    def __init__(self, engine: Engine, names: Sequence[str]) -> None:
        self._engine = engine
        self._names = tuple(names)
        sizes = [engine.get(name).size for name in self._names]
        ends = np.cumsum([0, *sizes]).tolist()
        self.layout: Layout = {name: slice(ends[i], ends[i + 1]) for i, name in enumerate(self._names)}

    def read(self) -> Values:
        return np.concatenate([self._engine.get(name).ravel() for name in self._names])


def readings(engine: Engine, names: Sequence[str]) -> Readings:
    """The readings of an engine in which at least ``names`` can be found."""
    if hasattr(engine, "values") and hasattr(engine, "layout"):
        return NativeReadings(engine)
    return AskedReadings(engine, names)
