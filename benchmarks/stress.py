"""A million steps of random and bang-bang excitations on courses that no sane person would run.

Run: ``python benchmarks/stress.py``. Prints, for every scenario and precision, how many states were not
finite, how many intervals the integrator gave up, how many fibers tore, the most energy a human ever had, and
whether memory grew.
A state that went wrong is saved, with its course and excitations, if ``--save DIRECTORY`` is given.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from myorun.course import Course, Load, Patch, Slope, Step, draw_course
from myorun.errors import SimulationError
from myorun.physics import BatchSimulator, Surroundings

Array = npt.NDArray[np.float64]
Rng = np.random.Generator

SLOTS = 10  # obstacles a course
FALLEN = 0.65  # m, height of the pelvis below which the challenge ends an episode
RENEWAL = 25  # steps between looks for the fallen
FIBER = 4.0  # optimal lengths, beyond which (or below zero, the bound of glut_max) a fiber is torn
RUNAWAY = 5e4  # J: all 18 muscles at their best need half a second of purely useful work for as much


# ---------------------------------------------------------------- scenarios


def challenge_course(rng: Rng) -> tuple[Array, Array]:
    """Ten obstacles and weak psoas muscles, as the challenge draws them."""
    course = draw_course(int(rng.integers(2**32)), difficulty=2, max_obstacles=SLOTS)
    strengths = np.ones(18)
    for muscle, factor in course.strengths:
        strengths[3 if muscle.endswith("_r") else 12] = factor
    return course.obstacle_array(), strengths


def weak_course(rng: Rng) -> tuple[Array, Array]:
    """The challenge's obstacles; every muscle between nearly dead and three times as strong."""
    return challenge_course(rng)[0], np.exp(rng.uniform(np.log(0.02), np.log(3.0), 18))


def ambush_course(rng: Rng) -> tuple[Array, Array]:
    """Ten balls around the start, some of them inside the feet."""
    radius = rng.uniform(0.03, 0.3, SLOTS)
    return np.column_stack([rng.uniform(-0.6, 1.5, SLOTS), rng.uniform(-0.3, 0.6, SLOTS), radius]), np.ones(18)


def boulder_course(rng: Rng) -> tuple[Array, Array]:
    """Balls of up to twenty metres, sunk so that a hill or a wall remains."""
    radius = np.exp(rng.uniform(np.log(0.5), np.log(20.0), SLOTS))
    height = rng.uniform(-0.1, 0.4, SLOTS)
    return np.column_stack([rng.uniform(-2.0, 12.0, SLOTS), height - radius, radius]), np.ones(18)


def rough_ground(rng: Rng) -> Surroundings:
    """Steps, slopes and patches all around the start, under a heavy load and with muscles of any pace."""
    edges = np.cumsum(rng.uniform(0.12, 0.5, 12)) - 2.0
    steps = [Step(x, rng.uniform(-0.3, 0.3)) for x in edges[:6:2]] + [
        Step(x, rng.uniform(-0.3, 0.3)) for x in edges[8:]
    ]
    slopes = [Slope(edges[6], edges[7], rng.uniform(-0.9, 0.9) * (edges[7] - edges[6]))]
    patches = [
        Patch(x, x + rng.uniform(0.1, 0.4), rng.uniform(0.0, 3.0), np.exp(rng.uniform(-3.0, 2.0)))
        for x in np.arange(-2.0, 3.0, 0.5)
    ]
    return Course(
        steps=steps,
        slopes=slopes,
        patches=patches,
        friction=rng.uniform(0.0, 2.0),
        activation_time=rng.uniform(0.5, 3.0),
        load=Load(rng.uniform(0.0, 60.0), *rng.uniform(-0.4, 0.4, 2)),
    ).surroundings()


@dataclass(frozen=True)
class Scenario:
    """A kind of course, and what else is done to the humans on it."""

    name: str
    draw: Callable[[Rng], tuple[Array, Array]]
    renew: bool = True  # the fallen get up on a new course
    thrown: bool = False  # starts tumbling instead of standing
    ground: Callable[[Rng], Surroundings] = lambda rng: Surroundings()


