"""Processes that a test starts and that end with it, whatever happens; where they listen, and waiting for them."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 600.0  # s for what takes a moment: a busy machine, on which it takes minutes, must not fail a sound test
_PORTS = range(10_000, 30_000)  # below those from which systems draw for connections that go out


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
        with suppress(FileNotFoundError):  # a thread that has just ended
            found |= {int(word) for word in (task / "children").read_text().split()}
    return found


def wait_until(holds: Callable[[], object], process: subprocess.Popen[Any] | None = None) -> None:
    """Return once ``holds`` does; fail when it never does, or when ``process``, which is to bring it, ends."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert process is None or process.poll() is None, f"it ended with status {process.returncode}"
        assert time.monotonic() < until, f"it did not happen within {PATIENCE:g} s"
        time.sleep(0.02)


def free_port() -> int:
    """A port of this machine that nobody listens at, for a server that is given its port and may be started again.

    Of those that a system hands out by itself, a connection of another test could take it before the server does; and
    a client that knocks where nobody listens could even be connected to itself.
    """
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_open(port: int) -> bool:
    """Whether somebody listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
