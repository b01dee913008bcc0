"""Working for a challenge: in a process of its own, or beside its server."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path

from myorun.challenge.jobs.queue import Workers, jobs_url
from myorun.challenge.jobs.worker import LEASE, GradeSubmission, Worker
from myorun.challenge.ledger import Ledger
from myorun.challenge.server import open_challenge
from myorun.challenge.settings import Settings


def workers_for(
    ledger: Ledger, settings: Settings, folder: str | Path, grade: GradeSubmission, count: int = 1, lease: float = LEASE
) -> Workers:
    """Workers of a challenge on the queue that ``JOBS_URL`` names, by default a file in its folder."""
    look = min(5.0, lease / 6.0)
    return Workers(Worker(ledger, settings, grade, lease=lease), folder, jobs_url(), count, look)


def work(folder: str | Path, grade: GradeSubmission, count: int = 1, lease: float = LEASE) -> None:
    """Grade what waits in a challenge's folder until SIGINT or SIGTERM; then give back what is under way."""
    settings, ledger = open_challenge(folder)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    for noisy in ("alembic", "huey"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    workers = workers_for(ledger, settings, folder, grade, count, lease)
    workers.start()
    try:
        stop.wait()
    finally:
        workers.stop()
        ledger.close()
