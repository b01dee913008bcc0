"""Agents that were handed in, in the ledger: the queue, who grades them, what came of it.

Every function is one piece of a transaction. The ledger is the truth about jobs: whatever queue wakes the workers may
be lost. A worker *claims* a submission for a while and keeps the claim by *beats*; when it dies, its claim ends by
itself and the next worker begins again. A claim is fenced by the number of the attempt and by its run: the run of a
lost attempt is closed and given back, so that a worker which only seemed dead can write nothing that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from myorun.challenge import runs
from myorun.challenge.people import User
from myorun.challenge.refusals import OutOfOrderError, UnknownError
from myorun.challenge.runs import Run
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.tables import CONTAINER, submissions
from myorun.challenge.tables import runs as run_table
from myorun.challenge.verdict import Phase, Progress, Verdict
from myorun.version import __version__

MOST_ATTEMPTS = 3  # of a submission whose grading failed by our fault
_BUSY: tuple[Phase, ...] = ("pulling", "starting", "running")
_NOT_YET = 10 * 365.25 * 86_400.0  # s to the deadline of a run that waits for a worker
_ENDED = {"client": "finished", "deadline": "timed_out"}  # status of a submission by what ended its run


class LostClaimError(Exception):
    """The submission was given to another worker: stop, and write nothing."""


@dataclass(frozen=True)
class Submission:
    """A row of the ledger, without the agent's log."""

    id: int
    stage: str
    team_id: int
    user_id: int
    image: str
    run_id: int
    created_at: float
    status: str
    attempt: int
    cancel: bool
    worker: str | None
    lease_until: float | None
    started_at: float | None
    ended_at: float | None
    course: int
    step: int
    score: float | None
    fault: str | None
    message: str
    line: str

    @property
    def is_over(self) -> bool:
        """Whether there is a verdict."""
        return self.ended_at is not None


_COLUMNS = [submissions.c[name] for name in Submission.__dataclass_fields__]


# ---------------------------------------------------------------- handing in


def hand_in(
    connection: Connection,
    settings: Settings,
    stage: Stage,
    user: User,
    image: str,
    now: float,
    *,
    attempt: str | None = None,
) -> int:
    """Queue an agent; the number of the submission. ``image`` is for whoever grades it.

    Refused as a run is, see :func:`myorun.challenge.runs.create_run`: by stage, score, quota, open submissions. It is
    charged when the agent makes its first step. ``attempt``: the client's own name of this wish; again, the same one.
    """
    run_id, _ = runs.create_run(
        connection, settings, stage, user, now, protocol=CONTAINER, client=image, attempt=attempt
    )
    known = connection.execute(select(submissions.c.id).where(submissions.c.run_id == run_id)).scalar()
    if known is not None:
        return int(known)
    runs.set_deadline(connection, run_id, now + _NOT_YET)
    row = {
        "stage": stage.name,
        "team_id": user.team_id,
        "user_id": user.id,
        "image": image,
        "run_id": run_id,
        "created_at": now,
        "status": "queued",
        "attempt": 0,
        "cancel": False,
        "course": 0,
        "step": 0,
        "message": "",
        "line": "",
        "log": "",
    }
    done = connection.execute(insert(submissions).values(**row))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def cancel(connection: Connection, submission_id: int, now: float) -> Submission:
    """Its owner wants no verdict: one that waits is over at once, one that runs as soon as its worker hears of it."""
    found = _locked(connection, submission_id)
    if found.is_over:
        raise OutOfOrderError(f"the submission is over: {found.status}")
    if found.status == "queued":
        runs.refund(connection, runs.find_run(connection, found.run_id), now)
        _close(connection, found, Verdict("cancelled", "cancelled before it began"), "", now)
    else:
        _update(connection, found, cancel=True)
    return find(connection, submission_id)


# ---------------------------------------------------------------- looking


def find(connection: Connection, submission_id: int) -> Submission:
    """By number; :class:`UnknownError`."""
    return _submission(connection.execute(select(*_COLUMNS).where(submissions.c.id == submission_id)).first())


