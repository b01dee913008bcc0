"""Steps per second of one environment, side by side in one run: ours, OpenSim 4.6 and Gymnasium's Humanoid-v5.

Run: ``python benchmarks/physics.py``. Needs ``pip install 'myorun[opensim]' mujoco``; what is missing is left out.

All three are driven through Gymnasium as ``gymnasium.make`` gives them. Ours and OpenSim play the same course with the
same excitations, recorded from the reflex walker; Humanoid-v5 gets random actions. They take turns in short rounds, so
that a busy machine slows all alike; figures are medians over the rounds, ratios are taken round by round.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import gymnasium
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from myorun.physics import ACCURACIES, instruction_sets
from myorun.run import run_episode

Array = NDArray[np.float64]
OPENSIM = "OpenSim 4.6"
OWN = "fast,default"  # the environment's own setting, and the one that errs less than OpenSim's default
Clock = Callable[[int], float]  # steps -> seconds a step


@dataclass(frozen=True)
class Scene:
    """A course and what is compared on it."""

    title: str
    difficulty: int
    obstacles: int
    humanoid: bool


SCENES = (
    Scene("flat ground", difficulty=0, obstacles=0, humanoid=True),
    Scene("ten obstacles", difficulty=2, obstacles=10, humanoid=False),
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
            clocks = _clocks(scene, steps, seed, accuracies.split(","))
            task = progress.add_task(scene.title, total=rounds)
            figures = _measure(clocks, steps, rounds, lambda task=task: progress.advance(task))
            console.print(_table(scene, figures))
    console.print(f"instruction set {instruction_sets()[-1]}, seed {seed}, {steps} recorded steps of 10 ms")


# ---------------------------------------------------------------- who is timed


def _clocks(scene: Scene, steps: int, seed: int, accuracies: list[str]) -> dict[str, Clock]:
    walk = run_episode("reflex", seed=seed, difficulty=scene.difficulty, max_obstacles=scene.obstacles, steps=steps)
    actions = walk.trajectory.excitations
    course: dict[str, Any] = {"difficulty": scene.difficulty, "max_obstacles": scene.obstacles}
    ours = "myorun/LearningToRun-v1"
    clocks = {f"myorun, {a!r}": _clock(ours, actions, seed, accuracy=a, **course) for a in accuracies}
    if importlib.util.find_spec("opensim"):
        clocks[OPENSIM] = _clock(ours, actions, seed, physics="opensim", **course)
    if scene.humanoid and importlib.util.find_spec("mujoco"):
        clocks["Humanoid-v5"] = _clock("Humanoid-v5", np.random.default_rng(seed).uniform(-0.4, 0.4, (1000, 17)), seed)
    return clocks


def _clock(name: str, actions: Array, seed: int, **options: Any) -> Clock:
    """Plays the actions over and over, from the start after a fall or at their end; times only the steps."""
    play = _play(gymnasium.make(name, **options), actions, seed)

    def seconds_a_step(count: int) -> float:
        return sum(next(play) for _ in range(count)) / count

    return seconds_a_step


def _play(env: Any, actions: Array, seed: int) -> Iterator[float]:
    while True:
        env.reset(seed=seed)
        for action in actions:
            began = time.perf_counter()
            _, _, terminated, truncated, _ = env.step(action)
            yield time.perf_counter() - began
            if terminated or truncated:
                break


# ---------------------------------------------------------------- rounds and figures


def _measure(clocks: dict[str, Clock], steps: int, rounds: int, tick: Callable[[], object]) -> dict[str, Array]:
    """Seconds a step of each, by round; OpenSim's rounds together play the recorded steps once."""
    counts = dict.fromkeys(clocks, 500) | {OPENSIM: max(1, steps // rounds)}
    figures: dict[str, list[float]] = {name: [] for name in clocks}
    for _ in range(rounds):
        for name, clock in clocks.items():
            figures[name].append(clock(counts[name]))
        tick()
    return {name: np.array(values) for name, values in figures.items()}


def _table(scene: Scene, figures: dict[str, Array]) -> Table:
    table = Table(title=f"one environment, {scene.title}")
    mine = next(iter(figures))
    for heading in ("", "µs a step", "steps a second", f"{mine} is faster by"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, seconds in figures.items():
        # OpenSim's steps differ a hundredfold, so the ratio to it is of the sums
        ratio = seconds.mean() / figures[mine].mean() if name == OPENSIM else float(np.median(seconds / figures[mine]))
        typical = seconds.mean() if name == OPENSIM else float(np.median(seconds))
        faster = "" if name == mine else f"{ratio:,.1f} ×"
        table.add_row(name, f"{typical * 1e6:,.1f}", f"{1 / typical:,.1f}", faster)
    return table


if __name__ == "__main__":
    typer.run(main)
