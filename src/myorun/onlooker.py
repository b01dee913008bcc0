"""Whoever watches an environment: pictures on request, or a window that follows every step.

The only place where an environment touches :mod:`myorun.view`, and only once something is to be seen.
"""

from __future__ import annotations

import os
from typing import Any

from myorun.course import Course

_INVISIBLE = ("dummy", "offscreen")  # SDL drivers without a screen


class Onlooker:
    """Sees one environment. ``mode`` is ``"rgb_array"`` or ``"human"``.

    With ``SDL_VIDEODRIVER=dummy`` a window is asked for that nobody sees; then none is opened.
    """

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._eye: Any = None  # a Renderer or a Window, made for the first look

    def look(self, simulator: Any, course: Course, score: float | None) -> Any:
        """A picture, uint8 (height, width, 3), or ``None`` in mode ``"human"``.

        :class:`UsageError` where a window is wanted and there is no display.
        """
        if self._mode == "human":
            return self._show(simulator, course, score)
        if self._eye is None:
            from myorun.view import Renderer

            self._eye = Renderer()
        return self._eye.draw(pose_of(simulator, course, score))

    def _show(self, simulator: Any, course: Course, score: float | None) -> None:
        if os.environ.get("SDL_VIDEODRIVER") in _INVISIBLE:
            return
        if self._eye is None:
            from myorun.view import Window

            self._eye = Window()
        if self._eye.due(simulator.time):
            self._eye.show(pose_of(simulator, course, score))

    def close(self) -> None:
        """Close the window, if any; the next look opens a new one."""
        if self._eye is not None and self._mode == "human":
            self._eye.close()
        self._eye = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_mode": self._mode, "_eye": None}  # a copy looks with its own eyes


def pose_of(simulator: Any, course: Course, score: float | None) -> Any:
    """What can be seen of a human on a course now: a :class:`myorun.view.Pose`."""
    from myorun.view import course_label, snapshot

    return snapshot(simulator, obstacles=course.obstacles, score=score, label=course_label(course), course=course)
