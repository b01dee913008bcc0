"""What docs/pictures.md says is true: its commands and its Python run, its pictures and links are there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.calling import called

from myorun.run import run_episode
from myorun.trajectory import save_trajectory

PAGE = Path(__file__).resolve().parent.parent / "docs" / "pictures.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
RENDERS = [command for command in COMMANDS if command.startswith("myorun render")]
PLOTS = [command for command in COMMANDS if command.startswith("myorun plot")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where walk.npz and other.npz lie."""
    where = tmp_path_factory.mktemp("page")
    for name, difficulty in (("walk", 2), ("other", 0)):
        save_trajectory(run_episode(seed=0, difficulty=difficulty, steps=810).trajectory, where / f"{name}.npz")
    return where


def run(command: str) -> int:
    return called(*shlex.split(command)[1:])


def test_the_page_shows_both_commands() -> None:
    assert len(RENDERS) >= 6
    assert len(PLOTS) >= 3
    assert [command for command in COMMANDS if command not in (*RENDERS, *PLOTS)] == ["myorun run --save walk.npz"]


@pytest.mark.slow
@pytest.mark.parametrize("command", RENDERS)
def test_every_render_makes_a_file(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    before = set(folder.iterdir())
    small = "" if "--thumbnail" in command else " --size 480x64"  # it takes the last of two sizes
    assert run(command + small) == 0
    assert len(set(folder.iterdir()) - before) == 1


@pytest.mark.slow
@pytest.mark.parametrize("command", PLOTS)
def test_every_plot_makes_a_file(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(folder)
    before = set(folder.iterdir())
    assert run(command) == 0
    assert len(set(folder.iterdir()) - before) == 1


@pytest.mark.slow
@pytest.mark.parametrize("snippet", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_its_python_runs_as_it_stands(snippet: str) -> None:
    pytest.importorskip("matplotlib")
    code = f"import sys; sys.path[:] = {sys.path!r}\n{snippet}"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "(360, 640, 3) (180, 320, 3)" in done.stdout


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))
def test_every_link_and_picture_is_there(target: str) -> None:
    assert (PAGE.parent / target).exists()


def test_the_pictures_of_the_script_are_those_of_the_page() -> None:
    script = (PAGE.parent.parent / "scripts" / "docs_pictures.py").read_text(encoding="utf-8")
    made = set(re.findall(r'"(\w+\.png)": lambda', script))
    assert made == set(re.findall(r"images/(\w+\.png)", TEXT))
