"""What the organiser does to a challenge's folder, each one call; the command line only parses."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import tomlkit
from sqlalchemy import Connection

from myorun.challenge import people, ranking, runs
from myorun.challenge.ledger import open_ledger
from myorun.challenge.people import User
from myorun.challenge.refusals import UnknownError
from myorun.challenge.server import database_url, opened_challenge
from myorun.challenge.settings import FILE, LEDGER, Stage, load_settings, write_settings
from myorun.challenge.times import iso_time, moment_of
from myorun.errors import UsageError, unwritable

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

    with opened_challenge(folder) as (_, ledger):
        return ledger.write(work)


def set_password(folder: str | Path, name: str, password: str) -> None:
    """A participant's password for the site, whatever it was; their browsers are signed out."""
    hashed = people.hashed_password(password)
    with opened_challenge(folder) as (_, ledger):
        ledger.write(lambda connection: people.set_password(connection, _known(connection, name), hashed))


def new_token(folder: str | Path, name: str, label: str) -> str:
    """Another token of a participant."""
    with opened_challenge(folder) as (_, ledger):
        return ledger.write(lambda c: people.add_token(c, _known(c, name), label, time.time()))


def revoke_tokens(folder: str | Path, name: str, beginning: str) -> int:
    """Revoke the tokens of a participant that begin with ``beginning``, which may be all of one; how many.

    The ledger knows the first characters of a token, and whoever leaked one has all of it. :class:`UnknownError` where
    none begins so.
    """

    def work(connection: Connection) -> int:
        user = _known(connection, name)
        valid = people.list_tokens(connection, user)
        chosen = [one for one in valid if one.hint.startswith(beginning) or beginning.startswith(one.hint)]
        if not chosen:
            theirs = f"theirs begin with {', '.join(one.hint for one in valid)}" if valid else "they have none"
            raise UnknownError(f"{user.name} has no valid token that begins with {beginning[:8]!r}; {theirs}")
        for token in chosen:
            people.revoke_token(connection, user, token.id, time.time())
        return len(chosen)

    with opened_challenge(folder) as (_, ledger):
        return ledger.write(work)


def invitation(folder: str | Path) -> str:
    """A secret with which one person may sign up."""
    with opened_challenge(folder) as (_, ledger):
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
        table[key] = moment_of(value)
    if times:
        file.write_text(tomlkit.dumps(document), encoding="utf-8")
    try:
        changed = load_settings(folder).stage(name)
    except UsageError:
        file.write_text(before, encoding="utf-8")
        raise
    assert changed is not None
    return changed


def stage_table(folder: str | Path) -> list[dict[str, Any]]:
    """Every stage with how many take part: name, opens, closes, open, teams, submissions."""

    def count(connection: Connection, stage: Stage) -> dict[str, Any]:
        found = ranking.submissions_of(connection, stage.name)
        return {
            "name": stage.name,
            "opens": iso_time(stage.opens.timestamp()),
            "closes": iso_time(stage.closes.timestamp()),
            "open": stage.is_open(time.time()),
            "teams": len({submission.team_id for submission in found}),
            "submissions": len(found),
        }

    with opened_challenge(folder) as (settings, ledger):
        return ledger.read(lambda connection: [count(connection, stage) for stage in settings.stages])


def refund(folder: str | Path, run_id: int) -> None:
    """Give a run's charge back and take it off the leaderboard: the fault was ours. :class:`UsageError` for no run."""
    with opened_challenge(folder) as (_, ledger):
        try:
            runs.give_back(ledger.write, run_id, time.time())
        except UnknownError:
            raise UsageError(
                f"there is no run {run_id}; see: myorun challenge rescore DIR, or the organiser's page"
            ) from None
