"""``GaitEnv`` of the spring of 2017 (release 1.2), before obstacles: walk as far as you can."""

from __future__ import annotations

from typing import Any

import numpy as np

from myorun.course import Course
from myorun.observation import Outlook
from osim.env.osim import OsimEnv

_FALL_HEIGHT = 0.7  # m
_FEET = ("toes_r", "toes_l")  # called left and right in 2017, the wrong way round


class GaitEnv(OsimEnv):
    """31 observations as a float32 array, 18 excitations; the reward is the progress of the pelvis.

    Observations: 0; pelvis rotation, x, y; their velocities; 6 joint angles; their velocities; centre of mass x, y,
    vx, vy; x, y of head, pelvis, right toes, left toes. An episode ends with the pelvis below 0.7 m.
    """

    timestep_limit = 500
    ninput = 31

    def get_observation(self) -> Any:
        """The 31 numbers; they also become ``current_state``."""
        model = self.osim_model
        named = dict(zip(model.observer.names, model.observer.observe(model.readings.read(), _FLAT), strict=True))
        bodies = [named[f"{body}_{axis}"] for body in ("head", "pelvis", *_FEET) for axis in "xy"]
        self.current_state = np.array([0.0, *list(named.values())[:22], *bodies], dtype=np.float32)
        return self.current_state

    def compute_reward(self) -> float:
        """Progress of the pelvis [m]."""
        return float(self.current_state[2] - self.last_state[2])

    def is_pelvis_too_low(self) -> bool:
        """Whether the human has fallen."""
        return bool(self.current_state[3] < _FALL_HEIGHT)

    def is_done(self) -> bool:
        """Fallen. The 500 steps of ``timestep_limit`` are the caller's to count, as then."""
        return self.is_pelvis_too_low()


_FLAT = Outlook(Course())
