"""Folders of runs that show, after any crash, whether their run still lives.

Every run has a folder with a locked file in it. The system unlocks it when the process ends, however it ends: who can
lock the file of another run knows that this run is dead, and may clear away what it left.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from pathlib import Path

from myorun.errors import UsageError
from myorun.locks import FileLock

_PREFIX = "myorun-cell-"
_LOCK = "lock"
_SHARED = "run"


def root_of(scratch: str) -> Path:
    """Where the folders lie: what the organiser said, or the system's temporary folder.

    :class:`UsageError` if it is no folder.
    """
    root = Path(scratch or tempfile.gettempdir())
    if not root.is_dir():
        raise UsageError(f"[playoff] scratch is {scratch!r}, which is no folder; create it, or leave it out")
    return root.resolve()


class Scratch:
    """The folder of one live run. Only we can enter it; ``shared`` in it is open to whom it is mounted for."""

    def __init__(self, root: Path) -> None:
        with _alone(root):
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))  # mode 0700
            self._lock = FileLock(self.folder / _LOCK)
        self.shared = self.folder / _SHARED
        self.shared.mkdir()
        self.shared.chmod(0o777)  # whatever number the container's user has outside

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def is_dead(folder: Path) -> bool:
    """Whether nobody holds the folder's lock, or there is no such folder. One that we may not look into is not ours."""
    try:
        FileLock(folder / _LOCK).close()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def remove_dead(root: Path) -> int:
    """Remove the folders of runs that live no more; how many there were."""
    with _alone(root):
        dead = [lock.parent for lock in root.glob(f"{_PREFIX}*/{_LOCK}") if is_dead(lock.parent)]
        for folder in dead:
            shutil.rmtree(folder, ignore_errors=True)
    return len(dead)


def _alone(root: Path) -> FileLock:
    """Held while folders are made or removed: one that is made is locked before anybody looks."""
    return FileLock(root / f".{_PREFIX}gate", patience=math.inf)
