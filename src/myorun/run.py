"""One episode under a controller, with or without someone watching: :func:`run_episode`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myorun.controllers import Controller, Sight, make_controller
from myorun.course import Course
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from myorun.trajectory import Facts, Recorder, Trajectory
from myorun.version import __version__

Array = NDArray[np.float64]


class Watcher(Protocol):
    """Sees every state of an episode, the first included."""

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        """Look once; ``False`` asks to stop the episode here."""
        ...


@dataclass(frozen=True)
class Outcome:
    """An episode and how fast it was computed."""

    trajectory: Trajectory
    seconds: float  # s of wall clock spent in controller and environment, not in watching

    @property
    def steps_per_second(self) -> float:
        """Simulated steps per second of wall clock."""
        return self.trajectory.steps / max(self.seconds, 1e-9)

    @property
    def times_real_time(self) -> float:
        """Simulated seconds per second of wall clock."""
        return self.trajectory.duration / max(self.seconds, 1e-9)


def run_episode(
    controller: str | Controller = "reflex",
    *,
    seed: int = 0,
    difficulty: int = 2,
    max_obstacles: int = 3,
    physics: str = "native",
    accuracy: str | float = "default",
    steps: int | None = None,
    course: Course | None = None,
    watchers: Sequence[Watcher] = (),
) -> Outcome:
    """Let the human move through the course of a seed until a fall, ``steps`` or a watcher's wish.

    Args:
        controller: a name of :data:`myorun.controllers.CONTROLLERS`, or anything with ``excite(sight)``.
        seed: of the course, and of the random controller.
        difficulty: 0, 1 or 2; see :func:`myorun.draw_course`.
        max_obstacles: 0 … 20.
        physics: "native" or "opensim".
        accuracy: a setting of the engine; not the environment's own, as watching needs no speed.
        steps: at most so many, of 10 ms each; at most, and by default, an episode of the rules.
        course: a course by hand instead of the seed's.
        watchers: see every state.

    Raises:
        UsageError: for a setting that is not possible.
        MissingExtraError: where OpenSim is wanted and not installed.
    """
    env = LearningToRunEnv(difficulty=difficulty, max_obstacles=max_obstacles, physics=physics, accuracy=accuracy)
    count = _checked_steps(steps, env.rules.max_steps)
    name = controller if isinstance(controller, str) else str(getattr(controller, "name", type(controller).__name__))
    mover = make_controller(controller, env.simulator.model, seed=seed) if isinstance(controller, str) else controller
    episode = _Episode(env, mover, watchers)
    episode.start(seed, course)
    for _ in range(count):
        if not episode.go_on:
            break
        episode.step()
    facts = episode.facts(physics=physics, controller=name)
    strengths = env.rules.strengths(env.course, env.simulator.model)
    trajectory = episode.recorder.finish(facts, env.course, env.simulator, strengths)
    return Outcome(trajectory, episode.seconds)


def _checked_steps(steps: int | None, most: int) -> int:
    if steps is None:
        return most
    if not 1 <= steps <= most:
        raise UsageError(f"steps is {steps}; an episode has 1 to {most}, of 10 ms each")
    return steps


class _Episode:
    """An episode under way."""

    def __init__(self, env: LearningToRunEnv, controller: Controller, watchers: Sequence[Watcher]) -> None:
        self._env, self._controller, self._watchers = env, controller, watchers
        self.recorder = Recorder()
        self.seconds, self.score = 0.0, 0.0
        self.fallen, self.go_on = False, True

    def start(self, seed: int, course: Course | None) -> None:
        options = {} if course is None else {"course": course}
        self._observation, _ = self._env.reset(seed=seed, options=options)
        self._show()

    def step(self) -> None:
        began = time.perf_counter()
        sight = Sight(self._observation, self._env.simulator, self._env.course)
        excitations = np.clip(self._controller.excite(sight), 0.0, 1.0)
        self._observation, reward, self.fallen, _, _ = self._env.step(excitations)
        self.seconds += time.perf_counter() - began
        self.score += reward
        self.recorder.note_excitations(self._env.excitations)
        self._show()

    def _show(self) -> None:
        self.recorder.note_state(self._env.simulator)
        wishes = [watcher.see(self._env, self.score) for watcher in self._watchers]
        self.go_on = all(wishes) and not self.fallen

    def facts(self, *, physics: str, controller: str) -> Facts:
        return Facts(
            physics=physics,
            accuracy=str(self._env.accuracy),
            engine_version=__version__,
            rules=self._env.rules.version,
            controller=controller,
            score=self.score,
            fallen=self.fallen,
        )
