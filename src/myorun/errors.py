"""Every error a user can cause, each saying what was given, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

FAILED, MISUSED, INTERRUPTED = 1, 2, 130  # exit statuses of the command line


class MyorunError(Exception):
    """Base of all errors raised on purpose by this package."""

    exit_status: ClassVar[int] = MISUSED  # of a command that ends with it


class ModelError(MyorunError, ValueError):
    """A model file or a :class:`~myorun.anatomy.model.Model` that cannot be simulated."""


class StateError(MyorunError, ValueError):
    """A state that no simulation can continue from: not a number, infinite, or beyond all anatomy."""


class UsageError(MyorunError, ValueError):
    """An argument of the wrong kind, shape or range."""


def unwritable(what: str, error: OSError) -> UsageError:
    """The error for a file, named with what it is, that the system does not let be written."""
    return UsageError(
        f"{what} cannot be written: {error.strerror or error}; choose another path, make room, or mend its permissions"
    )


def unreadable(what: str, error: OSError) -> UsageError:
    """The error for a file, named with what it is but without an article, that is not there or may not be read."""
    if isinstance(error, FileNotFoundError):
        return UsageError(f"there is no {what}; give the path of one that is there")
    return UsageError(f"the {what} cannot be read: {error.strerror or error}; give the path of a file you may read")


class MissingExtraError(MyorunError, ImportError):
    """An optional part was asked for whose packages are not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed; run: pip install 'myorun[{extra}]'")


class SimulationError(MyorunError, RuntimeError):
    """An integrator gave up; the simulator is left at the state before the step."""

    exit_status = FAILED


class PlayError(MyorunError, RuntimeError):
    """Episodes that could not be played; ``seeds`` are those of their courses."""

    exit_status = FAILED

    def __init__(self, what: str, seeds: Sequence[int] = ()) -> None:
        self.what, self.seeds = what, tuple(seeds)
        super().__init__(f"{what}, with seed{_listed(self.seeds)}" if seeds else what)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.what, self.seeds)


class StoppedError(MyorunError):
    """The user interrupted what can go on later; the message says how."""

    exit_status = INTERRUPTED


class PolicyError(PlayError):
    """A policy that raised, or whose answer is no excitations."""


class WorkerLostError(PlayError):
    """Too many workers died, or too few could be had."""


def _listed(seeds: Sequence[int], most: int = 8) -> str:
    """At most so many of them, in English."""
    first = ", ".join(map(str, seeds[:most]))
    rest = f" and {len(seeds) - most} more" if len(seeds) > most else ""
    return f"{'s' if len(seeds) > 1 else ''} {first}{rest}"
