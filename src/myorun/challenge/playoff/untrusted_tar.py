"""Tar files that strangers hand in, read forward only: no entry asks for much memory, points out or never ends."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from myorun.challenge.playoff.limits import MiB
from myorun.challenge.refusals import ArchiveError

PIECE = MiB  # bytes that are read at a time
MOST_SECONDS = 900.0
_MOST_HEADER = 16 * 1024  # bytes of one extended tar header: attributes and a long name


@dataclass(frozen=True)
class Blob:
    """A piece of the archive's file."""

    offset: int
    size: int  # bytes


class Section:
    """A piece of a file, as a file."""

    def __init__(self, stream: io.BufferedReader, blob: Blob, count: Callable[[int], None]) -> None:
        self._stream, self._left, self._count = stream, blob.size, count
        stream.seek(blob.offset)

    def peek(self, size: int) -> bytes:
        position = self._stream.tell()
        found = self._stream.read(min(size, self._left))
        self._stream.seek(position)
        return found

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(min(self._left, PIECE if size < 0 else size))
        self._left -= len(piece)
        self._count(len(piece))
        return piece


class _Forward:
    """A stream as tarfile wants it, read forward only, where no read can ask for much memory or go on for ever."""

    def __init__(self, stream: Any, until: float, see: Callable[[bytes], None]) -> None:
        self._stream, self._until, self._see = stream, until, see
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MOST_HEADER:
            raise ArchiveError(f"the archive has a header of {size} bytes; at most {_MOST_HEADER} are taken")
        return self._advance(size)

    def seek(self, position: int) -> None:
        if position < self._position:
            raise ArchiveError("the archive points back at itself")
        while self._position < position:
            if not self._advance(min(PIECE, position - self._position)):
                return  # tarfile sees that nothing follows

    def rest(self) -> None:
        """Read to the end, for the hash."""
        while self._advance(PIECE):
            pass

    def _advance(self, size: int) -> bytes:
        pieces, left = [], size
        while left and (piece := self._stream.read(left)):
            pieces.append(piece)
            left -= len(piece)
        found = b"".join(pieces)
        self._position += len(found)
        self._see(found)
        if time.monotonic() > self._until:
            raise ArchiveError(f"the archive cannot be looked through within {MOST_SECONDS:g} s")
        return found


@contextmanager
def entries_of(
    stream: Any, until: float, see: Callable[[bytes], None] = lambda piece: None
) -> Iterator[Iterator[tarfile.TarInfo]]:
    """The entries of a tar stream, one after the other; when all are seen, the stream has been read to its end."""
    forward = _Forward(stream, until, see)
    archive = tarfile.open(fileobj=forward, mode="r:")  # type: ignore[call-overload]  # noqa: SIM115 - reads only

    def members() -> Iterator[tarfile.TarInfo]:
        while (member := archive.next()) is not None:
            yield member
            archive.members.clear()  # or they would all be kept, and all global headers too
            archive.pax_headers.clear()

    yield members()
    forward.rest()


def name_of(member: tarfile.TarInfo) -> str:
    """A member's place within, as one spelling; :class:`ArchiveError` if it lies outside."""
    if escapes(member.name):
        raise ArchiveError(f"{member.name[:200]!r} in the archive points out of it")
    return str(PurePosixPath(member.name.lstrip("/")))


def escapes(name: str) -> bool:
    return ".." in PurePosixPath(name).parts or "\0" in name
