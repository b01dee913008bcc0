"""What one simulated human and many have in common: :class:`Simulation`."""

from __future__ import annotations

from copy import copy
from math import prod
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from myorun.anatomy import Model
from myorun.errors import UsageError
from myorun.physics.checks import check_rows, check_state
from myorun.physics.engine import (
    Layout,
    Precision,
    accuracy_of,
    as_model,
    engine_layout,
    open_engine,
    resting_row,
)
from myorun.physics.surroundings import Surroundings

Rows = npt.NDArray[Any]


class Copied:
    """Copies are made of what a pickle holds, which is copies of arrays; the model is shared."""

    def copy(self) -> Self:
        """An independent twin in the same state on the same course that continues identically."""
        return copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()


class Simulation(Copied):
    """Humans of one model in a compiled engine.

    All arrays begin with ``axes``: none for one human, (n,) for many.
    """

    def __init__(
        self,
        model: Model | str,
        axes: tuple[int, ...],
        *,
        accuracy: str | int,
        instruction_set: str | None,
        precision: Precision = "float64",
        threads: int = 1,
    ) -> None:
        self.model, self.accuracy, self._instruction_set = as_model(model), accuracy, instruction_set
        self.precision: Precision = precision
        self.dtype = np.dtype(precision)
        self._axes, self._humans = axes, prod(axes)
        accuracy_of(accuracy)
        self._engine = open_engine(self.model, self._humans, precision, instruction_set, threads)
        self.layout: Layout
        self.layout, self._shapes = engine_layout(self._engine)
        q, m = self._nq, self._nm = len(self.model.free_coordinates), len(self.model.muscles)
        self._parts = {
            "coordinates": slice(0, q),
            "speeds": slice(q, 2 * q),
            "activations": slice(2 * q, 2 * q + m),
            "fiber_lengths": slice(2 * q + m, 2 * q + 2 * m),
        }

    # ------------------------------------------------------------ state

    def _rows(self) -> Rows:
        """A copy of all states, shape (humans, 2 coordinates + 2 muscles)."""
        rows = np.empty((self._humans, self._engine.state_size), self.dtype)
        self._engine.get_states(rows)
        return rows

    def _set_rows(self, rows: npt.NDArray[np.float64]) -> None:
        check_state(self.model, rows)
        self._engine.set_states(np.ascontiguousarray(rows, self.dtype))
        self._changed()

    def _changed(self) -> None:
        """Called after the state was set."""

    def _part(self, name: str) -> Rows:
        part = self._rows()[:, self._parts[name]].copy()
        return part.reshape(*self._axes, part.shape[1])

    def _set_part(self, name: str, values: npt.ArrayLike) -> None:
        rows, part = self._rows().astype(np.float64), self._parts[name]
        rows[:, part] = check_rows(name, values, (*self._axes, part.stop - part.start))
        self._set_rows(rows)

    @property
    def coordinates(self) -> Rows:
        """Generalized coordinates, shape (free coordinates,), rad or m; a copy."""
        return self._part("coordinates")

    @coordinates.setter
    def coordinates(self, values: npt.ArrayLike) -> None:
        self._set_part("coordinates", values)

    @property
    def speeds(self) -> Rows:
        """Generalized speeds, shape (free coordinates,), rad/s or m/s; a copy."""
        return self._part("speeds")

    @speeds.setter
    def speeds(self, values: npt.ArrayLike) -> None:
        self._set_part("speeds", values)

    @property
    def activations(self) -> Rows:
        """Muscle activations, shape (muscles,); a copy."""
        return self._part("activations")

    @activations.setter
    def activations(self, values: npt.ArrayLike) -> None:
        self._set_part("activations", values)

    @property
    def fiber_lengths(self) -> Rows:
        """Muscle fiber lengths, shape (muscles,), m; a copy."""
        return self._part("fiber_lengths")

    @fiber_lengths.setter
    def fiber_lengths(self, values: npt.ArrayLike) -> None:
        self._set_part("fiber_lengths", values)

    def equilibrate(self) -> None:
        """Set fiber lengths so that fiber and tendon pull alike at the present pose and activations, at rest."""
        self._engine.equilibrate()
        self._changed()

    def _rest(self) -> None:
        """The default pose at rest, default activations, no excitations, fibers in equilibrium."""
        self._engine.set_states(np.tile(np.array(resting_row(self.model), self.dtype), (self._humans, 1)))
        self._hold(np.zeros((self._humans, self._nm), self.dtype))
        self.equilibrate()

    def _hold(self, excitations: Rows) -> None:
        self._excitations = excitations
        self._engine.set_excitations(excitations)

    # ------------------------------------------------------------ quantities

    def get(self, name: str) -> Rows:
        """A named quantity at the present state, as a copy.

        Raises:
            UsageError: for an unknown name; the message lists all names.
        """
        if name == "pennation_angles":
            return self._pennation_angles()
        if name not in self.layout:
            raise UsageError(f"no quantity {name!r}; there are: {', '.join(self.quantities)}")
        return self._report(self.layout[name]).reshape(*self._axes, *self._shapes[name])

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names :meth:`get` knows."""
        return (*self.layout, "pennation_angles")

    def _report(self, where: slice) -> Rows:
        """Some of the values at the present state, shape (humans, values); a copy."""
        out = np.empty((self._humans, where.stop - where.start), self.dtype)
        self._engine.report(where.start, out.shape[1], out)
        return out

    def _pennation_angles(self) -> Rows:
        height = np.array([m.optimal_fiber_length * np.sin(m.pennation_angle) for m in self.model.muscles], self.dtype)
        return np.asarray(np.arctan2(height, self.get("fiber_lengths_along_tendon")))


def lay_surroundings(engine: Any, human: int, surroundings: Surroundings) -> None:
    """Tell the engine the surroundings of a human; :class:`UsageError` for what it cannot hold."""
    if not isinstance(surroundings, Surroundings):
        raise UsageError(f"surroundings are {surroundings!r:.80}; they must be a myorun.physics.Surroundings")
    try:
        engine.set_surroundings(human, surroundings.arrays())
    except ValueError as error:
        raise UsageError(f"these surroundings cannot be simulated: {error}") from None
