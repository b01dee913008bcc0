"""The grading run as a state machine: create → reset → step … → reset … → submit.

It knows no database, no transport and no clock. *Deciding* looks whether a command is legal now and says which event it
makes; *applying* an event moves the run and gives the answer. Whoever stands between the two writes the event down
first: then the same events, applied again anywhere, give the same answers to the bit.

A command may carry the index of what it is for (course, step). One that was carried out before is a
:class:`Repeat`, never a second event: clients may send it again as often as they like.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from myorun.challenge.refusals import OutOfOrderError, RefusedError, RunOverError

Array = NDArray[np.float64]

MUSCLES = 18
Phase = Literal["created", "running", "course_over", "no_course_left", "submitted"]
Ending = Literal["fell", "finished", "unfinished", "unplayed"]


@dataclass(frozen=True)
class Plan:
    """What a run is graded on: with the excitations, it determines the run to the bit."""

    rules: str  # version of the rules
    engine: str  # version of this package
    difficulty: int
    max_obstacles: int
    accuracy: str  # setting of the engine
    seeds: tuple[int, ...] = field(repr=False)  # of the hidden courses
    salt: str = field(default="", repr=False)  # so that digests of a plan say nothing about its seeds


# ---------------------------------------------------------------- what happens


@dataclass(frozen=True)
class Reset:
    """The next course begins; what was left of the one before is forgone."""


@dataclass(frozen=True)
class Step:
    """Excitations held for one step, float64, shape (18,), within 0..1."""

    excitations: bytes

    @classmethod
    def of(cls, action: Sequence[float]) -> Step:
        """From what a client sent; :class:`RefusedError` unless it is 18 real numbers. They are clipped to [0, 1]."""
        return cls(checked_action(action).tobytes())


@dataclass(frozen=True)
class Submit:
    """The run is over: its score counts as it stands."""

    reason: str  # "client", "deadline"


Event = Reset | Step | Submit


@dataclass(frozen=True)
class Repeat:
    """A command that was carried out before: the answer to give again is that of this place."""

    course: int
    step: int  # 0: of the reset, n: of the n-th step
    excitations: bytes | None = None  # what the command carried


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class Answer:
    """What a client sees after a reset or a step."""

    course: int  # from 0; equal to the number of courses where none is left
    step: int  # steps made on this course
    observation: tuple[float, ...] | None  # None: no course is left
    reward: float = 0.0
    terminated: bool = False  # the human fell
    truncated: bool = False  # the course's time is up

    @property
    def done(self) -> bool:
        """Whether the course is over."""
        return self.terminated or self.truncated


@dataclass(frozen=True)
class CourseResult:
    """What was reached on one course."""

    score: float  # sum of rewards
    steps: int
    distance: float  # m
    ending: Ending


@dataclass(frozen=True)
class Result:
    """What a run is worth."""

    score: float  # mean over all courses of the plan, played or not
    courses: tuple[CourseResult, ...]


# ---------------------------------------------------------------- the machine


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one simulated step gives."""

    observation: Array  # (41,)
    reward: float
    fallen: bool
    distance: float  # m


class Runner(Protocol):
    """Simulates one course after the other, deterministically."""

    max_steps: int

    def start(self, seed: int) -> Array:
        """Begin the course of a seed; its first observation."""
        ...

    def step(self, excitations: Array) -> Outcome:
        """Hold the excitations for one step."""
        ...


