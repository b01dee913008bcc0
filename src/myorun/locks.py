"""Files that one process at a time holds, until it lets go or ends, however it does: :class:`FileLock`."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from myorun.closing import Closing

_PAUSE = 0.01  # s between two looks at whether it is free


class FileLock(Closing):
    """A file that nobody else holds until this is closed, in this process or another.

    The file is made where it is missing, and stays. The system lets go of it when the process ends: no lock is left by
    one that was killed.

    Args:
        file: in a folder that is there.
        patience: how long to wait for others, s.
        mode: of a new file, which the process's mask makes narrower still. Whoever may open the file may hold it.

    Raises:
        BlockingIOError: others held it all the time.
        OSError: the file cannot be opened or locked.
    """

    def __init__(self, file: Path, patience: float = 0.0, mode: int = 0o600) -> None:
        self._stream = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, mode), "rb")
        try:
            self._take(time.monotonic() + patience)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let others hold it."""
        self._stream.close()

    def _take(self, until: float) -> None:
        """Hold it, or raise what the system says when ``until`` is over."""
        while True:
            try:
                return fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_PAUSE)
