"""Strict, typed access to one table of a TOML document.

A :class:`Table` remembers which keys were asked for; :meth:`Table.done` refuses
the rest, so a misspelt key is never silently ignored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

from myorun.anatomy.problems import missing, problem, unknown

T = TypeVar("T")
_REQUIRED = object()


class Table:
    """One table of ``source`` found at the dotted path ``key``."""

    def __init__(self, source: str, key: str, content: object) -> None:
        if not isinstance(content, dict):
            raise problem(source, key, content, "a table is wanted here")
        self.source = source
        self.key = key
        self.content: dict[str, object] = content
        self._known: set[str] = set()

    def path(self, name: str) -> str:
        """The dotted path of ``name`` in this table."""
        return f"{self.key}.{name}" if self.key else name

    def has(self, name: str) -> bool:
        self._known.add(name)
        return name in self.content

    def value(self, name: str, wanted: str, default: object = _REQUIRED) -> object:
        """The raw value at ``name``; ``wanted`` describes it should it be missing."""
        if self.has(name):
            return self.content[name]
        if default is _REQUIRED:
            raise missing(self.source, self.path(name), f"{wanted} is wanted")
        return default

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number; an integer will do."""
        found = self.value(name, "a number", _REQUIRED if default is None else default)
        return number(self.source, self.path(name), found)

    def numbers(self, name: str, lengths: Sequence[int], default: Sequence[float] | None = None) -> tuple[float, ...]:
        """A list of finite numbers, as many as one of ``lengths``."""
        wanted = f"a list of {' or '.join(map(str, lengths))} numbers"
        found = self.value(name, wanted, _REQUIRED if default is None else list(default))
        if not isinstance(found, list) or len(found) not in lengths:
            raise problem(self.source, self.path(name), found, f"{wanted} is wanted")
        return tuple(number(self.source, f"{self.path(name)}[{i}]", x) for i, x in enumerate(found))

    def text(self, name: str, default: str | None = None) -> str:
        found = self.value(name, "text", _REQUIRED if default is None else default)
        if not isinstance(found, str):
            raise problem(self.source, self.path(name), found, "text is wanted")
        return found

    def texts(self, name: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        found = self.value(name, "a list of texts", _REQUIRED if default is None else list(default))
        if not isinstance(found, list) or not all(isinstance(x, str) for x in found):
            raise problem(self.source, self.path(name), found, "a list of texts is wanted")
        return tuple(found)

    def flag(self, name: str, default: bool) -> bool:
        found = self.value(name, "true or false", default)
        if not isinstance(found, bool):
            raise problem(self.source, self.path(name), found, "true or false is wanted")
        return found

    def choice(self, name: str, choices: tuple[T, ...], default: T | None = None) -> T:
        found = self.value(name, "a choice", _REQUIRED if default is None else default)
        for choice in choices:
            if choice == found and isinstance(found, str):
                return choice
        raise problem(self.source, self.path(name), found, f"one of {', '.join(map(repr, choices))} is wanted")

    def table(self, name: str) -> Table:
        """The table at ``name``; an empty one if there is none."""
        return Table(self.source, self.path(name), self.value(name, "a table", {}))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every entry as a named table, in the order of the file."""
        for name, content in self.content.items():
            self._known.add(name)
            yield name, Table(self.source, self.path(name), content)

    def list_of_tables(self, name: str) -> list[Table]:
        found = self.value(name, "a list of tables")
        if not isinstance(found, list):
            raise problem(self.source, self.path(name), found, "a list of tables is wanted")
        return [Table(self.source, f"{self.path(name)}[{i}]", x) for i, x in enumerate(found)]

    def done(self) -> None:
        """Refuse every key that was never asked for."""
        for name in self.content:
            if name not in self._known:
                raise unknown(self.source, self.path(name), name, self._known)


def number(source: str, key: str, value: object) -> float:
    """``value`` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise problem(source, key, value, "a number is wanted")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise problem(source, key, value, "a finite number is wanted")
    return result
