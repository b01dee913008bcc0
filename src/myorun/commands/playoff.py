"""The library side of ``myorun playoff``: build, test and submit an agent's container, with words for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from myorun.challenge.playoff.build import BASE, build_image, write_template
from myorun.challenge.playoff.cell import sweep
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.grading import Graded, grade_image
from myorun.challenge.playoff.limits import Playoff
from myorun.challenge.playoff.sources import LocalImage
from myorun.challenge.redis.local import verdict_document
from myorun.challenge.session import Plan
from myorun.challenge.settings import load_settings
from myorun.challenge.trial import TrialRun, trial_plan
from myorun.challenge.verdict import Hooks
from myorun.challenge.verdict import Progress as Reached


def build(folder: Path, *, policy: str, base: str | None, name: str | None, template_only: bool, address: str) -> None:
    """Write what is missing of the template, and make the image. See :mod:`myorun.challenge.playoff.build`."""
    console = Console(stderr=True)
    for path in write_template(folder, policy):
        console.print(f"wrote {escape(str(path))}", highlight=False)
    if template_only:
        return
    image = name or re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    with Engine(address) as engine, console.status("building") as status:
        build_image(engine, folder, image, base or BASE, lambda said: status.update(escape(said[:120])))
    console.print(f"built {image}; try it: myorun playoff test {image}", highlight=False)


def grade(
    image: str,
    *,
    seeds: Sequence[int],
    difficulty: int,
    obstacles: int,
    challenge: Path | None,
    show_log: bool,
    address: str,
) -> bool:
    """Grade an image here; whether it finished. The JSON goes to stdout, all else to stderr."""
    console = Console(stderr=True)
    plan = trial_plan(seeds, difficulty=difficulty, max_obstacles=obstacles)
    limits = load_settings(challenge).playoff if challenge else Playoff()
    where = limits.engine if address == "auto" else address
    with Engine(where) as engine:
        sweep(engine, limits)
        with _bar(console, len(seeds)) as hooks:
            graded = grade_image(engine, LocalImage(image), TrialRun(plan), limits, name="trial", hooks=hooks)
    if show_log:
        console.print(graded.log, markup=False, highlight=False)
    _tell(console, graded, plan)
    print(json.dumps(verdict_document(graded.verdict, plan), indent=1))
    return graded.verdict.status == "finished"


@contextmanager
def _bar(console: Console, courses: int) -> Iterator[Hooks]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("begins", total=courses)

        def show(reached: Reached) -> None:
            if reached.step % 10 == 0:
                done = max(0, reached.course - 1) + reached.step / 1000
                progress.update(task, completed=done, description=str(reached))

        yield Hooks(
            phase=lambda phase: progress.update(task, description=phase),
            progress=show,
            tell=lambda said: console.print(said, markup=False, highlight=False),
        )


def _tell(console: Console, graded: Graded, plan: Plan) -> None:
    verdict = graded.verdict
    if verdict.result is not None:
        table = Table("seed", "score", "steps", "distance [m]", "ending")
        for seed, course in zip(plan.seeds, verdict.result.courses, strict=True):
            table.add_row(str(seed), f"{course.score:.6f}", str(course.steps), f"{course.distance:.3f}", course.ending)
        console.print(table)
        console.print(f"score {verdict.result.score:.6f}", highlight=False)
    whose = {"agent": " (yours to mend)", "grader": " (not your fault)", None: ""}[verdict.fault]
    console.print(f"{verdict.status}{whose}: {escape(verdict.message)}", highlight=False)
    if verdict.line:
        console.print(f"its last line: {escape(verdict.line)}", highlight=False)
