"""XML as a plain tree with line numbers, read without trusting it.

OpenSim writes tags with ``::`` in them, which namespace-aware parsers refuse, so
this reads with expat's plain mode. Document type declarations are refused before
any entity can be declared, and size, depth and count are limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from myorun.errors import ModelError

MAX_DEPTH = 100
MAX_ELEMENTS = 500_000


@dataclass(slots=True)
class Node:
    """One element: its tag, attributes, text and children, and where it stands in the file."""

    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")

    def find(self, tag: str) -> Node | None:
        """The first child with this tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Builder:
    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Node | None = None
        self.count = 0
        self.open: list[Node] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        line = self.parser.CurrentLineNumber
        if len(self.open) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            limit = f"{MAX_DEPTH} levels and {MAX_ELEMENTS} elements"
            raise ModelError(f"{self.source}: line {line}: too large for a model; at most {limit} are allowed")
        node = Node(tag, attributes, line)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def _end(self, tag: str) -> None:
        self.open.pop()

    def _text(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        line = self.parser.CurrentLineNumber
        raise ModelError(f"{self.source}: line {line}: a DOCTYPE is not allowed in a model file; remove it")


def parse_xml(data: bytes, source: str) -> Node:
    """The root element of ``data``; a :class:`ModelError` naming the line for anything that is not plain XML."""
    builder = _Builder(source)
    try:
        builder.parser.Parse(data, True)
    except ModelError:
        raise
    except expat.ExpatError as error:
        raise ModelError(f"{source}: not XML: {error}; see a model with: myorun model export human FILE") from None
    except (ValueError, LookupError) as error:  # an encoding nobody has, a character of none
        raise ModelError(f"{source}: not XML: {error}; see a model with: myorun model export human FILE") from None
    if builder.root is None:
        raise ModelError(f"{source}: not XML: no element found; see a model with: myorun model export human FILE")
    return builder.root
