"""The ledger's transactions: what is read is one view, and nobody who gives up or is gone harms who still waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from challenge.conftest import add
from myorun.challenge import people
from myorun.challenge.ledger import Ledger, Writer, open_ledger
from started import PATIENCE


def test_a_wish_that_was_cancelled_is_left_out_and_harms_no_other(sqlite_ledger: Ledger) -> None:
    writer, begun, go_on = Writer(sqlite_ledger), threading.Event(), threading.Event()

    def wait(_: Connection) -> bool:
        begun.set()
        return go_on.wait(PATIENCE)

    under_way = writer.submit(wait)
    assert begun.wait(PATIENCE)
    cancelled = writer.submit(lambda connection: people.add_user(connection, "bob", 1.0))
    others = [writer.submit(lambda c, name=name: people.add_user(c, name, 1.0)) for name in ("ann", "carl")]
    assert cancelled.cancel() and not under_way.cancel()
    go_on.set()
    assert under_way.result(PATIENCE) and [future.result(PATIENCE).name for future in others] == ["ann", "carl"]
    writer.close()
    assert sqlite_ledger.read(people.count_users) == 2


def test_what_is_read_is_one_view_whatever_others_write(ledger: Ledger) -> None:
    def count_twice(connection: Connection) -> tuple[int, int]:
        before = people.count_users(connection)
        thread = threading.Thread(target=add, args=(ledger, "ann"))
        thread.start()
        thread.join(PATIENCE)
        return before, people.count_users(connection)

    assert ledger.read(count_twice) == (0, 0)
    assert ledger.read(people.count_users) == 1


def _patience(ledger: Ledger) -> str:
    return str(ledger.read(lambda c: c.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()))


def test_postgresql_ends_transactions_that_say_nothing(postgres: Callable[[], str], tmp_path: Path) -> None:
    address = postgres()
    with closing(open_ledger(tmp_path, address)) as ledger:
        assert _patience(ledger) == "2min"
    with closing(open_ledger(tmp_path, f"{address}?options=-c%20statement_timeout%3D9s")) as ledger:
        assert _patience(ledger) == "0"  # who sets options sets all of them
