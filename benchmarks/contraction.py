"""What it costs that float64 gives the same bits everywhere: the compiler may not contract a*b+c there.

Run: ``python benchmarks/contraction.py``: some three minutes, most of them to build the package twice, with and without
contraction, into folders that are deleted. The two take turns in processes of their own under the same random moves.
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
BUILDS = {"without contraction (as shipped)": "OFF", "with contraction": "ON"}


def build(folder: Path, contract: str) -> Path:
    """The package, built into ``folder``."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    subprocess.run([*command, f"--config-settings=cmake.define.MYORUN_CONTRACT_F64={contract}", SOURCE], check=True)
    return folder


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
            folders[name] = build(Path(home, contract), contract)
            progress.advance(task, 2)
        for accuracy in ("fast", "default"):
            with ExitStack() as stack:
                clocks = {
                    name: stack.enter_context(
                        Apart(n, folder=folder, threads=1, precision="float64", accuracy=accuracy)
                    )
                    for name, folder in folders.items()
                }
                without, contracted = take_turns(clocks, rounds, lambda: progress.advance(task)).values()
            times = [f"{1e6 * np.median(seconds):.2f}" for seconds in (without, contracted)]
            rows.append((accuracy, *times, f"{ratio_by_round(without, contracted):.2f}"))
    headings = ("float64, one thread", *(f"µs a step {name}" for name in BUILDS), "price: times as long, median round")
    print(markdown(headings, rows))


if __name__ == "__main__":
    typer.run(main)
