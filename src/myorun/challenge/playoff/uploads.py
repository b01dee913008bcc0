"""Archives on their way in: in pieces, so that a connection that breaks costs one piece; kept by their hash.

A folder ``playoff`` beside the ledger holds ``uploads/<id>``, one a begun upload, and ``images/<sha256>.tar``. How much
of an upload is there is the length of its file: nothing else has to be kept true, so it can be killed at any moment.
Servers on several machines that share a ledger share this folder too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, cast

from myorun.challenge.playoff.archive import Archive, check_archive
from myorun.challenge.playoff.limits import MiB, Playoff
from myorun.challenge.refusals import (
    OutOfOrderError,
    ParallelError,
    RefusedError,
    TooLargeError,
    UnavailableError,
    UnknownError,
)
from myorun.challenge.secrets import new_secret
from myorun.locks import FileLock

MOST_PIECE = 8 * MiB  # bytes of one request
_MOST_OPEN = 3  # uploads of a participant at a time
_LIFE = 24 * 3600.0  # s that an upload waits for its next piece
_UNUSED_LIFE = 600.0  # s that an image is kept which no submission needs: its own may be just under way
_PATIENCE = 5.0  # s for others who begin an upload
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Upload:
    """An upload that was begun."""

    id: str
    user_id: int
    stage: str
    size: int  # bytes, as announced
    sha256: str  # hexadecimal, as announced
    received: int = 0  # bytes that are there


class ImageStore:
    """Uploads and images of a challenge's folder."""

    def __init__(self, folder: Path, limits: Playoff, clock: Callable[[], float] = time.time) -> None:
        self._root, self._limits, self._clock = folder / "playoff", limits, clock

    # ------------------------------------------------------------ uploads

    def begin(self, user_id: int, stage: str, size: int, sha256: str) -> Upload:
        """An upload to go on with: the one that this participant has begun of the same archive, or a new one.

        Raises:
            TooLargeError: the archive is larger than images may be.
            ParallelError: as many uploads of the participant are open as may be.
            UnavailableError: the organiser's room for images is used up.
        """
        most = self._limits.archive_mb * MiB
        if not 0 < size <= most:
            raise TooLargeError(f"the archive has {size} bytes; it must have 1 to {most}", limit=most)
        if not _HASH.fullmatch(sha256):
            raise RefusedError("sha256 must be 64 hexadecimal digits in lower case")
        self.remove_old()
        with self._alone():  # or who asks many times at once has as many uploads
            mine = [upload for upload in self._uploads() if upload.user_id == user_id and self._is_open(upload)]
            for upload in mine:
                if (upload.sha256, upload.size, upload.stage) == (sha256, size, stage):
                    return upload
            if len(mine) >= _MOST_OPEN:
                raise ParallelError(f"you have {len(mine)} uploads open; finish or cancel one first", limit=_MOST_OPEN)
            self._refuse_if_full(size)
            return self._new(Upload(new_secret(), user_id, stage, size, sha256))

    def _is_open(self, upload: Upload) -> bool:
        return (self._folder(upload.id) / "data").exists()

    def _refuse_if_full(self, size: int) -> None:
        """What was announced may all come, beside what is kept."""
        kept = sum(image.stat().st_size for image in (self._root / "images").glob("*.tar"))
        announced = sum(upload.size for upload in self._uploads() if self._is_open(upload))
        if kept + announced + size > self._limits.store_mb * MiB:
            raise UnavailableError("there is no room for more images here; tell the organiser")

    def _new(self, upload: Upload) -> Upload:
        folder = self._folder(upload.id)
        folder.mkdir(parents=True, mode=0o700)
        (folder / "data").touch(0o600)
        about = folder / "about.json"
        about.with_suffix(".new").write_text(json.dumps(asdict(upload)), encoding="utf-8")
        about.with_suffix(".new").rename(about)
        return upload

    def find(self, user_id: int, upload_id: str) -> Upload:
        """:class:`UnknownError` unless it is a begun upload of this participant."""
        found = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if found is None or found.user_id != user_id:
            raise UnknownError("there is no such upload, or it is not yours; begin it again")
        return found

    def add(self, upload: Upload, offset: int, piece: bytes) -> int:
        """Put a piece where the upload ends; how much is there then.

        Raises:
            OutOfOrderError: it is of another place: ``details["received"]`` says where to go on.
            UnavailableError: another request works on the upload now, or the disk took only some of it.
        """
        with _locked(self._folder(upload.id)), self._open_data(upload) as data:
            there = data.seek(0, os.SEEK_END)
            if offset != there:
                raise OutOfOrderError(f"{there} bytes are there, so the next piece begins at {there}", received=there)
            if there + len(piece) > upload.size:
                raise TooLargeError(f"the archive was announced with {upload.size} bytes; this is more", received=there)
            try:
                return there + data.write(piece)
            except OSError as error:
                raise UnavailableError(f"the piece could not be kept: {error.strerror}; tell the organiser") from None

    def _open_data(self, upload: Upload) -> BinaryIO:
        try:
            return cast(BinaryIO, (self._folder(upload.id) / "data").open("r+b", buffering=0))
        except FileNotFoundError:
            raise OutOfOrderError("all of it is there; finish the upload", received=upload.size) from None

    def finish(self, upload: Upload) -> str:
        """Check what came, and keep it; the hash that it is kept by. What is wrong with it ends the upload.

        Raises:
            OutOfOrderError: not all of it is there.
            ArchiveError: it is no image that may be run, and why.
            UnavailableError: another request does it now; ask again.
        """
        with _locked(self._folder(upload.id)):
            return self._finish(upload)

    def _finish(self, upload: Upload) -> str:
        data = self._folder(upload.id) / "data"
        if not data.exists():
            return self._finished_before(upload)
        there = data.stat().st_size
        if there < upload.size:
            raise OutOfOrderError(f"{there} of {upload.size} bytes are there; send the rest first", received=there)
        try:
            _check_hash(data, upload.sha256)
            check_archive(data, self._limits)
        except RefusedError:
            self._forget(upload)
            raise
        self._keep(data, self.path_of(upload.sha256))
        return upload.sha256

    def _finished_before(self, upload: Upload) -> str:
        """Asked for again, as its answer was lost."""
        with self._alone():
            try:
                os.utime(self.path_of(upload.sha256))
            except FileNotFoundError:
                self._forget(upload)
                raise UnknownError("the image was not handed in and is not kept any more; begin it again") from None
        return upload.sha256

    def _keep(self, data: Path, target: Path) -> None:
        """Put a checked archive into its place, as whole as the ledger which will name it."""
        with data.open("r+b") as stream:
            os.fsync(stream.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            os.utime(data)
            data.rename(target)

    def cancel(self, upload: Upload) -> None:
        """Forget the upload and what came of it; :class:`UnavailableError` while another request works on it."""
        with _locked(self._folder(upload.id)):
            self._forget(upload)

    def _forget(self, upload: Upload) -> None:
        shutil.rmtree(self._folder(upload.id), ignore_errors=True)

    def remove_old(self) -> int:
        """Forget uploads to which nothing was added for a day, and what a killed server began; how many."""
        old = [place for place in (self._root / "uploads").glob("*") if self._age(place) > _LIFE]
        for place in old:
            shutil.rmtree(place, ignore_errors=True)
        return len(old)

    # ------------------------------------------------------------ images

    def path_of(self, sha256: str) -> Path:
        """Where the archive of that hash is kept, if it is."""
        if not _HASH.fullmatch(sha256):
            raise UnknownError("that is no hash of an image")
        return self._root / "images" / f"{sha256}.tar"

    def open_image(self, sha256: str) -> Archive:
        """A kept archive, looked through again; :class:`UnknownError` if it is not kept."""
        path = self.path_of(sha256)
        if not path.is_file():
            raise UnknownError("the archive of this image is not kept any more")
        return check_archive(path, self._limits)

    def remove_unused(self, used: Collection[str]) -> int:
        """Forget images that no submission needs, and that were not just handed in; how many.

        Args:
            used: hashes that some submission needs, as the ledger said a moment ago.
        """
        with self._alone():
            kept = (self._root / "images").glob("*.tar")
            unused = [path for path in kept if path.stem not in used and self._age(path) > _UNUSED_LIFE]
            for path in unused:
                path.unlink(missing_ok=True)
        return len(unused)

    # ------------------------------------------------------------ files

    def _alone(self) -> FileLock:
        """Held while an upload is begun, or an image kept or removed."""
        self._root.mkdir(exist_ok=True)
        return _held(self._root / ".gate", _PATIENCE, "other uploads are being begun; ask again in a moment")

    def _folder(self, upload_id: str) -> Path:
        return self._root / "uploads" / upload_id

    def _uploads(self) -> list[Upload]:
        places = (self._root / "uploads").glob("*/about.json")
        return [found for place in places if (found := self._read(place.parent.name)) is not None]

    def _read(self, upload_id: str) -> Upload | None:
        folder = self._folder(upload_id)
        with suppress(OSError, ValueError, TypeError):
            words = json.loads((folder / "about.json").read_text(encoding="utf-8"))
            data = folder / "data"
            return Upload(**{**words, "received": data.stat().st_size if data.exists() else words["size"]})
        return None

    def _age(self, place: Path) -> float:
        """Since something was last written to an image, or to an upload [s]."""
        with suppress(OSError):
            data = place / "data"
            return self._clock() - (data if data.exists() else place).stat().st_mtime
        return 0.0


def _locked(folder: Path) -> FileLock:
    """Held while somebody works on an upload.

    Nobody is waited for: a request that did so would keep a thread from all others while an archive is looked through.

    Raises:
        UnknownError: the upload is forgotten.
        UnavailableError: another request works on it.
    """
    try:
        return _held(folder / "lock", 0.0, "another request works on this upload; ask again in a moment")
    except FileNotFoundError:
        raise UnknownError("the upload was forgotten; begin it again") from None


def _held(file: Path, patience: float, busy: str) -> FileLock:
    try:
        return FileLock(file, patience)
    except BlockingIOError:
        raise UnavailableError(busy) from None


def _check_hash(path: Path, sha256: str) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise RefusedError(f"what came has sha256 {found}, and {sha256} was announced; upload it again")
