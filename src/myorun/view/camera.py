"""Where the picture looks: metres to pixels, and a smooth walk beside the runner."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, floor, isfinite

import numpy as np

from myorun.view.pose import Array, Pose

VIEW_HEIGHT = 2.45  # m of world in the height of a picture
VIEW_WIDTH = 2.10  # m of world that a narrow picture still shows
GROUND_LINE = 0.79  # share of the height above the line y = 0
RUNNER_AT = 0.45  # share of the width to the left of the runner
_FOLLOW_TIME = 0.30  # s, to close a gap to the runner
_SPEED_TIME = 0.25  # s, to take on the runner's speed
_CUT = 0.5  # s; a longer gap in time is a cut, and the camera jumps
_HEADROOM = 1.15  # m; a pelvis above this, or below _FLOOR, is followed up and down
_FLOOR = -0.2  # m
_SMALLEST_SCALE = 2.0  # px per m, of a still camera
_PIXEL_LIMIT = 16000.0  # beyond every picture, within the reach of the rasteriser


@dataclass(frozen=True, slots=True)
class View:
    """A fixed camera: a rectangle of the world on a picture of ``width`` × ``height`` pixels."""

    width: int
    height: int
    left: int  # px of world left of the picture
    lift: int  # px by which the camera is raised
    scale: float  # px per m

    def to_pixels(self, points: Array) -> Array:
        """Metres (…, 2) to pixels (…, 2), y down, clipped far outside the picture."""
        x = points[..., 0] * self.scale - self.left
        y = GROUND_LINE * self.height + self.lift - points[..., 1] * self.scale
        return np.clip(np.stack([x, y], axis=-1), -_PIXEL_LIMIT, _PIXEL_LIMIT)

    @property
    def ground(self) -> int:
        """Pixel row of y = 0 at depth 0."""
        return round(GROUND_LINE * self.height) + self.lift

    @property
    def span(self) -> tuple[float, float]:
        """World x at the left and the right edge, m."""
        return self.left / self.scale, (self.left + self.width) / self.scale


class Camera:
    """Follows the first body of a pose, without lag at steady speed; the first pose is always centred."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.scale = min(height / VIEW_HEIGHT, width / VIEW_WIDTH)
        self._time: float | None = None
        self._x = self._y = self._speed = self._target = 0.0

    def look(self, pose: Pose) -> View:
        """The view of ``pose``; asking twice at the same time gives the same view."""
        x, y = map(float, pose.body_positions[0])
        step = pose.time - self._time if self._time is not None else float("inf")
        if step < 0.0 or step > _CUT or abs(x - self._target) > 1.0:
            self._x, self._y, self._speed, self._target = x, _lift(y), float(pose.speed or 0.0), x
        elif step > 0.0:
            self._follow(x, y, step)
        self._time = pose.time
        left = floor(self._x * self.scale - RUNNER_AT * self.width + 0.5)
        return View(self.width, self.height, left, round(self._y * self.scale), self.scale)

    def cut(self) -> None:
        """Jump to the next pose instead of following it there."""
        self._time = None

    def _follow(self, x: float, y: float, step: float) -> None:
        speed = (x - self._target) / step
        self._speed += (speed - self._speed) * (1.0 - exp(-step / _SPEED_TIME))
        self._x += self._speed * step
        close = 1.0 - exp(-step / _FOLLOW_TIME)
        self._x += (x - self._x) * close
        self._y += (_lift(y) - self._y) * close
        self._target = x


class StillCamera:
    """Stands still and sees the ground from ``low`` to ``high`` m, however small the runner becomes."""

    def __init__(self, width: int, height: int, low: float, high: float) -> None:
        self.width, self.height = width, height
        self.scale = max(min(height / VIEW_HEIGHT, width / max(high - low, 1e-9)), _SMALLEST_SCALE)
        left = floor((low + high) / 2.0 * self.scale - width / 2.0 + 0.5)
        self._view = View(width, height, left, 0, self.scale)

    def look(self, pose: Pose) -> View:
        """The same view of every pose."""
        return self._view

    def cut(self) -> None:
        """Nothing: it stands still."""


def _lift(y: float) -> float:
    if not isfinite(y):
        return 0.0
    return max(y - _HEADROOM, 0.0) + min(y - _FLOOR, 0.0)
