"""The database of a challenge: opening, migrating, transactions, and the one writer of a server.

SQLite by default; ``postgresql+psycopg://…`` where several servers share a ledger. On SQLite every transaction that
writes takes the lock at its start, so that what it has read is still true when it writes; on PostgreSQL it locks the
rows it depends on (``with_for_update``).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from myorun.challenge.settings import LEDGER
from myorun.errors import MissingExtraError, UsageError

T = TypeVar("T")
Work = Callable[[Connection], T]

_MIGRATION_LOCK = 2017_1118  # PostgreSQL's advisory lock of those who migrate
_WAIT = 30.0  # s for SQLite's lock
_MOST_IDLE = "120s"  # that PostgreSQL waits for the next word of a transaction
_TRIES = 5  # of a transaction that met another one


class Ledger:
    """A migrated database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(writing=True)
        self._reading = engine if self.is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of our own."""
        return self.engine.dialect.name == "sqlite"

    def read(self, work: Work[T]) -> T:
        """What ``work`` finds; one consistent view, however many statements it takes."""
        with self._reading.begin() as connection:
            return work(connection)

    def write(self, work: Work[T]) -> T:
        """What ``work`` returns, once its changes are on disk.

        Where two transactions met (a deadlock, a lock not had in time), it is tried again from its start.
        """
        for attempt in range(_TRIES):
            try:
                with self._writing.begin() as connection:
                    return work(connection)
            except OperationalError:
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


class Writer:
    """The one thread of a server that writes; transactions that wait at the same time are committed together.

    A commit waits for the disk; a hundred steps that share one wait no longer than one of them.
    """

    def __init__(self, ledger: Ledger, most: int = 256) -> None:
        self._ledger, self._most = ledger, most
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> Future[T]:
        """Done when ``work`` is committed; its exception otherwise. ``work`` may run more than once.

        Cancelled while it waits, it is not carried out; from then on it can no longer be cancelled.
        """
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def waiting(self) -> int:
        """How many wait now."""
        return self._queue.qsize()

    def close(self) -> None:
        """Commit what waits, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (batch := self._next_batch()) is not None:
            self._commit([(work, future) for work, future in batch if future.set_running_or_notify_cancel()])

    def _next_batch(self) -> list[tuple[Work[Any], Future[Any]]] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < self._most:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self._queue.put(None)
                break
            batch.append(item)
        return batch

    def _commit(self, batch: list[tuple[Work[Any], Future[Any]]]) -> None:
        """All in one transaction; where one of them fails, each in its own."""
        if len(batch) > 1:
            try:
                results = self._ledger.write(lambda connection: [work(connection) for work, _ in batch])
            except Exception:  # whose fault it is shows below
                pass
            else:
                for (_, future), result in zip(batch, results, strict=True):
                    future.set_result(result)
                return
        for work, future in batch:
            try:
                future.set_result(self._ledger.write(work))
            except Exception as error:
                future.set_exception(error)


# ---------------------------------------------------------------- opening


def open_ledger(folder: str | Path, url: str | None = None) -> Ledger:
    """The ledger of a challenge's folder, or that of ``url``, migrated to this version.

    :class:`UsageError` for an address that is none or that nobody answers.
    """
    address = url or f"sqlite:///{Path(folder).resolve() / LEDGER}"
    try:
        engine = _engine(address)
        ledger = Ledger(engine)
        _migrate(ledger)
    except (ArgumentError, NoSuchModuleError):
        raise UsageError(
            f"DATABASE_URL is no address of a database; it must be like {_EXAMPLE}, or unset for SQLite"
        ) from None
    except ModuleNotFoundError:
        raise MissingExtraError("a ledger on PostgreSQL", "challenge") from None
    except DBAPIError as error:
        raise UsageError(f"the ledger {make_url(address).render_as_string()} cannot be opened: {error.orig}") from None
    return ledger


_EXAMPLE = "postgresql+psycopg://user:password@host/name"


def _engine(address: str) -> Engine:
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args=_postgres_options(url)
        )
    engine = create_engine(url, connect_args={"timeout": _WAIT, "check_same_thread": False})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgres_options(url: URL) -> dict[str, str]:
    """Who is gone in mid-transaction, with its machine or its network, must not keep its locks for hours."""
    return {} if "options" in url.query else {"options": f"-c idle_in_transaction_session_timeout={_MOST_IDLE}"}


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _migrate(ledger: Ledger) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with _alone(ledger) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _alone(ledger: Ledger) -> Iterator[Connection]:
    """A writing transaction that no other server migrates beside."""
    with ledger.engine.execution_options(writing=True).begin() as connection:
        if not ledger.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        yield connection
