"""How fast this tree is beside another revision of it.

Run: ``python benchmarks/revisions.py OLD``, OLD being anything git knows: some four minutes, most of them to build
both into folders that are deleted. The two take turns in processes of their own under the same random moves.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from apart import Apart
from tables import markdown
from turns import ratio_by_round, take_turns

SOURCE = Path(__file__).resolve().parent.parent
PRECISIONS = ("float64", "float32")


def check_out(revision: str, folder: Path) -> Path:
    """The files of a revision."""
    folder.mkdir()
    archive = subprocess.run(["git", "-C", SOURCE, "archive", revision], check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    return folder


def build(source: Path, folder: Path) -> Path:
    """The package of a tree, built into ``folder``."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(source)]
    subprocess.run(command, check=True)
    return folder


def main(
    old: Annotated[str, typer.Argument(help="The revision to compare with.")],
    n: Annotated[int, typer.Option(help="Environments in a batch.")] = 512,
    rounds: Annotated[int, typer.Option(help="Rounds of ten steps each has.")] = 40,
) -> None:
    """Print a table of the time that a step of LearningToRun-v1 takes in both, one thread, accuracy 'fast'."""
    rows: list[tuple[str, ...]] = []
    with Progress(console=Console(stderr=True)) as progress, tempfile.TemporaryDirectory() as home:
        task = progress.add_task("build", total=2 * (2 + rounds))
        before = build(check_out(old, Path(home, "source")), Path(home, "before"))
        progress.advance(task, 2)
        now = build(SOURCE, Path(home, "now"))
        progress.advance(task, 2)
        for precision in PRECISIONS:
            with ExitStack() as stack:
                clocks = {
                    folder.name: stack.enter_context(
                        Apart(n, folder=folder, threads=1, precision=precision, accuracy="fast")
                    )
                    for folder in (before, now)
                }
                was, is_now = take_turns(clocks, rounds, lambda: progress.advance(task)).values()
            times = [f"{1e6 * np.median(seconds):.2f}" for seconds in (was, is_now)]
            rows.append((precision, *times, f"{ratio_by_round(is_now, was):.3f}"))
    print(markdown(("", f"µs a step at {old}", "µs a step now", "times as long, median round"), rows))


if __name__ == "__main__":
    typer.run(main)
