"""How fast films are made: ``python benchmarks/film.py`` prints a table for a film of ten seconds.

Simulation, drawing and encoding are timed apart, in processor seconds, which other work on the machine hardly
changes; then all of it as ``myorun render`` does it, drawing in this process while ffmpeg encodes in its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from myorun.run import run_episode
from myorun.trajectory import Trajectory
from myorun.view import Renderer, Replay, VideoWriter, film
from tables import markdown

FPS = 50.0


@dataclass
class Clock:
    """Seconds of wall clock, and of the processor in this process and in those it waited for."""

    wall: float = 0.0
    own: float = 0.0
    others: float = 0.0

    def __enter__(self) -> Clock:
        self._before = _now()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall, self.own, self.others = (b - a for a, b in zip(self._before, _now(), strict=True))


def _now() -> tuple[float, float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time(), children.ru_utime + children.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="WIDTHxHEIGHT in pixels")
    parser.add_argument("--seconds", type=float, default=10.0, help="of simulated time, at most 10")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    with Clock() as simulating:
        trajectory = run_episode(seed=0, steps=round(arguments.seconds * 100)).trajectory
    frames = int(trajectory.duration * FPS + 1e-6) + 1
    drawing = draw(trajectory, frames, (width, height))
    with tempfile.TemporaryDirectory() as folder:
        encoding = encode(trajectory, frames, (width, height), Path(folder))
        with Clock() as together:
            film(trajectory, Path(folder) / "film.mp4", size=(width, height), fps=FPS)
        size = (Path(folder) / "film.mp4").stat().st_size
    print(f"{trajectory.duration:.0f} s at {width}x{height}, {frames} pictures, {os.cpu_count()} processors, ", end="")
    print(f"load {os.getloadavg()[0]:.1f}\n")
    rows = [
        row("simulating and recording", simulating, frames, simulating.own),
        row("drawing", drawing, frames, drawing.own),
        row("encoding", encoding, frames, encoding.others),
        row("the film: all but simulating", together, frames, together.own + together.others),
    ]
    print(markdown(["", "processor s", "wall s", "pictures per wall s"], rows))
    print(f"\nThe file has {size / 1e6:.1f} MB, a rest of 0.6 s on the last picture included.")


def draw(trajectory: Trajectory, frames: int, size: tuple[int, int]) -> Clock:
    """Poses and pictures, thrown away."""
    replay, renderer = Replay(trajectory), Renderer(*size)
    with Clock() as clock:
        for pose in replay.poses(np.minimum(np.arange(frames) / FPS, replay.end)):
            renderer.draw_surface(pose)
    return clock


def encode(trajectory: Trajectory, frames: int, size: tuple[int, int], folder: Path) -> Clock:
    """The same film of pictures drawn beforehand, as many as fit into memory."""
    replay, renderer = Replay(trajectory), Renderer(*size)
    kept = [renderer.draw_surface(pose).copy() for pose in replay.poses(np.arange(min(frames, 50)) / FPS)]
    there_and_back = [*kept, *kept[-2:0:-1]]
    with Clock() as clock, VideoWriter(folder / "encoded.mp4", FPS) as writer:
        for k in range(frames):
            writer.write(there_and_back[k % len(there_and_back)])
    return clock


def row(name: str, clock: Clock, frames: int, processor: float) -> list[str]:
    return [name, f"{processor:.1f}", f"{clock.wall:.1f}", f"{frames / clock.wall:,.0f}"]


if __name__ == "__main__":
    main()
