"""Runs in the ledger: how they begin, their events, their results. Every function is one piece of a transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from myorun.challenge import chain
from myorun.challenge.people import User
from myorun.challenge.plans import plan_for
from myorun.challenge.quota import refuse_unless_welcome
from myorun.challenge.refusals import UnavailableError, UnknownError
from myorun.challenge.secrets import digest_of, new_secret
from myorun.challenge.session import CourseResult, Plan, Result, Submit
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.tables import HTTP_2017, course_results, events, plans, runs, teams, users


class AppendConflictError(Exception):
    """Another server wrote this event's place first: what we know of the run is old."""


_TRIES = 20  # to close a run between two of its steps


@dataclass(frozen=True)
class Run:
    """A row of the ledger; ``plan`` holds the hidden seeds and is not shown."""

    id: int
    stage: str
    team_id: int
    user_id: int
    created_at: float
    deadline_at: float
    charged_at: float | None
    finished_at: float | None
    ended_by: str | None
    score: float | None
    digest: bytes | None
    plan: Plan


# ---------------------------------------------------------------- creating


def create_run(
    connection: Connection,
    settings: Settings,
    stage: Stage,
    user: User,
    now: float,
    *,
    protocol: str,
    client: str,
    attempt: str | None = None,
) -> tuple[int, str]:
    """A new open run: its id, and its instance id, which is seen only now.

    ``attempt`` is the client's own name of this wish: the same wish again, as its answer was lost, makes no second run.

    Raises:
        RefusedError: see :func:`~myorun.challenge.quota.refuse_unless_welcome`.
    """
    _wait_for_others(connection, user)
    key = new_secret() if attempt is None else f"{user.id} {protocol} {attempt}"  # no run of one is one of the other
    known = connection.execute(select(runs.c.id).where(runs.c.key_digest == digest_of(key))).scalar()
    if known is not None:
        return int(known), key
    refuse_unless_welcome(connection, settings, stage, user, now, protocol)
    row = {
        "key_digest": digest_of(key),
        "plan_id": plan_for(connection, settings, stage, now),
        "stage": stage.name,
        "team_id": user.team_id,
        "user_id": user.id,
        "protocol": protocol,
        "client": client[:64],
        "created_at": now,
        "deadline_at": now + 60.0 * stage.time_limit_minutes,
    }
    done = connection.execute(insert(runs).values(**row))
    return int(done.inserted_primary_key[0]), key  # type: ignore[index]


