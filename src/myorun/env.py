"""Learning to run as a Gymnasium environment: glue between an engine, the rules and a course.

Registered as ``myorun/LearningToRun-v1``. Time limits are Gymnasium's (``TimeLimit``, 1,000 steps);
this class ends an episode only by a fall.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import ArrayLike, NDArray

from myorun.actions import as_excitations
from myorun.anatomy.model import Model
from myorun.course import Course, add_motor_noise, checked_seed, recipe
from myorun.errors import SimulationError, UsageError
from myorun.observation import PELVIS_X, PELVIS_Y, Observer, Outlook, index_of, quantities_of
from myorun.onlooker import Onlooker
from myorun.readings import Engine, readings
from myorun.reset import checked_reset_options
from myorun.task import Rules, has_fallen, reward_of, rules_of

Array = NDArray[np.float64]

PHYSICS = ("native", "opensim")
RENDER_MODES = ("human", "rgb_array")
_OPTIONS = ("difficulty", "max_obstacles", "course")
_NEVER_RESET = "reset() was never called"


class LearningToRunEnv(gymnasium.Env[Array, Array]):
    """A human of 9 degrees of freedom and 18 muscles runs past obstacles.

    ==============  ==============================================================================
    action          muscle excitations, shape (18,), clipped to [0, 1]; order of ``action_names``
    observation     float64, shape (41,) or more; order of ``observation_names``
    reward          progress of the pelvis [m] minus a small cost of ligament torques
    terminated      the pelvis is below 0.65 m
    truncated       never here; after 1,000 steps by ``gymnasium.make``'s ``TimeLimit``
    reset's info    ``course_seed``, ``difficulty``, ``obstacles`` (x, y, radius), ``strengths``, ``distance``
    step's info     ``distance`` [m], ``reward_forward``, ``reward_ligaments``
    ==============  ==============================================================================

    ``reset(seed=s)`` runs the course of seed s (any integer 0 … 2⁶³ − 1); a reset without seed draws a
    fresh course seed from the environment's own generator. ``options`` may hold ``difficulty``,
    ``max_obstacles`` or a whole ``course`` (:class:`~myorun.course.Course`), for that episode only.

    ``generator``, ``difficulty``, ``max_obstacles`` and ``randomise`` say how courses come from seeds: see
    :class:`~myorun.course.Recipe`; ``None`` is the generator's own default.

    ``observation`` is ``"2017"``, ``"extended"``, ``"course"``, ``"lookahead"`` or a list of the quantities of
    :data:`myorun.observation.EXTENDED` and :data:`~myorun.observation.AHEAD` to add. ``physics`` is ``"native"`` or
    ``"opensim"``; ``accuracy`` is the engine's, by default ``"fast"`` for native and ``"default"`` for OpenSim.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 100}  # noqa: RUF012

    def __init__(
        self,
        *,
        difficulty: float | None = None,
        max_obstacles: int | None = None,
        physics: str = "native",
        render_mode: str | None = None,
        accuracy: str | float | None = None,
        model: Model | str = "human",
        rules: str | Rules = "v1",
        observation: str | Sequence[str] = "2017",
        generator: str = "2017",
        randomise: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        self.recipe = recipe(generator, difficulty, max_obstacles, randomise)
        self.rules = rules_of(rules)
        self.render_mode = _checked_render_mode(render_mode)
        self.accuracy = accuracy_for(physics) if accuracy is None else accuracy
        self.simulator: Engine = make_simulator(physics, model, self.accuracy)
        self.course = Course()
        self._late: deque[Array] = deque()  # observations under way to a runner with slow senses
        self._steps = 0
        self._set_up_reading(quantities_of(observation))
        self._set_up_spaces()
        self._excitations = np.zeros(len(self.action_names))
        self._running = False
        self._why_stopped = _NEVER_RESET
        self._onlooker = Onlooker(render_mode or "rgb_array")

    def _set_up_reading(self, quantities: Sequence[str]) -> None:
        model = self.simulator.model
        self._readings = readings(self.simulator, (*Observer.sources(quantities), "limit_torques"))
        layout = self._readings.layout
        self._observer = Observer(model, layout, quantities)
        self._pelvis_x, self._pelvis_y = (index_of(field, layout, model) for field in (PELVIS_X, PELVIS_Y))
        self._limit_torques = layout["limit_torques"]
        self.observation_names: tuple[str, ...] = self._observer.names
        self.action_names: tuple[str, ...] = tuple(muscle.name for muscle in model.muscles)

    def _set_up_spaces(self) -> None:
        count = len(self.action_names)
        self.action_space = gymnasium.spaces.Box(0.0, 1.0, (count,), np.float64)
        self.observation_space = gymnasium.spaces.Box(self._observer.low, self._observer.high, dtype=np.float64)

    @property
    def excitations(self) -> Array:
        """As held during the latest step, shape (muscles,), clipped and with the course's motor noise; a copy."""
        return self._excitations.copy()

    # ------------------------------------------------------------ courses to come

    @property
    def difficulty(self) -> float:
        """Of the courses to come; can be set."""
        return self.recipe.difficulty

    @difficulty.setter
    def difficulty(self, difficulty: float) -> None:
        self.recipe = replace(self.recipe, difficulty=difficulty)

    @property
    def max_obstacles(self) -> int:
        """Parts along the courses to come, at most; can be set."""
        return self.recipe.max_obstacles

    @max_obstacles.setter
    def max_obstacles(self, max_obstacles: int) -> None:
        self.recipe = replace(self.recipe, max_obstacles=max_obstacles)

    # ------------------------------------------------------------ the two verbs

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Start an episode; see the class. :class:`UsageError` for a bad seed or option."""
        number = None if seed is None else checked_seed(seed)
        chosen = checked_reset_options(options, _OPTIONS)
        super().reset(seed=number)
        self.course = chosen.get("course") or self._draw(number, chosen)
        self._start(self.course)
        values = self._readings.read()
        self._x, self._score = values.item(self._pelvis_x), 0.0
        if self.render_mode == "human":
            self.render()
        first = self._observer.observe(values, self._outlook)
        self._late = deque([first] * self.course.sensor_delay)
        return first.copy() if self._late else first, self._describe()

    def _draw(self, seed: int | None, options: Mapping[str, Any]) -> Course:
        number = int(self.np_random.integers(0, 2**32)) if seed is None else seed
        wished = {name: options.get(name) for name in ("difficulty", "max_obstacles")}
        return self.recipe.changed(**wished).draw(number)

    def _start(self, course: Course) -> None:
        strengths = self.rules.strengths(course, self.simulator.model)
        self.simulator.set_course(
            obstacles=course.obstacle_array(), strengths=strengths, surroundings=course.surroundings()
        )
        self.simulator.reset()
        self._outlook = Outlook(course)
        self._steps = 0
        self._running, self._why_stopped = True, ""

    def step(self, action: ArrayLike) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Hold the excitations for one step of 10 ms.

        :class:`UsageError` for a bad action, before a reset or after a fall. :class:`SimulationError` where OpenSim's
        integrator gives up, except under rules that have a reward for that; the native engine never does.
        """
        if not self._running:
            raise UsageError(f"step() cannot go on: {self._why_stopped}; call reset() first")
        excitations = as_excitations(action, self.action_names, self._excitations)
        add_motor_noise(self.course, self._steps, excitations)
        self._steps += 1
        try:
            self.simulator.step(excitations, self.rules.step_duration)
        except SimulationError as error:
            return self._given_up(error)
        values = self._readings.read()
        reward, info = self._judge(values)
        fallen = has_fallen(self.rules, values.item(self._pelvis_y))
        if fallen:
            self._stop("the human fell and the episode ended")
        if self.render_mode == "human":
            self.render()
        return self._tell(values), reward, fallen, False, info

    def _tell(self, values: Array) -> Array:
        """The observation that arrives now: this step's, or, where senses are slow, an earlier one."""
        observation = self._observer.observe(values, self._outlook)
        if not self._late:
            return observation
        self._late.append(observation)
        return self._late.popleft().copy()

    def _judge(self, values: Array) -> tuple[float, dict[str, Any]]:
        """The reward of the step just made and what ``info`` says of it."""
        x = values.item(self._pelvis_x)
        forward, ligaments = reward_of(self.rules, self._x, x, values[self._limit_torques].tolist())
        self._x = x
        self._score += forward + ligaments
        return forward + ligaments, {"distance": x, "reward_forward": forward, "reward_ligaments": ligaments}

    def _given_up(self, error: SimulationError) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        if self.rules.failure_reward is None:
            raise error
        self._stop("the engine gave up and the episode ended")
        observation = self._tell(self._readings.read())
        return observation, self.rules.failure_reward, True, False, {"distance": self._x, "failure": str(error)}

    def _stop(self, reason: str) -> None:
        self._running, self._why_stopped = False, reason

    # ------------------------------------------------------------ pictures

    def render(self) -> Any:
        """A picture, uint8 (720, 1280, 3), in mode ``"rgb_array"``; in mode ``"human"`` the window is refreshed.

        :class:`UsageError` without a render mode, before a reset, and for a window where there is no display.
        """
        if self.render_mode is None:
            raise UsageError("this environment has no render_mode; make it with render_mode='human' or 'rgb_array'")
        if self._why_stopped == _NEVER_RESET:
            raise UsageError(f"render() has nothing to show: {_NEVER_RESET}; call reset() first")
        return self._onlooker.look(self.simulator, self.course, self._score)

    def close(self) -> None:
        """Close the window, if any. The environment can be reset and used again."""
        self._onlooker.close()

    # ------------------------------------------------------------ helpers

    def _describe(self) -> dict[str, Any]:
        course = self.course
        return {
            "course_seed": course.seed,
            "difficulty": course.difficulty,
            "obstacles": tuple((o.x, o.y, o.radius) for o in course.obstacles),
            "strengths": dict(course.strengths),
            "distance": self._x,
        }


def accuracy_for(physics: str) -> str:
    """The accuracy an engine gets where none is wished for: learning needs speed, and OpenSim is what it is."""
    return "fast" if physics == "native" else "default"


def make_simulator(physics: str, model: Model | str, accuracy: Any) -> Engine:
    """An engine by name: ``"native"`` or ``"opensim"``.

    :class:`UsageError` for another name, :class:`MissingExtraError` where OpenSim is not installed.
    """
    if physics == "native":
        from myorun.physics import Simulator

        return Simulator(model, accuracy=accuracy)
    if physics == "opensim":
        from myorun.physics.opensim_backend import OpenSimSimulator

        return OpenSimSimulator(model, accuracy=accuracy)
    raise UsageError(f"physics is {physics!r}; it must be one of {', '.join(PHYSICS)}")


def _checked_render_mode(mode: str | None) -> str | None:
    if mode is not None and mode not in RENDER_MODES:
        raise UsageError(f"render_mode is {mode!r}; it must be None or one of {', '.join(RENDER_MODES)}")
    return mode
