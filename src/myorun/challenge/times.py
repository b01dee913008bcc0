"""Moments as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

from myorun.errors import UsageError


def iso_time(moment: float) -> str:
    """Seconds since 1970 as people and programs read them, UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """The moment that is written; :class:`UsageError` for what is none, or has no zone."""
    if text == "now":
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"{text!r} is no time; it must be 'now', or like 2026-12-01T12:00:00Z")
    return moment
