"""An installed wheel tried out: it needs no compiler, moves the human, films it, and gives the same bits as all others.

    python scripts/check_wheel.py

Run it with the Python of a fresh environment that holds the wheel and what it depends on, nothing else. The exit status
is 0 if all of it works.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
# Of the reflex walker on the course of seed 7, after 10 s; float64 has the same bits on every processor and system.
SCORE = "17.305335009867346"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        check_place()
        command("doctor", "core", "instructions", "ffmpeg")
        check_bits()
        command("run", "--steps", "50", "--video", "film.mp4", "--save", "run.npz")
        command("view", "run.npz", "--export", "run.html")
        for file in ("film.mp4", "run.npz", "run.html"):
            assert Path(file).stat().st_size > 10_000, file
    print("the wheel works")


def check_place() -> None:
    """What is imported is what was installed."""
    import myorun

    place = Path(str(myorun.__file__)).resolve()
    assert SOURCE not in place.parents, f"{place} is the source; run this where the wheel is installed"


def check_bits() -> None:
    """The same run as everywhere."""
    from myorun import run_episode

    score = repr(run_episode("reflex", seed=7).trajectory.facts.score)
    assert score == SCORE, f"the run scored {score}; it must be {SCORE} on every machine"


def command(*words: str) -> None:
    """Run ``myorun words`` where there is no compiler and no display."""
    scripts = sysconfig.get_path("scripts")
    bare = {name: value for name, value in os.environ.items() if name not in ("CC", "CXX", "DISPLAY", "PYTHONPATH")}
    bare |= {"PATH": scripts, "SDL_VIDEODRIVER": "dummy"}
    print("$ myorun", *words, flush=True)
    subprocess.run([Path(scripts) / "myorun", *words], env=bare, check=True)


if __name__ == "__main__":
    main()
