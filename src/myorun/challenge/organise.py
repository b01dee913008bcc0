"""What the organiser does to a challenge's folder, each one call; the command line only parses."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit
from sqlalchemy import Connection, func, select

from myorun.challenge import chain, people, ranking, runs
from myorun.challenge.ledger import Ledger, open_ledger
from myorun.challenge.people import User
from myorun.challenge.refusals import UnknownError
from myorun.challenge.replay import excitations_of
from myorun.challenge.runner import EnvRunner
from myorun.challenge.server import database_url, open_challenge
from myorun.challenge.session import CourseResult, Event, Result, Session, Submit, mean_score
from myorun.challenge.settings import FILE, LEDGER, Settings, Stage, load_settings, write_settings
from myorun.challenge.tables import runs as run_table
from myorun.errors import UsageError, unwritable
from myorun.version import __version__


@contextmanager
def _opened(folder: str | Path) -> Iterator[tuple[Settings, Ledger]]:
    settings, ledger = open_challenge(folder)
    try:
        yield settings, ledger
    finally:
        ledger.close()


# ---------------------------------------------------------------- the folder


def init(folder: str | Path, name: str) -> Path:
    """Write ``challenge.toml`` and an empty ledger; :class:`UsageError` where there is a challenge already."""
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        file = write_settings(place, name)
        (place / LEDGER).touch(0o600)
    except FileExistsError:
        raise UsageError(f"{str(place)!r} holds a challenge already, or is a file; choose another folder") from None
    except OSError as error:
        raise unwritable(f"{str(place)!r}", error) from None
    try:
        load_settings(place)
    except UsageError:
        file.unlink()
        raise
    open_ledger(place, database_url()).close()
    return file


# ---------------------------------------------------------------- people


def enter_user(folder: str | Path, name: str, *, organiser: bool = False, password: str | None = None) -> str:
    """A new participant with a team of the same name; their token, seen only now."""
    hashed = None if password is None else people.hashed_password(password)

    def work(connection: Connection) -> str:
        now = time.time()
        user = people.add_user(connection, name, now, organiser=organiser, hashed=hashed)
        return people.add_token(connection, user, "first", now)

    with _opened(folder) as (_, ledger):
        return ledger.write(work)


def set_password(folder: str | Path, name: str, password: str) -> None:
    """A participant's password for the site, whatever it was; their browsers are signed out."""
    hashed = people.hashed_password(password)
    with _opened(folder) as (_, ledger):
        ledger.write(lambda connection: people.set_password(connection, _known(connection, name), hashed))


def new_token(folder: str | Path, name: str, label: str) -> str:
    """Another token of a participant."""
    with _opened(folder) as (_, ledger):
        return ledger.write(lambda c: people.add_token(c, _known(c, name), label, time.time()))


def revoke_tokens(folder: str | Path, name: str, hint: str) -> int:
    """Revoke the tokens of a participant that begin with ``hint``; how many."""

    def work(connection: Connection) -> int:
        user = _known(connection, name)
        chosen = [token for token in people.list_tokens(connection, user) if token.hint.startswith(hint)]
        for token in chosen:
            people.revoke_token(connection, user, token.id, time.time())
        return len(chosen)

    with _opened(folder) as (_, ledger):
        return ledger.write(work)


def invitation(folder: str | Path) -> str:
    """A secret with which one person may sign up."""
    with _opened(folder) as (_, ledger):
        return ledger.write(lambda connection: people.invite(connection, time.time()))


def _known(connection: Connection, name: str) -> User:
    user = people.find_user(connection, name)
    if user is None:
        raise UnknownError(f"there is no participant {name!r}; add them with: myorun challenge user DIR {name!r}")
    return user


# ---------------------------------------------------------------- stages


def change_stage(folder: str | Path, name: str, **times: str) -> Stage:
    """Set ``opens`` or ``closes`` of a stage in ``challenge.toml``: "now", or a time with its zone.

    Comments and everything else stay. The server reads it when it starts. :class:`UsageError` for a stage or a time
    that is none.
    """
    load_settings(folder)
    file = Path(folder) / FILE
    before = file.read_text(encoding="utf-8")
    document: Any = tomlkit.parse(before)
    table = next((stage for stage in document["stages"] if stage["name"] == name), None)
    if table is None:
        names = ", ".join(stage["name"] for stage in document["stages"])
        raise UsageError(f"there is no stage {name!r}; there are {names}")
    for key, value in times.items():
        table[key] = _moment(value)
    if times:
        file.write_text(tomlkit.dumps(document), encoding="utf-8")
    try:
        changed = load_settings(folder).stage(name)
    except UsageError:
        file.write_text(before, encoding="utf-8")
        raise
    assert changed is not None
    return changed


