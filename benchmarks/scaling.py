"""What a step costs as the batch grows and as obstacles are added: a table and a picture.

Run by ``python benchmarks/throughput.py --curves``. One thread, random moves at the environment's own accuracy. Every
point takes turns with one batch that stays the same; costs are told for a machine that always goes at that batch's
median pace.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from rich.console import Console
from rich.progress import Progress

from myorun.physics.engine import Precision
from tables import markdown
from turns import Clock, take_turns
from workloads import BURN_IN, THREE, Ground, wander_batch

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "throughput.png"
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
SIZES = (*(2**k for k in range(17)), 100_000)
OBSTACLES = tuple(range(21))
CROWD = 1024  # environments of the reference, and where obstacles are counted
LEAST = 4096  # environment steps a round


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure."""

    sizes: Sequence[int] = SIZES
    obstacles: Sequence[int] = OBSTACLES
    rounds: int = 5
    burn_in: int = BURN_IN


QUICK = Plan(sizes=(1, 8, 64, 512, 4096), obstacles=(0, 3, 10, 20), rounds=3, burn_in=20)
Curve = dict[int, dict[str, float]]  # size or obstacles -> precision -> µs a step


class Pace:
    """Measures points beside the reference batch, and knows the reference's median at the end."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self._plan, self._seed = plan, seed
        self._reference = self._clock(CROWD, THREE, "float32")
        self._seen: list[float] = []

    def _clock(self, n: int, ground: Ground, precision: Precision) -> Clock:
        steps = max(1, LEAST // n)
        return wander_batch(n, ground, steps, self._seed, burn_in=self._plan.burn_in, precision=precision, threads=1)

    def relative(self, n: int, ground: Ground, precision: Precision) -> float:
        """Cost of a step over that of the reference, in the median round."""
        clocks = {"point": self._clock(n, ground, precision), "reference": self._reference}
        figures = take_turns(clocks, self._plan.rounds, lambda: None)
        self._seen.extend(figures["reference"])
        return float(np.median(figures["point"] / figures["reference"]))

    @property
    def microseconds(self) -> float:
        """A step of the reference, median of all rounds."""
        return 1e6 * float(np.median(self._seen))


def measure(plan: Plan, seed: int, tick: Callable[[], Any]) -> tuple[Curve, Curve]:
    """µs a step by batch size and by obstacles; ``tick`` is called after every point."""
    pace = Pace(plan, seed)

    def curve(points: dict[int, tuple[int, Ground]]) -> Curve:
        relative: Curve = {}
        for x, (n, ground) in points.items():
            relative[x] = {}
            for precision in PRECISIONS:
                relative[x][precision] = pace.relative(n, ground, precision)
                tick()
        return relative

    by_size = curve({n: (n, THREE) for n in plan.sizes})
    by_obstacles = curve({k: (CROWD, Ground(2, k)) for k in plan.obstacles})
    return _scaled(by_size, pace.microseconds), _scaled(by_obstacles, pace.microseconds)


def _scaled(curve: Curve, unit: float) -> Curve:
    return {x: {name: value * unit for name, value in points.items()} for x, points in curve.items()}


def run(plan: Plan, seed: int, picture: Path) -> None:
    """Measure under a bar, print both tables and draw the picture."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        total = len(PRECISIONS) * (len(plan.sizes) + len(plan.obstacles))
        task = progress.add_task("curves", total=total)
        by_size, by_obstacles = measure(plan, seed, lambda: progress.advance(task))
    print(f"µs a step of one environment, one thread, three obstacles\n\n{table('environments', by_size)}\n")
    print(f"µs a step of one environment, one thread, {CROWD:,} environments\n\n{table('obstacles', by_obstacles)}")
    if importlib.util.find_spec("matplotlib"):
        draw(by_size, by_obstacles, picture)
        print(f"\nDrawn: {picture}")
    else:
        print("\nNot drawn: pip install matplotlib for the picture.")


def table(heading: str, curve: Curve) -> str:
    """A curve as a table."""
    rows = [[f"{x:,}", *(f"{points[p]:.2f}" for p in PRECISIONS)] for x, points in curve.items()]
    return markdown([heading, *PRECISIONS], rows)


def draw(by_size: Curve, by_obstacles: Curve, picture: Path) -> None:
    """Both curves side by side."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for axes, curve, label in ((left, by_size, "environments"), (right, by_obstacles, "obstacles at most")):
        for precision in PRECISIONS:
            axes.plot(list(curve), [points[precision] for points in curve.values()], marker="o", label=precision)
        axes.set(xlabel=label, ylabel="µs a step of one environment")
        axes.grid(alpha=0.3)
        axes.legend()
    left.set(xscale="log", yscale="log", title="three obstacles")
    right.set(title=f"{CROWD:,} environments", ylim=(0, None), xticks=range(0, OBSTACLES[-1] + 1, 5))
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=120)
