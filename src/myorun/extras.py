"""Parts of the library whose packages may not be installed: :func:`library`."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from myorun.errors import MissingExtraError


def library(module: str, what: str, extra: str) -> ModuleType:
    """A module of ours; :class:`MissingExtraError`, ``what`` needs ``extra``, where its packages are not installed."""
    try:
        return import_module(module)
    except MissingExtraError:
        raise
    except ImportError as error:
        if (error.name or "").startswith("myorun"):
            raise
        raise MissingExtraError(what, extra) from error