def _moment(text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"{text!r} is no time; it must be 'now', or like 2026-12-01T12:00:00Z")
    return moment


# ---------------------------------------------------------------- audit


@dataclass(frozen=True)
class Audit:
    """What came of computing a run again."""

    run: int
    recorded: float | None
    recomputed: float | None
    problem: str = ""  # empty: nothing speaks against it
    engine: str = ""  # that must compute it again, if not this one: its seals hold, its score was not compared

    @property
    def holds(self) -> bool:
        """Whether the ledger says what happened, as far as this engine can tell."""
        return not self.problem


def rescore(
    folder: str | Path, only: int | None = None, show: Callable[[int, int], object] = lambda done, of: None
) -> Iterator[Audit]:
    """Compute the score of finished runs again from their events, one after the other; ``show`` hears how far it is."""
    with _opened(folder) as (_, ledger):
        wanted = ledger.read(lambda connection: _finished(connection, only))
        for done, run_id in enumerate(wanted):
            show(done, len(wanted))
            yield ledger.read(partial(audit, run_id=run_id))
        show(len(wanted), len(wanted))


def _finished(connection: Connection, only: int | None) -> list[int]:
    wanted: Any = run_table.c.finished_at.is_not(None)
    if only is not None:
        wanted &= run_table.c.id == only
    found = list(connection.execute(select(run_table.c.id).where(wanted).order_by(run_table.c.id)).scalars())
    if only is not None and not found:
        raise UsageError(f"there is no finished run {only}; leave the number out to compute all again")
    return found


def audit(connection: Connection, run_id: int) -> Audit:
    """Check the chain of a run, and its score to the bit."""
    run, rows = runs.find_run(connection, run_id), runs.rows_of(connection, run_id)
    try:
        events = chain.verified(rows, chain.first_digest(run.id, run.plan))
    except chain.BrokenChainError as error:
        return Audit(run_id, run.score, None, f"tampered with: {error}")
    if not events or run.digest != rows[-1].digest or not isinstance(events[-1], Submit):
        return Audit(run_id, run.score, None, "tampered with: the last event is missing")
    if run.plan.engine != __version__:
        return _without_playing(run, runs.results_of(connection, run_id))
    result = _played_again(run, events)
    if run.ended_by == "refund":
        return Audit(run_id, None, result.score, "")
    same = run.score == result.score and tuple(runs.results_of(connection, run_id)) == result.courses
    return Audit(run_id, run.score, result.score, "" if same else "the recorded score is another")


def _without_playing(run: runs.Run, results: list[CourseResult]) -> Audit:
    """What can be said of a run of another engine, whose seals hold."""
    is_mean = run.score is None or run.score == mean_score([result.score for result in results])
    return Audit(
        run.id, run.score, None, "" if is_mean else "the score is not the mean of its courses", run.plan.engine
    )


def _played_again(run: runs.Run, events: list[Event]) -> Result:
    session = Session(run.plan, EnvRunner(run.plan))
    for event in events:
        session.apply(event)
    return session.result()


# ---------------------------------------------------------------- export


def export(folder: str | Path, out: str | Path, stage_name: str | None = None) -> Path:
    """Closed stages as an open data set: a zip of rules, leaderboards, and every run's excitations.

    The courses' seeds are in it. :class:`UsageError` for a stage that is open or still has an open run, for events that
    are not those that were written, and for a file that cannot be. Nothing is left where it fails.
    """
    target = Path(out)
    if target.suffix != ".zip" or target.exists():
        raise UsageError(f"{str(target)!r} must be a new file that ends in .zip")
    with _opened(folder) as (settings, ledger):
        stages = _closed_stages(settings, stage_name)
        ledger.read(lambda connection: _refuse_open_runs(connection, stages))
        try:
            with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("README.md", _ABOUT)
                for stage in stages:
                    ledger.read(partial(_export_stage, stage=stage, archive=archive))
        except chain.BrokenChainError as error:
            target.unlink()
            raise UsageError(f"the ledger was tampered with: {error}; see: myorun challenge rescore {folder}") from None
        except OSError as error:
            target.unlink(missing_ok=True)
            raise unwritable(f"the export {str(target)!r}", error) from None
    return target


