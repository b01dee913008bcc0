"""Still pictures of a trajectory: one instant, a thumbnail, a stride as a strip of poses.

Each returns its pixels, (height, width, 3) uint8, and writes them to ``path`` where one is given (.png or .jpg).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from myorun.errors import UsageError
from myorun.trajectory import Trajectory
from myorun.view.camera import VIEW_HEIGHT
from myorun.view.moments import stride_of, telling_moment
from myorun.view.palette import DAY
from myorun.view.picture_file import checked_picture_path, write_picture
from myorun.view.playback import Playback
from myorun.view.pose import Pose
from myorun.view.progress import Progress, counted
from myorun.view.renderer import MAX_SIZE, MIN_SIZE, Picture, Renderer, checked_size
from myorun.view.scenery import number_sprite
from myorun.view.sdl import from_rgb, pygame, to_rgb

Layout = Literal["side", "overlay"]
LAYOUTS: tuple[Layout, ...] = ("side", "overlay")
MOST_POSES = 24
THUMBNAIL_SIZE = 320, 180  # px
_STRIP_HEIGHT, _WIDEST_STRIP = 480, 4000  # px
_PANEL_SHAPE = 0.72  # width for height of one pose of a strip
_GAP = 3  # px, white, between panels
_FAINTEST = 0.30  # opacity of the first of several poses on top of each other
_MARGIN = 0.85  # m of ground before the first and after the last of them
_LABEL_SIZE = 0.052  # of the height


def picture(
    source: Trajectory | str | Path,
    path: str | Path | None = None,
    *,
    at: float | None = None,
    size: tuple[int, int] = (1280, 720),
    hud: bool = True,
) -> Picture:
    """One instant of a trajectory, uint8, shape (height, width, 3), red green blue.

    Args:
        source: a trajectory, or the path of one.
        path: a file to write it to as well, .png or .jpg.
        at: the time [s]; where its legs are widest apart if omitted.
        size: width and height in pixels.
        hud: whether time, distance, speed and activations stand in it.

    Raises:
        UsageError: The trajectory, the time, the size or the path is not possible; see :class:`Playback`.
    """
    file = checked_picture_path(path)
    playback = Playback(source)
    time = telling_moment(playback.trajectory) if at is None else at
    return write_picture(Renderer(*size, hud=hud).draw(playback.pose(time)), file)


def thumbnail(
    source: Trajectory | str | Path,
    path: str | Path | None = None,
    *,
    at: float | None = None,
    size: tuple[int, int] = THUMBNAIL_SIZE,
) -> Picture:
    """A small picture of a telling moment, without numbers; arguments as of :func:`picture`."""
    return picture(source, path, at=at, size=size, hud=False)


def filmstrip(
    source: Trajectory | str | Path,
    path: str | Path | None = None,
    *,
    poses: int = 6,
    layout: Layout = "side",
    start: float | None = None,
    end: float | None = None,
    size: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Picture:
    """A stride as several poses with ground reactions and times, evenly spaced in time.

    Args:
        source: A trajectory, or its .npz.
        path: Where to write it, if anywhere.
        poses: How many, 2 to 24.
        layout: "side" by side, or as an "overlay" in one scene, the past faded.
        start: Of the stride, s; left out, with ``end``, the stride that covers most ground.
        end: Of the stride, s.
        size: Of the whole picture, px; left out, what suits it.
        progress: Told after each pose how many are drawn, of how many.

    Raises:
        UsageError: The trajectory or an argument is not possible.
    """
    file = checked_picture_path(path)
    _check_strip(poses, layout)
    playback = Playback(source, start=start, end=end)
    given = start is not None or end is not None
    span = (playback.start, playback.end) if given else stride_of(playback.trajectory)
    shown = playback.poses(np.linspace(*span, poses))
    arranged = _side_by_side if layout == "side" else _on_top
    return write_picture(arranged(shown, size, progress), file)


def _check_strip(poses: int, layout: str) -> None:
    if not 2 <= poses <= MOST_POSES:
        raise UsageError(f"a filmstrip of {poses} poses was asked for; 2 to {MOST_POSES} are possible")
    if layout not in LAYOUTS:
        raise UsageError(f"layout is {layout!r}; it must be one of {', '.join(LAYOUTS)}")


# ---------------------------------------------------------------- side by side


def _side_by_side(poses: list[Pose], size: tuple[int, int] | None, progress: Progress | None) -> Picture:
    gaps = _GAP * (len(poses) - 1)
    width, height = size or _strip_size(len(poses))
    width, height = checked_size(width), checked_size(height)
    if width - gaps < MIN_SIZE * len(poses):
        raise UsageError(
            f"{len(poses)} poses do not fit side by side into {width} pixels; {MIN_SIZE} are needed for each"
        )
    widths = np.diff(np.rint(np.linspace(0, width - gaps, len(poses) + 1)).astype(int))
    strip = np.full((height, width, 3), 255, dtype=np.uint8)
    left = 0
    for pose, wide in zip(counted(poses, len(poses), progress), widths.tolist(), strict=True):
        strip[:, left : left + wide] = _panel(pose, wide, height, poses[0].time)
        left += wide + _GAP
    return strip


def _strip_size(poses: int) -> tuple[int, int]:
    height = min(_STRIP_HEIGHT, round(_WIDEST_STRIP / poses / _PANEL_SHAPE))
    return round(height * _PANEL_SHAPE) * poses + _GAP * (poses - 1), height


def _panel(pose: Pose, width: int, height: int, zero: float) -> Picture:
    renderer = Renderer(width, height, hud=False)
    return _labelled(renderer.draw(pose), [(width // 2, _time_label(pose.time - zero))])


# ---------------------------------------------------------------- on top of each other


def _on_top(poses: list[Pose], size: tuple[int, int] | None, progress: Progress | None) -> Picture:
    x = [float(pose.body_positions[0, 0]) for pose in poses]
    ground = min(x) - _MARGIN, max(x) + _MARGIN
    if size is None:
        size = _overlay_size(ground[1] - ground[0])
    renderer = Renderer(*size, hud=False, ground=ground)
    opacities = np.linspace(_FAINTEST, 1.0, len(poses)).tolist()
    drawn = renderer.draw_together(poses, opacities, progress)
    labels = [(renderer.column(pose), _time_label(pose.time - poses[0].time)) for pose in poses]
    return _labelled(drawn, labels)


def _overlay_size(span: float) -> tuple[int, int]:
    return min(max(round(span * _STRIP_HEIGHT / VIEW_HEIGHT), _STRIP_HEIGHT), MAX_SIZE), _STRIP_HEIGHT


# ---------------------------------------------------------------- labels


def _time_label(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _labelled(drawn: Picture, labels: Sequence[tuple[int, str]]) -> Picture:
    """The picture with texts at its foot, each centred on its column; one that has no room is left out."""
    height, width = drawn.shape[:2]
    surface = from_rgb(drawn)
    taken: list[pygame.Rect] = []
    for column, words in reversed(labels):  # the last pose is the sharpest
        text = number_sprite(words, round(_LABEL_SIZE * height), DAY.mark)
        box = text.get_rect(midbottom=(column, height - round(0.6 * text.get_height())))
        box = box.clamp(surface.get_rect().inflate(-4, 0))
        if box.w <= width and box.inflate(box.h // 2, 0).collidelist(taken) < 0:
            surface.blit(text, box)
            taken.append(box)
    return to_rgb(surface)
