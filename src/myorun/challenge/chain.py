"""Events as rows, each sealed with those before it: SHA-256 over the digest before, the place and the content.

Whoever changes, drops or inserts an event breaks every digest after it. The last digest of a run goes to its owner as
a receipt, so that not even a chain sealed anew from the start goes unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from myorun.challenge.session import MUSCLES, Event, Plan, Reset, Step, Submit

_FORMAT = b"myorun-run-1"
RESET, STEP, SUBMIT = 0, 1, 2


@dataclass(frozen=True)
class Row:
    """An event as the ledger keeps it."""

    seq: int
    kind: int
    payload: bytes
    digest: bytes


class BrokenChainError(ValueError):
    """Events that are not those that were written; the message says which."""


def plan_document(plan: Plan) -> str:
    """The plan in its one spelling as JSON."""
    return json.dumps(asdict(plan), sort_keys=True, separators=(",", ":"))


def plan_of(document: str) -> Plan:
    """The inverse of :func:`plan_document`."""
    words: dict[str, Any] = json.loads(document)
    return Plan(**{**words, "seeds": tuple(words["seeds"])})


def first_digest(run: int, plan: Plan) -> bytes:
    """The seal of a run without events."""
    return hashlib.sha256(_FORMAT + struct.pack("<q", run) + plan_document(plan).encode()).digest()


def seal(before: bytes, seq: int, event: Event) -> Row:
    """The row of an event that follows the row sealed with ``before``."""
    kind, payload = _packed(event)
    return Row(seq, kind, payload, _digest(before, seq, kind, payload))


def _packed(event: Event) -> tuple[int, bytes]:
    if isinstance(event, Step):
        return STEP, event.excitations
    return (RESET, b"") if isinstance(event, Reset) else (SUBMIT, event.reason.encode())


def _digest(before: bytes, seq: int, kind: int, payload: bytes) -> bytes:
    return hashlib.sha256(before + struct.pack("<qB", seq, kind) + payload).digest()


def event_of(row: Row) -> Event:
    """The event of a row; :class:`BrokenChainError` if it is none."""
    if row.kind == STEP and len(row.payload) == 8 * MUSCLES:
        return Step(row.payload)
    if row.kind == RESET and not row.payload:
        return Reset()
    if row.kind == SUBMIT:
        return Submit(row.payload.decode("ascii", "replace"))
    raise BrokenChainError(f"event {row.seq} is of no known kind")


def verified(rows: Iterable[Row], before: bytes, first: int = 0) -> list[Event]:
    """The events of rows that continue the chain from ``before``; :class:`BrokenChainError` if they do not."""
    events = []
    for seq, row in enumerate(rows, first):
        if row.seq != seq:
            raise BrokenChainError(f"event {seq} is missing")
        if row.digest != _digest(before, row.seq, row.kind, row.payload):
            raise BrokenChainError(f"event {seq} is not what was written")
        events.append(event_of(row))
        before = row.digest
    return events
