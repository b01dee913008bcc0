"""How the grading of an agent goes and ends, in words that its owner understands: the same for every way of grading.

A grader is handed :class:`Hooks`; through them it tells how far it is, hears that it should stop, and asks whether the
agent still lives. It returns a :class:`Verdict`, whatever the agent did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Literal, Protocol

from myorun.challenge.session import Answer, Result

VerdictStatus = Literal["finished", "failed", "timed_out", "cancelled"]
Fault = Literal["agent", "grader"]  # of the participant, or of those who grade: then it is graded again
Phase = Literal["pulling", "starting", "running"]


@dataclass(frozen=True)
class Progress:
    """How far an agent is."""

    course: int  # from 1; 0 before the first
    courses: int
    step: int  # made on this course
    score: float  # mean over all courses, as the run stands

    def __str__(self) -> str:
        return f"course {self.course} of {self.courses}, step {self.step}, score {self.score:.3f}"


@dataclass(frozen=True)
class Verdict:
    """How the grading of an agent ended."""

    status: VerdictStatus
    message: str  # one sentence for the agent's owner
    fault: Fault | None = None  # of "failed" and "timed_out"
    result: Result | None = None  # what was reached: the score where finished, else as it stood
    times: tuple[float, ...] = ()  # s by the clock, of every course that began
    line: str = ""  # of the agent's log, that says most about why

    @property
    def is_ours(self) -> bool:
        """Whether the agent is to be graded again, at no charge."""
        return self.fault == "grader"


def _ignore(_: object) -> None:
    pass


def _lives() -> str:
    return ""


@dataclass(frozen=True)
class Hooks:
    """What a grader calls. None of them may block for long."""

    phase: Callable[[Phase], object] = _ignore
    progress: Callable[[Progress], object] = _ignore  # at every step: whoever listens thins it out
    tell: Callable[[str], object] = _ignore  # a sentence for the log
    missing: Callable[[], str] = _lives  # why the agent is gone; "" while it lives. Asked while no command waits
    stop: Event = field(default_factory=Event)  # set: end soon, as cancelled


class GradedRun(Protocol):
    """A grading run that one transport plays: :class:`~myorun.challenge.session.Session` behind memory or a ledger.

    Every command may raise :class:`~myorun.challenge.refusals.RefusedError`, which leaves the run as it was.
    """

    courses: int
    max_steps: int  # of a course

    def reset(self) -> Answer:
        """Begin the next course."""
        ...

    def step(self, action: list[float]) -> Answer:
        """Hold 18 excitations for one step."""
        ...

    def result(self) -> Result:
        """What the run is worth as it stands."""
        ...

    def submit(self, reason: str = "client") -> Result:
        """End the run; it counts as it stands."""
        ...
