"""The command line does what it says, teaches by its help, and answers mistakes in one line and status 2."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from tests.cli.calling import called

from myorun import __version__
from myorun.commands.show import show_episode
from myorun.physics import instruction_sets
from myorun.trajectory import load_trajectory


@pytest.fixture(autouse=True)
def _headless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)


def test_without_a_display_run_makes_a_film_and_prints_its_path(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert called("run", "--steps", "10", "--controller", "zero") == 0
    film = tmp_path / "myorun-seed0.mp4"
    assert film.stat().st_size > 1000
    assert f"film: {film}" in capsys.readouterr().out


def test_the_closing_line_tells_distance_score_steps_and_speed(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("run", "--steps", "10", "--controller", "zero", "--video", "film.gif") == 0
    assert Path("film.gif").exists()
    line = next(line for line in capsys.readouterr().out.splitlines() if "score" in line)
    for part in (" m in 0.10 s, on its feet", "score ", "10 steps at ", "× real time"):
        assert part in line


def test_a_fall_is_called_a_fall(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("run", "--controller", "zero", "--video", "fall.mp4") == 0
    assert "fell" in capsys.readouterr().out
    assert Path("fall.mp4").exists()


def test_save_keeps_the_trajectory(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--seed 9 --difficulty 1 --obstacles 10 --controller random --steps 12"
    assert called("run", *options.split(), "--save", "run.npz") == 0
    trajectory = load_trajectory("run.npz")
    assert trajectory.steps == 12
    assert (trajectory.course.seed, trajectory.course.difficulty) == (9, 1)
    assert len(trajectory.course.obstacles) == 10
    assert "trajectory: " in capsys.readouterr().out


def test_what_is_kept_is_not_filmed_as_well_without_a_display() -> None:
    assert called("run", "--controller", "zero", "--steps", "3", "--save", "run.npz") == 0
    assert [file.name for file in Path().iterdir()] == ["run.npz"]
    assert called("run", "--controller", "zero", "--steps", "3", "--save", "run.npz", "--video", "run.mp4") == 0
    assert sorted(file.name for file in Path().iterdir()) == ["run.mp4", "run.npz"]


def test_a_film_of_a_course_file_has_its_name() -> None:
    assert called("course", "draw", "7", "seven.toml") == 0
    assert called("run", "--controller", "zero", "--steps", "3", "--course", "seven.toml") == 0
    assert Path("myorun-seven.mp4").exists()


def test_info_tells_versions_instruction_sets_and_extras(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("info") == 0
    told = capsys.readouterr().out
    for part in (__version__, instruction_sets()[0], "in float32", "in float64", "processors", "18 muscles"):
        assert part in told
    if list(distributions(name="myorun")):  # run from the source, it has no list of extras
        assert "numpy" in told
        assert "extra opensim" in told


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("--version") == 0
    assert capsys.readouterr().out.strip() == f"myorun {__version__}"


def test_model_commands_are_mounted(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("model", "show") == 0
    assert "soleus" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["run", "-h"], ["model", "--help"], ["info", "-h"]])
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert called(*words) == 0
    assert "Usage: " in capsys.readouterr().out


def test_the_help_of_run_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    called("run", "--help")
    told = capsys.readouterr().out
    assert told.count("myorun run ") >= 5
    for option in ["seed", "difficulty", "obstacles", "controller", "policy", "physics", "steps", "video", "save"]:
        assert f"--{option}" in told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--controller", "walk"], "error: controller is 'walk'; it must be one of reflex, random, constant, zero"),
        (["--seed", "-1"], "error: seed is -1; it must be a whole number, 0 to 9223372036854775807"),
        (["--difficulty", "3"], "error: difficulty is 3; it must be a whole number, 0 to 2"),
        (["--obstacles", "21"], "error: max_obstacles is 21; it must be a whole number, 0 to 20"),
        (["--steps", "0"], "error: steps is 0; an episode has 1 to 1000, of 10 ms each"),
        (["--physics", "mujoco"], "error: physics is 'mujoco'; it must be one of native, opensim"),
        (["--policy", "none"], "error: policy 'none' is not there; a policy is a folder"),
        (["--policy", "none", "--controller", "zero"], "error: --policy and --controller were both given"),
        (["--video", "film.avi"], "error: a film ends in .mp4 or .gif; 'film.avi' does not"),
        (["--save", "run.csv"], "error: a trajectory ends in .npz; 'run.csv' does not"),
        (["--save", "no/run.npz"], "error: the folder 'no' of a trajectory does not exist; create it first"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("run", *options) == 2
    told = capsys.readouterr()
    assert told.err.startswith(message)
    assert told.err.count("\n") == 1
    assert "score" not in told.out
    assert not list(Path().glob("*.mp4"))


def test_brackets_in_a_message_are_not_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("run", "--controller", "[red]") == 2
    assert "'[red]'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run", "--steps", "nine"], ["run", "--unknown"], ["walk"]])
def test_nonsense_is_status_2_without_a_traceback(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert called(*words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_python_dash_m_is_the_same_command() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; sys.argv = ['myorun', '--version']; "
    code += "import runpy; runpy.run_module('myorun', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"myorun {__version__}"


def test_with_a_display_a_window_is_opened_and_no_film_made(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    shown: list[float] = []

    class FakeWindow:
        closed = False

        def due(self, time: float) -> bool:
            return True

        def show(self, pose: object) -> bool:
            shown.append(1.0)
            return True

        def close(self) -> None:
            self.closed = True

    monkeypatch.setattr("myorun.view.window.has_display", lambda: True)
    monkeypatch.setattr("myorun.view.window.Window", FakeWindow)
    show_episode(
        seed=0,
        difficulty=0,
        max_obstacles=0,
        controller="zero",
        policy=None,
        physics="native",
        steps=5,
        video=None,
        save=None,
        console=Console(quiet=True),
    )
    assert len(shown) == 6
    assert not list(Path().glob("*.mp4"))


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; import myorun; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("myorun.")}
    assert rooms <= {"errors", "registration", "task", "version"}
    heavy = {"pygame", "rich", "typer", "imageio_ffmpeg", "torch", "scipy", "opensim", "myorun._core", "myorun.view"}
    assert heavy.isdisjoint(loaded)
