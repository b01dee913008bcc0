"""What the README says is true: its Python runs, its commands exist, its files are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import myorun

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PATHS = re.findall(r"`((?:core|bindings|src|scripts|benchmarks|docs)/[\w/.]*)`", README)
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_python_snippet_runs_as_it_stands(snippet: str) -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}\n{snippet}"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_there_are_snippets_and_two_lines_of_shell() -> None:
    assert len(SNIPPETS) >= 2
    assert [len(block.strip().splitlines()) for block in SHELL] == [1, 1]


@pytest.mark.slow
def test_what_it_says_of_teaching_can_be_typed(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    [block] = re.findall(r"## Teach it to run\n\n```\n(.*?)```", README, re.DOTALL)
    page = tmp_path / "page.md"
    page.write_text(f"```sh\n{block.replace('.venv/bin/', '')}```\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "check_docs.py"), str(page)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_continuous_integration_calls_the_line_that_sets_up_and_runs_the_tests() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert SHELL[1].strip() in lines


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("path", sorted(set(PATHS)))
def test_every_path_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_pictures_are_small_enough_for_a_first_look() -> None:
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 400_000, picture.name


@pytest.mark.parametrize("name", myorun.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(myorun, name) is not None
    assert name in dir(myorun)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Simulato'"):
        _ = myorun.Simulato
