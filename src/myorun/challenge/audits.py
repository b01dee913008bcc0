"""Runs of the ledger computed again, to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from myorun.challenge import chain, runs
from myorun.challenge.runner import EnvRunner
from myorun.challenge.server import opened_challenge
from myorun.challenge.session import CourseResult, Event, Result, Session, Submit, mean_score
from myorun.challenge.tables import runs as run_table
from myorun.errors import UsageError
from myorun.version import __version__


@dataclass(frozen=True)
class Audit:
    """What came of computing a run again."""

    run: int
    recorded: float | None
    recomputed: float | None
    problem: str = ""  # empty: nothing speaks against it
    engine: str = ""  # that must compute it again, if not this one: its seals hold, its score was not compared

    @property
    def holds(self) -> bool:
        """Whether the ledger says what happened, as far as this engine can tell."""
        return not self.problem


def rescore(
    folder: str | Path, only: int | None = None, show: Callable[[int, int], object] = lambda done, of: None
) -> Iterator[Audit]:
    """Compute the score of finished runs again from their events, one after the other; ``show`` hears how far it is."""
    with opened_challenge(folder) as (_, ledger):
        wanted = ledger.read(lambda connection: _finished(connection, only))
        for done, run_id in enumerate(wanted):
            show(done, len(wanted))
            yield ledger.read(partial(audit, run_id=run_id))
        show(len(wanted), len(wanted))


def _finished(connection: Connection, only: int | None) -> list[int]:
    wanted: Any = run_table.c.finished_at.is_not(None)
    if only is not None:
        wanted &= run_table.c.id == only
    found = list(connection.execute(select(run_table.c.id).where(wanted).order_by(run_table.c.id)).scalars())
    if only is not None and not found:
        raise UsageError(f"there is no finished run {only}; leave the number out to compute all again")
    return found


def audit(connection: Connection, run_id: int) -> Audit:
    """Check the chain of a run, and its score to the bit."""
    run, rows = runs.find_run(connection, run_id), runs.rows_of(connection, run_id)
    try:
        events = chain.verified(rows, chain.first_digest(run.id, run.plan))
    except chain.BrokenChainError as error:
        return Audit(run_id, run.score, None, f"tampered with: {error}")
    if not events or run.digest != rows[-1].digest or not isinstance(events[-1], Submit):
        return Audit(run_id, run.score, None, "tampered with: the last event is missing")
    if run.plan.engine != __version__:
        return _without_playing(run, runs.results_of(connection, run_id))
    result = _played_again(run, events)
    if run.ended_by == "refund":
        return Audit(run_id, None, result.score, "")
    same = run.score == result.score and tuple(runs.results_of(connection, run_id)) == result.courses
    return Audit(run_id, run.score, result.score, "" if same else "the recorded score is another")


def _without_playing(run: runs.Run, results: list[CourseResult]) -> Audit:
    """What can be said of a run of another engine, whose seals hold."""
    is_mean = run.score is None or run.score == mean_score([result.score for result in results])
    return Audit(
        run.id, run.score, None, "" if is_mean else "the score is not the mean of its courses", run.plan.engine
    )


def _played_again(run: runs.Run, events: list[Event]) -> Result:
    session = Session(run.plan, EnvRunner(run.plan))
    for event in events:
        session.apply(event)
    return session.result()
