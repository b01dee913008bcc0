"""``RunEnv`` of release 1.5, to the letter, its left psoas that is a gluteus included."""

from __future__ import annotations

from typing import Any

import numpy as np

from myorun.course import MAX_OBSTACLES, draw_from, random_of
from myorun.course.checks import finite
from myorun.observation import Outlook
from myorun.task import has_fallen, reward_of
from osim.env.osim import RULES_OF_2017, OsimEnv


class RunEnv(OsimEnv):
    """Run as far as you can in 1,000 steps, past obstacles, with weak hips.

    ``reset(difficulty=2, seed=None)`` returns 41 numbers as a list, ``step(action)`` returns
    ``[observation, reward, done, info]``. ``env_desc`` holds the course: ``obstacles``, a list of (x, y, radius),
    and ``muscles``, 18 strengths.
    """

    STATE_PELVIS_X = 1
    STATE_PELVIS_Y = 2
    MUSCLES_PSOAS_R = 3
    MUSCLES_PSOAS_L = 11  # glut_max_l: the defect of release 1.5

    ninput = 41
    noutput = 18
    env_desc: Any = {"obstacles": [], "muscles": [1] * 18}  # noqa: RUF012

    def __init__(
        self,
        visualize: bool = True,
        max_obstacles: int = 3,
        *,
        physics: str = "native",
        accuracy: str | float | None = None,
    ) -> None:
        self.max_obstacles = max_obstacles
        super().__init__(visualize=visualize, noutput=self.noutput, physics=physics, accuracy=accuracy)

    def reset(self, difficulty: float = 2, seed: int | None = None) -> Any:
        """Draw a course and stand at its start.

        ``difficulty`` 0: flat; 1: obstacles; 2: also a psoas of another strength on each side. Without ``seed`` the
        course comes next out of NumPy's global generator; with one, that generator is seeded, as in 2017.
        """
        self.setup(difficulty, seed)
        self.last_state = super().reset()
        self.current_state = self.last_state
        return self.last_state

    def setup(self, difficulty: float, seed: int | None = None) -> None:
        """Draw the course into ``env_desc`` and build it."""
        self.env_desc = self.generate_env(difficulty, seed, self.max_obstacles)
        self.osim_model.set_course(self.env_desc["obstacles"], self.env_desc["muscles"])
        self._outlook = Outlook(self.osim_model.course)

    def generate_env(self, difficulty: float, seed: int | None, max_obstacles: int) -> dict[str, Any]:
        """The course as ``{"muscles": [...], "obstacles": [...]}``.

        Raises:
            UsageError: ``difficulty`` is no number, or ``seed`` none that a generator takes.
        """
        wanted = finite("difficulty", difficulty)
        random = np.random.RandomState()
        random.set_state(np.random.get_state(legacy=False) if seed is None else random_of(seed).get_state(legacy=False))
        level = 0 if wanted <= 0 else 1 if wanted < 2 else 2
        course = draw_from(random, difficulty=level, max_obstacles=min(max_obstacles, MAX_OBSTACLES))
        np.random.set_state(random.get_state(legacy=False))
        return {
            "muscles": RULES_OF_2017.strengths(course, self.osim_model.simulator.model).tolist(),
            "obstacles": [(o.x, o.y, o.radius) for o in course.obstacles],
        }

    def next_obstacle(self) -> list[float]:
        """dx from the pelvis, y and radius of the next obstacle; [100, 0, 0] without one."""
        pelvis_x = float(self.osim_model.simulator.get("coordinates")[self.STATE_PELVIS_X])
        return list(self._outlook.next_obstacle(pelvis_x))

    def get_observation(self) -> Any:
        """The 41 numbers, as a list; they also become ``current_state``."""
        muscles = self.env_desc["muscles"]
        strengths = [muscles[self.MUSCLES_PSOAS_L], muscles[self.MUSCLES_PSOAS_R]]
        seen = self.osim_model.observer.observe(self.osim_model.readings.read(), self._outlook).tolist()
        self.current_state = seen[:36] + strengths + self.next_obstacle()
        return self.current_state

    def compute_reward(self) -> float:
        """Progress of the pelvis less a ten-millionth of the ligament torques."""
        before, after = self.last_state[self.STATE_PELVIS_X], self.current_state[self.STATE_PELVIS_X]
        return sum(reward_of(RULES_OF_2017, before, after, self.osim_model.limit_torques()))

    def is_pelvis_too_low(self) -> bool:
        """Whether the human has fallen."""
        return has_fallen(RULES_OF_2017, self.current_state[self.STATE_PELVIS_Y])

    def is_done(self) -> bool:
        """Fallen, or at the end of ``spec.timestep_limit`` steps."""
        return self.is_pelvis_too_low() or self.istep >= self.spec.timestep_limit
