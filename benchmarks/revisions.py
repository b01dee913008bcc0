"""How fast this tree is beside another revision of it.

Run: ``python benchmarks/revisions.py OLD``, OLD being anything git knows: some four minutes, most of them to build
both into folders that are deleted. The two take turns in processes of their own under the same random moves.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from processes import build, time_builds
from tables import markdown
from turns import ratio_by_round

SOURCE = Path(__file__).resolve().parent.parent
PRECISIONS = ("float64", "float32")


def check_out(revision: str, folder: Path) -> Path:
    """The files of a revision."""
    folder.mkdir()
    archive = subprocess.run(["git", "-C", SOURCE, "archive", revision], check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
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
        folders = {}
        for name, source in {"before": check_out(old, Path(home, "source")), "now": SOURCE}.items():
            folders[name] = build(source, Path(home, name))
            progress.advance(task, 2)
        for precision in PRECISIONS:
            options = {"precision": precision, "accuracy": "fast"}
            figures = time_builds(folders, n, rounds, lambda: progress.advance(task), **options)
            was, is_now = figures.values()
            times = [f"{1e6 * np.median(seconds):.2f}" for seconds in (was, is_now)]
            rows.append((precision, *times, f"{ratio_by_round(is_now, was):.3f}"))
    print(markdown(("", f"µs a step at {old}", "µs a step now", "times as long, median round"), rows))


if __name__ == "__main__":
    typer.run(main)
