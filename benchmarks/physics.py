"""Steps per second of one environment, side by side in one run: ours, OpenSim 4.6 and Gymnasium's Humanoid-v5.

Run: ``python benchmarks/physics.py``. Needs ``pip install 'myorun[opensim]' mujoco``; what is missing is left out.

All three are driven through Gymnasium as ``gymnasium.make`` gives them. Ours and OpenSim play the same course with the
same excitations, recorded from the reflex walker; Humanoid-v5 gets random actions. They take turns in short rounds, so
that a busy machine slows all alike; figures are medians over the rounds, ratios are taken round by round. The rounds
together play the recording once, each from the recorded state.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Annotated

import gymnasium
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from myorun.physics import ACCURACIES, instruction_sets
from turns import Array, Clock, ratio_by_round, ratio_overall, take_turns
from workloads import FLAT, TEN, Ground, play_one, record_walk, replay_one

OPENSIM = "OpenSim 4.6"
OWN = "fast,default"  # the environment's own setting, and the one that errs less than OpenSim's default
HUMANOID = "Humanoid-v5"
HUMANOID_STEPS = 500  # a round
REPEATS = 50  # of a round by ours, which would be too short to time otherwise


@dataclass(frozen=True)
class Scene:
    """A course and what is compared on it."""

    title: str
    ground: Ground
    humanoid: bool


SCENES = (
    Scene("flat ground", FLAT, humanoid=True),
    Scene("ten obstacles", TEN, humanoid=False),
)


def main(
    steps: Annotated[int, typer.Option(min=10, max=1000, help="Recorded steps that ours and OpenSim play.")] = 200,
    rounds: Annotated[int, typer.Option(min=3, help="Rounds in which they take turns.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the course.")] = 0,
    accuracies: Annotated[str, typer.Option(help=f"Of ours, the first for the ratios: {', '.join(ACCURACIES)}.")] = OWN,
) -> None:
    """Time a step of ours, of OpenSim at its default accuracy and of Humanoid-v5."""
    console = Console()
    with Progress(transient=True, console=console) as progress:
        for scene in SCENES:
            clocks = _clocks(scene, max(steps, rounds), rounds, seed, accuracies.split(","))
            task = progress.add_task(scene.title, total=rounds)
            figures = take_turns(clocks, rounds, lambda task=task: progress.advance(task))
            console.print(_table(scene, figures))
    console.print(f"instruction set {instruction_sets()[-1]}, seed {seed}, {steps} recorded steps of 10 ms")


# ---------------------------------------------------------------- who is timed


def _clocks(scene: Scene, steps: int, rounds: int, seed: int, accuracies: list[str]) -> dict[str, Clock]:
    walk = record_walk(scene.ground, steps, seed)
    clocks = {f"myorun, {a!r}": replay_one(walk, scene.ground, rounds, repeats=REPEATS, accuracy=a) for a in accuracies}
    if importlib.util.find_spec("opensim"):
        clocks[OPENSIM] = replay_one(walk, scene.ground, rounds, physics="opensim")
    if scene.humanoid and importlib.util.find_spec("mujoco"):
        clocks[HUMANOID] = humanoid(HUMANOID_STEPS, seed)
    return clocks


def humanoid(steps: int, seed: int) -> Clock:
    """A clock of one Humanoid-v5 under random actions, as ``gymnasium.make`` gives it; ``steps`` a round."""
    actions = np.random.default_rng(seed).uniform(-0.4, 0.4, (1000, 17))
    play = play_one(gymnasium.make(HUMANOID), lambda: actions, seed)
    return lambda: sum(next(play) for _ in range(steps)) / steps


# ---------------------------------------------------------------- figures


def _table(scene: Scene, figures: dict[str, Array]) -> Table:
    table = Table(title=f"one environment, {scene.title}")
    mine = next(iter(figures))
    for heading in ("", "µs a step", "steps a second", f"{mine} is faster by"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, seconds in figures.items():
        # OpenSim's steps differ a hundredfold, so the ratio to it is of the sums
        ratio = ratio_overall if name == OPENSIM else ratio_by_round
        typical = float(seconds.mean() if name == OPENSIM else np.median(seconds))
        faster = "" if name == mine else f"{ratio(seconds, figures[mine]):,.1f} ×"
        table.add_row(name, f"{typical * 1e6:,.1f}", f"{1 / typical:,.1f}", faster)
    return table


if __name__ == "__main__":
    typer.run(main)
