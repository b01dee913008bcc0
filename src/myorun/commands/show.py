"""An episode shown to a person: window or film, progress bar, closing line. The library side of ``myorun run``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from myorun.commands.browse import Web, WebWatcher
from myorun.commands.watchers import FilmWatcher, ProgressWatcher, WindowWatcher
from myorun.controllers import Controller, load_policy
from myorun.course import load_course
from myorun.errors import UsageError
from myorun.run import Outcome, run_episode
from myorun.task import RULES
from myorun.trajectory import checked_path, save_trajectory


def show_episode(
    *,
    seed: int,
    difficulty: int,
    max_obstacles: int,
    controller: str | None,
    policy: str | None,
    physics: str,
    steps: int | None,
    video: Path | None,
    save: Path | None,
    console: Console,
    web: Web | None = None,
    course: Path | None = None,
    accuracy: str = "default",
) -> Outcome:
    """Run one episode before someone's eyes and say how it went.

    It is shown in a browser if ``web`` says how, else in a window if there is a display and no ``video`` is asked for,
    else filmed; but what is kept (``save``) and can be seen nowhere is filmed for a ``video`` only. A browser can play
    it again until the program is interrupted.

    ``course``, a file, takes the place of the seed's course.

    Raises:
        UsageError: for a setting that is not possible.
        MissingExtraError: where OpenSim is wanted and not installed.
    """
    mover = _mover(controller, policy)
    by_hand = None if course is None else load_course(course)
    if save is not None:
        checked_path(save)
    if web is not None and video is not None:
        raise UsageError("--web and --video were both given; watch it in the browser or film it")
    name = f"seed{seed}" if course is None else course.stem
    with _eye(name, web, video, save, console) as eye:
        with _progress(console) as progress:
            outcome = run_episode(
                mover,
                seed=seed,
                difficulty=difficulty,
                max_obstacles=max_obstacles,
                physics=physics,
                accuracy=accuracy,
                steps=steps,
                course=by_hand,
                watchers=[*([] if eye is None else [eye]), ProgressWatcher(progress, steps or RULES["v1"].max_steps)],
            )
        _say(console, outcome, save)
        if isinstance(eye, WebWatcher):
            eye.show_again(outcome.trajectory)
    return outcome


def _eye(
    name: str, web: Web | None, video: Path | None, save: Path | None, console: Console
) -> WebWatcher | WindowWatcher | FilmWatcher | nullcontext[None]:
    """What watches; without a display a film, but none where something is kept anyhow."""
    from myorun.view import has_display

    if web is not None:
        return WebWatcher(web, console)
    if video is not None:
        return FilmWatcher(video, console=console)
    if has_display():
        return WindowWatcher()
    return nullcontext() if save is not None else FilmWatcher(Path(f"myorun-{name}.mp4"), console=console)


def _mover(controller: str | None, policy: str | None) -> str | Controller:
    if policy is None:
        return load_policy("champion") if controller is None else controller
    if controller is not None:
        raise UsageError("--policy and --controller were both given; one of them can move the human")
    return load_policy(policy)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[distance]:6.2f} m"),
        BarColumn(None),
        MofNCompleteColumn(),
        TextColumn("steps"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _say(console: Console, outcome: Outcome, save: Path | None) -> None:
    console.print(closing_line(outcome), highlight=False, soft_wrap=True)
    if save is not None:
        kept = save_trajectory(outcome.trajectory, save).resolve()
        console.print(f"trajectory: {escape(str(kept))}", highlight=False, soft_wrap=True)


def closing_line(outcome: Outcome) -> str:
    """Distance, score, steps and speed in one line."""
    trajectory = outcome.trajectory
    facts = trajectory.facts
    end = "fell" if facts.fallen else "on its feet"
    judged = "" if facts.score is None else f"score {facts.score:.2f} · "
    return (
        f"{trajectory.distance:.2f} m in {trajectory.duration:.2f} s, {end} · {judged}"
        f"{trajectory.steps} steps at {outcome.steps_per_second:,.0f} a second, "
        f"{outcome.times_real_time:.1f} × real time"
    )
