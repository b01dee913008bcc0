"""Everything a challenge says no to: one class a reason, one shape for all transports.

``code`` is for programs and never changes; the message is for people; ``details`` are the numbers of the message.
``status`` is HTTP's, other transports ignore it.
"""

from __future__ import annotations

import math
from typing import Any

from myorun.errors import MyorunError


class RefusedError(MyorunError):
    """A request that a challenge does not carry out, and why."""

    code = "bad_request"
    status = 400

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message, self.details = message, details

    def as_document(self) -> dict[str, Any]:
        """The one shape of an error: ``{"code", "message", "details"}``."""
        return {"code": self.code, "message": self.message, "details": self.details}


class NotSignedInError(RefusedError):
    """No token, or one that is unknown or revoked."""

    code, status = "not_signed_in", 401


class NotAllowedError(RefusedError):
    """Known, but not permitted."""

    code, status = "not_allowed", 403


class UnknownError(RefusedError):
    """There is no such thing, or it is somebody else's."""

    code, status = "unknown", 404


class TakenError(RefusedError):
    """A name that somebody else has."""

    code, status = "taken", 409


class OutOfOrderError(RefusedError):
    """A legal command at the wrong moment; ``details`` say what comes next."""

    code, status = "out_of_order", 409


class RunOverError(RefusedError):
    """The run is submitted, or its time is up."""

    code, status = "run_over", 409


class StageClosedError(RefusedError):
    """The stage is not open now."""

    code, status = "stage_closed", 403


class NotQualifiedError(RefusedError):
    """The stage asks for a score in an earlier stage."""

    code, status = "not_qualified", 403


class OldClientError(RefusedError):
    """The client is older than the rules."""

    code, status = "old_client", 426


class TooLargeError(RefusedError):
    """A body beyond the limit."""

    code, status = "too_large", 413


class TooSlowError(RefusedError):
    """A body that does not come."""

    code, status = "too_slow", 408


class QuotaError(RefusedError):
    """No submission left in the window; ``details["next_at"]`` is when the next one comes free."""

    code, status = "quota_exhausted", 429


class ParallelError(RefusedError):
    """As many runs are open as may be at a time."""

    code, status = "too_many_open_runs", 429


class RateError(RefusedError):
    """Too many requests; ``details["retry_after"]`` [s]."""

    code, status = "rate_limited", 429

    @classmethod
    def with_wait(cls, seconds: float) -> RateError:
        """To be tried again after so long."""
        return cls(f"too many requests; try again in {math.ceil(seconds)} s", retry_after=round(seconds, 1))


class UnavailableError(RefusedError):
    """The fault is ours; the same request may be sent again."""

    code, status = "unavailable", 503


class ArchiveError(RefusedError):
    """An archive that is not taken, and why, in words for its owner."""

    code, status = "bad_archive", 422
