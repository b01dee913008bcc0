"""Signs of life of the servers that share a ledger, so that the time in which none lived is given back to open runs."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from myorun.challenge.runs import extend_deadlines
from myorun.challenge.tables import pulse

_SERVER = "server"
SHORTEST_OUTAGE = 10.0  # s; what is shorter is no outage


def note_alive(connection: Connection, now: float) -> None:
    """Some server lives at ``now``."""
    if connection.execute(update(pulse).where(pulse.c.name == _SERVER).values(at=now)).rowcount == 0:
        connection.execute(insert(pulse).values(name=_SERVER, at=now))


def make_up_for_outage(connection: Connection, now: float) -> float:
    """Give open runs the time in which no server lived; how long that was [s]."""
    last = connection.execute(select(pulse.c.at).where(pulse.c.name == _SERVER).with_for_update()).scalar()
    outage = 0.0 if last is None or now - last < SHORTEST_OUTAGE else now - last
    if outage:
        extend_deadlines(connection, outage)
    note_alive(connection, now)
    return outage
