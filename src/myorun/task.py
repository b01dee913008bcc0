"""Learning to run, as rules: what is rewarded, when a runner has fallen, which muscle a weakness hits.

Pure arithmetic on named quantities; nothing here knows an engine or a learning framework. What a runner
is told is in :mod:`myorun.observation`.

Rules are versioned. ``"2017-1.5"`` is release 1.5 of the 2017 challenge to the letter; ``"v1"`` mends
its one defect: there the weakness called *left psoas* hit ``glut_max_l``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError

if TYPE_CHECKING:  # the package's own import needs the rules, and no reader of models
    from myorun.anatomy.model import Model
    from myorun.course import Course

# ---------------------------------------------------------------- rules


@dataclass(frozen=True)
class Rules:
    """One version of the task's constants."""

    version: str
    weakness_hits: tuple[tuple[str, str], ...] = ()  # (muscle of the course, muscle truly weakened) where they differ
    step_duration: float = 0.01  # s
    max_steps: int = 1000
    fall_height: float = 0.65  # m, of the pelvis origin; below it the episode ends
    ligament_weight: float = 1e-7  # m per N m
    failure_reward: float | None = None  # of a step the engine could not integrate; None: the error is raised

    def strengths(self, course: Course, model: Model) -> NDArray[np.float64]:
        """Factor of every muscle's maximum isometric force, shape (muscles,), in the model's order.

        :class:`UsageError` if the course names a muscle the model does not have.
        """
        place = {muscle.name: i for i, muscle in enumerate(model.muscles)}
        factors = np.ones(len(place))
        for muscle, factor in course.strengths:
            hit = dict(self.weakness_hits).get(muscle, muscle)
            if hit not in place:
                raise UsageError(f"the course weakens {hit!r}; model {model.name!r} has {', '.join(place)}")
            factors[place[hit]] *= factor
        return factors


RULES: Mapping[str, Rules] = MappingProxyType(
    {
        "2017-1.5": Rules(
            version="2017-1.5",
            weakness_hits=(("iliopsoas_l", "glut_max_l"),),
            failure_reward=-500.0,
        ),
        "v1": Rules(version="v1"),
    }
)


def rules_of(version: str | Rules) -> Rules:
    """The rules of a version; :class:`UsageError` lists the known ones."""
    if isinstance(version, Rules):
        return version
    if not isinstance(version, str) or version not in RULES:
        raise UsageError(f"rules are {version!r}; known versions: {', '.join(RULES)}")
    return RULES[version]


# ---------------------------------------------------------------- reward and fall


class Reward(NamedTuple):
    """The terms of one step's reward; the reward is ``forward + ligaments`` [m]."""

    forward: float  # m, progress of the pelvis
    ligaments: float  # m, at most 0


def reward_of(rules: Rules, pelvis_x_before: float, pelvis_x: float, limit_torques: Sequence[float]) -> Reward:
    """Progress minus ``ligament_weight * sqrt(sum of squared ligament torques)``.

    Squares are summed from left to right in float64, so that every engine and processor gives the same bits.
    """
    total = 0.0
    for torque in limit_torques:
        total += torque * torque
    return Reward(pelvis_x - pelvis_x_before, 0.0 - rules.ligament_weight * sqrt(total))


def has_fallen(rules: Rules, pelvis_y: float) -> bool:
    """Whether the pelvis is below the height of a fall. NaN is a fall."""
    return not pelvis_y >= rules.fall_height
