"""How fast thousands of humans are: the whole environment step beside OpenSim, Humanoid-v5, MyoSuite and JAX.

Run: ``python benchmarks/throughput.py``: some six minutes; ``--quick`` one, ``--only opensim,memory`` some parts.
Rivals need ``pip install 'myorun[opensim]' mujoco envpool``, MyoSuite and JAX an environment of their own if they will
not live beside these; what is missing is left out and said. ``--curves`` and ``--long`` are other measurements.

All are timed in one run and take turns in short rounds, so that a busy machine slows all alike. A ratio is told twice:
of all rounds together, and in the median round. Our batches make whole environment steps: excitations, physics,
observations, rewards, new courses for those that fell. The error of a setting is the largest over the coordinates, rad
or m, on the very motions that are timed.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

import endurance
import scaling
from drift import Errors, Track, ride_native, ride_opensim
from myorun.physics import instruction_sets
from myorun.physics.engine import Precision
from myorun.trajectory import Trajectory
from physics import HUMANOID, OPENSIM, humanoid
from processes import Together
from rival import Figures, available_processors, measure_elsewhere
from tables import markdown
from turns import Array, Clock, ratio_by_round, ratio_overall, take_turns
from workloads import (
    FLAT,
    TEN,
    THREE,
    Ground,
    record_random,
    record_walk,
    replay_batch,
    replay_one,
    wander_batch,
    wander_one,
)

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
OWN_STEP = 0.01  # s
EPISODES = 8  # of random moves, to judge errors on
SINGLE_STEPS = 500  # a round of one environment, ours and Humanoid-v5
PAIR_STEPS = 5  # a round of a batch on one thread or two
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Plan:
    """What to measure, and how thoroughly."""

    accuracies: tuple[str | int, ...]
    seed: int
    pythons: Mapping[str, str]  # rival script -> its Python
    n: int = 512  # environments beside OpenSim
    crowd: int = 2048  # environments beside rivals, and of threads
    rounds: int = 20
    walk: int = 400  # recorded steps
    states: int = 100  # to judge the error of 10 ms on
    seconds: int = 3  # stretches, to judge that of a second on
    rival_rounds: int = 3
    rival_seconds: float = 1.0  # each way a rival has
    memory_steps: int = 150

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Options of our batches by name."""
        return {f"{p} {a!r}": {"precision": p, "accuracy": a} for p in PRECISIONS for a in self.accuracies}

    @property
    def learning(self) -> dict[str, dict[str, Any]]:
        """Those of them that learners use: in float32."""
        return {name: options for name, options in self.settings.items() if options["precision"] == "float32"}


QUICK: dict[str, Any] = {
    "n": 256, "crowd": 1024, "rounds": 5, "walk": 50, "states": 20, "seconds": 1, "rival_rounds": 1,
    "rival_seconds": 0.5, "memory_steps": 20,
}  # fmt: skip


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True)
class Claim:
    """A bar and what was reached."""

    what: str
    bar: str
    reached: str
    met: bool


@dataclass
class Block:
    """A part of the table."""

    title: str
    headings: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"### {self.title}", *([markdown(self.headings, self.rows)] if self.rows else []), *self.notes]
        return "\n\n".join(parts)


def _at_least(what: str, bar: float, ratio: float, beside: str = "") -> Claim:
    return Claim(what, f"≥ {bar:,g} ×", _times(ratio) + beside, ratio >= bar)


def _at_most(what: str, bar: float, value: float, unit: str) -> Claim:
    return Claim(what, f"≤ {bar:g} {unit}", f"{value:,.1f} {unit}", value <= bar)


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} ×" if ratio >= 100 else f"{ratio:,.2f} ×"


def _speed_cells(name: str, slow: Array, quick: Array) -> tuple[str, str, str, str]:
    typical = f"{1e6 * quick.mean():,.2f}"
    return name, typical, _times(ratio_overall(slow, quick)), _times(ratio_by_round(slow, quick))


SPEED = ("", "µs a step", "times as fast", "median round")
SPEED_AND_TIME = (*SPEED, "in simulated seconds")
ERRORS = ("error after 10 ms, median … max", "over 1 s, median … max")


# ---------------------------------------------------------------- OpenSim


@dataclass(frozen=True)
class Match:
    """One comparison with OpenSim, on a kind of motion."""

    title: str
    ours: list[Trajectory]  # recordings of our motion, to judge errors on
    theirs: list[Trajectory]  # of OpenSim's
    opensim: Clock
    ways: Mapping[str, Callable[..., Clock]]  # how our batches move -> clock, given a setting
    bars: Mapping[str, float]  # by precision


