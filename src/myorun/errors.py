"""Every error a user can cause, each saying what was given, what is allowed and what to do."""

from __future__ import annotations


class MyorunError(Exception):
    """Base of all errors raised on purpose by this package."""


class ModelError(MyorunError, ValueError):
    """A model file or a :class:`~myorun.anatomy.model.Model` that cannot be simulated."""


class StateError(MyorunError, ValueError):
    """A state that no simulation can continue from: not a number, infinite, or beyond all anatomy."""


class UsageError(MyorunError, ValueError):
    """An argument of the wrong kind, shape or range."""


class MissingExtraError(MyorunError, ImportError):
    """An optional part was asked for whose packages are not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed; run: pip install 'myorun[{extra}]'")


class SimulationError(MyorunError, RuntimeError):
    """An integrator gave up; the simulator is left at the state before the step."""
