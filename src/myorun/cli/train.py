"""The command ``myorun train``: parsing, and a live view of :func:`myorun.train.start.train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from myorun.cli.options import ALGORITHMS, words
from myorun.errors import StoppedError, UsageError

_LINE = "{task.fields[millions]:8.1f} M steps  {task.fields[speed]:9,.0f} steps/s  {task.fields[score]}"


def train(
    algorithm: Annotated[
        str | None, typer.Argument(help=" | ".join(ALGORITHMS), autocompletion=words(*ALGORITHMS), show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; by default runs/ALGORITHM-N, a new one.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change a setting; may be repeated.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    minutes: Annotated[float, typer.Option(help="Stop after so many of wall clock.")] = float("inf"),
    threads: Annotated[int, typer.Option(help="For the humans; 0: one a processor. Learning takes one more.")] = 1,
    device: Annotated[str, typer.Option(help="Of the networks: cpu, cuda, ….")] = "cpu",
    cluster: Annotated[
        str | None, typer.Option(help="Let Ray at this address, or local, sample (champion) or run a sweep (any).")
    ] = None,
    sweep: Annotated[
        list[str] | None, typer.Option(metavar="NAME=[…]", help="A run for each value; may be repeated.")
    ] = None,
    settings: Annotated[bool, typer.Option("--settings", help="Print the algorithm's settings and leave.")] = False,
) -> None:
    """Train a policy. What comes of it is in the run's folder: metrics, checkpoints, and policies to run.

    A run that was stopped, or killed, goes on with --resume and loses a minute at most.

    Examples:

      myorun train champion  [dim]# the champion again, in two hours on two processors[/dim]

      myorun train champion --minutes 5 --out runs/first  [dim]# a first runner[/dim]

      myorun run --policy runs/first/best  [dim]# watch it[/dim]

      myorun train ppo --settings  [dim]# what can be set[/dim]

      myorun train ppo --set learning_rate=1e-4 --set reward.joints=0.01

      myorun train --resume runs/ppo-1

      myorun train ppo --sweep "seed=[1, 2, 3]" --sweep "gamma=[0.99, 0.995]" --cluster local

      myorun train champion --cluster 10.0.0.1:6379 --threads 32  [dim]# 32 workers sample, one process learns[/dim]
    """
    if settings:
        _print_settings(algorithm)
        return
    _check(algorithm, out, resume, minutes)
    folder = resume or out or _fresh_folder(algorithm)
    console = Console()
    options: dict[str, Any] = {
        "out": folder, "changes": set_ or (), "minutes": minutes, "threads": _threads(threads), "device": device,
        "cluster": cluster,
    }  # fmt: skip
    if sweep:
        _sweep(algorithm, sweep, options, console)
    else:
        _run(algorithm, {**options, "resume": resume is not None}, console)


def _print_settings(algorithm: str | None) -> None:
    from myorun.train.settings import FOLDER, words_of

    words_of(algorithm or "")
    typer.echo((FOLDER / f"{algorithm}.toml").read_text(encoding="utf-8"), nl=False)


def _check(algorithm: str | None, out: Path | None, resume: Path | None, minutes: float) -> None:
    from myorun.train.settings import words_of

    if resume is not None and (algorithm is not None or out is not None):
        raise UsageError("--resume takes algorithm and folder from the run; leave ALGORITHM and --out out")
    if resume is None:
        words_of(algorithm or "")
    if not minutes > 0.0:
        raise UsageError(f"minutes is {minutes}; it must be above 0")


def _run(algorithm: str | None, options: dict[str, Any], console: Console) -> None:
    """Train to the end of the plan and say what came of it, and how it goes on if it was stopped."""
    from myorun.train.start import train as start

    folder = options["out"]
    try:
        with _Live(console) as live:
            found = start(algorithm, show=live.show, begun=lambda: _name(folder, console), **options)
    except KeyboardInterrupt:
        if not folder.is_dir():  # stopped before it began
            raise
        raise StoppedError(f"stopped; go on with: myorun train --resume {folder}") from None
    console.print(
        f"{found.mean:.2f} m, falls {100 * found.falls:.0f} %, on {len(found.episodes)} unseen courses; "
        f"watch it: myorun run --policy {folder / 'best'}",
        highlight=False,
        soft_wrap=True,
    )


def _sweep(algorithm: str | None, wishes: list[str], options: dict[str, Any], console: Console) -> None:
    """Train every combination and say what each reached, best last."""
    from myorun.train.sweep import sweep

    if algorithm is None:
        raise UsageError("--sweep wants the name of an algorithm; a sweep is not resumed, but each of its runs can be")
    found, trained = [], sweep(algorithm, wishes, **options)
    _name(options["out"], console)
    for name, score, falls in trained:
        console.print(f"{score:7.2f} m, falls {100 * falls:3.0f} %  {name}", highlight=False, soft_wrap=True)
        found.append((score, name))
    score, name = max(found)
    console.print(f"best: {score:.2f} m, {options['out'] / name}", highlight=False, soft_wrap=True)


def _name(folder: Path, console: Console) -> None:
    console.print(f"run: {folder}", highlight=False, soft_wrap=True)


def _threads(threads: int) -> int:
    from myorun.processors import available_processors

    if not 0 <= threads <= 1024:
        raise UsageError(f"threads is {threads}; it must be 0, one a processor, to 1024")
    return threads or available_processors()


def _fresh_folder(algorithm: str | None) -> Path:
    number = 1
    while (folder := Path("runs") / f"{algorithm}-{number}").exists():
        number += 1
    return folder


class _Live:
    """A line that says how things stand; where nobody watches, a line every minute."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn(_LINE), BarColumn(None), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("", total=None, millions=0.0, speed=0.0, score="")
        self._console, self._said = console, 0

    def __enter__(self) -> _Live:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, standing: object) -> None:
        from myorun.train.loop import Standing

        assert isinstance(standing, Standing)
        found = standing.evaluation
        score = "" if found is None else f"{found.mean:6.2f} m, falls {100 * found.falls:3.0f} %"
        self._progress.update(
            self._task,
            completed=standing.steps,
            total=standing.wanted,
            millions=standing.steps / 1e6,
            speed=standing.speed,
            score=score,
        )
        if not self._console.is_terminal and int(standing.minutes) > self._said:
            self._said = int(standing.minutes)
            done = f"{standing.minutes:6.1f} min {standing.steps / 1e6:8.1f} M steps {standing.speed:9,.0f} steps/s"
            self._console.print(f"{done}  {score}", highlight=False)
