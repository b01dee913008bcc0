"""Limits against guessing: exact, however many servers count, and whatever their clocks do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from myorun.challenge import attempts
from myorun.challenge.attempts import Rate
from myorun.challenge.ledger import Ledger

NOW = 1_800_000_000.0
TEN = Rate("test", 10, 300.0)


def wait(ledger: Ledger, now: float = NOW, who: str = "ann") -> float:
    return ledger.write(lambda connection: attempts.seconds_to_wait(connection, TEN, who, now))


def test_ten_at_once_and_then_one_every_half_minute(sqlite_ledger: Ledger) -> None:
    assert [wait(sqlite_ledger) for _ in range(12)] == [0.0] * 10 + [30.0] * 2
    assert wait(sqlite_ledger, NOW + 29.0) == 1.0
    assert [wait(sqlite_ledger, NOW + 30.0) for _ in range(2)] == [0.0, 30.0]
    assert wait(sqlite_ledger, who="bob") == 0.0
    assert [wait(sqlite_ledger, NOW + 9000.0) for _ in range(11)] == [0.0] * 10 + [30.0]


def test_a_clock_moved_back_locks_nobody_out(sqlite_ledger: Ledger) -> None:
    for _ in range(10):
        wait(sqlite_ledger)
    assert wait(sqlite_ledger, NOW - 86400.0) == pytest.approx(30.0)
    assert wait(sqlite_ledger, NOW - 86400.0 + 30.0) == 0.0


def test_no_two_servers_let_one_more_through(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: wait(ledger), range(30)))
    assert waits.count(0.0) == 10
