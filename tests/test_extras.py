"""What is not installed is told by the extra that brings it, and nothing else is taken for that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from myorun.errors import MissingExtraError
from myorun.extras import library


def test_a_module_that_is_there_is_given() -> None:
    assert library("myorun.version", "nothing", "none") is sys.modules["myorun.version"]


@pytest.mark.parametrize("line", ["import no_such_package", "from json import no_such_name"])
def test_a_package_that_is_missing_or_broken_names_its_extra(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_part_of_ours.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match=r"flying needs packages .* pip install 'myorun\[wings\]'") as told:
        library("a_part_of_ours", "flying", "wings")
    assert isinstance(told.value.__cause__, ImportError)


def test_an_extra_that_is_named_already_keeps_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "another_part.py").write_text(
        "from myorun.errors import MissingExtraError\nraise MissingExtraError('swimming', 'fins')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match=r"myorun\[fins\]"):
        library("another_part", "flying", "wings")


def test_a_mistake_of_ours_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"myorun\.no_such_module"):
        library("myorun.no_such_module", "flying", "wings")
