"""``myorun model`` shows, exports and imports."""

from pathlib import Path

import pytest
from tests.cli.calling import called

from myorun.anatomy import load_model

DATA = Path(__file__).parent.parent / "data"


def status_of(*words: str) -> int:
    """Exit status of ``myorun model words``."""
    return called("model", *words)


def test_show_prints_the_muscles_of_the_human(capsys):
    assert status_of("show") == 0
    assert "iliopsoas_l" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["my.osim", "my.toml"])
def test_export_writes_an_equal_model(tmp_path, name):
    assert status_of("export", "human", str(tmp_path / name)) == 0
    assert load_model(tmp_path / name) == load_model()


def test_import_turns_an_osim_file_into_ours(tmp_path):
    assert status_of("import", str(DATA / "gait9dof18musc.osim"), str(tmp_path / "my.toml")) == 0
    assert load_model(tmp_path / "my.toml") == load_model()


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    out = tmp_path / "my.toml"
    out.write_text("mine")
    assert status_of("export", "human", str(out)) == 2
    assert out.read_text() == "mine"
    assert status_of("export", "human", str(out), "--force") == 0
    assert load_model(out) == load_model()


@pytest.mark.parametrize(
    "arguments",
    [["show", "nothing.toml"], ["show", "humn"], ["export", "human", "x.xml"], ["export", "no.osim", "x.toml"]],
)
def test_a_mistake_is_one_line_and_no_traceback(arguments, capsys):
    assert status_of(*arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_import_wants_an_osim_and_a_toml():
    assert status_of("import", "a.toml", "b.osim") == 2
