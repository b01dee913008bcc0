"""Serving a challenge's folder, and working for it: one process, until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn

from myorun.challenge.http.app import make_app
from myorun.challenge.http.edge import MOST_BYTES
from myorun.challenge.http.protocol import BoundedProtocol
from myorun.challenge.jobs.containers import ContainerGrading
from myorun.challenge.jobs.queue import JobQueue, Workers, jobs_url
from myorun.challenge.jobs.worker import LEASE, GradeSubmission, Worker
from myorun.challenge.ledger import Ledger, open_ledger
from myorun.challenge.logs import set_up_logging
from myorun.challenge.plans import plan_for
from myorun.challenge.settings import Settings, load_settings
from myorun.errors import UsageError

_BACKLOG = 2048  # connections that wait to be taken
_KEEP_ALIVE = 75  # s that an idle connection stays open: longer than a proxy's (nginx: 60), who must hang up first
_GRACE = 10  # s for requests under way when the server is told to stop


def database_url() -> str | None:
    """Where the ledger is, if not in the challenge's folder."""
    return os.environ.get("DATABASE_URL") or None


def open_challenge(folder: str | Path) -> tuple[Settings, Ledger]:
    """Settings and ledger of a folder; :class:`~myorun.errors.UsageError` if either cannot be used."""
    settings = load_settings(folder)
    return settings, open_ledger(folder, database_url())


@contextmanager
def opened_challenge(folder: str | Path) -> Iterator[tuple[Settings, Ledger]]:
    """:func:`open_challenge` for the length of a ``with``."""
    settings, ledger = open_challenge(folder)
    try:
        yield settings, ledger
    finally:
        ledger.close()


def serve(
    folder: str | Path,
    host: str,
    port: int,
    *,
    log: bool = True,
    workers: int = 1,
    begun: Callable[[], object] = lambda: None,
) -> None:
    """Interfaces, site and jobs of a challenge, until SIGINT or SIGTERM.

    Args:
        folder: of the challenge.
        host: address to listen at.
        port: to listen at.
        log: a line of JSON for every request, and for whatever else is to be told.
        workers: how many agents may be graded here at a time; 0 where other processes do it.
        begun: called once whoever connects is heard.
    """
    settings, ledger = open_challenge(folder)
    with closing(ledger), closing(JobQueue(folder, jobs_url())) as queue, _listening(host, port) as listener:
        ledger.write(lambda c: [plan_for(c, settings, stage, time.time()) for stage in settings.stages])
        set_up_logging(logging.INFO if log else logging.WARNING, as_json=log)
        config = uvicorn.Config(
            make_app(ledger, settings, folder=Path(folder), wake_workers=queue.wake),
            http=BoundedProtocol,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_GRACE,
            ws_max_size=MOST_BYTES,
        )
        with _working(folder, settings, ledger, workers):
            begun()
            uvicorn.Server(config).run([listener])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that hears who connects."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"nobody can listen at {host}, port {port}: {error.strerror}; choose another --host or --port"
        ) from None


def work(
    folder: str | Path,
    count: int = 1,
    *,
    grade: GradeSubmission | None = None,
    lease: float = LEASE,
    begun: Callable[[], object] = lambda: None,
) -> None:
    """Grade the agents that wait in a challenge, until SIGINT or SIGTERM; then give back what is under way.

    Args:
        folder: of the challenge.
        count: how many at a time.
        grade: how; by default in containers.
        lease: how long after its last sign of life a worker counts as dead [s].
        begun: called once work is looked for.
    """
    settings, ledger = open_challenge(folder)
    set_up_logging(logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with closing(ledger), _working(folder, settings, ledger, count, grade, lease):
        begun()
        stop.wait()


@contextmanager
def _working(
    folder: str | Path,
    settings: Settings,
    ledger: Ledger,
    count: int,
    grade: GradeSubmission | None = None,
    lease: float = LEASE,
) -> Iterator[None]:
    """Workers beside whatever else this process does."""
    if count == 0:
        yield
        return
    worker = Worker(ledger, settings, grade or ContainerGrading(folder, settings), lease=lease)
    workers = Workers(worker, folder, jobs_url(), count, look=lease / 6.0)
    workers.start()
    try:
        yield
    finally:
        workers.stop()
