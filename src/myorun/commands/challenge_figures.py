"""Figures 5, 6 and 7 of the 2018 paper, made from the ledger of a challenge.

The library side of ``myorun challenge figures``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from sqlalchemy import Connection

from myorun.challenge import runs
from myorun.challenge.ranking import Place, leaderboard, submissions_of
from myorun.challenge.replay import trajectory_of
from myorun.challenge.server import open_challenge
from myorun.challenge.settings import Settings, Stage
from myorun.errors import UsageError, unwritable
from myorun.gait import Gait, analyse, motion_of
from myorun.gait.competition import Entry, progress_figure, spread_figure
from myorun.gait.figures import SCORE_BINS, kinematics_figure
from myorun.gait.style import SUFFIXES, save_figure


def draw_challenge(
    folder: Path,
    out: Path,
    console: Console,
    *,
    stage: str | None = None,
    suffix: str = "png",
    bins: Sequence[float] | None = None,
) -> list[Path]:
    """Write figure-5, figure-6 and figure-7 of a stage into a folder, which is made if need be; the paths written.

    Figure 7 replays each participant's counting submission on the course on which it came furthest. Its protocol is the
    paper's where the courses are flat, else the last 5 s, by when most obstacles have been passed. Who falls before has
    no gait and is left out, by name.

    Raises:
        UsageError: for a stage that there is not, or that nobody has finished, or a folder that cannot be written.
    """
    if f".{suffix}" not in SUFFIXES:
        raise UsageError(f"suffix is {suffix!r}; it must be one of {', '.join(s[1:] for s in SUFFIXES)}")
    settings, ledger = open_challenge(folder)
    try:
        chosen = _stage(settings, stage)
        _make_folder(out)
        entries, places = ledger.read(lambda connection: _entries(connection, chosen))
        figures = {
            "figure-5": progress_figure(entries, title=chosen.label, baseline=chosen.baseline),
            "figure-6": spread_figure([_entry(place) for place in places], title=chosen.label),
        }
        gaits = ledger.read(lambda connection: _gaits(connection, chosen, places, console))
    finally:
        ledger.close()
    if gaits:
        figures["figure-7"] = kinematics_figure(gaits, bins or SCORE_BINS)
    written = [save_figure(figure, out / f"{name}.{suffix}") for name, figure in figures.items()]
    for path in written:
        console.print(f"{path.stem}: {escape(str(path.resolve()))}", highlight=False, soft_wrap=True)
    return written


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(f"the folder {str(out)!r}", error) from None


def _stage(settings: Settings, name: str | None) -> Stage:
    known = {stage.name: stage for stage in settings.stages}
    if name is None:
        return settings.stages[0]
    if name not in known:
        raise UsageError(f"there is no stage {name!r}; there are: {', '.join(known)}")
    return known[name]


def _entries(connection: Connection, stage: Stage) -> tuple[list[Entry], list[Place]]:
    entries = [Entry(s.team, s.finished_at, s.score) for s in submissions_of(connection, stage.name)]
    return entries, leaderboard(connection, stage)


def _entry(place: Place) -> Entry:
    s = place.submission
    return Entry(s.team, s.finished_at, s.score, place.course_scores)


def _gaits(connection: Connection, stage: Stage, places: Sequence[Place], console: Console) -> list[Gait]:
    """The gait of every participant that has one."""
    protocol = "paper" if stage.difficulty == 0 else "last5"
    gaits = []
    for place in track(places, "replaying", console=console, transient=True, disable=not console.is_terminal):
        run = runs.find_run(connection, place.submission.id)
        course = max(range(len(place.course_scores)), key=lambda k: place.course_scores[k], default=0)
        record = trajectory_of(run, runs.rows_of(connection, run.id), course, place.submission.team)
        try:
            gaits.append(analyse(motion_of(record), protocol=protocol))
        except UsageError as error:
            console.print(f"left out of figure 7: {escape(str(error))}", highlight=False)
    return gaits