SCENARIOS = (
    Scenario("ten obstacles", challenge_course),
    Scenario("weak and strong muscles", weak_course),
    Scenario("balls at the start", ambush_course),
    Scenario("boulders", boulder_course),
    Scenario("lying, never reset", challenge_course, renew=False),
    Scenario("thrown, tumbling", ambush_course, thrown=True),
    Scenario("rough ground, loaded", challenge_course, ground=rough_ground),
    Scenario("thrown on rough ground", ambush_course, thrown=True, ground=rough_ground),
)


# ---------------------------------------------------------------- one crowd


@dataclass
class Tally:
    """What a crowd went through."""

    steps: int = 0
    falls: int = 0
    not_finite: int = 0
    gave_up: int = 0
    runaways: int = 0
    energy: float = 0.0  # J, the most kinetic energy
    height: float = 0.0  # m, the highest pelvis
    torn: int = 0  # fibers beyond all anatomy
    shortest: float = np.inf  # fiber, in optimal lengths
    longest: float = 0.0
    seconds: float = 0.0
    growth: float = 0.0  # MiB of resident memory since the first tenth


@dataclass
class Crowd:
    """Humans of one scenario side by side, half of them driven at random, half bang-bang."""

    scenario: Scenario
    batch: BatchSimulator
    rng: Rng
    save: Path | None
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        n = self.batch.n
        self.start = self.batch.states[0].astype(float)
        self.obstacles, self.strengths = np.zeros((n, SLOTS, 3)), np.ones((n, 18))
        self.surroundings = [Surroundings()] * n
        self.excitations = np.zeros((n, 18))
        self.hold = np.zeros(n, int)
        self.optimal = np.array([m.optimal_fiber_length for m in self.batch.model.muscles])
        self.renew(np.ones(n, bool))

    def renew(self, who: npt.NDArray[np.bool_]) -> None:
        """A new course and a new start for some."""
        states = self.batch.states.astype(float)
        for i in np.flatnonzero(who):
            balls, self.strengths[i] = self.scenario.draw(self.rng)
            self.obstacles[i] = 0.0
            self.obstacles[i, : len(balls)] = balls
            self.surroundings[i] = self.scenario.ground(self.rng)
            states[i] = self._thrown() if self.scenario.thrown else self.start
        self.batch.set_courses(obstacles=self.obstacles, strengths=self.strengths, surroundings=self.surroundings)
        self.batch.states = states

    def _thrown(self) -> Array:
        row = self.start.copy()
        row[:9] += self.rng.normal(0.0, [0.5, 0.0, 0.2, 0.6, 0.8, 0.4, 0.6, 0.8, 0.4])
        row[9:18] = self.rng.normal(0.0, [4.0, 4.0, 3.0, *[10.0] * 6])
        row[18:36] = self.rng.uniform(0.01, 1.0, 18)
        return row

    def drive(self) -> Array:
        """Excitations, each human's held for 1 to 30 steps; even humans bang-bang."""
        due = np.flatnonzero(self.hold == 0)
        fresh = self.rng.random((len(due), 18))
        bang = due % 2 == 0
        fresh[bang] = np.round(fresh[bang])
        self.excitations[due], self.hold[due] = fresh, self.rng.integers(1, 31, len(due))
        self.hold -= 1
        return self.excitations

    def step(self) -> None:
        before, excitations = self.batch.states, self.drive()
        started = time.perf_counter()
        try:
            self.batch.step(excitations)
        except SimulationError:
            self.tally.gave_up += 1
            self._keep("gave_up", before, (before == self.batch.states).all(axis=1))
        self.tally.seconds += time.perf_counter() - started
        self.tally.steps += self.batch.n
        self._look(before)

    def _look(self, before: npt.NDArray[Any]) -> None:
        after = self.batch.states
        broken = ~np.isfinite(after).all(axis=1)
        self.tally.not_finite += int(broken.sum())
        self._keep("not_finite", before, broken)
        energy = self.batch.get("kinetic_energy")[:, 0]
        wild = energy > RUNAWAY
        self.tally.runaways += int(wild.sum())
        self._keep("runaway", before, wild)
        torn = self._look_at_fibers(after)
        self._keep("torn", before, torn)
        self.tally.energy = max(self.tally.energy, float(np.nanmax(energy)))
        self.tally.height = max(self.tally.height, float(np.nanmax(after[:, 2])))
        if self.tally.steps // self.batch.n % RENEWAL == 0:
            broken |= torn | wild
            fallen = (after[:, 2] < FALLEN) | broken
            self.tally.falls += int(fallen.sum())
            self.renew(fallen if self.scenario.renew else broken)

    def _look_at_fibers(self, states: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Who has a fiber beyond anatomy."""
        lengths = states[:, -18:] / self.optimal
        torn: npt.NDArray[np.bool_] = ~((lengths >= 0) & (lengths < FIBER)).all(axis=1)
        self.tally.torn += int(torn.sum())
        self.tally.shortest = min(self.tally.shortest, float(np.nanmin(lengths)))
        self.tally.longest = max(self.tally.longest, float(np.nanmax(lengths)))
        return torn

    def _keep(self, what: str, before: npt.NDArray[Any], who: npt.NDArray[np.bool_]) -> None:
        if self.save is None or not who.any():
            return
        i = int(np.flatnonzero(who)[0])
        name = f"bad_{what}_{self.batch.precision}_{self.scenario.name.replace(' ', '_')}_{self.tally.steps}.npz"
        np.savez(
            self.save / name,
            state=before[i],
            excitations=self.excitations[i],
            obstacles=self.obstacles[i],
            strengths=self.strengths[i],
        )


# ---------------------------------------------------------------- command


def resident() -> float:
    """Resident memory of this process, MiB; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def endure(crowd: Crowd, rounds: int, advance: Callable[[int], None]) -> Tally:
    """Let a crowd run; memory counts from the first tenth on, when all buffers have their size."""
    memory = resident()
    for k in range(rounds):
        if k == rounds // 10:
            memory = resident()
        crowd.step()
        advance(crowd.batch.n)
    crowd.tally.growth = resident() - memory
    return crowd.tally


def tabulate(rows: list[tuple[str, str, Tally]]) -> Table:
    table = Table(title="random and bang-bang excitations")
    for heading in ("precision", "scenario"):
        table.add_column(heading)
    counts = ("steps", "found fallen", "not finite", "gave up", f"> {RUNAWAY / 1e3:g} kJ", "torn fibers")
    for heading in (*counts, "kJ at most", "fibers, l_opt", "pelvis at most", "memory", "steps/s"):
        table.add_column(heading, justify="right")
    for precision, name, t in rows:
        wrong = map(str, (t.not_finite, t.gave_up, t.runaways, t.torn))
        extremes = (f"{t.energy / 1e3:.1f}", f"{t.shortest:.2f} to {t.longest:.2f}", f"{t.height:.1f} m")
        costs = (f"{t.growth:+.1f} MiB", f"{t.steps / t.seconds:,.0f}")
        table.add_row(precision, name, f"{t.steps:,}", f"{t.falls:,}", *wrong, *extremes, *costs)
    return table


def main(
    steps: Annotated[int, typer.Option(min=1, help="Steps of 10 ms for each precision.")] = 1_000_000,
    humans: Annotated[int, typer.Option(min=1, help="Humans side by side.")] = 128,
    accuracy: Annotated[str, typer.Option(help="Accuracy setting, or substeps in 10 ms.")] = "default",
    seed: Annotated[int, typer.Option(help="Seed of everything drawn.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Directory for states that went wrong.")] = None,
) -> None:
    """Drive crowds over hard courses and count what goes wrong; the exit status is 1 if anything does."""
    rounds = -(-steps // (humans * len(SCENARIOS)))
    rows: list[tuple[str, str, Tally]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        for precision in ("float64", "float32"):
            for k, scenario in enumerate(SCENARIOS):
                task = progress.add_task(f"{precision} {scenario.name}", total=rounds * humans)
                batch = BatchSimulator(
                    humans, precision=precision, accuracy=int(accuracy) if accuracy.isdigit() else accuracy
                )
                crowd = Crowd(scenario, batch, np.random.default_rng((seed, k)), save)
                tally = endure(crowd, rounds, lambda n, task=task: progress.advance(task, n))  # type: ignore[misc]
                rows.append((precision, scenario.name, tally))
    Console(width=180).print(tabulate(rows))
    sys.exit(any(t.not_finite or t.gave_up or t.runaways or t.torn for _, _, t in rows))


if __name__ == "__main__":
    typer.run(main)
