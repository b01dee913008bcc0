"""How the lines of our model files are set: aligned columns, wrapped texts, one point a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 110
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PAIRS = 4  # knots of a spline on one line


def comment(text: str) -> str:
    """``text`` as comment lines, with a blank line before."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def spelled(value: object, key: bool = False) -> str:
    """A value, or with ``key`` a key, as TOML spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if key and _BARE.fullmatch(value) else _quoted(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(spelled(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{spelled(k, key=True)} = {spelled(v)}' for k, v in value.items())} }}"
    return repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def text_block(key: str, text: str) -> str:
    """A long text over several lines; a backslash at a line's end joins it to the next, spaces kept."""
    if len(text) < WIDTH:
        return f"{key} = {spelled(text)}"
    return f'{key} = """\\\n' + " \\\n".join(_lines(text)) + '"""'


def _lines(text: str) -> list[str]:
    """``text`` broken at single spaces, each of which is left out of the lines."""
    words = re.split(r"(?<=\S) (?=\S)", text)
    lines = [""]
    for word in words:
        quoted = _quoted(word)[1:-1]
        if lines[-1] and len(lines[-1]) + len(quoted) + 1 > WIDTH:
            lines.append(quoted)
        else:
            lines[-1] = f"{lines[-1]} {quoted}" if lines[-1] else quoted
    return lines


def one_line_section(name: str, title: str, parts: Mapping[str, Mapping[str, Any]]) -> str:
    """``[name]`` with one aligned line a part."""
    labels = {part: spelled(part, key=True) for part in parts}
    width = max(map(len, labels.values()), default=0)
    columns = _columns(parts.values())
    lines = [f"{labels[part]:<{width}} = {_row(table, columns)}" for part, table in parts.items()]
    return comment(title) + "\n".join([f"[{name}]", *lines, ""])


def _columns(tables: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The width of each key's values, over parts that are not mirror images."""
    widths: dict[str, int] = {}
    for table in tables:
        if "mirror" not in table:
            for key, value in table.items():
                widths[key] = max(widths.get(key, 0), len(spelled(value)))
    return widths


def _row(table: Mapping[str, Any], columns: Mapping[str, int]) -> str:
    if "mirror" in table:
        return spelled(dict(table))
    cells = [f"{spelled(key, key=True)} = {spelled(value)}" for key, value in table.items()]
    widths = [len(key) + 3 + columns[key] + 1 for key in table]
    padded = [f"{cell + ',':<{width}}" for cell, width in zip(cells[:-1], widths[:-1], strict=True)]
    return f"{{ {' '.join([*padded, *cells[-1:]])} }}"


def wide_table(name: str, table: Mapping[str, Any], units: Mapping[str, str]) -> str:
    """``[name]`` with one aligned line a key and its unit behind."""
    width = max(map(len, table), default=0)
    lines = [f"[{name}]"]
    for key, value in table.items():
        unit = units.get(key, "")
        line = f"{key:<{width}} = {_wide(value)}"
        lines.append(f"{line:<{width + 23}}# {unit}" if unit else line)
    return "\n".join([*lines, ""])


def _wide(value: object) -> str:
    return _splined(value, "  ") if isinstance(value, dict) and "spline" in value else spelled(value)


def _splined(table: Mapping[str, Any], indent: str) -> str:
    """``{ coordinate = …, spline = [ … ] }`` with a few knots a line."""
    knots = [[repr(float(number)) for number in knot] for knot in table["spline"]]
    widths = [max(len(knot[i]) for knot in knots) for i in (0, 1)]
    pairs = [f"[{x:>{widths[0]}}, {y:>{widths[1]}}]" for x, y in knots]
    rows = [", ".join(pairs[i : i + _PAIRS]) for i in range(0, len(pairs), _PAIRS)]
    body = f",\n{indent}  ".join(rows)
    return f"{{ coordinate = {spelled(table['coordinate'])}, spline = [\n{indent}  {body},\n{indent}] }}"


def path_block(points: list[Mapping[str, Any]]) -> str:
    """``path = [ … ]``, one point a line, moving points over several."""
    columns = _columns(point for point in points if "x" not in point)
    lines = [_moving(point) if "x" in point else _row(point, columns) for point in points]
    return "\n".join(["path = [", *(f"  {line}," for line in lines), "]", ""])


def _moving(point: Mapping[str, Any]) -> str:
    cells = []
    for key, value in point.items():
        is_spline = isinstance(value, dict) and "spline" in value
        cells.append(f"{key} = {_splined(value, '    ') if is_spline else spelled(value)}")
    return "{ " + ", ".join(cells) + " }"
