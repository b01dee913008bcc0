"""Files that are written: their paths checked before work begins, whole or not there afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from myorun.errors import UsageError, unwritable


def checked_path(path: str | Path, what: str, suffixes: Sequence[str]) -> Path:
    """``path``, if ``what`` can be written there.

    Raises:
        UsageError: It has another suffix, its folder is not there, or it is write-protected.
    """
    if "\0" in str(path):
        raise UsageError(f"{str(path)!r} cannot be a file: there is a null character in it; leave it out")
    file = Path(path)
    if file.suffix.lower() not in suffixes:
        raise UsageError(f"{what} ends in {_either(suffixes)}; {file.name!r} does not")
    try:
        if not file.parent.is_dir():
            raise UsageError(f"the folder {str(file.parent)!r} of {what} does not exist; create it first")
        blocked = file.is_dir() or not all(os.access(p, os.W_OK) for p in (file.parent, file) if p.exists())
    except OSError as error:  # such as a name that is too long
        raise UsageError(f"{str(path)!r} cannot be a file: {error}; choose another path") from None
    if blocked:
        raise UsageError(f"{str(file)!r} cannot be written; choose another path or mend its permissions")
    return file


def _either(suffixes: Sequence[str]) -> str:
    return " or ".join([", ".join(suffixes[:-1]), suffixes[-1]] if len(suffixes) > 1 else suffixes)


def part_of(path: Path) -> Path:
    """A new, empty file beside ``path``, hidden, to be renamed to it once it is whole.

    Raises:
        UsageError: The folder takes no file.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise unwritable(f"{str(path)!r}", error) from None
    os.close(handle)
    Path(name).chmod(_usual_mode(path))
    return Path(name)


def _usual_mode(path: Path) -> int:
    """What the file has, or what a new file gets here."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write to that becomes ``path`` at the end, and vanishes after an error.

    Raises:
        UsageError: What was written cannot be kept.
    """
    part = part_of(path)
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise unwritable(f"{str(path)!r}", error) from None
    finally:
        part.unlink(missing_ok=True)
