"""Strict, typed access to one component of an .osim document.

An :class:`Element` remembers which tags were asked for; :meth:`Element.done`
refuses the rest by name, so nothing that OpenSim would simulate is silently left
out. What is harmless is listed in :data:`DISPLAY` and by each reader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from myorun.anatomy.model import Vector
from myorun.anatomy.problems import shown, suggestion
from myorun.anatomy.xml_tree import Node
from myorun.errors import ModelError

DISPLAY = frozenset(
    {"VisibleObject", "Appearance", "FrameGeometry", "attached_geometry", "frame_geometry", "display_preference"}
    | {"color", "groups", "display", "scale_factors"}
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class Element:
    """One XML element of ``source``, with its dotted path for errors."""

    def __init__(self, source: str, node: Node, key: str = "") -> None:
        self.source = source
        self.node = node
        self.key = key or (f"{node.tag}.{node.name}" if node.name else node.tag)
        self._known: set[str] = set()

    @property
    def tag(self) -> str:
        return self.node.tag

    @property
    def name(self) -> str:
        return self.node.name

    def problem(self, tag: str, value: object, allowed: str) -> ModelError:
        """The error for ``value`` found in child ``tag``."""
        node = self.node.find(tag) or self.node
        key = f"{self.key}.{tag}" if tag else self.key
        return ModelError(f"{self.source}: line {node.line}: {key} = {shown(value)}: {allowed}")

    def unsupported(self, what: str, remedy: str = "remove it from the file") -> ModelError:
        """The error for something that OpenSim would simulate and this package does not."""
        return ModelError(f"{self.source}: line {self.node.line}: {self.key}: {what} is not supported; {remedy}")

    def child(self, tag: str) -> Element | None:
        self._known.add(tag)
        found = [node for node in self.node.children if node.tag == tag]
        if len(found) > 1:
            raise ModelError(f"{self.source}: line {found[1].line}: {self.key}.{tag} is there twice; remove one")
        return Element(self.source, found[0], f"{self.key}.{found[0].name or tag}") if found else None

    def children(self) -> Iterator[Element]:
        """Every child as a component of its own."""
        self._known.update(node.tag for node in self.node.children)
        return (Element(self.source, node) for node in self.node.children)

    def members(self, tag: str) -> list[Element]:
        """The components in set ``tag``: what stands in its ``<objects>``."""
        found = self.child(tag)
        if found is None:
            return []
        objects = found.child("objects")
        found.done()
        return list(objects.children()) if objects else []

    def raw(self, tag: str) -> str | None:
        """The text of child ``tag``, without the white space around it; ``None`` if there is no such child."""
        found = self.child(tag)
        if found is None:
            return None
        if found.node.children:
            raise self.problem(tag, found.node.children[0].tag, "plain text is wanted here, not an element")
        return found.node.text.strip()

    def text(self, tag: str, default: str | None = None) -> str:
        found = self.raw(tag)
        if found is not None:
            return found
        if default is None:
            raise ModelError(f"{self.source}: line {self.node.line}: {self.key}.{tag} is missing")
        return default

    def flag(self, tag: str, default: bool = False) -> bool:
        found = self.raw(tag)
        if not found:
            return default
        if found.lower() not in {"true", "false", "1", "0"}:
            raise self.problem(tag, found, "true or false is wanted")
        return found.lower() in {"true", "1"}

    def number(self, tag: str, default: float) -> float:
        return self.numbers(tag, (default,))[0]

    def numbers(self, tag: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """As many finite numbers as ``default`` has, which stands in where the tag is absent."""
        found = self.raw(tag)
        if found is None:
            return default
        values = self._parsed(tag, found)
        if len(values) != len(default):
            raise self.problem(tag, found, f"{len(default)} number(s) wanted, {len(values)} found")
        return values

    def series(self, tag: str) -> tuple[float, ...]:
        """All the numbers in ``tag``, however many."""
        return self._parsed(tag, self.raw(tag) or "")

    def vector(self, tag: str) -> Vector:
        x, y, z = self.numbers(tag, (0.0, 0.0, 0.0))
        return x, y, z

    def pair(self, tag: str, default: tuple[float, float]) -> tuple[float, float]:
        low, high = self.numbers(tag, default)
        return low, high

    def _parsed(self, tag: str, text: str) -> tuple[float, ...]:
        words = text.split()
        if not all(_NUMBER.fullmatch(word) for word in words):
            raise self.problem(tag, text, "finite numbers separated by spaces are wanted")
        values = tuple(float(word) for word in words)
        if not all(math.isfinite(value) for value in values):
            raise self.problem(tag, text, "finite numbers are wanted")
        return values

    def empty(self, tag: str, remedy: str = "remove it from the file") -> None:
        """Refuse by name whatever stands in set ``tag``."""
        for member in self.members(tag):
            raise member.unsupported(f"a {member.tag}", remedy)

    def done(self, harmless: Iterable[str] = ()) -> None:
        """Refuse every child that was never asked for, display matters and ``harmless`` ones apart."""
        allowed = self._known | DISPLAY | set(harmless)
        for node in self.node.children:
            if node.tag not in allowed:
                hint = suggestion(node.tag, self._known)
                raise ModelError(f"{self.source}: line {node.line}: {self.key}.{node.tag} is not supported; {hint}")
