"""From a trajectory, or a simulation under way, to a replay."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import Model, load_model
from myorun.course import Course
from myorun.errors import UsageError
from myorun.trajectory import Facts, Trajectory
from myorun.view.web.figure import figure_of
from myorun.view.web.replay import Channel, Replay
from myorun.view.web.solids import Solid, ball

Array = NDArray[np.float64]

_BITS = {"times": 32, "coordinates": 16, "activations": 8, "fiber_lengths": 8, "contact_forces": 16}


def replay_of(trajectory: Trajectory, *, title: str | None = None, model: Model | None = None) -> Replay:
    """What is to be seen of a trajectory.

    Args:
        trajectory: of any length from one state on.
        title: one line for people; by default the controller and the course.
        model: the anatomy it was made with; by default the human of this package.

    :class:`UsageError` if the trajectory belongs to another model, or is not finite.
    """
    human = model if model is not None else load_model("human")
    facts = trajectory.facts
    _check_model(facts, human)
    return Replay(
        about=about(facts, trajectory.course, title),
        figure=figure_of(human),
        scene=scene_of(trajectory.course),
        channels=channels_of(facts, trajectory),
    )


def about(facts: Facts, course: Course, title: str | None = None) -> dict[str, Any]:
    """The words of a replay."""
    where = "a course by hand" if course.seed is None else f"seed {course.seed}, difficulty {course.difficulty}"
    return {
        "title": title or f"{facts.controller} · {where}",
        "controller": facts.controller,
        "seed": course.seed,
        "difficulty": course.difficulty,
        "strengths": dict(course.strengths),
        "physics": facts.physics,
        "accuracy": facts.accuracy,
        "engine_version": facts.engine_version,
        "rules": facts.rules,
        "score": facts.score,
        "fallen": facts.fallen,
    }


def scene_of(course: Course) -> list[Solid]:
    """The solids that do not move."""
    return [ball((o.x, o.y, 0.0), (o.radius,) * 3, material="obstacle") for o in course.obstacles]


def channels_of(facts: Facts, states: Any) -> dict[str, Channel]:
    """The channels of anything that holds the arrays of a trajectory."""
    columns = {
        "times": (("time",), "s"),
        "coordinates": (facts.coordinates, "rad, m"),
        "activations": (facts.muscles, "1"),
        "fiber_lengths": (facts.muscles, "m"),
        "contact_forces": (tuple(f"{s}.{axis}" for s in facts.contact_spheres for axis in "xy"), "N"),
    }
    count = len(np.asarray(states.times))
    return {
        name: Channel(names, unit, np.asarray(getattr(states, name), np.float64).reshape(count, -1), _BITS[name])
        for name, (names, unit) in columns.items()
    }


def _check_model(facts: Facts, model: Model) -> None:
    pairs = (
        ("coordinates", facts.coordinates, tuple(c.name for c in model.free_coordinates)),
        ("muscles", facts.muscles, tuple(m.name for m in model.muscles)),
        ("contact spheres", facts.contact_spheres, tuple(s.name for s in model.contact_spheres)),
    )
    for what, recorded, known in pairs:
        if recorded != known:
            raise UsageError(
                f"the trajectory's {what} are not those of the model {model.name!r}; "
                f"it was made with {facts.model!r}: give that model with --model FILE"
            )
