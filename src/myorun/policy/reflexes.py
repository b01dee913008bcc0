"""A policy without a network: the reflexes of :mod:`myorun.reflex` with gains of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.errors import UsageError
from myorun.observation import BODY_FIELDS, COURSE_FIELDS, elements_of, extended_fields
from myorun.reflex import Gains, ReflexLaw

Array = NDArray[np.float64]

QUANTITIES = ("tendon_forces", "contact_forces", "obstacle_forces")  # felt beside the 41 numbers


@dataclass(frozen=True, eq=False)
class ReflexFile:
    """All that is kept of it on disk."""

    name: str
    gains: Gains
    provenance: dict[str, Any] = field(default_factory=dict)


class ReflexPolicy:
    """Muscle reflexes for a batch. They feel forces, so observations hold :data:`QUANTITIES` behind the 41 numbers."""

    quantities = QUANTITIES

    def __init__(self, file: ReflexFile, model: Model) -> None:
        self.file = file
        self._law, self._senses = ReflexLaw(model, file.gains), ObservedSenses(model)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.file.name

    def __call__(self, observations: Any) -> Array:
        """Excitations of the next step, float64, shape (n, muscles)."""
        self._senses.look(np.asarray(observations, np.float64))
        return self._law.excitations(self._senses)


class ObservedSenses:
    """What a simulator would answer the reflexes, read out of observations."""

    def __init__(self, model: Model) -> None:
        self.model = model
        fields = [(f.quantity, f.element) for f in BODY_FIELDS]
        extra = [(f.quantity, f.element) for f in extended_fields(QUANTITIES, model)]
        self._fields = [*fields, *[("", ("", ""))] * len(COURSE_FIELDS), *extra]
        names = {quantity for quantity, _ in self._fields if quantity}
        self._columns = {name: self._columns_of(name) for name in names}
        self._observations: Array = np.zeros((1, len(self._fields)))

    def _columns_of(self, quantity: str) -> tuple[NDArray[np.intp], tuple[int, ...]]:
        """Where its elements are in an observation, or -1, and the shape they make."""
        elements = elements_of(quantity, self.model)
        places = [self._fields.index((quantity, e)) if (quantity, e) in self._fields else -1 for e in elements]
        planar = elements[0][1] != ""
        flat = planar and quantity.startswith("center_")
        shape = (2,) if flat else (len(elements) // 2, 2) if planar else (len(elements),)
        return np.array(places, np.intp), shape

    def look(self, observations: Array) -> None:
        """What is felt from now on; :class:`UsageError` if forces are missing."""
        if observations.ndim != 2 or observations.shape[1] < len(self._fields):
            raise UsageError(
                f"observations have shape {observations.shape}; reflexes need (n, {len(self._fields)}): "
                f"the 41 numbers and {', '.join(QUANTITIES)}"
            )
        self._observations = observations

    def get(self, name: str) -> Array:
        """A quantity of all humans, shape (n, …); NaN where observations do not tell."""
        places, shape = self._columns[name]
        values = self._observations[:, places]
        values[:, places < 0] = np.nan
        return values.reshape(len(values), *shape)
