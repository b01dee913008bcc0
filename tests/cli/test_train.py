"""The command answers mistakes in a line, before anything is made, and shows what can be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from myorun.cli import main
from myorun.train.settings import algorithms


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no algorithm was named; there are champion"),
        (["walk"], "there is no algorithm 'walk'"),
        (["ppo", "--minutes", "0"], "minutes is 0.0"),
        (["ppo", "--minutes", "nan"], "minutes is nan"),
        (["ppo", "--threads", "-1"], "threads is -1"),
        (["ppo", "--settings", "--resume", "x"], ""),
        (["--resume", "nowhere"], "there is no run to resume in 'nowhere'"),
        (["ppo", "--resume", "nowhere"], "--resume takes algorithm and folder from the run"),
        (["ppo", "--set", "no_such_setting=1"], "no_such_setting"),
        (["ppo", "--sweep", "seed=3"], "lists no values"),
        (["--resume", "nowhere", "--sweep", "seed=[3]"], "--sweep wants the name of an algorithm"),
    ],
)
def test_a_mistake_is_answered_in_a_line_and_makes_nothing(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["train", *arguments])
    assert (left.value.code or 0) == (2 if said else 0)
    out, err = capsys.readouterr()
    assert said in err and "run: " not in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("algorithm", algorithms())
def test_settings_are_shown_with_their_comments(algorithm: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", algorithm, "--settings"])
    out = capsys.readouterr().out
    assert out.startswith("# ") and "seed = " in out
