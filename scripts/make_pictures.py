"""Make the pictures of the README, in docs/images: ``python scripts/make_pictures.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myorun.env import LearningToRunEnv
from myorun.run import run_episode
from myorun.view import Renderer, VideoWriter
from myorun.watchers import pose_of

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SEED = 0
SIZE = 640, 360  # px
SECONDS = 3.0, 5.4  # of the episode, about two strides
RATE = 12.5  # pictures per second, shown as fast as they were taken


class Photographer:
    """Keeps pictures of a stretch of an episode."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []
        self._renderer = Renderer(*SIZE)

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        step = round(env.simulator.time * 100)
        picture = self._renderer.draw(pose_of(env, score)) if step % round(100 / RATE) == 0 else None
        if picture is not None and env.simulator.time >= SECONDS[0]:
            self.pictures.append(picture)
        return env.simulator.time < SECONDS[1]


def main() -> None:
    photographer = Photographer()
    run_episode(seed=SEED, watchers=[photographer])
    path = IMAGES / "run.gif"
    with VideoWriter(path, fps=RATE) as film:
        for picture in photographer.pictures:
            film.write(picture)
    print(f"{path}: {len(photographer.pictures)} pictures, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
