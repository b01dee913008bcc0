"""Folders of runs: they live as long as their process, and nobody else's folder is touched."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from myorun.challenge.playoff.scratch import Scratch, is_dead, remove_dead, root_of
from myorun.errors import UsageError


def test_a_folder_lives_until_it_is_closed(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    assert stat.S_IMODE(scratch.folder.stat().st_mode) == 0o700
    assert not is_dead(scratch.folder) and remove_dead(tmp_path) == 0
    scratch.close()
    assert not scratch.folder.exists() and is_dead(scratch.folder)


def test_a_folder_of_a_killed_process_is_removed_and_no_other(tmp_path: Path) -> None:
    code = f"import sys; from pathlib import Path; from myorun.challenge.playoff.scratch import Scratch;" \
           f"s = Scratch(Path({str(tmp_path)!r})); print(s.folder, flush=True); sys.stdin.read()"  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    somebodys = tmp_path / "myorun-cell-notes"
    somebodys.mkdir()
    assert remove_dead(tmp_path) == 0 and folder.is_dir()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert is_dead(folder) and remove_dead(tmp_path) == 1
    assert not folder.exists() and somebodys.is_dir()


def test_a_folder_whose_lock_cannot_be_tried_is_let_alone(tmp_path: Path) -> None:
    (tmp_path / "somebodys" / "lock").mkdir(parents=True)
    assert not is_dead(tmp_path / "somebodys")


def test_a_root_that_is_none_is_named(tmp_path: Path) -> None:
    assert root_of(str(tmp_path)) == tmp_path.resolve()
    with pytest.raises(UsageError, match="no folder"):
        root_of(str(tmp_path / "missing"))
