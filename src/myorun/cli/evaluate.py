"""The command ``myorun evaluate``: parsing, a progress bar and a table around :func:`myorun.evaluate.evaluate`."""

from __future__ import annotations

import shlex
from json import dumps
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from myorun.cli.options import Difficulty, Json, Obstacles, Physics, Rules
from myorun.course import MAX_SEED
from myorun.errors import UsageError

_SHOWN = 10  # episodes in the table, unless all are asked for


def evaluate(
    policy: Annotated[str, typer.Argument(help="Folder of a policy, or one shipped: champion.")],
    episodes: Annotated[int, typer.Option(help="How many, on the courses of as many seeds.")] = 100,
    first_seed: Annotated[
        int, typer.Option("--first-seed", "--seed", help="Of the first course; the others follow.")
    ] = 0,
    difficulty: Difficulty = 2,
    obstacles: Obstacles = 10,
    rules: Rules = "v1",
    physics: Physics = "native",
    threads: Annotated[int, typer.Option(help="0: one a processor. Changes no score.")] = 0,
    table: Annotated[bool, typer.Option("--table", help="Print every episode, not the first ten.")] = False,
    json: Json = False,
) -> None:
    """Score a policy: mean, confidence interval, falls, and every episode.

    An episode's score depends on policy, rules and seed alone.

    Examples:

      myorun evaluate champion --episodes 4000  [dim]# the champion, as the winner of 2017 was judged[/dim]

      myorun evaluate runs/ppo-1/policy --first-seed 5000 --obstacles 3  [dim]# one of your own[/dim]

      myorun evaluate champion --episodes 5 --physics opensim  [dim]# in the physics of 2017: minutes each[/dim]

      myorun evaluate champion --json > scores.json
    """
    from myorun.evaluate import evaluate as score
    from myorun.policy.files import load_policy

    if not 1 <= episodes <= 10_000_000:
        raise UsageError(f"episodes is {episodes}; it must be 1 to 10,000,000")
    most = MAX_SEED - episodes + 1
    if not 0 <= first_seed <= most:
        raise UsageError(f"first-seed is {first_seed}; it must be 0 to {most} for {episodes} episodes")
    loaded = load_policy(policy)
    with _bar() as bar:
        task = bar.add_task("episodes", total=episodes)
        found = score(
            loaded,
            seeds=range(first_seed, first_seed + episodes),
            rules=rules,
            difficulty=difficulty,
            max_obstacles=obstacles,
            physics=physics,
            threads=threads,
            progress=lambda over, of: bar.update(task, completed=over),
        )
    if json:
        typer.echo(dumps(summary_of(found), allow_nan=False))
    else:
        _print(policy, found, len(found.episodes) if table else _SHOWN)


def summary_of(found: Any) -> dict[str, Any]:
    """An evaluation as JSON can say it."""
    return {
        "policy": found.policy,
        "rules": found.rules,
        "physics": found.physics,
        "accuracy": found.accuracy,
        "difficulty": found.difficulty,
        "max_obstacles": found.max_obstacles,
        "episodes": len(found.episodes),
        "mean": found.mean,
        "std": found.std,
        "interval_95": list(found.interval),
        "falls": found.falls,
        "completed_mean": None if found.falls == 1.0 else found.completed,
        "reward_forward": sum(e.forward for e in found.episodes) / len(found.episodes),
        "reward_ligaments": sum(e.ligaments for e in found.episodes) / len(found.episodes),
        "per_episode": [
            {"seed": e.seed, "score": e.score, "reward_forward": e.forward, "reward_ligaments": e.ligaments,
             "steps": e.steps, "fell": e.fell}
            for e in found.episodes
        ],
    }  # fmt: skip


def _print(policy: str, found: Any, shown: int) -> None:
    console = Console()
    rows = Table("seed", "score m", "forward m", "ligaments m", "steps", "end", box=None)
    for column in rows.columns[:5]:
        column.justify = "right"
    for e in found.episodes[:shown]:
        end = "fell" if e.fell else "on its feet"
        rows.add_row(str(e.seed), f"{e.score:.3f}", f"{e.forward:.3f}", f"{e.ligaments:.4f}", str(e.steps), end)
    console.print(rows)
    if shown < len(found.episodes):
        console.print(f"… and {len(found.episodes) - shown} more; --table prints all", highlight=False)
    console.print(_summary(found), highlight=False, soft_wrap=True)
    if found.rules == "v1":
        console.print(f"[dim]the lowest: {escape(_to_watch(policy, found))}[/dim]", highlight=False, soft_wrap=True)


def _summary(found: Any) -> str:
    """The closing line; what one episode, or none that was completed, cannot tell is left out."""
    count, (low, high) = len(found.episodes), found.interval
    spread = f" (95 % interval {low:.3f} to {high:.3f}, standard deviation {found.std:.3f})" if count > 1 else ""
    completed = "" if found.falls == 1.0 else f", completed runs {found.completed:.3f} m"
    return (
        f"[bold]{found.mean:.3f} m[/bold]{spread}, falls {100 * found.falls:.2f} %{completed} · "
        f"{count} episode{'s' * (count != 1)}, difficulty {found.difficulty}, up to {found.max_obstacles} obstacles, "
        f"rules {found.rules}, {found.physics}"
    )


def _to_watch(policy: str, found: Any) -> str:
    """The command that shows the episode of the lowest score, as it was scored."""
    lowest = min(found.episodes, key=lambda e: e.score)
    words = ["myorun", "run", "--policy", policy, "--seed", str(lowest.seed), "--difficulty", str(found.difficulty)]
    words += ["--obstacles", str(found.max_obstacles), "--accuracy", found.accuracy]
    return shlex.join(words if found.physics == "native" else [*words, "--physics", found.physics])


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (
        BarColumn(None),
        MofNCompleteColumn(),
        TextColumn("episodes"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
