"""What a reset may be told, of one environment or of many: :func:`checked_reset_options`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from myorun.course import Course
from myorun.errors import UsageError

_DRAWN = {"difficulty", "max_obstacles"}


def checked_reset_options(options: Mapping[str, Any] | None, known: Sequence[str]) -> dict[str, Any]:
    """Options of a reset, a copy. A course by hand leaves nothing to draw, so it stands without what draws one.

    :class:`UsageError` for an option that is not ``known``, and for a course that is none.
    """
    chosen = dict(options or {})
    unknown = [key for key in chosen if key not in known]
    if unknown:
        raise UsageError(f"reset has the option {unknown[0]!r}; it can have {', '.join(known)}")
    if "course" in chosen and chosen.keys() & _DRAWN:
        raise UsageError("reset has the option 'course' and others; a course by hand leaves nothing else to choose")
    if "course" in chosen and not isinstance(chosen["course"], Course):
        raise UsageError(f"the option 'course' is {chosen['course']!r}; it must be a myorun.course.Course")
    return chosen
