"""What goes in and out of our interface, documented: the models of OpenAPI."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from myorun.challenge.quota import Quota
from myorun.challenge.runs import Run
from myorun.challenge.session import MUSCLES, Answer, CourseResult, Session
from myorun.challenge.settings import Stage
from myorun.challenge.times import iso_time


def _as_whole(value: Any) -> Any:
    """JSON has one kind of numbers: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_as_whole)]


class In(BaseModel):
    """What comes in: nothing unknown, nothing of another kind."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CreateIn(In):
    """What a new run is for."""

    stage: str | None = Field(None, max_length=32, description="a stage's name; null: the one that is open")
    client: str = Field("unknown", min_length=1, max_length=64, description="program and version")
    attempt: str | None = Field(
        None, min_length=16, max_length=64, description="a random word of yours: sent again, it makes no second run"
    )


class ResetIn(In):
    """Which course to begin."""

    course: Whole | None = Field(None, ge=0, le=1000, description="from 0; a course begun already answers again")


class StepIn(In):
    """One step. Sent again with the same index, it gets the same answer."""

    course: Whole = Field(ge=0, le=1000, description="index of the course, from 0")
    step: Whole = Field(ge=0, le=1_000_000, description="index of the step on this course, from 0")
    action: list[Annotated[float, Field(allow_inf_nan=False)]] = Field(
        min_length=MUSCLES, max_length=MUSCLES, description="muscle excitations, clipped to [0, 1]"
    )


def complaint(problem: Mapping[str, Any]) -> str:
    """What is wrong with what came in, of pydantic's ``errors()``, in a sentence for its sender."""
    if "action" in problem["loc"] and problem["type"] != "missing":
        return f"the action must be a list of {MUSCLES} finite numbers, one excitation a muscle"
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}"[:500]


class ErrorOut(BaseModel):
    """Every error, of all routes."""

    code: str = Field(description="for programs; never changes")
    message: str = Field(description="for people: what was wrong and what to do")
    details: dict[str, Any] = Field(description="the numbers of the message")


ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorOut, "description": "what is wrong, and what to do"},
    "5XX": {"model": ErrorOut, "description": "our fault; send the request again"},
}


class AnswerOut(BaseModel):
    """What is seen after a reset or a step."""

    course: int
    step: int = Field(description="steps made on this course; the index of the next one")
    observation: list[float] | None = Field(description="41 numbers; null: no course is left")
    reward: float
    terminated: bool = Field(description="the human fell")
    truncated: bool = Field(description="the course's time is up")

    @classmethod
    def of(cls, answer: Answer) -> dict[str, Any]:
        """As a document; not validated, as it is ours."""
        return {
            "course": answer.course,
            "step": answer.step,
            "observation": answer.observation,
            "reward": answer.reward,
            "terminated": answer.terminated,
            "truncated": answer.truncated,
        }


class CourseOut(BaseModel):
    """What was reached on a course."""

    score: float
    steps: int
    distance: float = Field(description="m")
    ending: Literal["fell", "finished", "unfinished", "unplayed"]

    @classmethod
    def of(cls, result: CourseResult) -> CourseOut:
        """From the machine's result."""
        return cls(score=result.score, steps=result.steps, distance=result.distance, ending=result.ending)


class RunOut(BaseModel):
    """A run as it stands."""

    run: int
    stage: str
    phase: str = Field(description="created, running, course_over, no_course_left, submitted")
    courses: int
    course: int = Field(description="index of the course under way; -1: none is")
    step: int = Field(description="index of the next step on it")
    created: str
    deadline: str = Field(description="then it counts as it stands")
    charged: bool = Field(description="whether it counts against the quota: from the first step on")
    ended_by: str | None = Field(description="client, deadline, refund; null: open")
    score: float | None = Field(description="mean over all courses; null: open")
    last: AnswerOut | None = Field(description="the last answer, to resume from")
    course_results: list[CourseOut]
    receipt: str | None = Field(description="seal of the run's events; keep it as a proof of what you did")

    @classmethod
    def of(cls, run: Run, session: Session, results: list[CourseResult]) -> RunOut:
        """From the ledger's row and the machine."""
        return cls(
            run=run.id,
            stage=run.stage,
            phase=session.phase,
            courses=session.courses,
            course=session.course,
            step=session.step,
            created=iso_time(run.created_at),
            deadline=iso_time(run.deadline_at),
            charged=run.charged_at is not None,
            ended_by=run.ended_by,
            score=run.score,
            last=None if session.last is None else AnswerOut(**AnswerOut.of(session.last)),
            course_results=[CourseOut.of(result) for result in results],
            receipt=None if run.digest is None else run.digest.hex(),
        )


class CreatedOut(BaseModel):
    """A new run."""

    run: int
    stage: str
    courses: int
    max_steps: int = Field(description="of a course")
    deadline: str


class SubmittedOut(BaseModel):
    """What a run was worth."""

    run: int
    score: float
    course_results: list[CourseOut]
    receipt: str


class QuotaOut(BaseModel):
    """What your team has left."""

    stage: str
    limit: int
    window_hours: float = Field(description="0: the whole stage")
    charged: int
    open_uncharged: int = Field(description="runs that will be charged at their first step")
    left: int
    next_at: str | None = Field(description="when one more comes free; null: nothing is charged, or it never does")

    @classmethod
    def of(cls, stage: Stage, quota: Quota) -> QuotaOut:
        """From the ledger's count. The moment is rounded up: who waits until then is not too early."""
        return cls(
            stage=stage.name,
            limit=quota.limit,
            window_hours=stage.window_hours,
            charged=quota.charged,
            open_uncharged=quota.open_uncharged,
            left=quota.left,
            next_at=None if quota.next_at is None else iso_time(math.ceil(quota.next_at)),
        )


class StageOut(BaseModel):
    """A stage, without its secrets."""

    name: str
    title: str
    opens: str
    closes: str
    open: bool
    courses: int
    difficulty: int
    max_obstacles: int
    quota: int
    window_hours: float
    parallel: int
    time_limit_minutes: float
    counts: str

    @classmethod
    def of(cls, stage: Stage, now: float) -> StageOut:
        """As it stands at ``now``."""
        same = ("name", "difficulty", "max_obstacles", "quota", "window_hours", "parallel", "time_limit_minutes")
        return cls(
            **{name: getattr(stage, name) for name in (*same, "counts")},
            title=stage.label,
            opens=iso_time(stage.opens.timestamp()),
            closes=iso_time(stage.closes.timestamp()),
            open=stage.is_open(now),
            courses=len(stage.seeds) or stage.courses,
        )


class ChallengeOut(BaseModel):
    """The challenge."""

    name: str
    rules: str
    engine: str
    stages: list[StageOut]


class SubmissionOut(BaseModel):
    """A finished run that counts."""

    run: int
    score: float
    submitted: str
    ended_by: str


class PlaceOut(BaseModel):
    """A line of the leaderboard."""

    rank: int
    team: str
    score: float
    submission: int
    submitted: str
    submissions: int
    course_scores: list[float]
