"""What all environments of 2017 share: spaces, step counter, excitations, and the order of calls.

The methods keep their names of 2017 because agents override them: ``step`` calls ``_step``, which calls
``activate_muscles``, ``get_observation``, ``compute_reward`` and ``is_done`` in this order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from myorun.actions import as_excitations
from myorun.course import Course
from myorun.env import accuracy_for, make_simulator
from myorun.errors import SimulationError, UsageError
from myorun.observation import Observer
from myorun.onlooker import Onlooker
from myorun.readings import readings
from myorun.task import RULES
from osim.env.utils.mygym import Env, convert_to_gym

RULES_OF_2017 = RULES["2017-1.5"]


class Spec:
    """How long an episode lasts; scripts set ``env.spec.timestep_limit``."""

    def __init__(self, timestep_limit: int = RULES_OF_2017.max_steps) -> None:
        self.id = 0
        self.timestep_limit = timestep_limit


class Osim:
    """The body behind an environment, ``env.osim_model``: state, strengths, course."""

    def __init__(self, physics: str = "native", accuracy: str | float | None = None) -> None:
        self.simulator: Any = make_simulator(physics, "human", accuracy_for(physics) if accuracy is None else accuracy)
        self.readings = readings(self.simulator, (*Observer.sources(), "limit_torques"))
        self.observer = Observer(self.simulator.model, self.readings.layout)
        self.muscles: tuple[str, ...] = tuple(muscle.name for muscle in self.simulator.model.muscles)
        self.maxforces: list[float] = [muscle.max_isometric_force for muscle in self.simulator.model.muscles]
        self.curforces: list[float] = [1.0] * len(self.muscles)
        self.course = Course()

    @property
    def state(self) -> Any:
        """The present state, a value (:class:`myorun.physics.State`) to be kept and given to :meth:`revert`."""
        return self.simulator.state

    def revert(self, state: Any) -> None:
        """Go on from a state kept before."""
        self.simulator.set_state(state)

    def set_strength(self, strength: Sequence[float]) -> None:
        """Scale the maximum isometric force of every muscle (18 factors) from now on."""
        self.set_course(self.course.obstacles, strength)

    def set_course(self, obstacles: Sequence[Any], strength: Sequence[float]) -> None:
        """Place the obstacles (x, y, radius) and scale the muscles; the state stays."""
        self.course, self.curforces = Course(obstacles=tuple(obstacles)), list(strength)
        self.simulator.set_course(obstacles=self.course.obstacle_array(), strengths=np.array(self.curforces))

    def limit_torques(self) -> list[float]:
        """Torques of the ligaments [N m]."""
        torques: list[float] = self.readings.read()[self.readings.layout["limit_torques"]].tolist()
        return torques

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"osim_model has no {name!r}: the body runs in myorun's own engine and has no OpenSim objects; "
            "named quantities are at osim_model.simulator.get(name)"
        )


class OsimEnv(Env):  # type: ignore[misc]
    """Base of :class:`~osim.env.RunEnv` and :class:`~osim.env.GaitEnv`."""

    stepsize = RULES_OF_2017.step_duration
    timestep_limit = RULES_OF_2017.max_steps
    reward_range = (-math.inf, math.inf)
    metadata: Any = {"render.modes": ["human"], "video.frames_per_second": 50}  # noqa: RUF012

    action_space: Any = None
    observation_space: Any = None
    last_action: Any = None
    spec: Any = None
    current_state: Any = None
    last_state: Any = None
    istep = 0
    ninput = 0
    noutput = 0

    def __init__(
        self,
        visualize: bool = True,
        noutput: int | None = None,
        *,
        physics: str = "native",
        accuracy: str | float | None = None,
    ) -> None:
        self.visualize = visualize
        self.osim_model = Osim(physics, accuracy)
        self.noutput = noutput or len(self.osim_model.muscles)
        bounds = self.action_space or ([0.0] * self.noutput, [1.0] * self.noutput)
        self.action_space = convert_to_gym(bounds)
        bounds = self.observation_space or ([-math.pi] * self.ninput, [math.pi] * self.ninput)
        self.observation_space = convert_to_gym(bounds)
        self.spec = Spec(self.timestep_limit)
        self.horizon = self.spec.timestep_limit
        self._onlooker = Onlooker("human")
        self.configure()

    # ------------------------------------------------------------ for environments to fill in

    def configure(self) -> None:
        """Called once at the end of the constructor."""

    def get_observation(self) -> Any:
        """What the agent is told; also kept in ``current_state``."""
        raise NotImplementedError

    def compute_reward(self) -> float:
        """The reward of the step from ``last_state`` to ``current_state``."""
        return 0.0

    def is_done(self) -> bool:
        """Whether the episode ends here."""
        return False

    # ------------------------------------------------------------ the order of calls

    @property
    def unwrapped(self) -> Any:
        """This environment."""
        return self

    def reset(self) -> Any:
        """Back to the start; returns the observation."""
        return self._reset()

    def step(self, action: ArrayLike) -> Any:
        """One step of 10 ms: ``[observation, reward, done, info]``."""
        return self._step(action)

    def _reset(self) -> Any:
        self.istep = 0
        self.osim_model.simulator.reset()
        return self.get_observation()

    def _step(self, action: ArrayLike) -> list[Any]:
        if self.current_state is None:
            raise UsageError("step() cannot go on: reset() was never called; call reset() first")
        self.last_state = self.current_state
        self.activate_muscles(action)
        try:
            self.osim_model.simulator.step(self.last_action, self.stepsize)
        except SimulationError as error:
            print(error)
            return [self.get_observation(), RULES_OF_2017.failure_reward, True, {}]
        self.istep += 1
        self._show()
        return [self.get_observation(), self.compute_reward(), self.is_done(), {}]

    def activate_muscles(self, action: ArrayLike) -> None:
        """Keep the clipped excitations as ``last_action``; a ``ValueError`` for NaN or a wrong number of them."""
        flat = np.ravel(np.asarray(action, dtype=object))  # scripts also send columns and rows
        self.last_action = as_excitations(flat, self.osim_model.muscles)

    # ------------------------------------------------------------ the rest of gym's face

    def seed(self, seed: int | None = None) -> list[int]:
        """Nothing, as in 2017: courses are seeded by ``reset(seed=...)``."""
        return []

    def render(self, mode: str = "human", close: bool = False) -> None:
        """Nothing, as in 2017: the window is opened by ``visualize=True``."""

    def close(self) -> None:
        """Close the window, if any."""
        self._onlooker.close()

    def _show(self) -> None:
        """Show the present state in the window of ``visualize=True``; go on without where there is no display."""
        if not self.visualize:
            return
        try:
            self._onlooker.look(self.osim_model.simulator, self.osim_model.course, None)
        except UsageError as error:
            self.visualize = False
            print(f"visualize=True has no effect here: {error}")
