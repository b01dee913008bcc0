"""The compiled core, opened for a model: which instruction set, which lanes, which named quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from myorun import _core
from myorun.anatomy import Model, load_model
from myorun.anatomy.validate import validate
from myorun.errors import ModelError, UsageError
from myorun.physics.tables import build_tables

Precision: TypeAlias = Literal["float64", "float32"]
Layout: TypeAlias = MappingProxyType[str, slice]

ENGINES: Mapping[str, type] = MappingProxyType({"float64": _core.Float64, "float32": _core.Float32})


@dataclass(frozen=True)
class Accuracy:
    """How the integrator divides its way; docs/physics.md, Integration, has the errors that go with it."""

    substeps: int  # in 10 ms; where tolerance > 0, only the length of the first to be tried
    tolerance: float = 0.0  # estimated error of a substep in any coordinate, rad or m; 0: equal substeps


_FIRST = 12
ACCURACIES: dict[str, Accuracy] = {
    "fast": Accuracy(_FIRST, 1.4e-4),
    "default": Accuracy(_FIRST, 1.4e-6),
    "accurate": Accuracy(_FIRST, 1e-8),
    "reference": Accuracy(_FIRST, 1e-11),
}
_CONTROL_INTERVAL = 0.01  # s
_FEWEST, _MOST = 12, 100_000  # fewer equal substeps in 10 ms lose a thrown human
_LONGEST = 60.0  # s


def instruction_sets() -> tuple[str, ...]:
    """The instruction sets this build and processor share, best last."""
    return tuple(_core.instruction_sets())


def register_bytes(instruction_set: str) -> int:
    """How wide a register of an available instruction set is."""
    return int(_core.register_bytes(instruction_set))


def as_model(model: Model | str) -> Model:
    """The model itself, checked, or the model of that name or path.

    Raises:
        ModelError: if it cannot be simulated.
    """
    if not isinstance(model, Model):
        return load_model(model)
    _check_model(model)
    return model


@lru_cache(maxsize=8)
def _check_model(model: Model) -> None:
    validate(model, model.name)


@lru_cache(maxsize=8)
def _tables(model: Model, precision: Precision) -> dict[str, npt.NDArray[np.uint8]]:
    return build_tables(model, np.float64 if precision == "float64" else np.float32)


def open_engine(model: Model, n: int, precision: Precision, instruction_set: str | None, threads: int = 1) -> Any:
    """A compiled engine for ``n`` environments.

    Raises:
        UsageError: if the instruction set is unknown here.
        ModelError: if the model is larger than the core.
    """
    chosen = instruction_set or instruction_sets()[-1]
    if chosen not in instruction_sets():
        known = ", ".join(instruction_sets())
        raise UsageError(f"instruction set {chosen!r} is not available here; choose one of: {known}")
    try:
        return ENGINES[precision](_tables(model, precision), n, chosen, threads)
    except ValueError as error:  # a size beyond the core's, by name and number
        raise ModelError(f"model {model.name!r}: {error}") from None


def open_episodes(
    engine: Any, precision: Precision, rules: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> Any:
    """The compiled player of a task over an engine's humans; it writes into ``arrays``."""
    player = _core.Episodes64 if precision == "float64" else _core.Episodes32
    return player(engine, dict(rules), dict(arrays))


def engine_layout(engine: Any) -> tuple[Layout, dict[str, tuple[int, ...]]]:
    """Where each named quantity lies in the flat array of values, and its shape."""
    slices: dict[str, slice] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for name, offset, rows, columns in engine.layout:
        slices[name] = slice(offset, offset + rows * columns)
        shapes[name] = (rows,) if columns == 1 else (rows, columns)
    return MappingProxyType(slices), shapes


def resting_row(model: Model) -> list[float]:
    """The state (q, u, a, l) a model file describes, before its fibers are in equilibrium."""
    coordinates, muscles = model.free_coordinates, model.muscles
    row = [c.default_value for c in coordinates] + [c.default_speed for c in coordinates]
    return row + [m.default_activation for m in muscles] + [m.default_fiber_length for m in muscles]


def divide(accuracy: str | int, duration: float) -> tuple[int, float]:
    """Substeps and tolerance for ``duration`` [s] at an accuracy setting, or at a number of substeps per 10 ms.

    Raises:
        UsageError: for an unknown setting, or a duration that is not positive and finite.
    """
    if not isinstance(duration, int | float | np.floating) or not 0.0 < duration <= _LONGEST:
        raise UsageError(f"duration is {duration!r} s; it must be above 0 and at most {_LONGEST:g}")
    setting = accuracy_of(accuracy)
    return max(1, int(np.ceil(setting.substeps * duration / _CONTROL_INTERVAL - 1e-9))), setting.tolerance


def accuracy_of(accuracy: str | int) -> Accuracy:
    """The setting of that name, or that many equal substeps in 10 ms.

    Raises:
        UsageError: for an unknown setting.
    """
    known = ", ".join(map(repr, ACCURACIES))
    if isinstance(accuracy, str) and accuracy in ACCURACIES:
        return ACCURACIES[accuracy]
    if isinstance(accuracy, int | np.integer) and not isinstance(accuracy, bool) and _FEWEST <= accuracy <= _MOST:
        return Accuracy(int(accuracy))
    raise UsageError(f"accuracy is {accuracy!r}; use one of {known}, or substeps per 10 ms from {_FEWEST} to {_MOST}")
