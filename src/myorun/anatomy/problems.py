"""One shape for every complaint about a model: file, key, value, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from myorun.errors import ModelError

_LONGEST_VALUE = 60


def problem(source: str, key: str, value: object, allowed: str) -> ModelError:
    """The error for ``value`` found at ``key`` of ``source``, where ``allowed`` says what would be right."""
    return ModelError(f"{source}: {key} = {shown(value)}: {allowed}")


def missing(source: str, key: str, allowed: str) -> ModelError:
    """The error for a ``key`` that ``source`` should have and has not."""
    return ModelError(f"{source}: {key} is missing: {allowed}")


def unknown(source: str, key: str, name: str, known: Iterable[str]) -> ModelError:
    """The error for a ``name`` at ``key`` that nothing answers to, with the nearest names that would do."""
    return ModelError(f"{source}: {key} is not known: {suggestion(name, known)}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """``did you mean …?`` where something is near ``name``, else all that is known."""
    names = sorted(set(known))
    near = get_close_matches(name, names, n=2, cutoff=0.6)
    near = near or [known_name for known_name in names if len(name) > 2 and name in known_name][:2]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"allowed: {', '.join(names[:40])}" if names else "nothing is allowed here"


def shown(value: object) -> str:
    """A value in one short line, whatever it is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a list inside itself
        text = f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
