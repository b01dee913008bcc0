"""Docstrings of the sources as the site shows them: an extension of griffe that mkdocs.yml names.

The sources keep to what reads well in an editor: roles such as ``:class:`~myorun.course.Course```, simple tables,
literal blocks after ``::``, and, of a field, meaning, unit and shape in a comment on its line. Here that is Markdown.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:class|func|data|mod|meth|attr|exc):`~?([^`]+)`")
_RULE = re.compile(r"^=+( +=+)+$")
_COMMENT = re.compile(r"^[^#]*?  # (.+)$")


class Readable(griffe.Extension):
    """Turns docstrings into Markdown, and comments of fields into docstrings."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Of anything that has a docstring."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Of a field or a constant: the comment on its line."""
        words = comment_of(attr)
        if attr.docstring is None and words:
            attr.docstring = griffe.Docstring(as_markdown(words), parent=attr)


def comment_of(attribute: griffe.Attribute) -> str:
    """What stands behind an attribute on its own line, or lines; empty if nothing does."""
    if isinstance(attribute.filepath, list) or attribute.lineno is None or attribute.endlineno is None:
        return ""
    lines = attribute.lines_collection[attribute.filepath][attribute.lineno - 1 : attribute.endlineno]
    found = [match[1] for line in lines if (match := _COMMENT.match(line))]
    return " ".join(words for words in found if not words.startswith(("noqa", "type:", "fmt:")))


def as_markdown(text: str) -> str:
    """A docstring's text, its roles, tables and literal blocks in Markdown."""
    lines: list[str] = []
    source = iter(_ROLE.sub(lambda role: f"`{role[1].rpartition('.')[2]}`", text).splitlines())
    for line in source:
        if _RULE.match(line.strip()):
            lines += _table(line, source)
        elif line.endswith("::"):
            lines += ["", *_literal(line, source)]
        else:
            lines.append(line)
    return "\n".join(lines)


def _table(rule: str, source: Any) -> list[str]:
    """A simple table as one of pipes; its columns begin where those of its first rule do."""
    starts = [match.start() for match in re.finditer(r"=+", rule)]
    rows: list[list[str]] = []
    rules = 1
    for line in source:
        if _RULE.match(line.strip()):
            rules += 1
            if rules == 3 or len(rows) != 1:  # a rule after one row closes the head
                break
            continue
        cells = [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
        if cells[0] or not rows:
            rows.append(cells)
        else:  # a row goes on
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
    bars = [f"| {' | '.join(row)} |" for row in rows]
    head, body = (bars[:1], bars[1:]) if rules == 3 else (["|" + " |" * len(starts)], bars)
    return ["", *head, "|" + "-|" * len(starts), *body, ""]


def _literal(line: str, source: Any) -> list[str]:
    """An indented block after ``::``, fenced; what follows it stays with it until the margin."""
    words = [f"{line.strip()[:-1]}", ""] if line.strip() != "::" else []
    block: list[str] = []
    after: list[str] = []
    for inner in source:
        if inner.strip() and not inner.startswith("    "):
            after.append(inner)
            break
        block.append(inner.removeprefix("    "))
    code = "\n".join(block).strip("\n")
    return [*words, "```python", code, "```", "", *after]
