"""What a course looks like: its balls, the line of its floor, patches of another surface, the load on the trunk."""

from __future__ import annotations

from typing import Any

from myorun.anatomy.model import Model
from myorun.course import Course
from myorun.course.value import Load, Patch
from myorun.view.web.figure import figure_of
from myorun.view.web.solids import Solid, ball

_SLIPPERY, _GRIPPING = 0.7, 1.3  # factors of friction below which a patch looks like ice, above which like rubber
_SOFT = 0.7  # factor of stiffness below which it looks like a mat
_DENSITY = 350.0  # kg/m³, of a backpack


def scene_of(course: Course) -> list[dict[str, Any]]:
    """The things of a course that do not move."""
    balls = [ball((o.x, o.y, 0.0), (o.radius,) * 3, material="obstacle") for o in course.obstacles]
    corners = course.profile().tolist()
    floor = [{"kind": "floor", "points": corners}] if corners else []
    return [*floor, *map(_patch, course.patches), *balls]


def figure_on(course: Course, model: Model) -> dict[str, Any]:
    """The figure of a model with what the course makes it carry."""
    figure = figure_of(model)
    if course.load.mass > 0.0:
        bodies = figure["bodies"]
        trunk = next((body for body in bodies if body["name"] == "torso"), bodies[0])
        trunk["solids"].append(_backpack(course.load))
    return figure


def _patch(patch: Patch) -> dict[str, Any]:
    told = (("friction", patch.friction), ("stiffness", patch.stiffness))
    label = ", ".join(f"{name} × {factor:.2g}" for name, factor in told if factor != 1.0)
    return {"kind": "patch", "start": patch.start, "end": patch.end, "material": _surface(patch), "label": label}


def _surface(patch: Patch) -> str:
    if patch.friction < _SLIPPERY:
        return "ice"
    if patch.stiffness < _SOFT:
        return "mat"
    return "rubber" if patch.friction > _GRIPPING else "ground"


def _backpack(load: Load) -> Solid:
    side = (load.mass / _DENSITY) ** (1 / 3)
    size = [0.6 * side, 1.4 * side, 1.19 * side]  # so that its volume is side³
    return {"kind": "box", "center": [load.x, load.y, 0.0], "size": size, "turn": 0.0, "material": "load"}
