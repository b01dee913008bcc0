"""``myorun challenge redis-grade``: serve one run over 2017's Redis interface."""

from __future__ import annotations

import json
import signal
from threading import Event
from types import ModuleType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from myorun.cli.options import Difficulty, Obstacles, Rules, Seeds, numbers_from
from myorun.extras import library

_STEPS = 1000  # of a course, for the bar
EXITS = {"finished": 0, "failed": 1, "timed_out": 4, "cancelled": 130}
_OUR_FAULT = 3


def redis_grade(
    redis: Annotated[
        str, typer.Option(envvar="MYORUN_REDIS", help="Where the commands lie; with a password better in the variable.")
    ] = "redis://127.0.0.1:6379/0",
    seeds: Seeds = "11,22,33",
    difficulty: Difficulty = 2,
    obstacles: Obstacles = 10,
    accuracy: Annotated[str | None, typer.Option(help="Of the engine; by default as the environment's.")] = None,
    rules: Rules = "v1",
    service: Annotated[str | None, typer.Option(help="Service id; by default $osim_rl_redis_service_id.")] = None,
    timeout: Annotated[float, typer.Option(help="s to wait for a command.", min=0.1)] = 900.0,
    total: Annotated[float, typer.Option(help="s for everything.", min=0.1)] = 36_000.0,
    outage: Annotated[float, typer.Option(help="s that Redis may be away at a time.", min=0.1)] = 600.0,
) -> None:
    """Serve one run to an agent that speaks 2017's Redis protocol; print its result as JSON, and leave.

    What it does goes to the standard error. The agent may start before or after; whatever it does, this ends.
    Exit status: 0 submitted, 1 the agent failed, 3 Redis failed, 4 the time was up, 130 stopped by Ctrl-C.

    Examples:

      myorun challenge redis-grade --seeds 11,22,33 --difficulty 2 --obstacles 10

      MYORUN_REDIS=redis://:secret@10.0.0.7:6379/0 myorun challenge redis-grade --timeout 60 > result.json
    """
    local, trial = _library()
    plan = trial.trial_plan(
        numbers_from(seeds), difficulty=difficulty, max_obstacles=obstacles, accuracy=accuracy, rules=rules
    )
    limits = local.Limits(command=timeout, total=total, outage=outage)
    console, stop = Console(stderr=True), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _bar(console) as bar:
        hooks = _hooks(bar, len(plan.seeds), stop)
        verdict = local.serve_trial(redis, plan, service, limits, hooks)
    console.print(f"{verdict.status}: {verdict.message}", highlight=False, markup=False)
    typer.echo(json.dumps(local.verdict_document(verdict, plan), allow_nan=False))
    raise typer.Exit(_OUR_FAULT if verdict.is_ours else EXITS[verdict.status])


def _library() -> tuple[ModuleType, ModuleType]:
    """:class:`MissingExtraError` where the packages of a challenge are not installed."""
    modules = ("myorun.challenge.redis.local", "myorun.challenge.trial")
    local, trial = (library(module, "a grading service", "challenge") for module in modules)
    return local, trial


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _hooks(bar: Progress, courses: int, stop: Event) -> Any:
    """A bar that moves with the run, where there is a terminal; a line a course where there is none."""
    task = bar.add_task("waiting for commands", total=courses * _STEPS)
    seen = -1

    def show(progress: Any) -> None:
        nonlocal seen
        done = max(progress.course - 1, 0) * _STEPS + progress.step
        bar.update(task, completed=done, description=f"course {progress.course}: mean {progress.score:.2f} m")
        if bar.disable and progress.course != seen:
            bar.console.print(str(progress), highlight=False)
        seen = progress.course

    def tell(text: str) -> None:
        bar.console.print(text, highlight=False, markup=False)

    from myorun.challenge.verdict import Hooks

    return Hooks(progress=show, tell=tell, stop=stop)
