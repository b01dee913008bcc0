"""A lock is held by one at a time, and by nobody once its holder has ended, however that came."""

from __future__ import annotations

import math
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from myorun.locks import FileLock
from started import started, wait_until


def test_one_at_a_time_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with FileLock(file), pytest.raises(BlockingIOError):
        FileLock(file)
    with FileLock(file), FileLock(tmp_path / "another"):
        pass


def test_what_goes_wrong_inside_lets_go_of_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), FileLock(file):
        raise ZeroDivisionError
    FileLock(file).close()


def test_closed_again_it_stays_with_its_next_holder(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    first = FileLock(file)
    first.close()
    with FileLock(file):
        first.close()
        with pytest.raises(BlockingIOError):
            FileLock(file)


def test_a_killed_process_holds_it_no_more(tmp_path: Path) -> None:
    file, ready = tmp_path / "lock", tmp_path / "ready"
    code = (
        "import sys; from pathlib import Path; from myorun.locks import FileLock; "
        f"lock = FileLock(Path({str(file)!r})); Path({str(ready)!r}).touch(); sys.stdin.read()"
    )
    with started([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:  # which leaving the block kills
        wait_until(ready.exists, process)
        with pytest.raises(BlockingIOError):
            FileLock(file)
    FileLock(file).close()


def test_others_are_waited_for_as_long_as_is_said(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    held = FileLock(file)
    began = time.monotonic()
    with pytest.raises(BlockingIOError):
        FileLock(file, patience=0.2)
    assert time.monotonic() - began >= 0.2
    threading.Timer(0.1, held.close).start()
    FileLock(file, patience=math.inf).close()


def test_a_new_file_is_open_to_its_owner_unless_said_otherwise(tmp_path: Path) -> None:
    for name, mode in {"private": 0o600, "other": 0o700}.items():
        FileLock(tmp_path / name, mode=mode).close()
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode
    FileLock(tmp_path / "private", mode=0o700).close()
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600, "it was there"


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "missing" / "lock")
