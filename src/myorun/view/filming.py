"""A film of a recorded trajectory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from myorun.errors import UsageError
from myorun.trajectory import Trajectory
from myorun.view.playback import Playback
from myorun.view.pose import Array, Pose
from myorun.view.progress import Progress, counted
from myorun.view.renderer import Renderer, checked_size
from myorun.view.video import VideoWriter

SLOWEST, FASTEST = 0.01, 100.0  # times real time
_LAST_LOOK = 0.6  # s of film that rest on the last picture
_CHUNK = 64  # poses made at once
_MARGIN = 1.0  # m of ground that a still camera shows before and behind the runner


def film(
    source: Trajectory | str | Path,
    path: str | Path,
    *,
    size: tuple[int, int] = (1280, 720),
    fps: float = 50.0,
    speed: float = 1.0,
    start: float | None = None,
    end: float | None = None,
    follow: bool = True,
    hud: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Film a trajectory to .mp4 or .gif, and return the path. After an error or an interrupt there is no file.

    Args:
        source: A trajectory, or its .npz.
        path: Of the film.
        size: Of the pictures, px; odd sides of an .mp4 are made even.
        fps: Pictures per second of film.
        speed: 1 is real time, 0.25 four times slower; poses between two states are interpolated.
        start: From this time on, s.
        end: Up to this time, s.
        follow: Whether the camera follows the runner; else it stands still and sees the whole way.
        hud: Whether numbers and activations are shown.
        progress: Told after each picture how many are done, of how many.

    Raises:
        UsageError: The trajectory or an argument is not possible.
        MyorunError: The film could not be written.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise UsageError(f"speed is {speed:g}; it must be {SLOWEST:g} to {FASTEST:g} times real time")
    writer = VideoWriter(path, fps)
    playback = Playback(source, start=start, end=end)
    width, height = (checked_size(side) + side % 2 for side in size)
    renderer = Renderer(width, height, hud=hud, ground=None if follow else _ground_of(playback))
    times = _times(playback, writer.fps, speed)
    try:
        _shoot(writer, renderer, playback, times, progress)
    except BaseException:
        writer.discard()
        raise
    writer.close()
    return writer.path


def _times(playback: Playback, fps: float, speed: float) -> Array:
    """Of every picture, s; the last state is always among them."""
    step = speed / fps
    times = playback.start + step * np.arange(int(playback.duration / step + 1e-6) + 1)
    return np.append(times[times < playback.end - 1e-6 * step], playback.end)


def _shoot(
    writer: VideoWriter, renderer: Renderer, playback: Playback, times: Array, progress: Progress | None
) -> None:
    rest = round(_LAST_LOOK * writer.fps)
    for pose in counted(_poses(playback, times), len(times), progress):
        surface = renderer.draw_surface(pose)
        for _ in range(1 + rest * (pose.time == times[-1])):
            writer.write(surface)


def _poses(playback: Playback, times: Array) -> Iterator[Pose]:
    for first in range(0, len(times), _CHUNK):
        yield from playback.poses(times[first : first + _CHUNK])


def _ground_of(playback: Playback) -> tuple[float, float]:
    """Where a runner comes by, with some ground before and behind, m."""
    poses = list(_poses(playback, np.linspace(playback.start, playback.end, _CHUNK)))
    x = [float(pose.body_positions[0, 0]) for pose in poses]
    return min(x) - _MARGIN, max(x) + _MARGIN