def begin_again(connection: Connection, settings: Settings, stage: Stage, run: Run, now: float) -> int:
    """Give back what a run was charged, and open another one in its place, under its key; that is never refused."""
    refund(connection, run, now)
    columns = ("key_digest", "team_id", "user_id", "stage", "protocol", "client")
    old = connection.execute(select(*(runs.c[name] for name in columns)).where(runs.c.id == run.id)).one()
    connection.execute(update(runs).where(runs.c.id == run.id).values(key_digest=digest_of(new_secret())))
    row = {
        **old._asdict(),
        "plan_id": plan_for(connection, settings, stage, now),
        "created_at": now,
        "deadline_at": run.deadline_at,
    }
    done = connection.execute(insert(runs).values(**row))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def set_deadline(connection: Connection, run_id: int, deadline: float) -> None:
    """When the run's time is up."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(deadline_at=deadline))


def _wait_for_others(connection: Connection, user: User) -> None:
    """Those who count against the same quota come one at a time."""
    connection.execute(select(teams.c.id).where(teams.c.id == user.team_id).with_for_update())
    connection.execute(select(users.c.id).where(users.c.id == user.id).with_for_update())


# ---------------------------------------------------------------- reading

_RUN = select(
    runs.c.id,
    runs.c.stage,
    runs.c.team_id,
    runs.c.user_id,
    runs.c.created_at,
    runs.c.deadline_at,
    runs.c.charged_at,
    runs.c.finished_at,
    runs.c.ended_by,
    runs.c.score,
    runs.c.digest,
    plans.c.document,
).join_from(runs, plans)


def _run(row: Any) -> Run:
    if row is None:
        raise UnknownError("there is no such run, or it is not yours")
    columns = row._asdict()
    plan = chain.plan_of(columns.pop("document"))
    return Run(**columns, plan=plan)


def find_run(connection: Connection, run_id: int) -> Run:
    """By number; :class:`UnknownError`."""
    return _run(connection.execute(_RUN.where(runs.c.id == run_id)).first())


def find_run_by_key(connection: Connection, key: str) -> Run:
    """By instance id of 2017's interface; :class:`UnknownError`.

    Runs of other interfaces have none: their keys are made of the client's own words, which others may guess.
    """
    mine = (runs.c.key_digest == digest_of(key)) & (runs.c.protocol == HTTP_2017)
    return _run(connection.execute(_RUN.where(mine)).first())


def runs_of_team(connection: Connection, stage: str, team_id: int, limit: int = 200) -> list[Run]:
    """All runs of a team in a stage, the newest first."""
    mine = (runs.c.team_id == team_id) & (runs.c.stage == stage)
    return [_run(row) for row in connection.execute(_RUN.where(mine).order_by(runs.c.id.desc()).limit(limit))]


def latest_runs(connection: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """What happened last, for the organiser."""
    names = "id stage protocol client created_at deadline_at charged_at finished_at ended_by score"
    newest = select(*(runs.c[name] for name in names.split()), teams.c.name.label("team")).join_from(runs, teams)
    return [row._asdict() for row in connection.execute(newest.order_by(runs.c.id.desc()).limit(limit))]


def rows_of(connection: Connection, run_id: int, first: int = 0) -> list[chain.Row]:
    """The events of a run from a place on."""
    columns = (events.c.seq, events.c.kind, events.c.payload, events.c.digest)
    wanted = (events.c.run_id == run_id) & (events.c.seq >= first)
    found = connection.execute(select(*columns).where(wanted).order_by(events.c.seq))
    return [chain.Row(seq, kind, bytes(payload), bytes(digest)) for seq, kind, payload, digest in found]


def results_of(connection: Connection, run_id: int) -> list[CourseResult]:
    """Per course, in their order; empty before the run is over."""
    columns = [course_results.c[name] for name in ("score", "steps", "distance", "ending")]
    found = select(*columns).where(course_results.c.run_id == run_id).order_by(course_results.c.course)
    return [CourseResult(*row) for row in connection.execute(found)]


def result_of(connection: Connection, run: Run) -> Result:
    """What a finished run is worth."""
    return Result(run.score or 0.0, tuple(results_of(connection, run.id)))


def overdue_runs(connection: Connection, now: float, limit: int = 100) -> list[int]:
    """Open runs whose time is up."""
    late = runs.c.finished_at.is_(None) & (runs.c.deadline_at <= now)
    return list(connection.execute(select(runs.c.id).where(late).order_by(runs.c.deadline_at).limit(limit)).scalars())


# ---------------------------------------------------------------- writing


def append(connection: Connection, run_id: int, row: chain.Row, now: float) -> None:
    """Write an event; :class:`AppendConflictError` if its place is taken."""
    values = {"run_id": run_id, "seq": row.seq, "kind": row.kind, "payload": row.payload, "digest": row.digest}
    try:
        connection.execute(insert(events), {**values, "at": now})
    except IntegrityError:
        raise AppendConflictError(run_id, row.seq) from None


def charge(connection: Connection, run_id: int, now: float) -> None:
    """Count the run against the team's quota, once."""
    connection.execute(update(runs).where((runs.c.id == run_id) & runs.c.charged_at.is_(None)).values(charged_at=now))


def finish(connection: Connection, run_id: int, row: chain.Row, result: Result, now: float, reason: str) -> None:
    """Write the last event and what the run is worth, together."""
    append(connection, run_id, row, now)
    values = {"finished_at": now, "ended_by": reason, "score": result.score, "digest": row.digest}
    connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
    rows = [{"run_id": run_id, "course": number, **asdict(r)} for number, r in enumerate(result.courses)]
    connection.execute(insert(course_results), rows)


def refund(connection: Connection, run: Run, now: float) -> None:
    """Give the charge of a run back, and close it if it is open: the fault was ours. It does not rank."""
    values: dict[str, Any] = {"ended_by": "refund", "charged_at": None, "score": None}
    if run.finished_at is None:
        written = rows_of(connection, run.id)
        before = written[-1].digest if written else chain.first_digest(run.id, run.plan)
        row = chain.seal(before, len(written), Submit("refund"))
        append(connection, run.id, row, now)
        values |= {"finished_at": now, "digest": row.digest}
    connection.execute(update(runs).where(runs.c.id == run.id).values(**values))


def give_back(write: Callable[[Callable[[Connection], None]], object], run_id: int, now: float) -> None:
    """:func:`refund` of a run that may be stepping at this very moment; ``write`` carries out a transaction."""
    for _ in range(_TRIES):
        try:
            write(lambda connection: refund(connection, find_run(connection, run_id), now))
        except AppendConflictError:
            continue
        return
    raise UnavailableError(f"run {run_id} steps faster than it can be closed; try again")


def extend_deadlines(connection: Connection, seconds: float) -> int:
    """Give all open runs more time; how many there are."""
    later = runs.c.deadline_at + seconds
    return connection.execute(update(runs).where(runs.c.finished_at.is_(None)).values(deadline_at=later)).rowcount
