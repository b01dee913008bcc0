"""How close the native core is to OpenSim, quantity by quantity, on random states that visit every regime.

Run: ``python benchmarks/fidelity.py --states 5000``. Needs ``pip install 'myorun[opensim]'``.
The states, the scales and the reasons for them are those of ``tests/reference``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "reference"))

from agreement import SCALES, Quantities, relative_errors
from states import QUANTITIES, Course, draw_courses, evaluate

from myorun.physics import Simulator
from myorun.physics.opensim_backend import OpenSimSimulator


def main(
    states: Annotated[int, typer.Option(min=1, help="Random states to compare.")] = 5000,
    seed: Annotated[int, typer.Option(help="Seed of the states.")] = 0,
) -> None:
    """Compare every named quantity of the native core with OpenSim's."""
    count = max(10, -(-states // 500))
    courses, native, reference = _evaluated(states, count, seed)
    console = Console()
    console.print(_table(native, reference))
    console.print(_coverage(courses, reference))


def _evaluated(states: int, count: int, seed: int) -> tuple[list[Course], Quantities, Quantities]:
    opensim, native, courses = OpenSimSimulator(), Simulator(), []
    ours: list[Quantities] = []
    theirs: list[Quantities] = []
    with Progress(transient=True) as progress:
        task = progress.add_task("comparing", total=count)
        for course in draw_courses(opensim, states=states, courses=count, seed=seed):
            courses.append(course)
            theirs.append(evaluate(opensim, course))
            ours.append(evaluate(native, course))
            progress.advance(task)
    return courses, _stacked(ours), _stacked(theirs)


def _stacked(parts: list[Quantities]) -> Quantities:
    return {name: np.concatenate([part[name] for part in parts]) for name in QUANTITIES}


def _table(native: Quantities, reference: Quantities) -> Table:
    table = Table(title="native core against OpenSim")
    for heading in ("quantity", "scale", "max error", "max error / scale"):
        table.add_column(heading, justify="left" if heading == "quantity" else "right")
    for name in QUANTITIES:
        scale = SCALES[name]
        absolute = float(np.abs(native[name] - reference[name]).max())
        relative = float(relative_errors(name, native, reference).max())
        table.add_row(name, f"{scale.value:g} {scale.unit}", f"{absolute:.1e}", f"{relative:.1e}")
    table.caption = "error / scale: of each value, over the larger of scale and value"
    return table


def _coverage(courses: list[Course], reference: Quantities) -> str:
    touching = {
        name: np.mean([np.any(row) for row in reference[quantity]])
        for name, quantity in (
            ("ground", "contact_forces"),
            ("obstacles", "obstacle_forces"),
            ("limits", "limit_torques"),
        )
    }
    shares = ", ".join(f"{share:.0%} at {name}" for name, share in touching.items())
    return f"{sum(len(c.states) for c in courses)} states on {len(courses)} courses: {shares}"


if __name__ == "__main__":
    typer.run(main)
