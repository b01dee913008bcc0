"""Pose to shapes to window, picture and film.

::

    pose = snapshot(sim, obstacles=course.obstacles, score=1.5)   # what can be seen of any simulator
    picture = render_rgb(pose, width=1280, height=720)            # one picture, (height, width, 3) uint8
    Renderer(1280, 720).draw(pose)                                # one of many: the camera follows smoothly
    VideoWriter("run.mp4", fps=50)                                # pictures to a film
    Window().show(pose)                                           # in real time on a display

    film("run.npz", "run.mp4")                                    # a recorded trajectory, filmed
    filmstrip("run.npz", "stride.png", poses=6)                   # its longest stride in six poses
    picture("run.npz", at=2.5), thumbnail("run.npz")              # one instant, (height, width, 3) uint8

Names are loaded when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from myorun.view.filming import film
    from myorun.view.playback import Playback
    from myorun.view.pose import Pose, course_label, snapshot
    from myorun.view.renderer import Renderer, render_rgb
    from myorun.view.stills import filmstrip, picture, thumbnail
    from myorun.view.video import VideoWriter
    from myorun.view.window import Window, has_display

__all__ = [
    "Playback",
    "Pose",
    "Renderer",
    "VideoWriter",
    "Window",
    "course_label",
    "film",
    "filmstrip",
    "has_display",
    "picture",
    "render_rgb",
    "snapshot",
    "thumbnail",
]

_HOMES = {
    "Playback": "playback",
    "Pose": "pose",
    "Renderer": "renderer",
    "VideoWriter": "video",
    "Window": "window",
    "course_label": "pose",
    "film": "filming",
    "filmstrip": "stills",
    "has_display": "window",
    "picture": "stills",
    "render_rgb": "renderer",
    "snapshot": "pose",
    "thumbnail": "stills",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
