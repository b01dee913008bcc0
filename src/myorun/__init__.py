"""myorun: learn to run with human muscles.

``import myorun`` registers the environments with Gymnasium and loads nothing heavy: engine, pictures and the
rest come with the first use of their name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from myorun.registration import register_environments

if TYPE_CHECKING:
    from myorun.anatomy import Model, load_model
    from myorun.course import Course, Obstacle, draw_course
    from myorun.physics import Simulator, State

__all__ = ["Course", "Model", "Obstacle", "Simulator", "State", "draw_course", "load_model"]

_HOMES = {
    "Course": "myorun.course",
    "Model": "myorun.anatomy",
    "Obstacle": "myorun.course",
    "Simulator": "myorun.physics",
    "State": "myorun.physics",
    "draw_course": "myorun.course",
    "load_model": "myorun.anatomy",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'myorun' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register_environments()
