"""The task as the compiled core plays it: its rules as numbers, and the arrays it reads and writes."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.course import MUSCLES, Course, Recipe
from myorun.observation import PELVIS_X, PELVIS_Y, Observer, index_of
from myorun.physics.engine import Layout, divide
from myorun.task import Rules

_MOTION_ENDS_WITH = "limit_torques"  # the values up to here need no forces (core/report.h)
_WORD = 2**64 - 1


class Played(Protocol):
    """What this module asks of a simulator, single or batch."""

    model: Model
    layout: Layout
    accuracy: str | int


def core_rules(rules: Rules, simulator: Played, observer: Observer, recipe: Recipe) -> dict[str, Any]:
    """The rules as the compiled core takes them, with the courses to come; whoever plays adds how episodes end and
    begin.

    :class:`UsageError` if the rules hit muscles the model does not have.
    """
    layout, model = simulator.layout, simulator.model
    substeps, tolerance = divide(simulator.accuracy, rules.step_duration)
    torques = layout["limit_torques"]
    observed = observer.places(max(s.stop for s in layout.values()))
    count = max(s.stop for s in layout.values())
    return {
        "duration": rules.step_duration,
        "substeps": substeps,
        "tolerance": tolerance,
        "fall_height": rules.fall_height,
        "ligament_weight": rules.ligament_weight,
        "failure_reward": 0.0 if rules.failure_reward is None else rules.failure_reward,
        "pelvis_x": index_of(PELVIS_X, layout, model),
        "pelvis_y": index_of(PELVIS_Y, layout, model),
        "limit_torques": torques.start,
        "n_limit_torques": torques.stop - torques.start,
        "observed": observed,
        "forces": any(layout[_MOTION_ENDS_WITH].stop <= place < count for place in observed),
        "ahead": observer.parts_told > 0,
        "weakened": [_weakened(rules, model, muscle) for muscle in MUSCLES],
        "generator": recipe.generator,
        "randomise": recipe.core_ranges,
        "difficulty": recipe.difficulty,
        "max_obstacles": recipe.max_obstacles,
    }


def _weakened(rules: Rules, model: Model, muscle: str) -> int:
    """The muscle that a weakness of ``muscle`` hits."""
    return int(rules.strengths(Course(strengths=((muscle, 0.5),)), model).argmin())


def episode_arrays(n: int, observed: int, dtype: Any, *, final: bool) -> dict[str, NDArray[Any]]:
    """What the core keeps of ``n`` episodes, one entry or row each; ``final``: whether last observations are kept."""
    numbers = ("rewards", "forward", "ligaments", "distances", "positions")
    flags = ("terminated", "truncated", "failed", "over")
    return {
        "observations": np.zeros((n, observed), dtype),
        "final_observations": np.zeros((n if final else 0, observed), dtype),
        "told": np.ones((n, 2), dtype),
        "seeds": np.zeros(n, np.int64),
        "steps": np.zeros(n, np.int32),
        **{name: np.zeros(n, dtype) for name in numbers},
        **{name: np.zeros(n, np.uint8) for name in flags},
    }


def generator_words(seed: int | None) -> list[int]:
    """The state of the generator that Gymnasium gives an environment for a seed, in words of 64 bits."""
    state = np.random.PCG64(np.random.SeedSequence(seed)).state
    numbers = state["state"]
    halves = [half for key in ("state", "inc") for half in (numbers[key] >> 64, numbers[key] & _WORD)]
    return [*halves, state["has_uint32"], state["uinteger"]]
