"""The left leg is the right leg seen in a mirror.

A part of a model file may say ``mirror = "vasti_r"``: it is then that part with
its sides exchanged, and any further key it states overrides the copied one.
The mirror is the plane z = 0. In names, the lone word ``r`` becomes ``l`` and the
other way round: ``vasti_r``, ``r_heel`` and ``semimem_r-P1`` are all understood.

Everything here works on the raw tables of the file and leaves alone what it
does not recognise; the reader judges the result like any other part.
"""

from __future__ import annotations

import re
from typing import Any

from myorun.anatomy.problems import problem, unknown

_SIDE = re.compile(r"(?<![A-Za-z0-9])([rRlL])(?![A-Za-z0-9])")
_OTHER = {"r": "l", "l": "r", "R": "L", "L": "R"}
_NAMES = {"name", "body", "parent", "child", "coordinate", "coordinates", "spheres"}
_VECTORS = {"location", "mass_center", "parent_location", "child_location"}


def other_side(name: str) -> str:
    """``name`` with right and left exchanged; unchanged if it has no side."""
    return _SIDE.sub(lambda found: _OTHER[found.group(1)], name)


def resolve(source: str, section: str, parts: object) -> object:
    """The tables of one section with every ``mirror`` reference written out."""
    if not isinstance(parts, dict):
        return parts
    return {name: _resolved(source, section, parts, name, part) for name, part in parts.items()}


def _resolved(source: str, section: str, parts: dict[str, Any], name: str, part: object) -> object:
    if not isinstance(part, dict) or "mirror" not in part:
        return part
    key, original = f"{section}.{name}.mirror", part["mirror"]
    if not isinstance(original, str) or other_side(original) == original:
        raise problem(source, key, original, "the name of a part of one side is wanted, such as 'vasti_r'")
    if original not in parts:
        raise unknown(source, f"{key} = {original!r}", original, (n for n in parts if n != name))
    if not isinstance(parts[original], dict):
        return parts[original]  # which the reader refuses where it stands
    if "mirror" in parts[original]:
        raise problem(source, key, original, "a part that is written out is wanted, not another mirror image")
    overrides = {k: v for k, v in part.items() if k != "mirror"}
    return {**mirrored(parts[original]), **overrides}


def mirrored(part: dict[str, Any]) -> dict[str, Any]:
    """One raw table reflected in the plane z = 0."""
    return {key: _mirrored_value(key, value) for key, value in part.items()}


def _mirrored_value(key: str, value: object) -> object:
    if key in _NAMES:
        return _renamed(value)
    if key in _VECTORS:
        return _negated(value, {2})
    if key == "inertia":
        return _negated(value, {4, 5})  # xz and yz
    if key == "z":
        return _negated_motion(value)
    if key == "path" and isinstance(value, list):
        return [mirrored(point) if isinstance(point, dict) else point for point in value]
    return mirrored(value) if isinstance(value, dict) else value


def _renamed(value: object) -> object:
    if isinstance(value, str):
        return other_side(value)
    return [_renamed(item) for item in value] if isinstance(value, list) else value


def _negated(values: object, which: set[int]) -> object:
    if not isinstance(values, list):
        return values
    return [_negative(value) if i in which else value for i, value in enumerate(values)]


def _negative(value: object) -> object:
    """``-value`` without ever making a negative zero."""
    return 0 - value if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _negated_motion(value: object) -> object:
    if not isinstance(value, dict):
        return _negative(value)
    signs = {key: _negative(x) if key in {"slope", "intercept"} else x for key, x in mirrored(value).items()}
    knots = signs.get("spline")
    if isinstance(knots, list):
        signs["spline"] = [_negated(knot, {1}) for knot in knots]
    return signs