def beside_opensim(plan: Plan, progress: Progress) -> Iterator[Block]:
    """Batches on one thread against OpenSim at its default accuracy."""
    if not importlib.util.find_spec("opensim"):
        yield Block("OpenSim", notes=["Left out: pip install 'myorun[opensim]'."])
        return
    for match in (_walks(plan), _random_moves(plan), _same_course(plan)):
        yield _match_block(plan, match, progress)


def _walks(plan: Plan) -> Match:
    flat, three = record_walk(FLAT, plan.walk, plan.seed), record_walk(THREE, plan.walk, plan.seed)
    return Match(
        "ours on three obstacles, OpenSim on flat ground, recorded walks",
        ours=[three],
        theirs=[flat],
        opensim=replay_one(flat, FLAT, plan.rounds, physics="opensim"),
        ways={"each at a phase of its own": _replays(plan, three, THREE, in_step=False)},
        bars={"float32": 2500, "float64": 1200},
    )


def _random_moves(plan: Plan) -> Match:
    length = plan.walk // plan.rounds
    return Match(
        "ours on three obstacles, OpenSim on flat ground, random moves until each fall",
        ours=record_random(THREE, EPISODES, plan.seed),
        theirs=record_random(FLAT, EPISODES, plan.seed),
        opensim=wander_one(FLAT, length, plan.seed, physics="opensim"),
        ways={"each its own moves": partial(wander_batch, plan.n, THREE, length, plan.seed, threads=1)},
        bars={"float32": 2500, "float64": 1200},
    )


def _same_course(plan: Plan) -> Match:
    walk = record_walk(TEN, plan.walk, plan.seed)
    return Match(
        "the same course of ten obstacles, the same recorded walk",
        ours=[walk],
        theirs=[walk],
        opensim=replay_one(walk, TEN, plan.rounds, physics="opensim"),
        ways={
            "all in step": _replays(plan, walk, TEN, in_step=True),
            "each at a phase of its own": _replays(plan, walk, TEN, in_step=False),
        },
        bars={"float32": 10_000},
    )


def _replays(plan: Plan, walk: Trajectory, ground: Ground, *, in_step: bool) -> Callable[..., Clock]:
    return partial(replay_batch, plan.n, walk, ground, plan.rounds, in_step=in_step, threads=1)


def _match_block(plan: Plan, match: Match, progress: Progress) -> Block:
    contenders = [(name, way) for way in match.ways for name in plan.settings]
    clocks = {f"{name}, {way}": match.ways[way](**plan.settings[name]) for name, way in contenders}
    figures = _take_turns(progress, match.title, {OPENSIM: match.opensim, **clocks}, plan.rounds)
    opensim, errors = _judge(plan, match, progress)
    theirs = figures.pop(OPENSIM)
    block = Block(f"One thread, {plan.n} environments: {match.title}", (*SPEED, *ERRORS))
    block.rows += [(name, f"{1e6 * theirs.mean():,.0f}", "", "", *judged.cells()) for name, judged in opensim.items()]
    for (name, _), (label, seconds) in zip(contenders, figures.items(), strict=True):
        block.rows.append((*_speed_cells(label, theirs, seconds), *errors[name].cells()))
        bar = match.bars.get(plan.settings[name]["precision"])
        if bar is not None:
            beside = f"; error over 1 s {errors[name].cells()[1]}, {OPENSIM} {opensim[OPENSIM].cells()[1]}"
            block.claims.append(_at_least(f"{label}: {match.title}", bar, ratio_overall(theirs, seconds), beside))
    return block


def _judge(plan: Plan, match: Match, progress: Progress) -> tuple[dict[str, Errors], dict[str, Errors]]:
    """Errors on our motion: OpenSim's, with those on its own motion where that is another; ours, by setting."""
    task = progress.add_task(f"errors: {match.title}", total=2 + len(plan.settings))
    track = Track(match.ours, states=plan.states, seconds=plan.seconds)
    opensim, ours = {OPENSIM: track.judge(ride_opensim)}, {}
    progress.advance(task)
    if match.theirs != match.ours:
        elsewhere = Track(match.theirs, states=plan.states, seconds=plan.seconds)
        opensim[f"{OPENSIM}, errors on flat ground"] = elsewhere.judge(ride_opensim)
    progress.advance(task)
    for name, options in plan.settings.items():
        ours[name] = track.judge(partial(ride_native, **options))
        progress.advance(task)
    progress.remove_task(task)
    return opensim, ours


def _take_turns(progress: Progress, title: str, clocks: Mapping[str, Clock], rounds: int) -> dict[str, Array]:
    task = progress.add_task(title, total=rounds)
    try:
        return take_turns(clocks, rounds, lambda: progress.advance(task))
    finally:
        progress.remove_task(task)


# ---------------------------------------------------------------- rivals that are batches


