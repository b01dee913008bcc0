"""Make the pictures of the documentation: ``python scripts/docs_pictures.py`` writes them to docs/images/.

The first shows the champion on the course of seed 0, the others the reflex walker there, as ``myorun run --controller
reflex --save walk.npz`` records it, and the same without obstacles. The same sources give the same pictures, but
for the last bits that fonts and libraries decide.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from myorun.controllers import load_policy
from myorun.plots import plot
from myorun.run import run_episode
from myorun.trajectory import Trajectory
from myorun.view import filmstrip, picture, thumbnail

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"


def pictures(run: Trajectory, walk: Trajectory, flat: Trajectory) -> dict[str, Callable[[Path], object]]:
    """What makes each picture, by its name."""
    return {
        "run.png": lambda path: filmstrip(run, path, poses=5, start=1.3, end=1.8, size=(1296, 320)),
        "moment.png": lambda path: picture(walk, path, at=2.8, size=(960, 540)),
        "thumbnail.png": lambda path: thumbnail(walk, path),
        "stride.png": lambda path: filmstrip(flat, path, poses=6, layout="overlay", size=(960, 520)),
        "angles.png": lambda path: plot(walk, path, what="kinematics", start=4.0, end=8.0),
        "forces.png": lambda path: plot(walk, path, what="forces", start=5.0, end=7.5),
        "comparison.png": lambda path: plot([walk, flat], path, what="distance"),
    }


def main() -> None:
    run = run_episode(load_policy("champion"), seed=0).trajectory
    walk = run_episode(seed=0).trajectory
    flat = run_episode(seed=0, difficulty=0).trajectory
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in pictures(run, walk, flat).items():
        make(FOLDER / name)
        print(f"{name:16} {(FOLDER / name).stat().st_size / 1000:5.0f} kB")


if __name__ == "__main__":
    main()
