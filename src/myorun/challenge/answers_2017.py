"""Answers in the words of 2017, the same on every transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myorun.challenge.session import Answer, Result


def reset_document(answer: Answer) -> dict[str, Any]:
    """A reset's answer; the observation is ``False`` where no course is left."""
    return {"observation": False if answer.observation is None else answer.observation}


def step_document(answer: Answer) -> dict[str, Any]:
    """A step's answer."""
    return {"observation": answer.observation, "reward": answer.reward, "done": answer.done, "info": {}}


def result_document(result: Result, times: Sequence[float]) -> dict[str, Any]:
    """What a run came to: the mean over all courses, reward and time [s] of each that began."""
    played = [course.score for course in result.courses if course.ending != "unplayed"]
    return {"mean_reward": result.score, "simulation_rewards": played, "simulation_times": list(times)}
