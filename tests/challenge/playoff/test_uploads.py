"""Uploads in pieces: they go on where they broke off, and only what is whole and right is kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from challenge.playoff.archives import oci, packed
from myorun.challenge.playoff.limits import Playoff
from myorun.challenge.playoff.uploads import ImageStore
from myorun.challenge.refusals import (
    ArchiveError,
    OutOfOrderError,
    ParallelError,
    RefusedError,
    TooLargeError,
    UnavailableError,
    UnknownError,
)

ARCHIVE = packed(oci())
HASH = hashlib.sha256(ARCHIVE).hexdigest()
ANN, BOB = 1, 2


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path, Playoff(archive_mb=1))


def test_an_upload_goes_on_where_it_broke_off(tmp_path: Path, store: ImageStore) -> None:
    upload = store.begin(ANN, "final", len(ARCHIVE), HASH)
    assert store.add(upload, 0, ARCHIVE[:1000]) == 1000
    again = ImageStore(tmp_path, Playoff(archive_mb=1)).begin(ANN, "final", len(ARCHIVE), HASH)  # after a crash
    assert (again.id, again.received) == (upload.id, 1000)
    with pytest.raises(OutOfOrderError) as wrong:
        store.add(again, 0, ARCHIVE[:1000])
    assert wrong.value.details == {"received": 1000}
    with pytest.raises(OutOfOrderError, match="send the rest first"):
        store.finish(again)
    store.add(again, 1000, ARCHIVE[1000:])
    assert store.finish(again) == HASH
    assert store.path_of(HASH).read_bytes() == ARCHIVE and store.open_image(HASH).files == 2
    assert store.finish(store.find(ANN, upload.id)) == HASH  # asked again, as the answer was lost


def test_uploads_of_others_are_unknown(store: ImageStore) -> None:
    upload = store.begin(ANN, "final", len(ARCHIVE), HASH)
    assert store.find(ANN, upload.id).id == upload.id
    for stranger, name in ((BOB, upload.id), (ANN, "../../etc"), (ANN, "x" * 32), (ANN, "")):
        with pytest.raises(UnknownError):
            store.find(stranger, name)


def test_what_is_too_large_or_no_hash_is_refused(store: ImageStore) -> None:
    for size in (0, -1, 2**20 + 1):
        with pytest.raises(TooLargeError):
            store.begin(ANN, "final", size, HASH)
    for wrong in ("", "x" * 64, HASH.upper(), "../" + HASH):
        with pytest.raises(RefusedError):
            store.begin(ANN, "final", 10, wrong)
    upload = store.begin(ANN, "final", 10, HASH)
    with pytest.raises(TooLargeError):
        store.add(upload, 0, bytes(11))


def test_nobody_opens_uploads_without_end(store: ImageStore) -> None:
    for number in range(3):
        store.begin(ANN, "final", 10 + number, HASH)
    with pytest.raises(ParallelError):
        store.begin(ANN, "final", 20, HASH)
    store.begin(BOB, "final", 20, HASH)
    store.cancel(store.begin(ANN, "final", 10, HASH))
    store.begin(ANN, "final", 20, HASH)


def test_the_disk_is_not_filled(tmp_path: Path) -> None:
    store = ImageStore(tmp_path, Playoff(archive_mb=1, store_mb=1))
    store.begin(ANN, "final", 2**19, HASH)
    with pytest.raises(UnavailableError):
        store.begin(BOB, "final", 2**19 + 1, HASH)
    store.begin(BOB, "final", 2**19, HASH)


def test_what_came_wrong_is_forgotten(tmp_path: Path, store: ImageStore) -> None:
    for content, announced, error in ((bytes(2048), HASH, RefusedError), (b"no tar", None, ArchiveError)):
        sha256 = announced or hashlib.sha256(content).hexdigest()
        upload = store.begin(ANN, "final", len(content), sha256)
        store.add(upload, 0, content)
        with pytest.raises(error):
            store.finish(upload)
        with pytest.raises(UnknownError):
            store.open_image(sha256)
    assert not list((tmp_path / "playoff" / "uploads").iterdir())


def test_uploads_that_nobody_goes_on_with_are_forgotten(tmp_path: Path, store: ImageStore) -> None:
    old = store.begin(ANN, "final", 10, HASH)
    data = tmp_path / "playoff" / "uploads" / old.id / "data"
    os.utime(data, (time.time() - 25 * 3600,) * 2)
    assert store.remove_old() == 1
    with pytest.raises(UnknownError):
        store.find(ANN, old.id)


def test_what_is_all_there_takes_no_more(store: ImageStore) -> None:
    upload = store.begin(ANN, "final", len(ARCHIVE), HASH)
    store.add(upload, 0, ARCHIVE)
    store.finish(upload)
    with pytest.raises(OutOfOrderError, match="finish the upload") as told:
        store.add(upload, 0, ARCHIVE)
    assert told.value.details == {"received": len(ARCHIVE)}


def test_nobody_is_waited_for(tmp_path: Path, store: ImageStore) -> None:
    """Whoever waited would keep a thread of the server from all others."""
    upload = store.begin(ANN, "final", len(ARCHIVE), HASH)
    with (tmp_path / "playoff" / "uploads" / upload.id / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as while the archive is looked through
        for work in (lambda: store.add(upload, 0, ARCHIVE), lambda: store.finish(upload), lambda: store.cancel(upload)):
            with pytest.raises(UnavailableError, match="ask again"):
                work()
    assert store.add(upload, 0, ARCHIVE) == len(ARCHIVE)


def test_many_requests_at_once_open_no_more_uploads(store: ImageStore) -> None:
    def begin(number: int) -> bool:
        try:
            store.begin(ANN, "final", 10 + number, HASH)
        except ParallelError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(begin, range(48))) == 3


def test_images_that_nobody_needs_make_room(tmp_path: Path, store: ImageStore) -> None:
    upload = store.begin(ANN, "final", len(ARCHIVE), HASH)
    store.add(upload, 0, ARCHIVE)
    store.finish(upload)
    assert store.remove_unused(()) == 0, "its submission may be just under way"
    os.utime(store.path_of(HASH), (time.time() - 3600.0,) * 2)
    assert store.remove_unused({HASH}) == 0
    assert store.finish(upload) == HASH and store.remove_unused(()) == 0, "it was asked for again"
    os.utime(store.path_of(HASH), (time.time() - 3600.0,) * 2)
    assert store.remove_unused(()) == 1
    with pytest.raises(UnknownError, match="begin it again"):
        store.finish(upload)
    assert not list((tmp_path / "playoff" / "uploads").iterdir())


def test_what_a_killed_server_had_just_begun_is_forgotten(tmp_path: Path, store: ImageStore) -> None:
    half = tmp_path / "playoff" / "uploads" / ("x" * 32)
    half.mkdir(parents=True)
    assert store.remove_old() == 0
    os.utime(half, (time.time() - 25 * 3600.0,) * 2)
    assert store.remove_old() == 1 and not half.exists()
