"""What a trajectory is besides numbers, as JSON in its files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from myorun.course import Course, course_from_dict, course_to_dict
from myorun.errors import UsageError
from myorun.trajectory.trajectory import Facts, Trajectory

_FACT_TYPES: dict[str, Any] = {"score": (float, int, type(None)), "fallen": bool}  # all others are words


def provenance_of(trajectory: Trajectory) -> dict[str, Any]:
    """Facts and course, ready for JSON."""
    return {"facts": asdict(trajectory.facts), "course": course_to_dict(trajectory.course)}


def facts_from(words: Any) -> Facts:
    """Facts from JSON; ValueError, TypeError or AttributeError for what is none."""
    for name, value in words.items():
        if not isinstance(value, _FACT_TYPES.get(name, str)):
            raise ValueError(f"{name} is {value!r:.80}")
    return Facts(**words)


def course_from(words: Any) -> Course:
    """A course from JSON; UsageError or TypeError for what is none."""
    if "format" not in words and "obstacles" not in words:  # older files have no format
        raise UsageError("its course is empty")
    return course_from_dict(words)
