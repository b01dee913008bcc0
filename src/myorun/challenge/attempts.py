"""How often something may be tried, counted in the ledger: the same limit however many servers share it.

Each limit is a bucket that leaks: ``most`` at once, then one every ``seconds / most``. All that is kept of a bucket is
when it will be empty (the *generic cell rate algorithm*), under a digest of whom it counts.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from myorun.challenge.secrets import digest_of
from myorun.challenge.tables import attempts


@dataclass(frozen=True)
class Rate:
    """A limit."""

    name: str
    most: int
    seconds: float


SIGN_IN = Rate("sign-in", 10, 300.0)  # of an address and a name
SIGN_IN_ADDRESS = Rate("sign-in address", 100, 300.0)  # of an address
SIGN_UP = Rate("sign-up", 30, 3600.0)  # of an address
TEAM = Rate("team", 50, 86400.0)  # teams and invitations of a user


def seconds_to_wait(connection: Connection, rate: Rate, who: str, now: float) -> float:
    """Count one try; 0.0, or, where it is one too many and not counted, how long to wait [s]."""
    key, pause = digest_of(f"{rate.name} {who}"), rate.seconds / rate.most
    before = _empty_at(connection, key, now)
    empty_at = min(before, now + rate.seconds)  # never fuller than full, also where the clock was moved back
    wait = max(max(empty_at, now) + pause - rate.seconds - now, 0.0)
    if wait == 0.0:
        empty_at = max(empty_at, now) + pause
    if empty_at != before:
        connection.execute(update(attempts).where(attempts.c.key == key).values(empty_at=empty_at))
    return wait


def _empty_at(connection: Connection, key: bytes, now: float) -> float:
    """Of a bucket that nobody else counts in until this transaction ends; a new one where there is none."""
    wanted = select(attempts.c.empty_at).where(attempts.c.key == key).with_for_update()
    found = connection.execute(wanted).scalar()
    if found is not None:
        return float(found)
    connection.execute(delete(attempts).where(attempts.c.empty_at <= now))
    with suppress(IntegrityError), connection.begin_nested():  # another server may be first
        connection.execute(insert(attempts).values(key=key, empty_at=now))
    return float(connection.execute(wanted).scalar_one())
