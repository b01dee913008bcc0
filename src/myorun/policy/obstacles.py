"""Memory of obstacles: the runner is told of the next one only, and its hind foot is still before the last one.

The winning entry of 2017 kept the obstacles it had passed in mind (Kidziński et al. 2018, arXiv:1804.00361). An
obstacle counts as passed when the environment tells of another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from myorun.policy.frame import place_of

Array = NDArray[Any]

_NOWHERE = 1000.0  # m, where an obstacle lies that is not there
_SAME = 1e-3  # m, closer is the same obstacle: what float32 loses at 50 m is a hundred times less
_BEHIND, _AHEAD = -2.0, 4.0  # m, beyond which distances are not told apart
_FEET = ("toes_r", "toes_l", "talus_r", "talus_l")
_TOLD = ("front", "back", "top")


class ObstacleMemory:
    """The next obstacle and the last ``passed`` ones of n runners, and how high their feet are above them.

    ==========  ======================================================================================
    front       m, from the pelvis to where the ball begins, x − r, clipped to −2 … 4
    back        m, from the pelvis to where it ends, x + r, likewise
    top         m, height of its highest point, y + r; 0 where there is no ball
    clearance   m, of toes and ankles above the ground or the ball below them
    ==========  ======================================================================================
    """

    def __init__(self, n: int, names: Sequence[str], passed: int, dtype: DTypeLike) -> None:
        slots = ("next", *(f"passed_{i + 1}" for i in range(passed)))
        self.names: tuple[str, ...] = (
            *(f"obstacle_{slot}_{what}" for slot in slots for what in _TOLD),
            *(f"{foot}_clearance" for foot in _FEET),
        )
        self._pelvis_x = place_of("pelvis_tx", names)
        self._told = [place_of(f"obstacle_{what}", names) for what in ("dx", "y", "radius")]
        self._feet = [[place_of(f"{foot}_{axis}", names) for foot in _FEET] for axis in "xy"]
        self._balls = np.zeros((n, 1 + passed, 3), dtype)  # x, y, radius [m]; the next one first
        self.begin(np.ones(n, np.bool_))

    def begin(self, rows: Array) -> None:
        """Forget what the runners of the mask ``rows`` met."""
        self._balls[rows] = _NOWHERE, 0.0, 0.0

    def watch(self, observations: Array) -> None:
        """Look at what is told now, (n, 41): to be done every step, as two obstacles may end close together."""
        told = observations[:, self._told]
        told[:, 0] += observations[:, self._pelvis_x]
        told[told[:, 2] <= 0.0] = _NOWHERE, 0.0, 0.0
        changed = np.flatnonzero((np.abs(told - self._balls[:, 0]) > _SAME).any(axis=1))
        if changed.size:
            met = changed[self._balls[changed, 0, 2] > 0.0]
            self._balls[met, 1:] = self._balls[met, :-1]
            self._balls[changed, 0] = told[changed]

    def see(self, observations: Array, rows: Any = slice(None)) -> Array:
        """What is remembered of the runners ``rows``, told from where they are now: shape (rows, len(names))."""
        balls = self._balls[rows]
        x, y, radius = balls[..., 0], balls[..., 1], balls[..., 2]
        there = radius > 0.0
        dx = x - observations[:, self._pelvis_x, None]
        told = np.stack([np.clip(dx - radius, _BEHIND, _AHEAD), np.clip(dx + radius, _BEHIND, _AHEAD), y + radius], -1)
        told[..., 2] *= there
        return np.concatenate(
            [told.reshape(len(told), told.shape[1] * len(_TOLD)), self._clearance(observations, balls)], axis=1
        )

    def _clearance(self, observations: Array, balls: Array) -> Array:
        """Shape (rows, feet): y − max(0, y_ball + √(r² − (x − x_ball)²)) where a ball is below or around the foot."""
        x, y = observations[:, self._feet[0]], observations[:, self._feet[1]]
        ground = np.zeros_like(y)
        for slot in range(balls.shape[1]):
            ball = balls[:, slot, :]
            away = x - ball[:, 0, None]
            below = ball[:, 2, None] * ball[:, 2, None] - away * away
            surface = ball[:, 1, None] + np.sqrt(np.maximum(below, 0.0))
            np.maximum(ground, np.where(below > 0.0, surface, 0.0), out=ground)
        clearance: Array = y - ground
        return clearance
