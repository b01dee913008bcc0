"""Runs in the ledger: quota, events, results. Every function is one piece of a transaction."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from myorun.challenge import chain
from myorun.challenge.people import User
from myorun.challenge.refusals import (
    NotAllowedError,
    NotQualifiedError,
    ParallelError,
    QuotaError,
    StageClosedError,
    UnavailableError,
    UnknownError,
)
from myorun.challenge.secrets import digest_of, new_secret
from myorun.challenge.session import CourseResult, Plan, Result, Submit
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.tables import course_results, events, plans, pulse, runs, teams, users
from myorun.errors import UsageError
from myorun.version import __version__


class AppendConflictError(Exception):
    """Another server wrote this event's place first: what we know of the run is old."""


_TRIES = 20  # to close a run between two of its steps
HTTP_2017 = "2017"  # protocol of the runs that an instance id opens, without a token
CONTAINER = "container"  # protocol of the runs of agents that were handed in


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


@dataclass(frozen=True)
class Quota:
    """What a team has left in a stage."""

    limit: int
    charged: int  # in the window
    open_uncharged: int  # runs that will be charged at their first step
    next_at: float | None  # s since 1970, when one more comes free; None: nothing is charged, or never

    @property
    def left(self) -> int:
        """How many runs may be created now."""
        return max(0, self.limit - self.charged - self.open_uncharged)


# ---------------------------------------------------------------- plans


def plan_for(connection: Connection, settings: Settings, stage: Stage, now: float) -> int:
    """The id of the stage's plan for this engine; drawn and written down at its first use."""
    where = (plans.c.stage == stage.name) & (plans.c.engine == __version__)
    row = connection.execute(select(plans.c.id, plans.c.document).where(where)).first()
    if row is None:
        return _write_plan(connection, settings, stage, now)
    _refuse_changed_plan(chain.plan_of(row.document), settings, stage)
    return int(row.id)


def _write_plan(connection: Connection, settings: Settings, stage: Stage, now: float) -> int:
    seeds = stage.seeds or _seeds_of_earlier_engine(connection, stage) or _draw_seeds(stage.courses)
    plan = Plan(
        rules=settings.rules,
        engine=__version__,
        difficulty=stage.difficulty,
        max_obstacles=stage.max_obstacles,
        accuracy=stage.accuracy,
        seeds=seeds,
        salt=secrets.token_hex(16),
    )
    row = {"stage": stage.name, "engine": plan.engine, "document": chain.plan_document(plan), "created_at": now}
    done = connection.execute(insert(plans).values(**row))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def _draw_seeds(courses: int) -> tuple[int, ...]:
    """Beyond 2**32, where nobody can try them all."""
    return tuple(2**32 + secrets.randbelow(2**63 - 2**32) for _ in range(courses))


def _seeds_of_earlier_engine(connection: Connection, stage: Stage) -> tuple[int, ...]:
    """A new version of the engine runs the same courses."""
    newest = select(plans.c.document).where(plans.c.stage == stage.name).order_by(plans.c.id.desc()).limit(1)
    document = connection.execute(newest).scalar()
    return () if document is None else chain.plan_of(document).seeds


