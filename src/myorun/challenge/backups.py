"""Copies of an SQLite ledger: taken while the server runs, and put back."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from myorun.challenge.pulse import SHORTEST_OUTAGE
from myorun.challenge.server import database_url
from myorun.challenge.settings import LEDGER, load_settings
from myorun.errors import UsageError


def backup(folder: str | Path, out: str | Path) -> Path:
    """A consistent copy of the SQLite ledger, while the server runs; images have copies of their own.

    :class:`UsageError` for a file that is there already, and for PostgreSQL, which has ``pg_dump``.
    """
    target = Path(out)
    if database_url() is not None:
        raise UsageError("the ledger is at DATABASE_URL; back it up with pg_dump, and copy the folder playoff/images")
    load_settings(folder)
    if target.exists():
        raise UsageError(f"{str(target)!r} is there already; choose another file")
    try:
        _copy_ledger(Path(folder) / LEDGER, target)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"the backup {str(target)!r} cannot be written: {error}; choose another path") from None
    return target


def _copy_ledger(source: Path, target: Path) -> None:
    """A copy that its owner only may read; none is left where it fails."""
    target.touch(0o600, exist_ok=False)
    try:
        with closing(_connect(source)) as ledger, closing(sqlite3.connect(target)) as copy:
            ledger.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself, without a log beside it
    except BaseException:
        target.unlink()
        raise


def _connect(file: Path) -> sqlite3.Connection:
    """To an SQLite file that is there, to read it."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def restore(folder: str | Path, backup: str | Path) -> Path:
    """Put a backup in the ledger's place; where the files of the ledger of before are now.

    Copying the file by hand is not enough: what a killed server left in the write-ahead log beside it would be played
    into the copy. :class:`UsageError` for a file that is no whole ledger, and while a server runs.
    """
    place, source = Path(folder), Path(backup)
    if database_url() is not None:
        raise UsageError("the ledger is at DATABASE_URL; restore it with pg_restore or psql")
    load_settings(folder)
    _refuse_broken(source)
    if _is_served(place / LEDGER):
        raise UsageError(f"a server of {str(place)!r} is running; stop it, wait {SHORTEST_OUTAGE:g} s, and try again")
    fresh = place / f"{LEDGER}.restored"
    aside = place / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    try:
        fresh.unlink(missing_ok=True)
        _copy_ledger(source, fresh)
        aside.mkdir(0o700)
        for file in place.glob(f"{LEDGER}*"):
            if file != fresh:
                file.rename(aside / file.name)
        fresh.rename(place / LEDGER)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(
            f"the ledger of {str(place)!r} cannot be replaced: {error}; see to that and try again"
        ) from None
    return aside


def _refuse_broken(backup: Path) -> None:
    try:
        with closing(_connect(backup)) as ledger:
            [health] = ledger.execute("PRAGMA quick_check(1)").fetchone()
            ledger.execute("SELECT version_num FROM alembic_version")
    except sqlite3.Error as error:
        raise UsageError(f"{str(backup)!r} is no ledger: {error}; give a file that 'backup' wrote") from None
    if health != "ok":
        raise UsageError(f"{str(backup)!r} is damaged: {health}; give another backup")


def _is_served(ledger: Path) -> bool:
    """Whether a server noted that it is alive, just now."""
    try:
        with closing(_connect(ledger)) as connection:
            noted = connection.execute("SELECT max(at) FROM pulse").fetchone()[0]
    except sqlite3.Error:  # gone or broken: that is why it is replaced
        return False
    return noted is not None and abs(time.time() - noted) < SHORTEST_OUTAGE
