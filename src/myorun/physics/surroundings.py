"""All that a simulator is told of a course beside balls and strengths: :class:`Surroundings`."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myorun.errors import UsageError

Array = NDArray[np.float64]

_COLUMNS = {"steps": 2, "slopes": 3, "patches": 4}
_LARGEST = 1e6  # m
_NONE = MappingProxyType({name: np.zeros((0, columns)) for name, columns in _COLUMNS.items()})
_FACTORS = ("friction", "stiffness", "activation_time", "deactivation_time")


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The line of the ground, its surface, the pace of the muscles and a load on the trunk.

    By default the ground is flat and firm, and the body has nothing to bear: then the engine takes the same way, to
    the last bit, as if it had never heard of any of this.

    Raises:
        UsageError: for a wrong shape, or a value that cannot be.
    """

    steps: Array = field(default_factory=lambda: _NONE["steps"])  # rows x, rise [m]
    slopes: Array = field(default_factory=lambda: _NONE["slopes"])  # rows start, end, rise [m]
    patches: Array = field(
        default_factory=lambda: _NONE["patches"]
    )  # rows start, end [m], factors of friction and stiffness
    friction: float = 1.0  # factors of the whole floor
    stiffness: float = 1.0
    activation_time: float = 1.0  # factors of the muscles' time constants
    deactivation_time: float = 1.0
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)  # mass [kg], place in the frame of the trunk's body [m]

    def __post_init__(self) -> None:
        for name, columns in _COLUMNS.items():
            object.__setattr__(self, name, _checked_rows(name, getattr(self, name), columns))
        for name in _FACTORS:
            value = getattr(self, name)
            zero = name == "friction" and value == 0.0
            if not isinstance(value, int | float) or not (zero or 1e-3 <= value <= 1e3):
                raise UsageError(f"{name} is {value!r}; it must be a factor from 0.001 to 1000")
        for kind in ("slopes", "patches"):
            rows = getattr(self, kind)
            if not (rows[:, 1] - rows[:, 0] >= 1e-3).all():
                raise UsageError(f"{kind} must end at least 1 mm beyond their start")
        load = np.asarray(self.load, dtype=np.float64)
        if load.shape != (3,) or not (np.abs(load) <= 1e4).all() or load[0] < 0.0:
            raise UsageError(f"load is {self.load!r}; it must be a mass of at least 0 kg and its place, x and y in m")

    def arrays(self) -> dict[str, Any]:
        """As the compiled core takes it: with no balls, noise or delay."""
        body = [self.activation_time, self.deactivation_time, *self.load, self.friction, self.stiffness]
        rows = {name: getattr(self, name) for name in _COLUMNS}
        return {**rows, "body": [float(number) for number in body], "balls": np.zeros((0, 3)), "noise": 0.0, "delay": 0}

    @property
    def is_plain(self) -> bool:
        """Whether nothing here differs from a flat, firm floor and a sound body."""
        return self.is_flat and self.load[0] == 0.0 and self.activation_time == 1.0 and self.deactivation_time == 1.0

    @property
    def is_flat(self) -> bool:
        """Whether the ground is flat and everywhere as the model says."""
        rows = any(len(getattr(self, name)) for name in _COLUMNS)
        return not rows and self.friction == 1.0 and self.stiffness == 1.0


def _checked_rows(name: str, given: ArrayLike, columns: int) -> Array:
    try:
        rows = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"{name} must be rows of {columns} numbers; got {given!r:.80}") from None
    if rows.size == 0:
        rows = rows.reshape(0, columns)
    if rows.ndim != 2 or rows.shape[1] != columns or len(rows) > 30:
        raise UsageError(f"{name} have shape {rows.shape}; they must have shape (n, {columns}) with n at most 30")
    if not (np.abs(rows) <= _LARGEST).all():
        raise UsageError(f"{name} must be finite, within a million metres")
    rows.setflags(write=False)
    return rows


PLAIN = Surroundings()
