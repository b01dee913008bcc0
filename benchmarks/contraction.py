"""What it costs that float64 gives the same bits everywhere: the compiler may not contract a*b+c there.

Run: ``python benchmarks/contraction.py``: some three minutes, most of them to build the package twice, with and without
contraction, into folders that are deleted. The two take turns in processes of their own under the same random moves.
"""

from __future__ import annotations

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
BUILDS = {"without contraction (as shipped)": "OFF", "with contraction": "ON"}


def main(
    n: Annotated[int, typer.Option(help="Environments in a batch.")] = 512,
    rounds: Annotated[int, typer.Option(help="Rounds of ten steps each has.")] = 40,
) -> None:
    """Print a table of the time that a step takes with contraction and without."""
    rows: list[tuple[str, ...]] = []
    with Progress(console=Console(stderr=True)) as progress, tempfile.TemporaryDirectory() as home:
        task = progress.add_task("build", total=2 * (len(BUILDS) + rounds))
        folders = {}
        for name, contract in BUILDS.items():
            folders[name] = build(SOURCE, Path(home, contract), f"MYORUN_CONTRACT_F64={contract}")
            progress.advance(task, 2)
        for accuracy in ("fast", "default"):
            options = {"precision": "float64", "accuracy": accuracy}
            figures = time_builds(folders, n, rounds, lambda: progress.advance(task), **options)
            without, contracted = figures.values()
            times = [f"{1e6 * np.median(seconds):.2f}" for seconds in (without, contracted)]
            rows.append((accuracy, *times, f"{ratio_by_round(without, contracted):.2f}"))
    headings = ("float64, one thread", *(f"µs a step {name}" for name in BUILDS), "price: times as long, median round")
    print(markdown(headings, rows))


if __name__ == "__main__":
    typer.run(main)
