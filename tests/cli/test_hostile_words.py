"""Whatever is typed: one line that names it and says what to do, exit status 2, nothing made, no traceback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from myorun.cli import main
from myorun.run import run_episode
from myorun.trajectory import save_trajectory

from .test_help import COMMANDS

# How a message tells what would be right.
REMEDY = re.compile(r"; |File name too long|must|want|one of|such as|needs|not a valid|use ")


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, walk: Path) -> None:
    """A folder with a trajectory and things that are none, to type names of."""
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.delenv("MYORUN_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "walk.npz").write_bytes(walk.read_bytes())
    (tmp_path / "folder").mkdir()
    for suffix in SUFFIXES:
        (tmp_path / f"folder{suffix}").mkdir()
        (tmp_path / f"empty{suffix}").touch()
        (tmp_path / f"picture{suffix}").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        (tmp_path / f"words{suffix}").write_text("it was a dark and stormy night\n" * 20)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded trajectory of ten steps."""
    file = tmp_path_factory.mktemp("walk") / "walk.npz"
    save_trajectory(run_episode("zero", steps=10).trajectory, file)
    return file


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said to a command that must not be carried out."""
    before = sorted(Path().rglob("*"))
    with pytest.raises(SystemExit) as left:
        main(words)
    told = capsys.readouterr()
    assert left.value.code == 2, (words, told.out, told.err)
    assert "Traceback" not in told.err
    assert sorted(Path().rglob("*")) == before, "something was made"
    return told.err


def one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    said = refused(words, capsys)
    assert said.startswith("error: ") and said.count("\n") == 1, said
    assert REMEDY.search(said), f"no remedy: {said}"
    return said


# ---------------------------------------------------------------- values of the wrong type, in every option


def numbers() -> Iterator[tuple[list[str], str]]:
    """Every option that takes a number, behind the arguments that its command cannot do without."""
    for path, node in COMMANDS.items():
        fill = [word for p in node.params if p.param_type_name == "argument" and p.required for word in ["1"]]
        for parameter in node.params:
            hints = {name: str(kind) for name, kind in node.callback.__annotations__.items()}
            if parameter.param_type_name == "option" and re.search(r"\b(int|float)\b", hints.get(parameter.name, "")):
                yield [*path, *fill], parameter.opts[0]


NUMBERS = list(numbers())


def test_numbers_were_found() -> None:
    assert {option for _, option in NUMBERS} >= {"--seed", "--port", "--minutes", "--fps"}


@pytest.mark.parametrize("value", ["", "many", "1,5", "½"])
@pytest.mark.parametrize(("words", "option"), NUMBERS, ids=[" ".join([*w, o]) for w, o in NUMBERS])
def test_what_is_no_number_is_refused(
    words: list[str], option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = one_line([*words, option, value], capsys)
    assert option in said and value[:40] in said


# ---------------------------------------------------------------- numbers out of range

RANGES: dict[str, list[str]] = {
    "run --seed": ["-1", str(2**63)],
    "run --difficulty": ["-1", "3"],
    "run --obstacles": ["-1", "21", str(10**9)],
    "run --steps": ["0", "-5", "1001"],
    "run --web --no-browser --port": ["-1", "65536"],
    "evaluate champion --episodes": ["0", "-1", str(10**8)],
    "evaluate champion --seed": ["-1", str(2**63 - 1), str(10**30)],
    "evaluate champion --difficulty": ["-1", "3"],
    "evaluate champion --obstacles": ["-1", "21"],
    "evaluate champion --threads": ["-1", str(10**6)],
    "train champion --minutes": ["0", "-1", "nan", "-inf"],
    "train champion --threads": ["-1", "1025"],
    "gait reflex --human-speed": ["0", "-1", "nan", "inf"],
    "gait words.mot --mass": ["0", "-70", "nan", "inf"],
    "gait words.mot --belt": ["nan", "inf"],
    "render walk.npz --fps": ["0", "-1", "nan", "inf", "1e9"],
    "render walk.npz --speed": ["0", "-1", "nan", "inf"],
    "render walk.npz --from": ["-1", "99", "nan", "inf"],
    "render walk.npz --to": ["-1", "nan"],
    "render walk.npz --at": ["-1", "99", "nan", "inf"],
    "render walk.npz --filmstrip": ["-1", "0", "1", "25"],
    "render walk.npz --size": ["", "x", "-1x5", "1280", "99999999x2", "1e3x1e3"],
    "plot walk.npz --from": ["99", "nan", "inf"],
    "plot walk.npz --to": ["-1", "nan"],
    "view walk.npz --no-browser --port": ["-1", "65536"],
    "course show 7 --difficulty": ["-1", "3", "nan", "inf", "0.5"],
    "course show 7 --obstacles": ["-1", "21"],
    "course draw": [str(2**63)],
}


@pytest.mark.parametrize(
    ("command", "value"), [(command, value) for command, values in RANGES.items() for value in values]
)
def test_a_number_out_of_range_is_refused_by_value(
    command: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _needs(command)
    said = one_line([*command.split(), value], capsys)
    assert value in said or repr(value) in said or _as_read(value) in said, said


def _as_read(value: str) -> str:
    """How a number is told again: 1e9 as 1000000000.0 or 1e+09."""
    try:
        return f"{float(value):g}"
    except ValueError:
        return value


def _needs(command: str) -> None:
    for word, package in (("plot", "matplotlib"), ("gait", "scipy"), ("train", "torch")):
        if command.startswith(word):
            pytest.importorskip(package)
    if command.startswith("gait"):
        pytest.importorskip("matplotlib")


# ---------------------------------------------------------------- words that are none

WORDS = {
    "run --controller": "reflex, random",
    "run --physics": "native, opensim",
    "run --policy": "champion",
    "evaluate champion --rules": "v1",
    "evaluate champion --physics": "native, opensim",
    "evaluate": "champion",
    "train": "champion, ",
    "gait": "champion",
    "gait reflex --protocol": "paper, last5, all",
    "plot walk.npz out.png --what": "all, kinematics",
    "export walk.npz out.sto --what": "states, controls",
    "course show 7 --generator": "2017, steps-1",
    "model show": "human",
    "doctor": "core, ",
}


@pytest.mark.parametrize("value", ["", "Champion!", "-", "../..", "[red]x[/red]", "a" * 300, "naïve ☃"])
@pytest.mark.parametrize("command", WORDS)
def test_a_word_that_is_none_is_answered_with_those_there_are(
    command: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _needs(command)
    said = one_line([*command.split(), value], capsys)
    assert value[:40] in said
    assert WORDS[command] in said


# ---------------------------------------------------------------- files to read

SUFFIXES = (".npz", ".replay", ".sto", ".mot", ".toml", ".json", ".osim")
READERS = {
    "render {} out.mp4": ".npz",
    "plot {} out.png": ".npz",
    "view {} --export out.html": ".npz",
    "view {} --export  out.html": ".replay",
    "export {} out.sto": ".npz",
    "import {} out.npz": ".sto",
    "import {}  out.npz": ".mot",
    "import words.sto out.npz --like {}": ".npz",
    "gait {}": ".npz",
    "gait {} ": ".mot",
    "run --course {}": ".toml",
    "run --course  {}": ".json",
    "course show {}": ".toml",
    "course export {} out.json": ".toml",
    "course check {}": ".json",
    "model show {}": ".toml",
    "model show  {}": ".osim",
    "model export {} out.osim": ".toml",
    "model import {} out.toml": ".osim",
}


@pytest.mark.parametrize("name", ["missing", "folder", "empty", "picture", "words", "missing/x", "x" * 300])
@pytest.mark.parametrize("command", READERS)
def test_a_file_that_cannot_be_read_is_named(command: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    _needs(command)
    if "course" in command and (name, READERS[command]) == ("empty", ".toml"):
        pytest.skip("to TOML nothing is a table, and such a course is flat")
    file = f"{name}{READERS[command]}"
    said = one_line(command.format(file).split(), capsys)
    assert file[:40] in said


# ---------------------------------------------------------------- files to write

WRITERS = {
    "run --steps 2 --controller zero --video {}": ".mp4",
    "run --steps 2 --controller zero --save {}": ".npz",
    "render walk.npz {}": ".mp4",
    "render  walk.npz {}": ".png",
    "plot walk.npz {}": ".png",
    "view walk.npz --export {}": ".html",
    "view walk.npz --replay {}": ".replay",
    "export walk.npz {}": ".sto",
    "course draw 7 {}": ".toml",
    "model export human {}": ".osim",
    "gait reflex --html {}": ".html",
}


@pytest.mark.parametrize("place", ["missing/out", "folder", "x" * 300, "empty.npz/out"])
@pytest.mark.parametrize("command", WRITERS)
def test_a_file_that_cannot_be_written_is_named(command: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    _needs(command)
    if (command.split()[0], place) == ("export", "folder"):
        pytest.skip("a folder gets all there is to export")
    file = f"{place}{WRITERS[command]}"
    Path(f"folder{WRITERS[command]}").mkdir(exist_ok=True)
    said = one_line(command.format(file).split(), capsys)
    assert file[:30].split("/")[0] in said


@pytest.mark.parametrize("command", [c for c in WRITERS if "gait" not in c and "render" not in c])
def test_an_ending_that_is_none_is_answered_with_those_there_are(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _needs(command)
    said = one_line(command.format("out.xyz").split(), capsys)
    assert "out.xyz" in said
    assert WRITERS[command] in said


def test_every_reader_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    tried = {command.split()[0] for command in (*READERS, *WRITERS, *RANGES, *WORDS)}
    left: Any = {path[0] for path in COMMANDS} - tried
    assert left <= {"info", "challenge", "submit", "playoff"}, "a new command: try hostile words on it too"
