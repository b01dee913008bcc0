"""XML as OpenSim writes it: indented, numbers to the last bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from xml.sax.saxutils import escape, quoteattr


class Xml:
    """Collects the lines of one document."""

    def __init__(self) -> None:
        self._lines = ['<?xml version="1.0" encoding="UTF-8" ?>']
        self._depth = 0

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _line(self, line: str) -> None:
        self._lines.append("\t" * self._depth + line)

    @contextmanager
    def element(self, tag: str, **attributes: str) -> Iterator[None]:
        """An element around what is written in the ``with`` block; empty attributes are left out."""
        written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value)
        self._line(f"<{tag}{written}>")
        self._depth += 1
        yield
        self._depth -= 1
        self._line(f"</{tag}>")

    @contextmanager
    def set(self, tag: str, name: str = "", named: bool = True) -> Iterator[None]:
        """A set whose objects are written in the ``with`` block; named as OpenSim names its sets."""
        with self.element(tag, name=name or (tag.lower() if named else "")):
            with self.element("objects"):
                yield
            self._line("<groups />")

    def empty_set(self, tag: str) -> None:
        with self.set(tag):
            pass

    def leaf(self, tag: str, text: str) -> None:
        self._line(f"<{tag}>{escape(text)}</{tag}>")

    def number(self, tag: str, value: float) -> None:
        self.leaf(tag, repr(float(value)))

    def numbers(self, tag: str, values: Iterable[float]) -> None:
        self.leaf(tag, " ".join(repr(float(value)) for value in values))

    def flag(self, tag: str, value: bool) -> None:
        self.leaf(tag, "true" if value else "false")
