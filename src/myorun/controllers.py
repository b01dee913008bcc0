"""What moves the human: from what is seen to muscle excitations.

A controller is anything with ``excite(sight)``; see :class:`Controller`. Those that need no training live here, by
name in :data:`CONTROLLERS`. The walking one is in :mod:`myorun.reflex`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import load_model
from myorun.anatomy.model import Model
from myorun.course import Course
from myorun.errors import UsageError
from myorun.policy import files as policy_files
from myorun.policy.policy import TrainedPolicy
from myorun.policy.reflexes import ReflexPolicy
from myorun.reflex import Gains, ReflexLaw

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sight:
    """All a controller may look at before a step."""

    observation: Array  # (41,) as the environment gives it, or longer
    simulator: Any  # named quantities by ``get(name)``; to be read, not moved
    course: Course


class Controller(Protocol):
    """Chooses the excitations of the next step."""

    def excite(self, sight: Sight) -> Array:
        """Muscle excitations, shape (muscles,), in the order of ``model.muscles``; held for one step."""
        ...


# ---------------------------------------------------------------- controllers without training


class ConstantController:
    """The same excitation for every muscle, always."""

    def __init__(self, model: Model, level: float) -> None:
        self._excitations = np.full(len(model.muscles), level)

    def excite(self, sight: Sight) -> Array:
        return self._excitations.copy()


class RandomController:
    """Fresh uniform excitations every ``hold`` steps; the same seed gives the same ones."""

    def __init__(self, model: Model, seed: int, hold: int = 5) -> None:
        self._random = np.random.default_rng(seed)
        self._hold, self._step = hold, 0
        self._excitations = np.zeros(len(model.muscles))

    def excite(self, sight: Sight) -> Array:
        if self._step % self._hold == 0:
            self._excitations = self._random.uniform(size=self._excitations.size)
        self._step += 1
        return self._excitations.copy()


class ReflexController:
    """A hand-made walker: :class:`myorun.reflex.ReflexLaw`. It feels its body only and knows nothing of the course."""

    def __init__(self, model: Model, gains: Gains | None = None) -> None:
        self._law = ReflexLaw(model, gains)

    def excite(self, sight: Sight) -> Array:
        return self._law.excitations(sight.simulator)


class PolicyController:
    """A trained policy moving one human. It forgets everything when it sees the human at the start."""

    def __init__(self, policy: TrainedPolicy) -> None:
        self.policy = policy

    @property
    def name(self) -> str:
        """The policy's."""
        return self.policy.name

    def excite(self, sight: Sight) -> Array:
        if sight.simulator.time == 0.0:
            self.policy.begin(np.ones(1, np.bool_))
        excitations: Array = self.policy(sight.observation[None])[0]
        return excitations


# ---------------------------------------------------------------- by name, or from a file

CONTROLLERS: Mapping[str, Callable[[Model, int], Controller]] = MappingProxyType(
    {
        "reflex": lambda model, seed: ReflexController(model),
        "random": lambda model, seed: RandomController(model, seed),
        "constant": lambda model, seed: ConstantController(model, 0.3),
        "zero": lambda model, seed: ConstantController(model, 0.0),
    }
)


def make_controller(name: str, model: Model, *, seed: int = 0) -> Controller:
    """A controller of :data:`CONTROLLERS`. ``seed`` matters to the random one only.

    :class:`UsageError` for another name, :class:`ModelError` if it cannot drive this model.
    """
    if name not in CONTROLLERS:
        raise UsageError(f"controller is {name!r}; it must be one of {', '.join(CONTROLLERS)}")
    return CONTROLLERS[name](model, seed)


def load_policy(path: str | Path) -> Controller:
    """A trained policy from its folder, or the one shipped under that name, ``"champion"``, at work as a controller.

    :class:`UsageError` if there is none, or something else.
    """
    policy = policy_files.load_policy(path)
    if isinstance(policy, ReflexPolicy):
        return ReflexController(load_model("human"), policy.file.gains)
    return PolicyController(policy)
