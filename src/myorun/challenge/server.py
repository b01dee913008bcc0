"""Serving a challenge's folder: one process, until it is told to stop."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import uvicorn

from myorun.challenge.http.app import make_app
from myorun.challenge.http.edge import MOST_BYTES
from myorun.challenge.ledger import Ledger, open_ledger
from myorun.challenge.runs import plan_for
from myorun.challenge.settings import Settings, load_settings

_GRACE = 10  # s for requests under way when the server is told to stop


def database_url() -> str | None:
    """Where the ledger is, if not in the challenge's folder."""
    return os.environ.get("DATABASE_URL") or None


def open_challenge(folder: str | Path) -> tuple[Settings, Ledger]:
    """Settings and ledger of a folder; :class:`~myorun.errors.UsageError` if either cannot be used."""
    settings = load_settings(folder)
    return settings, open_ledger(folder, database_url())


def serve(folder: str | Path, host: str, port: int, *, log: bool = True) -> None:
    """Interfaces, site and jobs of a challenge, until SIGINT or SIGTERM."""
    settings, ledger = open_challenge(folder)
    ledger.write(lambda connection: [plan_for(connection, settings, stage, time.time()) for stage in settings.stages])
    logging.basicConfig(level=logging.INFO if log else logging.WARNING, format="%(asctime)s %(message)s")
    for noisy in ("alembic", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    config = uvicorn.Config(
        make_app(ledger, settings),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ws_max_size=MOST_BYTES,
    )
    try:
        uvicorn.Server(config).run()
    finally:
        ledger.close()
