"""Who may begin a run, and how many a team has left. Every function is one piece of a transaction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from myorun.challenge.people import User
from myorun.challenge.refusals import (
    NotAllowedError,
    NotQualifiedError,
    ParallelError,
    QuotaError,
    StageClosedError,
)
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.tables import CONTAINER, runs
from myorun.challenge.times import iso_time

_MOST_LISTED = 10  # open runs in a message


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


# ---------------------------------------------------------------- refusing


def refuse_unless_welcome(
    connection: Connection, settings: Settings, stage: Stage, user: User, now: float, protocol: str
) -> None:
    """Refuse who may not begin a run now.

    Raises:
        StageClosedError: before the stage opens and after it closes.
        NotAllowedError: an agent that runs elsewhere, in a stage for containers, or the other way round.
        NotQualifiedError: without the score that the stage asks for.
        QuotaError: no submission is left in the window.
        ParallelError: as many runs of the team are open as may be.
    """
    _refuse_closed(stage, now)
    _refuse_elsewhere(stage, protocol)
    _refuse_unqualified(connection, settings, stage, user)
    _refuse_beyond_limits(connection, stage, user, now)


def _refuse_elsewhere(stage: Stage, protocol: str) -> None:
    """Hidden courses of a play-off are seen by nothing but containers."""
    if (stage.agents == "containers") != (protocol == CONTAINER):
        how = "as containers: myorun playoff submit" if stage.agents == "containers" else "over HTTP: myorun submit"
        raise NotAllowedError(f"in stage {stage.label!r} agents take part {how}")


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
    is_open = _ours(stage, user) & runs.c.finished_at.is_(None)
    open_runs = list(connection.execute(select(runs.c.id).where(is_open).order_by(runs.c.id)).scalars())
    if len(open_runs) >= stage.parallel:
        raise ParallelError(
            f"your team has {len(open_runs)} open runs, and may have {stage.parallel} at a time; "
            + _how_to_end_one(stage, open_runs),
            limit=stage.parallel,
            open=len(open_runs),
        )


def _how_to_end_one(stage: Stage, open_runs: list[int]) -> str:
    if stage.agents == "containers":
        return "wait until one is graded, or take one back: myorun playoff cancel"
    listed = ", ".join(str(run) for run in open_runs[:_MOST_LISTED])
    return f"go on with one ({listed}): myorun submit --resume {open_runs[0]}, or end it on the page 'My submissions'"


def _why_none_left(quota: Quota, stage: Stage) -> str:
    used = f"your team has used {quota.charged} of {quota.limit} submissions"
    if quota.open_uncharged:
        used += f" and has {quota.open_uncharged} more under way"
    if quota.next_at is None:
        return f"{used}; finish those under way" if quota.open_uncharged else f"{used} of this stage"
    return f"{used} in {stage.window_hours:g} hours; the next comes free at {iso_time(math.ceil(quota.next_at))}"
