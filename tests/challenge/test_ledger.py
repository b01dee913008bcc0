"""The ledger's connections: who is gone in the middle of a transaction must not be in everybody's way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from myorun.challenge.ledger import Ledger, open_ledger


def _patience(ledger: Ledger) -> str:
    return str(ledger.read(lambda c: c.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()))


def test_postgresql_ends_transactions_that_say_nothing(postgres: Callable[[], str], tmp_path: Path) -> None:
    address = postgres()
    with closing(open_ledger(tmp_path, address)) as ledger:
        assert _patience(ledger) == "2min"
    with closing(open_ledger(tmp_path, f"{address}?options=-c%20statement_timeout%3D9s")) as ledger:
        assert _patience(ledger) == "0"  # who sets options sets all of them
