"""Leaderboards: who ranks where, by the rules of the stage."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from myorun.challenge.settings import Stage
from myorun.challenge.tables import course_results, runs, teams
from myorun.challenge.times import iso_time


@dataclass(frozen=True)
class Submission:
    """A finished run that counts."""

    id: int
    team_id: int
    team: str
    score: float
    finished_at: float  # s since 1970
    ended_by: str


@dataclass(frozen=True)
class Place:
    """A line of a leaderboard."""

    rank: int
    submission: Submission  # the one that counts
    submissions: int  # of the team
    history: tuple[float, ...]  # scores of all the team's submissions, the oldest first
    course_scores: tuple[float, ...]  # of the one that counts


def submissions_of(connection: Connection, stage: str, team_id: int | None = None) -> list[Submission]:
    """Finished and charged runs of a stage, the oldest first."""
    columns = (runs.c.id, runs.c.team_id, teams.c.name, runs.c.score, runs.c.finished_at, runs.c.ended_by)
    counted = (runs.c.stage == stage) & runs.c.score.is_not(None) & runs.c.charged_at.is_not(None)
    if team_id is not None:
        counted &= runs.c.team_id == team_id
    found = select(*columns).join_from(runs, teams).where(counted).order_by(runs.c.finished_at, runs.c.id)
    return [Submission(*row) for row in connection.execute(found)]


def leaderboard(connection: Connection, stage: Stage) -> list[Place]:
    """Everybody's place, the first first."""
    by_team: dict[int, list[Submission]] = {}
    for submission in submissions_of(connection, stage.name):
        by_team.setdefault(submission.team_id, []).append(submission)
    counting = [_counting(stage, own) for own in by_team.values()]
    courses = _course_scores(connection, stage.name)
    return [
        Place(
            rank=rank,
            submission=submission,
            submissions=len(by_team[submission.team_id]),
            history=tuple(s.score for s in by_team[submission.team_id]),
            course_scores=tuple(courses.get(submission.id, ())),
        )
        for rank, submission in ranked(stage, counting)
    ]


def _counting(stage: Stage, own: list[Submission]) -> Submission:
    """The best one (of equals the earliest), or the last one."""
    if stage.counts == "last":
        return own[-1]
    return max(own, key=lambda s: (s.score, -s.finished_at, -s.id))


def ranked(stage: Stage, submissions: Iterable[Submission]) -> list[tuple[int, Submission]]:
    """With ranks from 1. Equal scores share a rank, or the earlier one is ahead, as the stage says."""
    ordered = sorted(submissions, key=lambda s: (-s.score, s.finished_at, s.id))
    places: list[tuple[int, Submission]] = []
    for number, submission in enumerate(ordered, 1):
        shares = stage.ties == "shared" and places and places[-1][1].score == submission.score
        places.append((places[-1][0] if shares else number, submission))
    return places


def _course_scores(connection: Connection, stage: str) -> dict[int, list[float]]:
    of_stage = select(course_results).join(runs, runs.c.id == course_results.c.run_id).where(runs.c.stage == stage)
    found: dict[int, list[float]] = {}
    for row in sorted(connection.execute(of_stage), key=operator.attrgetter("run_id", "course")):
        found.setdefault(row.run_id, []).append(row.score)
    return found


def as_record(place: Place) -> dict[str, Any]:
    """A line of the leaderboard's JSON and CSV twins."""
    return {
        "rank": place.rank,
        "team": place.submission.team,
        "score": place.submission.score,
        "submission": place.submission.id,
        "submitted": iso_time(place.submission.finished_at),
        "submissions": place.submissions,
        "course_scores": list(place.course_scores),
    }
