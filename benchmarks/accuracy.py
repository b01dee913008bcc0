"""How accurately the native integrator and OpenSim's follow the true motion: over 10 ms and over one second.

Run: ``python benchmarks/accuracy.py``: about five minutes, three Markdown tables.
Needs ``pip install 'myorun[opensim]'``.

The truth is the native integrator at 20,000 substeps in 10 ms. That it is true is to be seen in the last table: there,
on some of the states, OpenSim at an accuracy of 1e-10 is the truth, a code and an integrator apart from ours, and
OpenSim at 1e-8 and our truth are measured against it. They lie far below the errors of the settings that are judged.
(OpenSim at 1e-10 on all rides would take an hour: its explicit integrator creeps where a fiber is stiff.)

States come from moving bodies: launched at up to 4 m/s into a course with obstacles, driven by random or bang-bang
excitations held for 10 to 100 ms, until they fall. Errors are the largest over the nine coordinates, rad or m.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from myorun.errors import SimulationError
from myorun.physics import ACCURACIES, Simulator
from myorun.physics.opensim_backend import OpenSimSimulator
from myorun.physics.state import State

Array = NDArray[np.float64]

INTERVAL = 0.01  # s
FALLEN = 0.65  # m, height of the pelvis
TRUTH = 20_000  # native substeps in 10 ms, ten times those of "reference"


@dataclass(frozen=True)
class Ride:
    """A stretch of motion to be repeated by every integrator."""

    obstacles: Array  # (n, 3) m
    start: State
    excitations: Array  # (steps, muscles)
    touching: bool  # at the start, ground or obstacle


@dataclass
class Contender:
    """An integrator and what it made of the rides: coordinates (rides, steps, coordinates), NaN where it gave up."""

    name: str
    simulator: Any
    motions: Array | None = None
    seconds: float = 0.0


def _native(accuracy: str | int) -> Contender:
    name = f"native {accuracy!r}" if isinstance(accuracy, str) else f"native, {accuracy:,} substeps"
    return Contender(name, Simulator(accuracy=accuracy))


def _opensim(accuracy: float | str) -> Contender:
    return Contender(f"OpenSim {accuracy}", OpenSimSimulator(accuracy=accuracy))


def judged() -> list[Contender]:
    """The truth first, then the settings that are judged by it."""
    return [_native(TRUTH), _opensim("default"), *(_native(accuracy) for accuracy in ACCURACIES)]


def checking() -> list[Contender]:
    """The truth of the truth first, then those that must agree with it."""
    return [_opensim(1e-10), _opensim(1e-8), _native(TRUTH), _native("reference")]


# ---------------------------------------------------------------- rides


def draw_rides(rng: np.random.Generator, count: int, *, steps: int, every: int) -> Iterator[Ride]:
    """``count`` stretches of ``steps`` intervals, starting at every ``every``-th interval of a moving body."""
    guide = Simulator(accuracy="accurate")
    while count > 0:
        obstacles = _draw_obstacles(rng)
        for start, excitations, touching in _launch(rng, guide, obstacles, steps=steps, every=every):
            if count > 0:
                yield Ride(obstacles, start, excitations, touching)
                count -= 1


def _launch(
    rng: np.random.Generator, guide: Simulator, obstacles: Array, *, steps: int, every: int
) -> Iterator[tuple[State, Array, bool]]:
    guide.reset()
    guide.set_course(obstacles=obstacles)
    speeds = rng.normal(0.0, 1.0, 9)
    speeds[1] = rng.uniform(0.0, 4.0)
    guide.set_state(replace(guide.state, speeds=speeds))
    plan = _draw_excitations(rng, 100 + steps, len(guide.model.muscles))
    first = rng.integers(every)
    for k in range(100):
        if guide.coordinates[2] < FALLEN:
            return
        if k % every == first:
            yield guide.state, plan[k : k + steps], _touches(guide)
        guide.step(plan[k])


def _touches(guide: Simulator) -> bool:
    return bool(np.any(guide.get("contact_forces")) or np.any(guide.get("obstacle_forces")))


def _draw_obstacles(rng: np.random.Generator) -> Array:
    radius = 0.05 + rng.exponential(0.05, 3)
    return np.column_stack([rng.uniform(0.2, 2.0, 3), radius * rng.uniform(-0.25, 0.25, 3), radius])


def _draw_excitations(rng: np.random.Generator, steps: int, muscles: int) -> Array:
    """Random or bang-bang, each value held for 10 to 100 ms."""
    hold = rng.integers(1, 11)
    rows = rng.random((-(-steps // hold), muscles))
    if rng.random() < 0.5:
        rows = (rows < 0.5).astype(float)
    return np.repeat(rows, hold, axis=0)[:steps]


# ---------------------------------------------------------------- riding


def ride_all(contenders: list[Contender], rides: list[Ride], advance: Callable[[], None]) -> None:
    """Let every contender repeat every ride; ``advance`` is called once for each."""
    for contender in contenders:
        started = time.perf_counter()
        motions = []
        for ride in rides:
            motions.append(_ride(contender.simulator, ride))
            advance()
        contender.motions, contender.seconds = np.array(motions), time.perf_counter() - started


def _ride(simulator: Any, ride: Ride) -> Array:
    simulator.set_course(obstacles=ride.obstacles)
    simulator.set_state(ride.start)
    motion = np.full((len(ride.excitations), len(ride.start.coordinates)), np.nan)
    for k, excitations in enumerate(ride.excitations):
        try:
            simulator.step(excitations, INTERVAL)
        except SimulationError:
            break
        motion[k] = simulator.coordinates
    return motion


# ---------------------------------------------------------------- tables


def markdown(contenders: list[Contender], quantiles: dict[str, float]) -> str:
    """A table of the largest errors of every ride: their quantiles, failures and the time of an interval."""
    truth, *others = contenders
    lines = [f"| integrator | {' | '.join(quantiles)} | gave up | ms per 10 ms |", "|-|" + "-|" * (len(quantiles) + 2)]
    for contender in others:
        errors, failed = _errors(contender, truth)
        cells = [f"{np.quantile(errors, q):.1e}" for q in quantiles.values()]
        lines.append(f"| {contender.name} | {' | '.join(cells)} | {failed} | {_milliseconds(contender):.2f} |")
    return "\n".join(lines)


def _errors(contender: Contender, truth: Contender) -> tuple[Array, int]:
    """Largest error of every ride that both finished, over its time and the coordinates; rides not finished."""
    assert contender.motions is not None and truth.motions is not None
    errors = np.abs(contender.motions - truth.motions).max(axis=(1, 2))
    unfinished = np.isnan(contender.motions).any(axis=(1, 2))
    return errors[~np.isnan(errors)], int(unfinished.sum())


def _milliseconds(contender: Contender) -> float:
    assert contender.motions is not None
    return 1e3 * contender.seconds / (contender.motions.shape[0] * contender.motions.shape[1])


def main(
    states: Annotated[int, typer.Option(min=1, help="States to integrate for 10 ms.")] = 400,
    trajectories: Annotated[int, typer.Option(min=1, help="Trajectories to integrate for one second.")] = 12,
    checks: Annotated[int, typer.Option(min=1, help="States on which the reference itself is checked.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed of courses, launches and excitations.")] = 0,
) -> None:
    """Measure integration errors against 20,000 native substeps, and those against OpenSim at 1e-10."""
    rng = np.random.default_rng(seed)
    short = list(draw_rides(rng, states, steps=1, every=5))
    long = list(draw_rides(rng, trajectories, steps=100, every=1000))
    print(f"{states} states, {np.mean([ride.touching for ride in short]):.0%} in contact, over 10 ms: max |Δq|\n")
    _measure(judged(), short, {"median": 0.5, "95 %": 0.95, "max": 1.0})
    print(f"\n{trajectories} trajectories over 1 s: max |Δq| at any time\n")
    _measure(judged(), long, {"median": 0.5, "90 %": 0.9, "max": 1.0})
    print(f"\nCheck of the reference on {min(checks, states)} of the states over 10 ms: max |Δq|\n")
    _measure(checking(), short[:checks], {"median": 0.5, "95 %": 0.95, "max": 1.0})


def _measure(field: list[Contender], rides: list[Ride], quantiles: dict[str, float]) -> None:
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        task = progress.add_task("integrating", total=len(field) * len(rides))
        ride_all(field, rides, lambda: progress.advance(task))
    print(markdown(field, quantiles), flush=True)
    print(f"\nReference: {field[0].name}.", flush=True)


if __name__ == "__main__":
    typer.run(main)
