"""One recorded run, repeated in every way there is: by instruction set, batch size, lane, copy and process.

Run: ``python benchmarks/determinism.py``. Prints a digest of every bit of every state and quantity along the
run. In float64 all are the same; in float32 those of one instruction set are. ``--digest-only`` prints one
line, to be compared between machines and compilers.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from myorun.course import Course, Load, Patch, Slope, Step, draw_course
from myorun.physics import BatchSimulator, Simulator, Surroundings, instruction_sets
from myorun.physics.engine import Precision

Array = npt.NDArray[Any]
SEED = 2017


ROUGH = Course(
    steps=[Step(0.2, 0.05), Step(0.7, -0.08)],
    slopes=[Slope(-0.8, -0.2, -0.06)],
    patches=[Patch(-0.1, 0.4, 0.1, 0.6)],
    load=Load(10.0),
    activation_time=1.3,
)


class Recording:
    """The run: a course of the challenge with ten obstacles, and excitations, random and bang-bang by turns.

    The obstacles are moved so near that the human meets some; all is drawn from one seed. ``rough``: also on steps,
    slopes and patches, under a load.
    """

    def __init__(self, steps: int, *, rough: bool = False) -> None:
        self.surroundings = ROUGH.surroundings() if rough else Surroundings()
        course = draw_course(SEED, difficulty=2, max_obstacles=10)
        self.obstacles = course.obstacle_array()
        self.obstacles[:, 0] *= 0.1
        names = [m.name for m in Simulator().model.muscles]
        self.strengths = np.array([course.strength(name) for name in names])
        rng = np.random.default_rng(SEED)
        self.excitations = np.repeat(rng.random((-(-steps // 5), len(names))), 5, axis=0)[:steps]
        self.excitations[::10] = self.excitations[::10].round()


class Digest:
    """A hash of states along the way and of all quantities at the end."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def add(self, values: Array) -> None:
        self.hash.update(np.ascontiguousarray(values).tobytes())

    def __str__(self) -> str:
        return self.hash.hexdigest()[:16]


def run_single(recording: Recording, isa: str, *, copied: bool = False) -> str:
    """The run with :class:`Simulator`; with ``copied`` it changes horses at every tenth step."""
    s, digest = Simulator(instruction_set=isa), Digest()
    s.set_course(obstacles=recording.obstacles, strengths=recording.strengths, surroundings=recording.surroundings)
    for k, excitations in enumerate(recording.excitations):
        if copied and k % 10 == 0:
            s = s.copy()
        s.step(excitations)
        for part in (s.coordinates, s.speeds, s.activations, s.fiber_lengths):
            digest.add(part)
    for name in s.layout:
        digest.add(s.get(name))
    return str(digest)


def run_batch(recording: Recording, isa: str, n: int, lane: int, precision: Precision = "float64") -> str:
    """The run as one of ``n`` humans, the others on courses and with excitations of their own."""
    batch, digest, rng = BatchSimulator(n, precision=precision, instruction_set=isa), Digest(), np.random.default_rng(n)
    balls = np.tile(recording.obstacles, (n, 1, 1)) + rng.uniform(0.0, 1.0, (n, 1, 1))
    strengths, excitations = rng.uniform(0.5, 1.0, (n, len(recording.strengths))), rng.random((n, 18))
    balls[lane], strengths[lane] = recording.obstacles, recording.strengths
    around = [ROUGH.surroundings() if k % 2 else Surroundings() for k in range(n)]
    around[lane] = recording.surroundings
    batch.set_courses(obstacles=balls, strengths=strengths, surroundings=around)
    for row in recording.excitations:
        excitations[lane] = row
        batch.step(excitations)
        digest.add(batch.states[lane])
    for name in batch.layout:
        digest.add(batch.get(name)[lane])
    return str(digest)


def run_elsewhere(steps: int, rough: bool) -> str:
    """The run in a new process."""
    command = [sys.executable, __file__, "--steps", str(steps), "--digest-only", *(["--rough"] if rough else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": "7"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


def repetitions(recording: Recording, steps: int, rough: bool) -> Iterator[tuple[str, str, str]]:
    """(kind whose digests must agree, description, digest)."""
    for isa in instruction_sets():
        yield "float64", f"{isa}, alone", run_single(recording, isa)
        yield "float64", f"{isa}, copied midway", run_single(recording, isa, copied=True)
        for n, lane in ((1, 0), (3, 2), (4, 1), (7, 6), (32, 13)):
            yield "float64", f"{isa}, number {lane + 1} of {n}", run_batch(recording, isa, n, lane)
    yield "float64", "another process", run_elsewhere(steps, rough)
    for isa in instruction_sets():
        for n, lane in ((1, 0), (5, 4), (8, 3), (21, 17)):
            digest = run_batch(recording, isa, n, lane, "float32")
            yield f"float32 {isa}", f"{isa}, number {lane + 1} of {n}", digest


def main(
    steps: Annotated[int, typer.Option(min=1, help="Steps of 10 ms.")] = 200,
    digest_only: Annotated[bool, typer.Option("--digest-only", help="Print the digest of the float64 run.")] = False,
    rough: Annotated[bool, typer.Option("--rough", help="On steps, slopes and patches, under a load.")] = False,
) -> None:
    """Repeat a run in every way; the exit status is 1 if digests differ that must not."""
    recording = Recording(steps, rough=rough)
    if digest_only:
        print(run_single(recording, instruction_sets()[0]))
        return
    total = 7 * len(instruction_sets()) + 1 + 4 * len(instruction_sets())
    rows = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("repeating", total=total)
        for row in repetitions(recording, steps, rough):
            rows.append(row)
            progress.advance(task)
    Console().print(tabulate(rows))
    expected = {kind: digest for kind, _, digest in reversed(rows)}
    different = [description for kind, description, digest in rows if digest != expected[kind]]
    print(f"different: {', '.join(different)}" if different else f"identical: {len(rows)} runs of {steps} steps")
    sys.exit(bool(different))


def tabulate(rows: list[tuple[str, str, str]]) -> Table:
    table = Table(title="digests of one recorded run")
    for heading in ("precision", "how", "digest"):
        table.add_column(heading)
    for kind, description, digest in rows:
        table.add_row(kind.split()[0], description, digest)
    return table


if __name__ == "__main__":
    typer.run(main)
