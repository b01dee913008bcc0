"""The course of a run, whatever the algorithm: advance, assess, keep, show. :func:`run`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from myorun.evaluate import Evaluation, evaluate
from myorun.policy.files import at_work, save_policy
from myorun.policy.policy import PolicyFile
from myorun.policy.reflexes import ReflexFile
from myorun.train.run_folder import RunFolder

UNSEEN = 2**40  # first seed of the courses of assessments; learners meet them by a chance of 1 in 10^11


@dataclass(frozen=True)
class Plan:
    """How long to run, and how often to look."""

    steps: int  # of the environment, in all
    minutes: float = float("inf")  # of wall clock, in all
    assess_minutes: float = 2.0  # between assessments
    assess_episodes: int = 100
    assess_obstacles: int = 10
    checkpoint_seconds: float = 50.0  # between checkpoints
    threads: int = 1


@dataclass(frozen=True)
class Standing:
    """Where a run is."""

    steps: int
    minutes: float
    wanted: int  # steps of the whole run
    speed: float  # steps/s, lately
    evaluation: Evaluation | None  # the last one


class Trainee(Protocol):
    """An algorithm at work."""

    @property
    def steps(self) -> int:
        """Of the environment, so far."""
        ...

    def advance(self) -> Mapping[str, float]:
        """Go on for about a second; answers what is worth logging."""
        ...

    def policy(self) -> PolicyFile | ReflexFile:
        """The policy as it is now."""
        ...

    def state(self) -> Any:
        """All that :meth:`restore` needs: nested dicts and lists of numbers, words, arrays and tensors."""
        ...

    def restore(self, state: Any) -> None:
        """Go on from a state."""
        ...

    def close(self) -> None:
        """Let go of threads and files."""
        ...


class Run:
    """A trainee, its folder and its plan."""

    def __init__(self, trainee: Trainee, folder: RunFolder, plan: Plan, show: Callable[[Standing], object]) -> None:
        self._trainee, self._folder, self._plan, self._show = trainee, folder, plan, show
        self._before = 0.0  # s of wall clock of earlier sessions
        self._best = float("-inf")
        self._evaluation: Evaluation | None = None
        self._metrics: list[Mapping[str, float]] = []

    def resume(self) -> None:
        """Go on from the folder's checkpoint. :class:`UsageError` if there is none."""
        state = self._folder.load_checkpoint()
        self._trainee.restore(state["trainee"])
        self._before, self._best = state["seconds"], state["best"]
        self._folder.forget_after(self._trainee.steps)

    def go(self) -> Evaluation:
        """Run to the end of the plan; an interruption by hand keeps a checkpoint before it goes on its way."""
        self._began = time.monotonic()
        assessed = kept = self._began
        speed, last = 0.0, (self._began, self._trainee.steps)
        try:
            while not self._is_over():
                self._metrics.append(self._trainee.advance())
                now = time.monotonic()
                pace = (self._trainee.steps - last[1]) / max(now - last[0], 1e-9)
                speed, last = (0.9 * speed + 0.1 * pace if speed else pace), (now, self._trainee.steps)
                if now - assessed >= 60.0 * self._plan.assess_minutes:
                    self._assess()
                    assessed = time.monotonic()
                    last = (assessed, self._trainee.steps)
                if now - kept >= self._plan.checkpoint_seconds:
                    self._keep()
                    kept = time.monotonic()
                self._show(Standing(self._trainee.steps, self._minutes(), self._plan.steps, speed, self._evaluation))
            evaluation = self._assess()
            self._keep()
        except KeyboardInterrupt:
            self._keep()
            raise
        finally:
            self._trainee.close()
        return evaluation

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._began

    def _minutes(self) -> float:
        return self._seconds() / 60.0

    def _is_over(self) -> bool:
        return self._trainee.steps >= self._plan.steps or self._minutes() >= self._plan.minutes

    def _keep(self) -> None:
        self._folder.save_checkpoint({"trainee": self._trainee.state(), "seconds": self._seconds(), "best": self._best})

    def _assess(self) -> Evaluation:
        """Score the policy on unseen courses, log it, and keep it; it also as the best if it is."""
        plan, minutes = self._plan, self._minutes()
        file = self._trainee.policy()
        found = evaluate(
            at_work(file),
            seeds=range(UNSEEN, UNSEEN + plan.assess_episodes),
            max_obstacles=plan.assess_obstacles,
            threads=plan.threads,
        )
        told = file.provenance | {"steps": self._trainee.steps, "minutes": round(minutes, 2)}
        described = replace(file, provenance=told | {"score_when_kept": round(found.mean, 3)})
        save_policy(described, self._folder.path / "policy")
        if found.mean > self._best:
            self._best = found.mean
            save_policy(described, self._folder.path / "best")
        self._folder.log(self._row(found, minutes))
        self._evaluation = found
        return found

    def _row(self, found: Evaluation, minutes: float) -> dict[str, float]:
        names = self._metrics[-1] if self._metrics else {}
        means = {name: sum(m[name] for m in self._metrics) / len(self._metrics) for name in names}
        self._metrics = []
        scores = {"score": found.mean, "score_std": found.std, "falls": found.falls}
        return {"steps": float(self._trainee.steps), "minutes": minutes, **scores, **means}
