"""Runs in the memory of a server, and how they get there: by going through their events again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from myorun.challenge import chain
from myorun.challenge.refusals import UnavailableError
from myorun.challenge.runner import EnvRunner
from myorun.challenge.runs import Run
from myorun.challenge.session import (
    Answer,
    Event,
    Plan,
    Repeat,
    Session,
    Step,
    Submit,
    refuse_other_excitations,
)


@dataclass
class Live:
    """A run in the memory of this server."""

    run: Run
    session: Session
    digest: bytes  # seal of the last event
    events: int
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def apply_all(session: Session, events: list[Event]) -> None:
    """Bring a session to where these events leave it."""
    for event in events:
        session.apply(event)


def revive(run: Run, rows: list[chain.Row], make_runner: Callable[[Plan], EnvRunner] = EnvRunner) -> Live:
    """The run as its events left it; :class:`~myorun.challenge.chain.BrokenChainError` if they are not the written."""
    session = Session(run.plan, make_runner(run.plan))
    before = chain.first_digest(run.id, run.plan)
    if run.finished_at is not None:  # what it is worth is in the ledger; nothing more can happen
        session.apply(Submit(run.ended_by or ""))
        return Live(run, session, before, len(rows))
    apply_all(session, chain.verified(rows, before))
    return Live(run, session, rows[-1].digest if rows else before, len(rows))


def answer_again(run: Run, rows: list[chain.Row], repeat: Repeat) -> Answer:
    """The answer of an earlier command, computed once more."""
    session = Session(run.plan, EnvRunner(run.plan))
    for event in chain.verified(rows, chain.first_digest(run.id, run.plan)):
        answer = session.apply(event)
        if answer is not None and (answer.course, answer.step) == (repeat.course, repeat.step):
            refuse_other_excitations(repeat, event.excitations if isinstance(event, Step) else None)
            return answer
    raise UnavailableError("the ledger holds no such step")  # another server's state was ahead of our view
