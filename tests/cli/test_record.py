"""``myorun export`` and ``myorun import``: there and back, and mistakes in one line and status 2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cli.calling import called

from myorun.run import run_episode
from myorun.trajectory import load_trajectory, save_trajectory


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    save_trajectory(run_episode("random", seed=3, steps=12).trajectory, "run.npz")


@pytest.mark.parametrize("folder", ["out", "out/"])
def test_a_name_without_ending_is_a_folder_for_everything(capsys: pytest.CaptureFixture[str], folder: str) -> None:
    assert called("export", "run.npz", folder) == 0
    said = capsys.readouterr().out.splitlines()
    assert "wrote out/run_states.sto" in said
    assert sorted(line.removeprefix("wrote ") for line in said) == sorted(str(f) for f in Path("out").iterdir())


def test_out_and_back_in_gives_the_same_states(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("export", "run.npz", "run.sto") == 0
    assert called("export", "run.npz", "controls.sto", "--what", "controls") == 0
    assert called("import", "run.sto", "back.npz", "--controls", "controls.sto") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "wrote back.npz: 13 states, 0.12 s"
    run, back = load_trajectory("run.npz"), load_trajectory("back.npz")
    for name in ("coordinates", "fiber_lengths", "tendon_forces", "excitations", "strengths"):
        assert np.array_equal(getattr(run, name), getattr(back, name)), name


def test_import_tells_what_stays_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("export", "run.npz", "run.mot") == 0
    assert called("import", "run.mot", "back.npz", "--like", "run.npz") == 0
    assert "the file does not tell speeds, activations, fiber lengths" in capsys.readouterr().out
    assert load_trajectory("back.npz").course == load_trajectory("run.npz").course


@pytest.mark.parametrize("command", ["export", "import"])
def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert called(command, "--help") == 0
    assert f"myorun {command} run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("export none.npz run.sto", "there is no trajectory 'none.npz'"),
        ("export run.npz run.c3d", "it must end in one of .sto, .mot, .osim, .csv"),
        ("export run.npz out --what states", "--what states chooses the content of one file, and 'out' is a folder"),
        ("export run.npz run.sto --what fun", "what is 'fun'; it must be one of states"),
        ("export run.npz run.npz", "'run.npz' ends in '.npz'"),
        ("import none.sto back.npz", "there is no file 'none.sto'"),
        ("import run.npz back.npz", "'run.npz' is no text"),
        ("import run.sto run.npz", "'run.npz' is there already; choose another name, or overwrite it with --force"),
        ("import run.sto back.csv", "a trajectory ends in .npz; 'back.csv' does not"),
    ],
)
def test_mistakes_are_one_line_and_status_2(capsys: pytest.CaptureFixture[str], arguments: str, message: str) -> None:
    before = sorted(Path().iterdir())
    assert called(*arguments.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("error: ")
    assert message in said.err
    assert sorted(Path().iterdir()) == before


def test_force_overwrites() -> None:
    for _ in range(2):
        assert called("export", "run.npz", "run.sto", "--force") == 0
        assert called("import", "run.sto", "back.npz", "-f") == 0
