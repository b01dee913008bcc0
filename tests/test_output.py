"""What is written stands where it was wanted, whole, or leaves what was there as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from myorun.errors import UsageError
from myorun.output import checked_path, part_of, whole_file


def test_a_path_that_can_be_written_is_given_back(tmp_path: Path) -> None:
    assert checked_path(str(tmp_path / "run.MP4"), "a film", (".mp4", ".gif")) == tmp_path / "run.MP4"
    assert not list(tmp_path.iterdir()), "nothing is made by asking"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("run.avi", r"a film ends in \.mp4 or \.gif; 'run\.avi' does not"),
        ("run", "ends in"),
        ("missing/run.mp4", "the folder .*missing' of a film does not exist; create it first"),
        ("folder.mp4", "cannot be written; choose another path"),
        ("a\0b.mp4", "null character"),
        (f"{'a' * 400}.mp4", "choose another path"),
    ],
)
def test_a_path_that_cannot_be_written_is_named_with_its_remedy(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(UsageError, match=said):
        checked_path(tmp_path / name, "a film", (".mp4", ".gif"))


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_text("old")
    with whole_file(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_what_was_there(tmp_path: Path, kind: type[BaseException]) -> None:
    path = tmp_path / "picture.png"
    path.write_text("old")
    with pytest.raises(kind), whole_file(path) as part:
        raise kind(part.write_text("half"))
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_disk_that_takes_no_more_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No space left.*make room"), whole_file(tmp_path / "picture.png"):
        raise OSError(28, os.strerror(28))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        part_of(tmp_path / "gone" / "picture.png")


def test_a_file_may_be_read_by_whom_others_may(tmp_path: Path) -> None:
    usual, kept = tmp_path / "usual", tmp_path / "kept"
    usual.touch()
    kept.touch()
    kept.chmod(0o640)
    for path in (tmp_path / "new", kept):
        with whole_file(path):
            pass
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