@dataclass
class Rival:
    """A clock that measures ``benchmarks/<script>`` in a process of its own, on all processors."""

    script: str
    python: str
    seconds: float
    figures: Figures | None = None

    def __call__(self) -> float:
        try:
            self.figures = measure_elsewhere(self.script, "--seconds", str(self.seconds), python=self.python)
        except IndexError:
            raise RuntimeError(f"{self.script} printed no figures") from None
        return 1 / self.figures["steps_per_second"]


def beside_rival(script: str, title: str, bar: float, plan: Plan, progress: Progress) -> Iterator[Block]:
    """Batches on all threads, each human on its own course and in its own moves, against a rival on all processors."""
    block = Block(f"All {available_processors()} threads, {plan.crowd} environments: beside {title}", SPEED_AND_TIME)
    rival = Rival(script, plan.pythons.get(script, sys.executable), plan.rival_seconds)
    steps = max(1, round(plan.rival_seconds * 1e5 / plan.crowd))
    clocks: dict[str, Clock] = {title: rival}
    for name, options in plan.learning.items():
        clocks[name] = wander_batch(plan.crowd, THREE, steps, plan.seed, threads=0, **options)
    try:
        figures = _take_turns(progress, title, clocks, plan.rival_rounds)
    except (RuntimeError, OSError) as missing:
        block.notes.append(f"Left out: {missing}")
        yield block
        return
    assert rival.figures is not None
    theirs, longer = figures.pop(title), rival.figures["step_seconds"] / OWN_STEP
    block.rows.append((title, f"{1e6 * theirs.mean():,.2f}", "", "", ""))
    for name, seconds in figures.items():
        ratio = ratio_by_round(theirs, seconds)
        block.rows.append((*_speed_cells(name, theirs, seconds), _times(ratio / longer)))
        beside = f"; {_times(ratio / longer)} in simulated seconds"
        block.claims.append(_at_least(f"{name} beside {title}, steps", bar, ratio, beside))
    block.notes.append(f"{rival.figures['name']}: {rival.figures['note']}")
    yield block


# ---------------------------------------------------------------- threads, one environment, memory


