"""From a trajectory, or a simulator under way, to a replay."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.course import Course
from myorun.trajectory import Trajectory
from myorun.view.pose import Simulates, course_label
from myorun.view.web.replay import Channel, Replay
from myorun.view.web.scene import figure_on, scene_of

Array = NDArray[np.float64]

_BITS = {
    "times": 32,
    "coordinates": 16,
    "activations": 8,
    "fiber_lengths": 8,
    "contact_forces": 16,
    "obstacle_forces": 16,
}


def replay_of(trajectory: Trajectory, *, title: str | None = None) -> Replay:
    """What is to be seen of a trajectory.

    What the trajectory does not know (NaN) is left out; so are obstacle forces where nothing was touched.

    Args:
        trajectory: of one state or more.
        title: one line for people; by default the controller and the course.
    """
    facts, course = trajectory.facts, trajectory.course
    states = {name: np.asarray(getattr(trajectory, name)) for name in _BITS}
    known = {name: values for name, values in states.items() if np.isfinite(values).all()}
    if not known.get("obstacle_forces", np.zeros(1)).any():
        known.pop("obstacle_forces", None)
    words = {
        "controller": facts.controller,
        "physics": facts.physics,
        "accuracy": facts.accuracy,
        "engine_version": facts.engine_version,
        "rules": facts.rules,
        "score": facts.score,
        "fallen": facts.fallen,
    }
    about = {"title": title or title_of(facts.controller, course), **course_words(course), **words}
    return Replay(about, figure_on(course, trajectory.model), scene_of(course), channels_of(trajectory.model, known))


def title_of(controller: str, course: Course) -> str:
    """Who runs where, in one line."""
    return " · ".join(filter(None, (controller, course_label(course)))) or "a run"


def course_words(course: Course) -> dict[str, Any]:
    """What a course says about itself, beyond what is to be seen of it."""
    hidden = ("seed", "difficulty", "generator", "motor_noise", "sensor_delay", "activation_time", "deactivation_time")
    return {**{name: getattr(course, name) for name in hidden}, "strengths": dict(course.strengths)}


def channels_of(model: Model, states: dict[str, Array]) -> dict[str, Channel]:
    """Named arrays of states (states, …) of ``model`` as channels."""
    columns, frames = _columns(model), len(states["times"])
    return {
        name: Channel(columns[name][0], columns[name][1], values.reshape(frames, -1), _BITS[name])
        for name, values in states.items()
    }


def frame_of(simulator: Simulates) -> dict[str, Array]:
    """The state a simulator is in, one row for each channel."""
    names = [name for name in _BITS if name != "times"]
    return {"times": np.array([simulator.time]), **{name: np.ravel(simulator.get(name)) for name in names}}


def _columns(model: Model) -> dict[str, tuple[tuple[str, ...], str]]:
    """Names and unit of the columns of every channel."""
    muscles = tuple(muscle.name for muscle in model.muscles)
    forces = tuple(f"{sphere.name}.{axis}" for sphere in model.contact_spheres for axis in "xy")
    return {
        "times": (("time",), "s"),
        "coordinates": (tuple(c.name for c in model.free_coordinates), "rad, m"),
        "activations": (muscles, "1"),
        "fiber_lengths": (muscles, "m"),
        "contact_forces": (forces, "N"),
        "obstacle_forces": (forces, "N"),
    }
