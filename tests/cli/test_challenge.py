"""``myorun challenge`` and ``myorun submit`` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from myorun.cli import app, main

run = CliRunner()


def ok(*arguments: str, **more: str) -> str:
    done = run.invoke(app, ["challenge", *arguments], **more)  # type: ignore[arg-type]
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_challenge_from_the_command_line(tmp_path: Path) -> None:
    folder = str(tmp_path / "spring")
    assert "challenge serve" in ok("init", folder, "--name", "Spring")
    token = ok("user", folder, "ann").splitlines()[-1]
    assert token.startswith("myo_") and ok("token", folder, "ann").startswith("myo_")
    assert ok("token", folder, "ann", "--revoke", token[:8]) == "revoked 1\n"
    ok("user", folder, "me", "--organiser", "--password", input="a long password\n")
    assert "open" in ok("stage", folder) and len(ok("invite", folder).strip()) == 32
    assert "verdict" in ok("rescore", folder)
    assert (tmp_path / "copy.sqlite3").name in ok("backup", folder, str(tmp_path / "copy.sqlite3"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["challenge", "serve", "nowhere"],
        ["challenge", "user", "nowhere", "ann"],
        ["challenge", "token", "nowhere", "ann", "--revoke", ""],
        ["challenge", "stage", "nowhere", "--closes", "now"],
        ["submit", "random", "--url", "nonsense", "--token", "x"],
        ["submit", "random", "--url", "http://127.0.0.1:1"],
        ["submit", "nothing", "--url", "http://127.0.0.1:1", "--token", "x"],
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MYORUN_TOKEN", raising=False)
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1].startswith("error: ") and "Traceback" not in "".join(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stage", "DIR", "nope"], "there is no stage 'nope'; there are open"),
        (["stage", "DIR", "nope", "--closes", "now"], "there is no stage 'nope'; there are open"),
        (["refund", "DIR", "7"], "there is no run 7; "),
        (["refund", "DIR", "9" * 30], "9223372036854775807"),
        (["rescore", "DIR", "9" * 30], "9223372036854775807"),
        (["figures", "DIR", "DIR/challenge.toml"], "challenge.toml' cannot be written"),
    ],
)
def test_what_an_organiser_names_must_be_there(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "spring")
    ok("init", folder)
    before = (tmp_path / "spring" / "challenge.toml").read_text()
    with pytest.raises(SystemExit) as left:
        main(["challenge", *(word.replace("DIR", folder) for word in words)])
    assert left.value.code == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "spring" / "challenge.toml").read_text() == before


def test_a_challenge_may_be_named_by_a_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MYORUN_URL", "nonsense")
    monkeypatch.setenv("MYORUN_TOKEN", "x")
    for words in (["submit", "random"], ["playoff", "status"]):
        with pytest.raises(SystemExit):
            main(words)
        assert "the address of the challenge is 'nonsense'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["init", "serve", "user", "token", "stage", "rescore", "export", "backup"])
def test_help_teaches_with_examples(command: str) -> None:
    assert f"myorun challenge {command}" in " ".join(ok(command, "--help").split())
