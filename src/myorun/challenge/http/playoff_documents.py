"""What goes in and out of the play-off's routes: the models of OpenAPI."""

from __future__ import annotations

from pydantic import BaseModel, Field

from myorun.challenge import submissions
from myorun.challenge.http.documents import In, Whole
from myorun.challenge.playoff.uploads import MOST_PIECE, Upload
from myorun.challenge.submissions import Submission
from myorun.challenge.times import iso_time


class BeginIn(In):
    """An archive that is to be uploaded."""

    stage: str | None = Field(None, max_length=32, description="a stage's name; null: the one that is open")
    size: Whole = Field(ge=1, le=2**53, description="bytes")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the archive, 64 hexadecimal digits")


class NameIn(In):
    """An image in a registry that the organiser allows."""

    stage: str | None = Field(None, max_length=32, description="a stage's name; null: the one that is open")
    image: str = Field(min_length=1, max_length=300, description="such as registry.example.org/team/agent@sha256:…")
    attempt: str | None = Field(None, min_length=16, max_length=64, description="your name of this wish, to repeat it")


class UploadOut(BaseModel):
    """An upload as it stands."""

    upload: str
    stage: str
    size: int = Field(description="bytes, as announced")
    received: int = Field(description="bytes that are there: the offset of the next piece")
    most: int = Field(description="bytes that a piece may have")

    @classmethod
    def of(cls, upload: Upload) -> UploadOut:
        """From the store's."""
        return cls(upload=upload.id, stage=upload.stage, size=upload.size, received=upload.received, most=MOST_PIECE)


class ReceivedOut(BaseModel):
    """How much is there now."""

    received: int


class LogOut(BaseModel):
    """What an agent printed."""

    log: str


class AgentOut(BaseModel):
    """An agent that was handed in."""

    submission: int
    stage: str
    status: str = Field(description="queued, pulling, starting, running, finished, failed, timed_out or cancelled")
    says: str = Field(description="the status, for people")
    position: int = Field(description="in the queue, from 1; 0: it does not wait")
    course: int = Field(description="under way, from 1")
    courses: int
    step: int
    score: float | None = Field(description="as it stands, or stood; only in its own team's eyes")
    fault: str | None = Field(description="agent, or grader: then nothing is charged")
    message: str
    line: str = Field(description="of the agent's log, that says most about why it failed")
    image: str
    created: str
    ended: str | None

    @classmethod
    def of(cls, found: Submission, position: int, courses: int) -> AgentOut:
        """From the ledger's row."""
        return cls(
            submission=found.id,
            stage=found.stage,
            status=found.status,
            says=submissions.describe(found, position, courses),
            position=position,
            course=found.course,
            courses=courses,
            step=found.step,
            score=found.score,
            fault=found.fault,
            message=found.message,
            line=found.line,
            image=found.image,
            created=iso_time(found.created_at),
            ended=None if found.ended_at is None else iso_time(found.ended_at),
        )