class Session:
    """A grading run at one instant."""

    def __init__(self, plan: Plan, runner: Runner) -> None:
        self._plan, self._runner = plan, runner
        self.phase: Phase = "created"
        self.course, self.step = -1, 0
        self.last: Answer | None = None
        self._last_excitations: bytes | None = None
        self._results = [CourseResult(0.0, 0, 0.0, "unplayed") for _ in plan.seeds]

    @property
    def courses(self) -> int:
        """How many courses the run has."""
        return len(self._plan.seeds)

    # ------------------------------------------------------------ deciding

    def decide_reset(self, course: int | None = None) -> Reset | Repeat:
        """The next course, or ``course`` if it is the next or was begun already."""
        self._refuse_if_submitted()
        wanted = self._next_course if course is None else course
        if 0 <= wanted <= self.course:
            return Repeat(wanted, 0)
        if wanted != self._next_course:
            raise self._out_of_order(f"course {wanted} cannot begin now")
        return Repeat(self.course, 0) if self.phase == "no_course_left" else Reset()

    def decide_step(self, step: Step, index: tuple[int, int] | None = None) -> Step | Repeat:
        """The next step, or that of ``index`` (course, step from 0) if it is the next or was made already."""
        self._refuse_if_submitted()
        course, number = index or (self.course, self.step)
        if self._was_made(course, number):
            return Repeat(course, number + 1, step.excitations)
        if self.phase != "running":
            raise self._out_of_order(_WHY_NO_STEP[self.phase])
        if (course, number) != (self.course, self.step):
            raise self._out_of_order(f"step {number} of course {course} cannot be made now")
        return step

    @property
    def _next_course(self) -> int:
        return min(self.course + 1, self.courses)

    def _was_made(self, course: int, number: int) -> bool:
        if number < 0 or not 0 <= course <= min(self.course, self.courses - 1):
            return False
        return number < (self.step if course == self.course else self._results[course].steps)

    def _refuse_if_submitted(self) -> None:
        if self.phase == "submitted":
            raise RunOverError("the run is submitted; create another one")

    def _out_of_order(self, what: str) -> RefusedError:
        return OutOfOrderError(what, phase=self.phase, course=self.course, step=self.step, courses=self.courses)

    # ------------------------------------------------------------ applying

    def apply(self, event: Event) -> Answer | None:
        """Move on. The event must have been decided in this very state; the answer to give, if it has one."""
        if isinstance(event, Step):
            self.last = self._apply_step(event)
            self._last_excitations = event.excitations
        elif isinstance(event, Reset):
            self.last = self._apply_reset()
            self._last_excitations = None
        else:
            self.phase = "submitted"
            return None
        return self.last

    def _apply_reset(self) -> Answer:
        self.course, self.step = self.course + 1, 0
        if self.course == self.courses:
            self.phase = "no_course_left"
            return Answer(self.course, 0, None)
        observation = self._runner.start(self._plan.seeds[self.course])
        self.phase = "running"
        self._results[self.course] = CourseResult(0.0, 0, 0.0, "unfinished")
        return Answer(self.course, 0, tuple(observation.tolist()))

    def _apply_step(self, event: Step) -> Answer:
        outcome = self._runner.step(np.frombuffer(event.excitations, "<f8"))
        self.step += 1
        in_time = self.step < self._runner.max_steps
        ending: Ending = "fell" if outcome.fallen else "unfinished" if in_time else "finished"
        if ending != "unfinished":
            self.phase = "course_over"
        score = self._results[self.course].score + outcome.reward
        self._results[self.course] = CourseResult(score, self.step, outcome.distance, ending)
        observation = tuple(outcome.observation.tolist())
        return Answer(self.course, self.step, observation, outcome.reward, outcome.fallen, ending == "finished")

    # ------------------------------------------------------------ looking

    def recall(self, repeat: Repeat) -> Answer | None:
        """The last answer if it is the one to repeat; ``None`` where the events must be gone through again.

        :class:`OutOfOrderError` if the repeated step carried other excitations than the first time.
        """
        if self.last is None or (self.last.course, self.last.step) != (repeat.course, repeat.step):
            return None
        refuse_other_excitations(repeat, self._last_excitations)
        return self.last

    def result(self) -> Result:
        """What the run is worth as it stands."""
        return Result(mean_score([r.score for r in self._results]), tuple(self._results))


_WHY_NO_STEP: dict[str, str] = {
    "created": "no course has begun; reset first",
    "course_over": "the course is over; reset for the next one",
    "no_course_left": "no course is left; submit",
}


def refuse_other_excitations(repeat: Repeat, made: bytes | None) -> None:
    """A step sent again must be the same step."""
    if repeat.excitations is not None and repeat.excitations != made:
        raise OutOfOrderError(
            f"step {repeat.step - 1} of course {repeat.course} was made with other excitations",
            course=repeat.course,
            step=repeat.step,
        )


def mean_score(scores: Sequence[float]) -> float:
    """The one mean of all places that rank runs."""
    return float(np.mean(scores))  # as myorun.evaluate takes it, to the bit


def checked_action(action: Any) -> Array:
    """Excitations of a client, float64, shape (18,), clipped to [0, 1]; :class:`RefusedError` if they are none."""
    if not isinstance(action, list | tuple) or len(action) != MUSCLES:
        raise RefusedError(f"the action must be a list of {MUSCLES} numbers, one excitation a muscle")
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in action):
        raise RefusedError("every excitation must be a number")
    clipped = [min(max(value, 0.0), 1.0) if value == value else math.nan for value in action]
    if any(math.isnan(value) for value in clipped):
        raise RefusedError("an excitation is NaN; it must be a number, and is clipped to [0, 1]")
    return np.array(clipped, dtype="<f8")
