"""Runs that nobody keeps: for trying at home what a challenge does."""

from __future__ import annotations

from collections.abc import Sequence

from myorun.challenge.refusals import RunOverError
from myorun.challenge.runner import EnvRunner
from myorun.challenge.session import Answer, Event, Plan, Repeat, Result, Session, Step, Submit
from myorun.course import checked_seed
from myorun.env import accuracy_for
from myorun.errors import UsageError
from myorun.version import __version__


class TrialRun:
    """A :class:`~myorun.challenge.verdict.GradedRun` in memory.

    Args:
        plan: what is played.
        max_steps: of a course, where it is to be shorter than the rules say.
    """

    def __init__(self, plan: Plan, max_steps: int | None = None) -> None:
        runner = EnvRunner(plan)
        if max_steps is not None:
            if not 1 <= max_steps <= runner.max_steps:
                raise UsageError(f"max_steps is {max_steps}; it must be 1 to {runner.max_steps}")
            runner.max_steps = max_steps
        self.max_steps = runner.max_steps
        self._session = Session(plan, runner)
        self.courses = self._session.courses

    def reset(self) -> Answer:
        return self._applied(self._session.decide_reset())

    def step(self, action: list[float]) -> Answer:
        return self._applied(self._session.decide_step(Step.of(action)))

    def result(self) -> Result:
        return self._session.result()

    def submit(self, reason: str = "client") -> Result:
        if self._session.phase == "submitted":
            raise RunOverError("the run is submitted")
        self._session.apply(Submit(reason))
        return self._session.result()

    def _applied(self, decided: Event | Repeat) -> Answer:
        answer = self._session.last if isinstance(decided, Repeat) else self._session.apply(decided)
        assert answer is not None
        return answer


def trial_plan(
    seeds: Sequence[int],
    *,
    difficulty: int = 2,
    max_obstacles: int = 10,
    accuracy: str | None = None,
    rules: str = "v1",
) -> Plan:
    """A plan on courses of one's own choice; by default as the final stage of 2017.

    :class:`UsageError` for seeds that no course has; the other settings are looked at where the run begins.
    """
    if not seeds:
        raise UsageError("seeds is empty; at least one course must be run")
    return Plan(
        rules=rules,
        engine=__version__,
        difficulty=difficulty,
        max_obstacles=max_obstacles,
        accuracy=accuracy_for("native") if accuracy is None else accuracy,
        seeds=tuple(checked_seed(seed) for seed in seeds),
    )
