"""Thousands of runners at once: :class:`LearningToRunVectorEnv`, a :class:`gymnasium.vector.VectorEnv`.

A whole step of all of them (excitations, physics, observations, rewards, new courses for those that are
through) is one call into the compiled core, on several threads and without the interpreter's lock. What an
environment does depends on nothing but its own seeds and actions: in float64 it is bit for bit what
:class:`~myorun.env.LearningToRunEnv` does.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from myorun.actions import as_batch, not_a_number
from myorun.anatomy.model import Model
from myorun.course import Course, Recipe, checked_int, recipe
from myorun.errors import UsageError
from myorun.observation import Observer, Outlook, quantities_of
from myorun.physics import BatchSimulator
from myorun.physics.checks import check_obstacles, check_strengths
from myorun.physics.engine import Precision
from myorun.play import core_rules, episode_arrays, generator_words
from myorun.processors import available_processors
from myorun.reset import checked_mask, checked_reset_options, checked_seeds
from myorun.task import Rules, rules_of

Array = NDArray[Any]

_OPTIONS = ("reset_mask", "difficulty", "max_obstacles", "course")
_MODES = {
    "next-step": AutoresetMode.NEXT_STEP,
    "same-step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}
_MOST_ENVS, _MOST_THREADS, _MOST_STEPS = 1_000_000, 1024, 2**31 - 1
_NO_NUMBER = -1  # in arrays of whole numbers: seed and difficulty of a course made by hand


class LearningToRunVectorEnv(gymnasium.vector.VectorEnv[Array, Array, Array]):
    """``num_envs`` humans run past obstacles, each on a course of its own.

    ==============  ================================================================================
    actions         muscle excitations, shape (num_envs, 18), clipped to [0, 1]
    observations    shape (num_envs, 41) or more; order of ``observation_names``
    rewards         shape (num_envs,), progress of the pelvis [m] minus a small cost of ligament torques
    terminations    bool, the pelvis is below 0.65 m
    truncations     bool, after ``max_episode_steps``
    infos           ``distance`` [m], ``reward_forward``, ``reward_ligaments``; of environments that began an
                    episode ``course_seed``, ``difficulty``, ``distance``; each with its mask ``_…``
    ==============  ================================================================================

    Seeds work as those of the single environment: ``reset(seed=s)`` gives environment i the course of seed
    s + i, ``reset(seed=[…])`` one seed each, and each later course is drawn from the environment's own
    generator. ``options`` may hold ``reset_mask`` (bool, shape (num_envs,)) to reset some only, and
    ``difficulty``, ``max_obstacles`` or a ``course`` for the episodes that begin.

    ``simulator`` is the :class:`~myorun.physics.BatchSimulator` of all: states may be read, and set between steps; what
    was observed before is as it was.

    Args:
        num_envs: how many.
        threads: how many threads share the work; 0 takes as many as there are processors. Changes no bit.
        precision: "float32", for learning, or "float64", the precision of record. Type of all arrays.
        accuracy: as for :class:`~myorun.physics.Simulator`.
        substeps: a number of equal substeps a step, instead of ``accuracy``.
        autoreset_mode: "next-step", "same-step" or "disabled", or a :class:`gymnasium.vector.AutoresetMode`.
            In the same-step mode infos hold ``final_obs`` and ``final_info`` of episodes that ended.
        copy: False hands out the arrays the core writes into, which the next step overwrites.
        max_episode_steps: steps until truncation; 0 for never, by default what the rules say.
        difficulty: of the courses, as for :class:`~myorun.env.LearningToRunEnv`, as are the next six.
        max_obstacles: parts along a course, at most.
        model: a model, or the name or path of one.
        rules: a version of the rules, or rules.
        observation: what is told.
        instruction_set: one of :func:`myorun.physics.instruction_sets`; by default the best here.
        generator: of the courses.
        randomise: ranges of parameters that are drawn anew for each course.
        render_mode: None; a batch draws nothing.

    Raises:
        UsageError: for an unknown or impossible setting.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        threads: int = 0,
        precision: Precision = "float32",
        accuracy: str | int = "fast",
        substeps: int | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        difficulty: float | None = None,
        max_obstacles: int | None = None,
        model: Model | str = "human",
        rules: str | Rules = "v1",
        observation: str | Sequence[str] = "2017",
        instruction_set: str | None = None,
        generator: str = "2017",
        randomise: Mapping[str, Sequence[float]] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode is not None:
            raise UsageError(f"render_mode is {render_mode!r}; a batch draws nothing, LearningToRunEnv does")
        self.num_envs = checked_int("num_envs", num_envs, 1, _MOST_ENVS)
        self.rules = rules_of(rules)
        self.copy = copy
        self.autoreset_mode = _checked_mode(autoreset_mode)
        self.metadata = {"autoreset_mode": self.autoreset_mode}
        self.accuracy = accuracy if substeps is None else substeps
        self.threads = checked_int("threads", threads, 0, _MOST_THREADS) or available_processors()
        limit = self.rules.max_steps if max_episode_steps is None else max_episode_steps
        self.max_episode_steps = checked_int("max_episode_steps", limit, 0, _MOST_STEPS)
        self.recipe = recipe(generator, difficulty, max_obstacles, randomise)
        self.simulator = BatchSimulator(
            self.num_envs,
            model,
            precision=precision,
            accuracy=self.accuracy,
            instruction_set=instruction_set,
            threads=self.threads,
        )
        self._set_up_reading(quantities_of(observation))
        self._set_up_spaces()
        self._set_up_core()

    def _set_up_reading(self, quantities: Sequence[str]) -> None:
        model = self.simulator.model
        self._observer = Observer(model, self.simulator.layout, quantities)
        self.observation_names: tuple[str, ...] = self._observer.names
        self.action_names: tuple[str, ...] = tuple(muscle.name for muscle in model.muscles)

    def _set_up_spaces(self) -> None:
        dtype = self.simulator.dtype
        self.single_action_space = gymnasium.spaces.Box(0.0, 1.0, (len(self.action_names),), dtype)
        low, high = self._observer.low.astype(dtype), self._observer.high.astype(dtype)
        self.single_observation_space = gymnasium.spaces.Box(low, high, dtype=dtype)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)

    def _set_up_core(self) -> None:
        at_once = self.autoreset_mode == AutoresetMode.SAME_STEP
        self._arrays = episode_arrays(self.num_envs, len(self.observation_names), self.simulator.dtype, final=at_once)
        rules = core_rules(self.rules, self.simulator, self._observer, self.recipe) | {
            "max_steps": self.max_episode_steps,
            "restart_at_once": at_once,
        }
        self._core = self.simulator.episodes(rules, self._arrays)
        self._terminated, self._truncated, self._began = (
            self._arrays[name].view(np.bool_) for name in ("terminated", "truncated", "over")
        )
        self._all = np.ones(self.num_envs, np.bool_)
        self._ready = np.zeros(self.num_envs, np.bool_)  # who was ever reset
        self._drawn = np.zeros((self.num_envs, 2))  # difficulty and parts of every course
        self._by_hand: dict[int, Course] = {}  # courses that no seed tells
        self._turn = threading.Lock()  # threads that share a batch take turns: the core is not made for two at once

    # ------------------------------------------------------------ courses

    @property
    def difficulty(self) -> float:
        """Of the courses to come; can be set."""
        return self.recipe.difficulty

    @difficulty.setter
    def difficulty(self, difficulty: float) -> None:
        self._follow(replace(self.recipe, difficulty=difficulty))

    @property
    def max_obstacles(self) -> int:
        """Parts along the courses to come, at most; can be set."""
        return self.recipe.max_obstacles

    @max_obstacles.setter
    def max_obstacles(self, max_obstacles: int) -> None:
        self._follow(replace(self.recipe, max_obstacles=max_obstacles))

    def _follow(self, changed: Recipe) -> None:
        self._core.set_courses(changed.difficulty, changed.max_obstacles)
        self.recipe = changed

    def course(self, env: int) -> Course:
        """The course that environment number ``env`` is on.

        Raises:
            UsageError: if there is no such environment, or it was never reset.
        """
        number = checked_int("env", env, 0, self.num_envs - 1)
        if not self._ready[number]:
            raise UsageError(f"environment {env} has no course yet: reset() was never called; call reset() first")
        if number in self._by_hand:
            return self._by_hand[number]
        difficulty, parts = self._drawn[number].tolist()
        level = type(self.recipe.difficulty)(difficulty)
        rule = replace(self.recipe, difficulty=level, max_obstacles=int(parts))
        return rule.draw(int(self._arrays["seeds"][number]))

    def _note_courses(self, mask: Array, difficulty: float, max_obstacles: int) -> None:
        self._drawn[mask] = difficulty, max_obstacles
        if self._by_hand:
            self._by_hand = {env: course for env, course in self._by_hand.items() if not mask[env]}

    # ------------------------------------------------------------ the two verbs

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begin an episode in every environment, or in those of the mask; see the class.

        Raises:
            UsageError: for a bad seed, mask or option; nothing has changed then.
        """
        chosen = self._checked_options(options)
        mask: Array = chosen.pop("reset_mask", self._all)
        seeds = checked_seeds(seed, self.num_envs)
        if not (mask | self._ready).all():
            raise UsageError("the first reset() must be of all environments; leave 'reset_mask' out")
        with self._turn:
            humans = np.flatnonzero(mask).astype(np.int32)
            self._seed_generators(humans, seeds)
            if "course" in chosen:
                self._restart_on(mask, humans, chosen["course"])
            else:
                self._restart(mask, humans, seeds, **chosen)
            self._ready[:] = True
            return self._given(self._arrays["observations"]), self._infos_of_start(mask)

    def _restart(
        self,
        mask: Array,
        humans: Array,
        seeds: list[int | None],
        difficulty: float | None = None,
        max_obstacles: int | None = None,
    ) -> None:
        rule = self.recipe.changed(difficulty=difficulty, max_obstacles=max_obstacles)
        level, count = rule.difficulty, rule.max_obstacles
        wanted = [seeds[i] for i in humans]
        self._core.restart(humans, np.array([-1 if s is None else s for s in wanted], np.int64), level, count)
        self._note_courses(mask, level, count)

    def _restart_on(self, mask: Array, humans: Array, course: Course) -> None:
        dtype, outlook = self.simulator.dtype, Outlook(course)
        strengths = self.rules.strengths(course, self.simulator.model).astype(dtype)
        told = np.array([outlook.strength_left, outlook.strength_right], dtype)
        arrays = course.arrays()
        self._note_courses(mask, _NO_NUMBER if course.difficulty is None else course.difficulty, 0)
        seed = _NO_NUMBER if course.seed is None else course.seed
        for human in humans.tolist():
            self._core.restart_on(human, arrays, strengths, told, seed)
            self._by_hand[human] = course

    def step(self, actions: Any) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Hold the excitations of every environment for one step of 10 ms.

        Raises:
            UsageError: for bad actions, before the first reset, or, where autoreset is disabled, if an episode is over.
        """
        with self._turn:
            return self._step(actions)

    def _step(self, actions: Any) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        self._check_running()
        bad = self._core.step(as_batch(actions, (self.num_envs, len(self.action_names)), self.simulator.dtype))
        if bad >= 0:
            env, muscle = divmod(bad, len(self.action_names))
            raise not_a_number(f"the action of environment {env}", self.action_names[muscle])
        infos = self._infos_of_step()
        told, earned = self._arrays["observations"], self._arrays["rewards"]
        return (*map(self._given, (told, earned, self._terminated, self._truncated)), infos)  # type: ignore[return-value]

    def _given(self, array: Array) -> Array:
        return array.copy() if self.copy else array

    # ------------------------------------------------------------ infos

    def _infos_of_start(self, mask: Array) -> dict[str, Any]:
        """What a single environment's reset says, but for obstacles and strengths: ask :meth:`course` for those."""
        return _masked(
            mask,
            course_seed=self._arrays["seeds"],
            difficulty=self._drawn[:, 0].astype(type(self.recipe.difficulty)),
            distance=self._arrays["positions"],
        )

    def _infos_of_step(self) -> dict[str, Any]:
        arrays, at_once = self._arrays, self.autoreset_mode == AutoresetMode.SAME_STEP
        ended = self._terminated | self._truncated
        began = ended if at_once else self._began
        earned = {"reward_forward": arrays["forward"], "reward_ligaments": arrays["ligaments"]}
        infos = _masked(~began, **earned)
        if began.any():
            self._note_courses(began, self.recipe.difficulty, self.recipe.max_obstacles)
            infos |= self._infos_of_start(began)
            if at_once:
                last = _masked(ended, distance=arrays["distances"], **earned)
                infos |= _masked(ended, final_obs=arrays["final_observations"])
                infos |= {"final_info": last, "_final_info": ended.copy()}
        return infos | _masked(self._all, distance=arrays["positions"])

    # ------------------------------------------------------------ checks

    def _check_running(self) -> None:
        if not self._ready.all():
            raise UsageError("step() cannot go on: reset() was never called; call reset() first")
        if self.autoreset_mode != AutoresetMode.DISABLED:
            return
        over = self._terminated | self._truncated
        if over.any():
            raise UsageError(
                f"step() cannot go on: the episode of environment {int(over.argmax())} is over; "
                "call reset(options={'reset_mask': terminations | truncations}) first"
            )

    def _checked_options(self, options: Mapping[str, Any] | None) -> dict[str, Any]:
        chosen = checked_reset_options(options, _OPTIONS)
        if "course" in chosen:
            self._check_course(chosen["course"])
        wished = {name: chosen[name] for name in ("difficulty", "max_obstacles") if name in chosen}
        replace(self.recipe, **wished)  # says what is wrong with them
        if "reset_mask" in chosen:
            chosen["reset_mask"] = checked_mask(chosen["reset_mask"], self.num_envs)
        return chosen

    def _check_course(self, course: Course) -> None:
        check_obstacles(course.obstacle_array(), ())
        check_strengths(self.rules.strengths(course, self.simulator.model), (len(self.action_names),))

    # ------------------------------------------------------------ generators

    def _seed_generators(self, humans: Array, seeds: list[int | None]) -> None:
        """As Gymnasium does: a seed makes a fresh generator; without one it goes on, or begins with system entropy."""
        fresh = [int(i) for i in humans if seeds[i] is not None or not self._ready[i]]
        if fresh:
            words = np.array([generator_words(seeds[i]) for i in fresh], np.uint64)
            self._core.set_generators(np.array(fresh, np.int32), words)


def _masked(mask: Array, **arrays: Array) -> dict[str, Any]:
    """Infos as Gymnasium batches them: copies that are zero outside the mask, and the mask of each; none for nobody."""
    infos: dict[str, Any] = {}
    if not mask.any():
        return infos
    whole = bool(mask.all())
    for name, array in arrays.items():
        infos[name] = array.copy() if whole else np.where(mask.reshape(-1, *[1] * (array.ndim - 1)), array, 0)
        infos[f"_{name}"] = mask.copy()
    return infos


def _checked_mode(mode: str | AutoresetMode) -> AutoresetMode:
    if isinstance(mode, AutoresetMode):
        return mode
    if not isinstance(mode, str) or mode not in _MODES:
        raise UsageError(f"autoreset_mode is {mode!r}; it must be one of {', '.join(map(repr, _MODES))}")
    return _MODES[mode]