def of_team(connection: Connection, stage: str, team_id: int, limit: int = 200) -> list[Submission]:
    """All of a team in a stage, the newest first."""
    mine = (submissions.c.team_id == team_id) & (submissions.c.stage == stage)
    found = connection.execute(select(*_COLUMNS).where(mine).order_by(submissions.c.id.desc()).limit(limit))
    return [_submission(row) for row in found]


def latest(connection: Connection, limit: int = 50) -> list[Submission]:
    """What was handed in last, for the organiser."""
    found = connection.execute(select(*_COLUMNS).order_by(submissions.c.id.desc()).limit(limit))
    return [_submission(row) for row in found]


def needed_images(connection: Connection) -> set[str]:
    """Images of submissions that are to be graded, or that counted: all others may be forgotten."""
    needed = submissions.c.ended_at.is_(None) | run_table.c.charged_at.is_not(None)
    wanted = select(submissions.c.image).join(run_table, run_table.c.id == submissions.c.run_id).where(needed)
    return set(connection.execute(wanted.distinct()).scalars())


def log_of(connection: Connection, submission_id: int) -> str:
    """What the agent printed, for its owner."""
    return connection.execute(select(submissions.c.log).where(submissions.c.id == submission_id)).scalar() or ""


def position(connection: Connection, submission: Submission) -> int:
    """Which in the queue it is, from 1; 0 where it does not wait."""
    if submission.status != "queued":
        return 0
    before = (submissions.c.status == "queued") & (submissions.c.id < submission.id)
    return 1 + connection.execute(select(func.count()).select_from(submissions).where(before)).scalar_one()


def describe(submission: Submission, place: int, courses: int) -> str:
    """How it stands, in a few words for its owner."""
    if submission.status == "queued":
        again = ", to be graded again as the fault was ours" if submission.attempt else ""
        return f"queued, number {place} in line{again}"
    if submission.status == "running":
        return f"running: course {submission.course} of {courses}, score {submission.score or 0.0:.3f} so far"
    whose = {"agent": " by the agent's fault", "grader": " by our fault"}.get(submission.fault or "", "")
    words = submission.status.replace("_", " ") + (whose if submission.status == "failed" else "")
    return f"{words}: {submission.message}" if submission.message else words


def _submission(row: Any) -> Submission:
    if row is None:
        raise UnknownError("there is no such submission, or it is not yours")
    return Submission(**row._asdict())


# ---------------------------------------------------------------- claims


def waiting(connection: Connection, now: float) -> int:
    """How many are to be graded and have no worker that lives."""
    return connection.execute(select(func.count()).select_from(submissions).where(_claimable(now))).scalar_one()


def _claimable(now: float) -> Any:
    lost = submissions.c.status.in_(_BUSY) & (submissions.c.lease_until <= now)
    return or_(submissions.c.status == "queued", lost)


