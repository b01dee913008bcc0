"""``myorun model`` shows, exports and imports."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from myorun.anatomy import load_model
from myorun.cli_model import app

DATA = Path(__file__).parent / "data"
run = CliRunner().invoke


def test_show_prints_the_muscles_of_the_human():
    result = run(app, ["show"])
    assert result.exit_code == 0
    assert "iliopsoas_l" in result.stdout


@pytest.mark.parametrize("name", ["my.osim", "my.toml"])
def test_export_writes_an_equal_model(tmp_path, name):
    assert run(app, ["export", "human", str(tmp_path / name)]).exit_code == 0
    assert load_model(tmp_path / name) == load_model()


def test_import_turns_an_osim_file_into_ours(tmp_path):
    result = run(app, ["import", str(DATA / "gait9dof18musc.osim"), str(tmp_path / "my.toml")])
    assert result.exit_code == 0
    assert load_model(tmp_path / "my.toml") == load_model()


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    out = tmp_path / "my.toml"
    out.write_text("mine")
    assert run(app, ["export", "human", str(out)]).exit_code == 2
    assert out.read_text() == "mine"
    assert run(app, ["export", "human", str(out), "--force"]).exit_code == 0
    assert load_model(out) == load_model()


@pytest.mark.parametrize(
    "arguments",
    [["show", "nothing.toml"], ["show", "humn"], ["export", "human", "x.xml"], ["export", "no.osim", "x.toml"]],
)
def test_a_mistake_is_one_line_and_no_traceback(arguments):
    result = run(app, arguments)
    assert result.exit_code == 2
    assert result.output.startswith("error: ")
    assert "Traceback" not in result.output


def test_import_wants_an_osim_and_a_toml():
    assert run(app, ["import", "a.toml", "b.osim"]).exit_code == 2
