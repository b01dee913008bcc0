"""The library side of ``myorun playoff``: build, test and submit an agent's container, with words for people."""

from __future__ import annotations

import json
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from myorun.challenge.playoff.archive import check_archive
from myorun.challenge.playoff.archive_writer import oci_archive
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
from myorun.client.connection import Connection
from myorun.client.upload import upload_archive, wait_for
from myorun.errors import UsageError


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


# ---------------------------------------------------------------- handing in


def submit(
    image: str, *, url: str, token: str, stage: str | None, archive: bool, registry: bool, wait: bool, address: str
) -> bool:
    """Hand in an image, an archive of one, or the name of one in a registry; whether all is well so far."""
    console = Console(stderr=True)
    connection = _connected(url, token)
    try:
        if registry:
            wish = {"stage": stage, "image": image, "attempt": secrets.token_hex(16)}
            told = dict(connection.post("/v2/playoff/submissions", wish))
        elif archive:
            told = _upload(console, connection, Path(image), stage)
        else:
            with tempfile.TemporaryDirectory(prefix="myorun-") as folder:
                told = _upload(console, connection, _packed(console, image, Path(folder), address), stage)
        console.print(f"submission {told['submission']}: {escape(told['says'])}", highlight=False)
        if wait:
            told = _watch(console, connection, told["submission"])
    finally:
        connection.close()
    print(json.dumps(told, indent=1))
    return told["status"] not in ("failed", "timed_out")


def _connected(url: str, token: str) -> Connection:
    if not token:
        raise UsageError("a token is needed: --token, or MYORUN_TOKEN; the site's page 'Account' gives you one")
    return Connection(url, token, timeout=_LONG)


_LONG = 900.0  # s for an answer: a large archive takes a while to be looked through


def _packed(console: Console, image: str, folder: Path, address: str) -> Path:
    """The image as an OCI archive, looked through as the server will; the same bytes every time."""
    saved, packed = folder / "saved.tar", folder / "image.tar"
    with Engine(address) as engine, console.status(f"saving {escape(image)}"), saved.open("wb") as stream:
        stream.writelines(engine.save(image))
    with _transfer(console, "packing") as show:
        oci_archive(check_archive(saved, Playoff()), packed, show)
    return packed


def _upload(console: Console, connection: Connection, archive: Path, stage: str | None) -> dict[str, Any]:
    with _transfer(console, "uploading") as show:
        return upload_archive(connection, archive, stage, show)


@contextmanager
def _transfer(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def show(done: int, of: int) -> None:
            said = what if done < of else f"{what}: the server looks through it" if what == "uploading" else what
            progress.update(task, completed=done, total=of, description=said)

        yield show


def _watch(console: Console, connection: Connection, submission: int) -> dict[str, Any]:
    with console.status("waiting") as status:
        told = wait_for(connection, submission, lambda told: status.update(escape(told["says"])))
    console.print(escape(told["says"]), highlight=False)
    if told["line"]:
        console.print(f"its last line: {escape(told['line'])}", highlight=False)
    return told


def status(submission: int | None, *, url: str, token: str, stage: str | None) -> None:
    """Print one submission, or all of the team's."""
    console, connection = Console(), _connected(url, token)
    try:
        query = f"?{urlencode({'stage': stage})}" if stage else ""
        where = f"/v2/playoff/submissions{query if submission is None else f'/{submission}'}"
        found = connection.get(where)
    finally:
        connection.close()
    table = Table("submission", "stage", "handed in", "status")
    for told in found if submission is None else [found]:
        table.add_row(str(told["submission"]), told["stage"], told["created"], escape(told["says"]))
    console.print(table)


def cancel(submission: int, *, url: str, token: str) -> None:
    """Take a submission back."""
    connection = _connected(url, token)
    try:
        told = connection.delete(f"/v2/playoff/submissions/{submission}")
    finally:
        connection.close()
    print(told["says"])


def log(submission: int, *, url: str, token: str) -> None:
    """Print what an agent printed."""
    connection = _connected(url, token)
    try:
        print(connection.get(f"/v2/playoff/submissions/{submission}/log")["log"], end="")
    finally:
        connection.close()
