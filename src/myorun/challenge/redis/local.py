"""Trials at home: a run that nobody keeps, graded over Redis exactly as a challenge does it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from myorun.challenge.answers_2017 import result_document
from myorun.challenge.redis.grader import Limits, RedisGrader
from myorun.challenge.redis.messages import SERVICE_ID
from myorun.challenge.session import Plan
from myorun.challenge.trial import TrialRun
from myorun.challenge.verdict import Hooks, Verdict

__all__ = ["Limits", "serve_trial", "service_id_of_environment", "verdict_document"]


def serve_trial(
    url: str, plan: Plan, service_id: str | None = None, limits: Limits | None = None, hooks: Hooks | None = None
) -> Verdict:
    """Serve one run of a plan; see :class:`RedisGrader`. :class:`~myorun.errors.UsageError` for impossible settings."""
    run = TrialRun(plan)
    return RedisGrader(url, run, service_id or service_id_of_environment(), limits, hooks).serve()


def service_id_of_environment() -> str:
    """What 2017's variable says, or 2017's default."""
    return os.environ.get(SERVICE_ID) or SERVICE_ID


def verdict_document(verdict: Verdict, plan: Plan) -> dict[str, Any]:
    """A verdict as JSON can say it, with the seeds: for those whose own they are."""
    courses = verdict.result.courses if verdict.result else ()
    return {
        "verdict": verdict.status,
        "message": verdict.message,
        "fault": verdict.fault,
        **(result_document(verdict.result, verdict.times) if verdict.result else {}),
        "courses": [{"seed": seed, **asdict(course)} for seed, course in zip(plan.seeds, courses, strict=False)],
        "rules": plan.rules,
        "engine": plan.engine,
        "difficulty": plan.difficulty,
        "max_obstacles": plan.max_obstacles,
        "accuracy": plan.accuracy,
    }