def _refuse_open_runs(connection: Connection, stages: Iterable[Stage]) -> None:
    """A run begun before the stage closed may go on until its deadline; until then its courses are secret."""
    names = [stage.name for stage in stages]
    still_open = run_table.c.stage.in_(names) & run_table.c.finished_at.is_(None)
    latest = connection.execute(select(func.max(run_table.c.deadline_at)).where(still_open)).scalar()
    if latest is not None:
        raise UsageError(
            f"runs begun before the stage closed are open until {runs.iso_time(latest)}; export then, with the server "
            "running until that time, or give them back with: myorun challenge refund"
        )


def _closed_stages(settings: Settings, name: str | None) -> list[Stage]:
    chosen = [stage for stage in settings.stages if name in (None, stage.name)]
    if not chosen:
        raise UsageError(f"there is no stage {name!r}; there are {', '.join(stage.name for stage in settings.stages)}")
    still_open = [stage.name for stage in chosen if stage.closes.timestamp() > time.time()]
    if still_open:
        raise UsageError(f"stage {still_open[0]!r} has not closed; its courses are still secret")
    return chosen


def _export_stage(connection: Connection, stage: Stage, archive: zipfile.ZipFile) -> None:
    places = [ranking.as_record(place, runs.iso_time) for place in ranking.leaderboard(connection, stage)]
    archive.writestr(f"{stage.name}/leaderboard.json", json.dumps(places, indent=1))
    records = []
    for submission in ranking.submissions_of(connection, stage.name):
        run = runs.find_run(connection, submission.id)
        results = [asdict(result) for result in runs.results_of(connection, run.id)]
        plan = {key: value for key, value in asdict(run.plan).items() if key != "salt"}
        records.append({**asdict(submission), "plan": plan, "courses": results, "receipt": (run.digest or b"").hex()})
        _export_excitations(connection, run, archive, f"{stage.name}/run-{run.id}.npz")
    archive.writestr(f"{stage.name}/runs.json", json.dumps(records, indent=1))


def _export_excitations(connection: Connection, run: runs.Run, archive: zipfile.ZipFile, name: str) -> None:
    try:
        events = chain.verified(runs.rows_of(connection, run.id), chain.first_digest(run.id, run.plan))
    except chain.BrokenChainError as error:
        raise chain.BrokenChainError(f"run {run.id}, {error}") from None
    played = {f"course_{i}": excitations_of(events, i) for i in range(len(run.plan.seeds))}
    with archive.open(name, "w") as stream:
        arrays = {key: np.array(held).reshape(-1, 18) for key, held in played.items() if held is not None}
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


_ABOUT = """\
# Data of a challenge

For every stage: `leaderboard.json`, `runs.json` (rules, engine version, seeds of the courses, scores), and for every
run `run-N.npz` with the muscle excitations of each course, float64, shape (steps, 18), in the order of the muscles of
the model. Rules, engine version, seeds and excitations determine every state of a run to the bit.
"""


def stage_table(folder: str | Path) -> list[dict[str, Any]]:
    """Every stage with how many take part: name, opens, closes, open, teams, submissions."""

    def count(connection: Connection, stage: Stage) -> dict[str, Any]:
        found = ranking.submissions_of(connection, stage.name)
        return {
            "name": stage.name,
            "opens": runs.iso_time(stage.opens.timestamp()),
            "closes": runs.iso_time(stage.closes.timestamp()),
            "open": stage.is_open(time.time()),
            "teams": len({submission.team_id for submission in found}),
            "submissions": len(found),
        }

    with _opened(folder) as (settings, ledger):
        return ledger.read(lambda connection: [count(connection, stage) for stage in settings.stages])


def refund(folder: str | Path, run_id: int) -> None:
    """Give a run's charge back and take it off the leaderboard: the fault was ours. :class:`UsageError` for no run."""
    with _opened(folder) as (_, ledger):
        try:
            runs.give_back(ledger.write, run_id, time.time())
        except UnknownError:
            raise UsageError(
                f"there is no run {run_id}; see: myorun challenge rescore DIR, or the organiser's page"
            ) from None