def claim(connection: Connection, settings: Settings, worker: str, now: float, lease: float) -> Submission | None:
    """The oldest that waits, for ``lease`` seconds this worker's; ``None`` if none does.

    One whose worker died is begun again with a new run, and the old run is given back; where that run was submitted
    already, its score holds. Those of a stage that ``settings`` no longer have wait, and keep nobody else waiting.
    """
    known = submissions.c.stage.in_([stage.name for stage in settings.stages])
    while True:
        oldest = select(*_COLUMNS).where(_claimable(now) & known).order_by(submissions.c.id).limit(1)
        row = connection.execute(oldest.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        found = _submission(row)
        if not _settle(connection, found, now):
            return _begin(connection, settings, found, worker, now, lease)


def _settle(connection: Connection, found: Submission, now: float) -> bool:
    """Close one that needs no worker any more; whether it is."""
    run = runs.find_run(connection, found.run_id)
    if run.finished_at is not None and run.ended_by != "refund":
        _close(connection, found, verdict_of_run(run), "", now)
    elif found.cancel:
        runs.refund(connection, run, now)
        _close(connection, found, Verdict("cancelled", "cancelled by its owner"), "", now)
    elif found.attempt >= MOST_ATTEMPTS:
        runs.refund(connection, run, now)
        words = f"its workers were lost {found.attempt} times; it is not charged"
        _close(connection, found, Verdict("failed", words, "grader"), "", now)
    else:
        return False
    return True


def verdict_of_run(run: Run) -> Verdict:
    """What to say of a submission whose run was over before its worker could say it."""
    status = _ENDED.get(run.ended_by or "", run.ended_by or "")
    if status == "finished":
        return Verdict("finished", "every command was answered")
    if status == "timed_out":
        return Verdict("timed_out", "the run's time was up", "agent")
    if status == "cancelled":
        return Verdict("cancelled", "cancelled by its owner")
    return Verdict("failed", "the agent failed", "agent")


def _begin(
    connection: Connection, settings: Settings, found: Submission, worker: str, now: float, lease: float
) -> Submission:
    stage = settings.stage(found.stage)
    assert stage is not None, "only those of known stages are claimed"
    run = runs.find_run(connection, found.run_id)
    is_fresh = run.finished_at is None and run.plan.engine == __version__ and not runs.rows_of(connection, run.id)
    run_id = run.id if is_fresh else runs.begin_again(connection, settings, stage, run, now)
    runs.set_deadline(connection, run_id, now + 60.0 * stage.time_limit_minutes)
    values = {"worker": worker[:100], "lease_until": now + lease, "started_at": now, "run_id": run_id}
    fresh = {"status": "pulling", "attempt": found.attempt + 1, "course": 0, "step": 0, "score": None}
    _update(connection, found, **values, **fresh)
    return find(connection, found.id)


def beat(
    connection: Connection,
    claimed: Submission,
    now: float,
    lease: float,
    phase: Phase = "running",
    progress: Progress | None = None,
) -> bool:
    """Keep a claim, and tell how far it is; whether the owner wants it cancelled. :class:`LostClaimError`."""
    _claimed(connection, claimed)
    how_far = {} if progress is None else {"course": progress.course, "step": progress.step, "score": progress.score}
    _update(connection, claimed, lease_until=now + lease, status=phase, **how_far)
    return find(connection, claimed.id).cancel


def finish(connection: Connection, claimed: Submission, verdict: Verdict, log: str, now: float) -> Submission:
    """Write the verdict; one of our fault puts the submission back into the queue. :class:`LostClaimError`."""
    _claimed(connection, claimed)
    run = runs.find_run(connection, claimed.run_id)
    if verdict.is_ours:
        runs.refund(connection, run, now)
        if claimed.attempt < MOST_ATTEMPTS:
            return _put_back(connection, claimed, verdict.message, claimed.attempt)
    _close(connection, claimed, verdict, log, now)
    return find(connection, claimed.id)


def give_back(connection: Connection, claimed: Submission) -> Submission:
    """The worker stops: the submission waits again, as if it had not begun. :class:`LostClaimError`."""
    _claimed(connection, claimed)
    return _put_back(connection, claimed, "", claimed.attempt - 1)


def _put_back(connection: Connection, found: Submission, message: str, attempt: int) -> Submission:
    values = {"status": "queued", "worker": None, "lease_until": None, "course": 0, "step": 0, "score": None}
    _update(connection, found, **values, message=message[:500], attempt=attempt)
    return find(connection, found.id)


def _close(connection: Connection, found: Submission, verdict: Verdict, log: str, now: float) -> None:
    score = connection.execute(select(run_table.c.score).where(run_table.c.id == found.run_id)).scalar()
    _update(
        connection,
        found,
        status=verdict.status,
        ended_at=now,
        lease_until=None,
        score=score,
        fault=verdict.fault,
        message=_plain(verdict.message)[:500],
        line=_plain(verdict.line)[:500],
        log=_plain(log),
    )


def _plain(text: str) -> str:
    """PostgreSQL keeps no NUL, and UTF-8 no half of a pair."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def _claimed(connection: Connection, claimed: Submission) -> None:
    now = _locked(connection, claimed.id)
    if (now.worker, now.attempt, now.run_id, now.is_over) != (claimed.worker, claimed.attempt, claimed.run_id, False):
        raise LostClaimError(claimed.id)


def _locked(connection: Connection, submission_id: int) -> Submission:
    wanted = select(*_COLUMNS).where(submissions.c.id == submission_id).with_for_update()
    return _submission(connection.execute(wanted).first())


def _update(connection: Connection, found: Submission, **values: Any) -> None:
    connection.execute(update(submissions).where(submissions.c.id == found.id).values(**values))
