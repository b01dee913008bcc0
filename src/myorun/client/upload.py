"""Hand in an archive: in pieces, from where the last try ended."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from myorun.client.connection import ChallengeError, Connection
from myorun.errors import UsageError

Progress = Callable[[int, int], object]  # bytes that are there, of all

_PIECE = 1 << 20  # bytes; small enough that a slow line finishes one within a time-out
_OVER = ("finished", "failed", "timed_out", "cancelled")
_LOOK = 2.0  # s between two looks at a submission


def upload_archive(
    connection: Connection, path: Path, stage: str | None = None, progress: Progress = lambda done, of: None
) -> dict[str, Any]:
    """Upload an archive and hand it in; the submission as it stands then. Done again after any failure, it goes on.

    :class:`UsageError` for a file that cannot be read; :class:`ChallengeError` for what is refused.
    """
    try:
        with path.open("rb") as stream:
            sha256, size = hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size
    except OSError as error:
        raise UsageError(f"the archive {str(path)!r} cannot be read: {error.strerror}") from None
    upload = connection.post("/v2/playoff/uploads", {"stage": stage, "size": size, "sha256": sha256})
    where = f"/v2/playoff/uploads/{upload['upload']}"
    with path.open("rb") as stream:
        _send(connection, where, stream, upload["received"], size, progress)
    return dict(connection.post(f"{where}/finish"))


def _send(connection: Connection, where: str, stream: Any, received: int, size: int, progress: Progress) -> None:
    while received < size:
        progress(received, size)
        stream.seek(received)
        try:
            answer = connection.put(f"{where}?offset={received}", stream.read(_PIECE))
            received = answer["received"]
        except ChallengeError as error:
            if error.code != "out_of_order":  # a piece that came, though its answer was lost
                raise
            received = error.details["received"]
    progress(size, size)


def wait_for(
    connection: Connection, submission: int, show: Callable[[dict[str, Any]], object] = lambda told: None
) -> dict[str, Any]:
    """Look at a submission until it is over; as it stands then."""
    while True:
        told = dict(connection.get(f"/v2/playoff/submissions/{submission}"))
        show(told)
        if told["status"] in _OVER:
            return told
        time.sleep(_LOOK)
