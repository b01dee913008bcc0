"""The images beside a backup: archives that submissions need, each a file with its hash for a name.

A file of a name never changes. So a folder of copies serves many backups, and only what is new is copied into it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from sqlalchemy import create_engine, inspect

from myorun.challenge import submissions
from myorun.challenge.playoff.sources import UPLOADED
from myorun.challenge.playoff.uploads import ImageStore
from myorun.challenge.settings import load_settings
from myorun.challenge.tables import submissions as submission_table
from myorun.errors import UsageError

Progress = Callable[[int, int], object]  # bytes copied, of all
_PIECE = 8 << 20  # bytes


def _ignore(_done: int, _of: int) -> None:
    pass


@dataclass(frozen=True)
class Images:
    """What a ledger needs of the images of a challenge's folder."""

    there: tuple[Path, ...]
    missing: tuple[Path, ...]  # where they should be

    @property
    def size(self) -> int:
        """Of those that are there [bytes]."""
        return sum(path.stat().st_size for path in self.there)


def images_of(folder: str | Path, ledger: Path) -> Images:
    """The uploaded images that a ledger, or a copy of it, needs, in the challenge's folder."""
    store = ImageStore(Path(folder), load_settings(folder).playoff)
    places = [store.path_of(sha256) for sha256 in sorted(_needed(ledger))]
    there = tuple(place for place in places if place.is_file())
    return Images(there, tuple(place for place in places if place not in there))


def _needed(ledger: Path) -> set[str]:
    """Hashes. A ledger of before there were submissions needs none."""
    address = f"{ledger.resolve().as_uri()}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(submission_table.name):
                return set()
            images = submissions.needed_images(connection)
    finally:
        engine.dispose()
    return {image.removeprefix(UPLOADED) for image in images if image.startswith(UPLOADED)}


def save_images(folder: str | Path, ledger: Path, copies: str | Path, progress: Progress = _ignore) -> int:
    """Copy the images that a ledger needs into a folder of copies; how many were not there yet.

    :class:`UsageError` where one cannot be copied whole; the others are then copied all the same.
    """
    images, place = images_of(folder, ledger), Path(copies)
    pairs = [(image, place / image.name) for image in (*images.there, *images.missing)]
    return _copy_all(pairs, place, progress)


def bring_images(folder: str | Path, ledger: Path, copies: str | Path, progress: Progress = _ignore) -> int:
    """Put the images that a ledger needs, and that the challenge's folder lacks, there from copies; how many.

    :class:`UsageError` as of :func:`save_images`.
    """
    missing = images_of(folder, ledger).missing
    pairs = [(Path(copies) / image.name, image) for image in missing]
    return _copy_all(pairs, missing[0].parent, progress) if missing else 0


def _copy_all(pairs: list[tuple[Path, Path]], place: Path, progress: Progress) -> int:
    new = [(source, target) for source, target in pairs if not target.exists()]
    failed = []
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{str(place)!r} is no folder for images: {error.strerror}; name another one") from None
    total, done = sum(source.stat().st_size for source, _ in new if source.is_file()), 0
    for source, target in new:
        try:
            for size in _copy(source, target):
                done += size
                progress(done, total)
        except (OSError, ValueError) as error:
            failed.append(f"{source}: {error.strerror if isinstance(error, OSError) else error}")
    if failed:
        raise UsageError(
            f"{len(failed)} of {len(new)} images could not be copied, such as {failed[0]}; see to that and copy again"
        )
    return len(new)


def _copy(source: Path, target: Path) -> Iterator[int]:
    """Whole or not at all, for its owner only to read; yields how many bytes were copied since it last did.

    :class:`ValueError` where the content is not what the name says.
    """
    part = target.with_suffix(".part")
    try:
        with source.open("rb") as original, _private(part) as copy:
            while piece := original.read(_PIECE):
                yield copy.write(piece)
            copy.seek(0)
            if hashlib.file_digest(copy, "sha256").hexdigest() != target.stem:
                raise ValueError("it is damaged: its hash is not its name")
            os.fsync(copy.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _private(path: Path) -> BufferedRandom:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
