"""Processes that a test starts, and that end with it, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def started(words: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process, with the options of :class:`subprocess.Popen`; killed and waited for when the block is left.

    With ``start_new_session=True`` all that it started goes with it.
    """
    with subprocess.Popen(words, **options) as process:
        try:
            yield process
        finally:
            process.kill()
            if options.get("start_new_session"):
                with suppress(ProcessLookupError):  # nobody of it is left
                    os.killpg(process.pid, signal.SIGKILL)


def children() -> set[int]:
    """Processes that this one started and has not yet waited for."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(word) for word in (task / "children").read_text().split()}
    return found