def _refuse_changed_plan(plan: Plan, settings: Settings, stage: Stage) -> None:
    """Courses that were drawn stay as they are: all participants run the same ones."""
    wanted: Mapping[str, object] = {
        "rules": settings.rules,
        "difficulty": stage.difficulty,
        "max_obstacles": stage.max_obstacles,
        "accuracy": stage.accuracy,
        "seeds": stage.seeds or plan.seeds,
        "courses": len(stage.seeds) or stage.courses,
    }
    kept = {**asdict(plan), "courses": len(plan.seeds)}
    changed = [name for name, value in wanted.items() if kept[name] != value]
    if changed:
        raise UsageError(
            f"stage {stage.name!r} has another {changed[0]} in challenge.toml than in the ledger; what a stage runs on "
            "cannot change: put it back, or add a stage with another name"
        )


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
        StageClosedError: before the stage opens and after it closes.
        NotAllowedError: an agent that runs elsewhere, in a stage for containers, or the other way round.
        NotQualifiedError: without the score that the stage asks for.
        QuotaError: no submission is left in the window.
        ParallelError: as many runs of the team are open as may be.
    """
    _wait_for_others(connection, user)
    key = new_secret() if attempt is None else f"{user.id} {protocol} {attempt}"  # no run of one is one of the other
    known = connection.execute(select(runs.c.id).where(runs.c.key_digest == digest_of(key))).scalar()
    if known is not None:
        return int(known), key
    _refuse_closed(stage, now)
    _refuse_elsewhere(stage, protocol)
    plan_id = plan_for(connection, settings, stage, now)
    _refuse_unqualified(connection, settings, stage, user)
    _refuse_beyond_limits(connection, stage, user, now)
    row = {
        "key_digest": digest_of(key),
        "plan_id": plan_id,
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


def refuse_unless_welcome(
    connection: Connection, settings: Settings, stage: Stage, user: User, now: float, protocol: str
) -> None:
    """What :func:`create_run` would refuse now, without creating anything."""
    _refuse_closed(stage, now)
    _refuse_elsewhere(stage, protocol)
    _refuse_unqualified(connection, settings, stage, user)
    _refuse_beyond_limits(connection, stage, user, now)


def _refuse_elsewhere(stage: Stage, protocol: str) -> None:
    """Hidden courses of a play-off are seen by nothing but containers."""
    if (stage.agents == "containers") != (protocol == CONTAINER):
        how = "as containers: myorun playoff submit" if stage.agents == "containers" else "over HTTP: myorun submit"
        raise NotAllowedError(f"in stage {stage.label!r} agents take part {how}")


def _wait_for_others(connection: Connection, user: User) -> None:
    """Those who count against the same quota come one at a time."""
    connection.execute(select(teams.c.id).where(teams.c.id == user.team_id).with_for_update())
    connection.execute(select(users.c.id).where(users.c.id == user.id).with_for_update())


def _refuse_closed(stage: Stage, now: float) -> None:
    if not stage.is_open(now):
        times = {"opens": stage.opens.timestamp(), "closes": stage.closes.timestamp()}
        when = f"opens {stage.opens:%Y-%m-%d %H:%M %Z}" if now < times["opens"] else "has closed"
        raise StageClosedError(f"the stage {stage.label!r} {when}", **times)


def _refuse_unqualified(connection: Connection, settings: Settings, stage: Stage, user: User) -> None:
    if stage.qualifying_stage is None:
        return
    best = select(func.max(runs.c.score)).where(
        (runs.c.stage == stage.qualifying_stage) & (runs.c.team_id == user.team_id) & _counted()
    )
    score = connection.execute(best).scalar()
    if score is None or score < stage.qualifying_score:
        needed, earlier = stage.qualifying_score, stage.qualifying_stage
        raise NotQualifiedError(
            f"stage {stage.label!r} needs {needed:g} points in stage {earlier!r}; your team has {score or 0.0:.3f}",
            needed=needed,
            reached=score,
        )


def _counted() -> Any:
    """Finished, and not given back."""
    return runs.c.finished_at.is_not(None) & runs.c.charged_at.is_not(None)


def _refuse_beyond_limits(connection: Connection, stage: Stage, user: User, now: float) -> None:
    quota = quota_of(connection, stage, user, now)
    if quota.left == 0:
        raise QuotaError(_why_none_left(quota, stage), limit=quota.limit, next_at=quota.next_at)
    open_runs = _count(connection, stage, user, runs.c.finished_at.is_(None))
    if open_runs >= stage.parallel:
        raise ParallelError(
            f"your team has {open_runs} open runs, and may have {stage.parallel} at a time; submit one of them first",
            limit=stage.parallel,
            open=open_runs,
        )


def _why_none_left(quota: Quota, stage: Stage) -> str:
    used = f"your team has used {quota.charged} of {quota.limit} submissions"
    if quota.open_uncharged:
        used += f" and has {quota.open_uncharged} more under way"
    if quota.next_at is None:
        return f"{used}; finish those under way" if quota.open_uncharged else f"{used} of this stage"
    return f"{used} in {stage.window_hours:g} hours; the next comes free at {iso_time(math.ceil(quota.next_at))}"


def iso_time(moment: float) -> str:
    """Seconds since 1970 as people and programs read them, UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def quota_of(connection: Connection, stage: Stage, user: User, now: float) -> Quota:
    """A charge leaves the window ``stage.window`` seconds after it was made, to the moment.

    What somebody ran in another team counts too: who moves between teams wins nothing.
    """
    since = now - stage.window
    in_window = _ours(stage, user) & (runs.c.charged_at.is_not(None)) & (runs.c.charged_at > since)
    times = sorted(connection.execute(select(runs.c.charged_at).where(in_window)).scalars())
    waiting = _count(connection, stage, user, runs.c.finished_at.is_(None) & runs.c.charged_at.is_(None))
    surplus = max(0, len(times) + waiting - stage.quota)  # charges that must leave before one more may come
    never = stage.window == float("inf") or surplus >= len(times)
    return Quota(stage.quota, len(times), waiting, None if never else times[surplus] + stage.window)


def _ours(stage: Stage, user: User) -> Any:
    """Runs of the user's team, and the user's own in other teams."""
    return ((runs.c.team_id == user.team_id) | (runs.c.user_id == user.id)) & (runs.c.stage == stage.name)


def _count(connection: Connection, stage: Stage, user: User, condition: Any) -> int:
    ours = _ours(stage, user) & condition
    return connection.execute(select(func.count()).select_from(runs).where(ours)).scalar_one()


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
    columns = ("id", "stage", "protocol", "client", "created_at", "finished_at", "ended_by", "score")
    newest = select(*(runs.c[name] for name in columns), teams.c.name.label("team")).join_from(runs, teams)
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


# ---------------------------------------------------------------- being alive

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
