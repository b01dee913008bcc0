"""Make the picture of the README: ``python scripts/make_pictures.py`` writes docs/images/run.png.

It is what ``myorun run`` shows, five moments of a step over an obstacle side by side.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myorun.env import LearningToRunEnv
from myorun.run import run_episode
from myorun.view import Renderer
from myorun.view.sdl import from_rgb, pygame
from myorun.watchers import pose_of

PATH = Path(__file__).resolve().parent.parent / "docs" / "images" / "run.png"
SEED = 0
SIZE = 256, 320  # px, of one moment
MOMENTS = (2.60, 2.80, 3.00, 3.20, 3.40)  # s
GAP = 4  # px, white


class Photographer:
    """Takes a picture at each of the moments and stops the episode after the last."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []
        self._renderer = Renderer(*SIZE, hud=False)

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        picture = self._renderer.draw(pose_of(env, score))  # always: the camera follows from one to the next
        if round(env.simulator.time, 6) in MOMENTS:
            self.pictures.append(picture)
        return len(self.pictures) < len(MOMENTS)


def main() -> None:
    photographer = Photographer()
    run_episode(seed=SEED, watchers=[photographer])
    gap = np.full((SIZE[1], GAP, 3), 255, dtype=np.uint8)
    strip = [part for picture in photographer.pictures for part in (gap, picture)][1:]
    PATH.parent.mkdir(parents=True, exist_ok=True)
    pygame.image.save(from_rgb(np.hstack(strip)), str(PATH))
    print(f"{PATH}: {PATH.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