def two_threads(plan: Plan, progress: Progress) -> Iterator[Block]:
    """Two threads over one."""
    block = Block(f"{plan.crowd} environments: two threads over one", SPEED)
    for name, options in plan.learning.items():
        clocks: dict[str, Clock] = {
            f"{name}, {count}": wander_batch(plan.crowd, THREE, PAIR_STEPS, plan.seed, threads=count, **options)
            for count in (1, 2)
        }
        with Together(2, plan.crowd // 2, threads=1, **options) as apart:
            clocks["two processes"] = apart
            one, two, parted = _take_turns(progress, f"threads {name}", clocks, plan.rounds).values()
        block.rows.append((f"{name}, one thread", f"{1e6 * one.mean():,.2f}", "", ""))
        block.rows.append(_speed_cells(f"{name}, two threads", one, two))
        block.rows.append(_speed_cells(f"{name}, two processes of one thread and half as many each", one, parted))
        block.claims.append(_at_least(f"{name}: two threads over one", 1.9, ratio_by_round(one, two)))
    block.notes.append("Two processes share nothing: what they gain over one is what the machine has to give.")
    if available_processors() < 2:
        block.notes.append("This process has one processor: two threads share it.")
    yield block


def single(plan: Plan, progress: Progress) -> Iterator[Block]:
    """One environment as ``gymnasium.make`` gives it."""
    walk = record_walk(THREE, plan.walk, plan.seed)
    repeats = max(1, SINGLE_STEPS * plan.rounds // plan.walk)
    clocks: dict[str, Clock] = {}
    for a in plan.accuracies:
        clocks[f"{a!r}, recorded walk"] = replay_one(walk, THREE, plan.rounds, repeats=repeats, accuracy=a)
        clocks[f"{a!r}, random moves"] = wander_one(THREE, SINGLE_STEPS, plan.seed, accuracy=a)
    if importlib.util.find_spec("mujoco"):
        clocks[HUMANOID] = humanoid(SINGLE_STEPS, plan.seed)
    figures = _take_turns(progress, "one environment", clocks, plan.rounds)
    yield _single_block(figures, figures.pop(HUMANOID, None))


def _single_block(figures: Mapping[str, Array], rival: Array | None) -> Block:
    block = Block(f"One environment through Gymnasium, beside {HUMANOID}", ("", "µs a step, median", "times as fast"))
    for name, seconds in figures.items():
        microseconds = 1e6 * float(np.median(seconds))
        ratio = None if rival is None else ratio_by_round(rival, seconds)
        block.rows.append((name, f"{microseconds:,.1f}", "" if ratio is None else _times(ratio)))
        block.claims.append(_at_most(f"one environment {name}", 45, microseconds, "µs"))
        if ratio is not None:
            block.claims.append(_at_least(f"one environment {name}, beside {HUMANOID}", 8, ratio))
    if rival is None:
        block.notes.append(f"{HUMANOID} left out: pip install mujoco.")
    else:
        block.rows.append((HUMANOID, f"{1e6 * float(np.median(rival)):,.1f}", ""))
    return block


def memory(plan: Plan, progress: Progress) -> Iterator[Block]:
    """What ten thousand environments hold, measured in a process of its own."""
    task = progress.add_task("memory", total=None)
    command = [sys.executable, str(HERE / "memory.py"), "--json", "--steps", str(plan.memory_steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    progress.remove_task(task)
    figures = json.loads(done.stdout.splitlines()[-1])
    held, growth, steps = figures["held"], figures["growth"], figures["steps"]
    block = Block("Memory of 10,000 environments", ("held", f"growth over {steps:,} steps"))
    block.rows.append((f"{held:,.1f} MB", f"{growth:+.1f} MB"))
    block.claims.append(_at_most("memory of 10,000 environments", 150, held, "MB"))
    block.notes.append("Growth over 10⁸ steps: `--long`.")
    yield block


# ---------------------------------------------------------------- command

PARTS: dict[str, Callable[[Plan, Progress], Iterator[Block]]] = {
    "opensim": beside_opensim,
    "humanoid": partial(beside_rival, "rival_humanoid.py", f"{HUMANOID} vectorised", 40),
    "myosuite": partial(beside_rival, "rival_myosuite.py", "MyoSuite's legs", 1),
    "jax": partial(beside_rival, "rival_jax.py", "the same human in JAX", 1),
    "threads": two_threads,
    "single": single,
    "memory": memory,
}


def main(
    only: Annotated[str, typer.Option(help=f"Parts: {', '.join(PARTS)}.")] = ",".join(PARTS),
    quick: Annotated[bool, typer.Option("--quick", help="A minute instead of six.")] = False,
    curves: Annotated[bool, typer.Option("--curves", help="Instead: cost by batch size and by obstacles.")] = False,
    long: Annotated[bool, typer.Option("--long", help="Instead: a hundred million unruly steps.")] = False,
    accuracies: Annotated[
        str, typer.Option(help="Settings of ours; a number is so many equal substeps.")
    ] = "fast,default",
    steps: Annotated[int, typer.Option(min=1, help="Environment steps of --long.")] = 100_000_000,
    envs: Annotated[int, typer.Option(min=1, help="Environments of --long.")] = 4096,
    env: Annotated[str, typer.Option(help="Their registered name.")] = "myorun/LearningToRun-v1",
    seed: Annotated[int, typer.Option(min=0, help="Of courses and moves.")] = 0,
    humanoid_python: Annotated[str, typer.Option(help="Python that has MuJoCo and EnvPool.")] = sys.executable,
    myosuite_python: Annotated[str, typer.Option(help="Python that has MyoSuite.")] = sys.executable,
    jax_python: Annotated[str, typer.Option(help="Python that has JAX and myorun.")] = sys.executable,
    picture: Annotated[Path, typer.Option(help="Where --curves draws.")] = scaling.PICTURE,
) -> None:
    """Print the table of throughput; with --long the exit status is 1 if anything was not a number."""
    if curves:
        scaling.run(scaling.QUICK if quick else scaling.Plan(), seed, picture)
        return
    settings = tuple(int(a) if a.isdigit() else a for a in accuracies.split(","))
    if long:
        account = endurance.run(env, envs, steps, settings[0], seed)
        sys.exit(bool(account.not_finite or account.failures))
    pythons = dict(
        zip(("rival_humanoid.py", "rival_myosuite.py", "rival_jax.py"), (humanoid_python, myosuite_python, jax_python),
            strict=True)
    )  # fmt: skip
    _print_table(Plan(settings, seed, pythons, **(QUICK if quick else {})), _checked_parts(only))


def _checked_parts(only: str) -> list[str]:
    parts = only.split(",")
    for part in parts:
        if part not in PARTS:
            raise typer.BadParameter(f"--only has {part!r}; it can have {', '.join(PARTS)}")
    return parts


def _print_table(plan: Plan, parts: Sequence[str]) -> None:
    claims: list[Claim] = []
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        for part in parts:
            for block in PARTS[part](plan, progress):
                print(f"{block}\n", flush=True)
                claims += block.claims
    print("### Bars\n")
    rows = [(c.what, c.bar, c.reached, "yes" if c.met else "no") for c in claims]
    print(markdown(("what", "bar", "reached", "met"), rows))
    print(f"\nInstruction set {instruction_sets()[-1]}, seed {plan.seed}, {plan.rounds} rounds.")


if __name__ == "__main__":
    typer.run(main)
