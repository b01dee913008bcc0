"""myorun: learn to run with human muscles.

``import myorun`` registers the environments with Gymnasium and loads nothing heavy: engine, pictures and the
rest come with the first use of their name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from myorun.registration import make_vec, register_environments
from myorun.version import __version__

if TYPE_CHECKING:
    from myorun.anatomy import Model, load_model
    from myorun.course import Course, Load, Obstacle, Patch, Slope, Step, draw_course, load_course, save_course
    from myorun.physics import BatchSimulator, Simulator, State
    from myorun.policy.files import load_policy
    from myorun.run import run_episode
    from myorun.trajectory import Trajectory, export_trajectory, load_trajectory, save_trajectory
    from myorun.trajectory.motion import import_motion

__all__ = [
    "BatchSimulator",
    "Course",
    "Load",
    "Model",
    "Obstacle",
    "Patch",
    "Simulator",
    "Slope",
    "State",
    "Step",
    "Trajectory",
    "__version__",
    "draw_course",
    "export_trajectory",
    "import_motion",
    "load_course",
    "load_model",
    "load_policy",
    "load_trajectory",
    "make_vec",
    "run_episode",
    "save_course",
    "save_trajectory",
]

_HOMES = {
    "BatchSimulator": "myorun.physics",
    "Course": "myorun.course",
    "Load": "myorun.course",
    "Patch": "myorun.course",
    "Slope": "myorun.course",
    "Step": "myorun.course",
    "load_course": "myorun.course",
    "save_course": "myorun.course",
    "Model": "myorun.anatomy",
    "Obstacle": "myorun.course",
    "Simulator": "myorun.physics",
    "State": "myorun.physics",
    "Trajectory": "myorun.trajectory",
    "draw_course": "myorun.course",
    "export_trajectory": "myorun.trajectory",
    "import_motion": "myorun.trajectory.motion",
    "load_model": "myorun.anatomy",
    "load_policy": "myorun.policy.files",
    "load_trajectory": "myorun.trajectory",
    "run_episode": "myorun.run",
    "save_trajectory": "myorun.trajectory",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'myorun' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


register_environments()
