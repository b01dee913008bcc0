"""``myorun render`` makes what its options say, and answers contradictions in one line."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from tests.cli.calling import called

from myorun.commands.render import Wishes, render_file, size_from
from myorun.errors import UsageError
from myorun.run import run_episode
from myorun.trajectory import save_trajectory
from myorun.view.sdl import pygame


@pytest.fixture(autouse=True)
def _walk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder with nothing but walk.npz, half a second of it."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    save_trajectory(run_episode(seed=0, steps=50).trajectory, "walk.npz")


def made() -> list[str]:
    return sorted(file.name for file in Path().iterdir() if file.name != "walk.npz")


@pytest.mark.parametrize(
    ("words", "name", "kind"),
    [
        ("--size 64x48", "walk.mp4", "film"),
        ("a.gif --size 64x48 --fps 10 --from 0.1 --to 0.3 --speed 0.5 --still", "a.gif", "film"),
        ("a.PNG --at 0.25 --size 80x60", "a.PNG", "picture"),
        ("--thumbnail", "walk-thumbnail.png", "picture"),
        ("--at 0.1 --no-numbers", "walk.png", "picture"),
        ("--filmstrip 2 --size 200x100", "walk-filmstrip.png", "picture"),
        ("a.jpg --filmstrip 3 --size 300x100", "a.jpg", "picture"),
        ("a.png --filmstrip 3 --overlay --from 0.1", "a.png", "picture"),
        ("a.png", "a.png", "picture"),
    ],
)
def test_the_options_say_what_is_made(words: str, name: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("render", "walk.npz", *words.split()) == 0
    assert made() == [name]
    assert capsys.readouterr().out == f"{kind}: {Path(name).resolve()}\n"


def test_size_is_the_size_of_the_picture() -> None:
    assert called("render", "walk.npz", "a.png", "--size", "123x77") == 0
    assert pygame.image.load("a.png").get_size() == (123, 77)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("a.avi", "error: a film ends in .mp4 or .gif, a picture in .png or .jpg; 'a.avi' does neither"),
        ("a", "error: a film ends in .mp4 or .gif, a picture in .png or .jpg; 'a' does neither"),
        ("a.mp4 --thumbnail", "error: --at, --thumbnail and --filmstrip make pictures (.png, .jpg); 'a.mp4' is a film"),
        ("a.png --filmstrip 4 --at 2", "error: --filmstrip is a picture of its own; leave --thumbnail and --at out"),
        ("a.png --fps 20 --speed 2", "error: --fps and --speed would change nothing in 'a.png'"),
        ("a.png --at 0.1 --from 0", "error: --from would change nothing in 'a.png'"),
        ("a.mp4 --overlay", "error: --overlay would change nothing in 'a.mp4'"),
        ("a.png --at 3", "error: a picture is at 3 s; the trajectory goes from 0 s to 0.5 s"),
        ("--from 0.4 --to 0.2", "error: the end, 0.2 s, is before the start, 0.4 s"),
        ("--size 12", "error: size is '12'; it must be WIDTHxHEIGHT in pixels, such as 1280x720"),
        ("--size 99999x99999", "error: a picture of 99999 pixels was asked for; both sides must be 32 … 8192"),
        ("--fps 0", "error: 0 frames per second were asked for; possible are 0 < fps <= 1000"),
        ("--speed -1", "error: speed is -1; it must be 0.01 to 100 times real time"),
        ("none/a.mp4", "error: the folder 'none' of a film does not exist; create it first"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert called("render", "walk.npz", *words.split()) == 2
    told = capsys.readouterr()
    assert told.err.startswith(message)
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert made() == []


def test_a_file_that_is_no_trajectory_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("other.npz", x=np.zeros(3))
    Path("text.npz").write_text("no archive")
    for name in ("other.npz", "text.npz", "missing.npz", "."):
        assert called("render", name, "a.png") == 2
        assert "trajectory" in capsys.readouterr().err
    assert not Path("a.png").exists()


def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("render", "--help") == 0
    assert capsys.readouterr().out.count("myorun render walk.npz") >= 6


@pytest.mark.parametrize(
    ("words", "size"), [("1280x720", (1280, 720)), (" 64 X 48 ", (64, 48)), ("64×48", (64, 48)), ("64*48", (64, 48))]
)
def test_sizes_are_read_as_people_write_them(words: str, size: tuple[int, int]) -> None:
    assert size_from(words) == size


@pytest.mark.parametrize("words", ["", "x", "64x", "-64x48", "64x48x3", "1e3x720", "９９x99" * 9])
def test_other_sizes_are_refused(words: str) -> None:
    with pytest.raises(UsageError, match="it must be WIDTHxHEIGHT"):
        size_from(words)


# ---------------------------------------------------------------- myorun plot


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("walk.npz --what distance", "walk-distance.png"),
        ("walk.npz --from 0.1 --to 0.3", "walk-plot.png"),
        ("walk.npz walk.npz --what kinematics", "walk-kinematics.png"),
        ("walk.npz walk.npz a.svg --what distance", "a.svg"),
        ("walk.npz a.pdf --what distance", "a.pdf"),
    ],
)
def test_plot_draws_files_into_the_last_word(words: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    assert called("plot", *words.split()) == 0
    assert made() == [name]
    assert capsys.readouterr().out == f"plot: {Path(name).resolve()}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("walk.npz a.doc", "error: a plot ends in .png, .pdf or .svg; 'a.doc' does not"),
        ("none.npz", "error: there is no trajectory 'none.npz'"),
        ("a.png", "error: there is no trajectory 'a.png'"),
        ("walk.npz --to 9", "error: 0 s to 9 s was asked for; recorded is 0 s to 0.5 s"),
        (" ".join(["walk.npz"] * 7), "error: 7 trajectories were given; 1 to 6 can be told apart in one figure"),
    ],
)
def test_a_mistake_in_plot_is_one_line(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    assert called("plot", *words.split()) == 2
    told = capsys.readouterr().err
    assert told.startswith(message) and told.count("\n") == 1
    assert made() == []


@pytest.mark.parametrize(
    ("name", "wishes"), [("a.png", Wishes(filmstrip=4, size=(400, 60))), ("a.gif", Wishes(size=(64, 48), end=0.1))]
)
def test_on_a_terminal_a_bar_tells_how_far_it_is(name: str, wishes: Wishes) -> None:
    terminal = io.StringIO()
    console = Console(file=terminal, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    render_file(Path("walk.npz"), Path(name), wishes, console)
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", terminal.getvalue())  # without colours and moves of the cursor
    assert f"4/4 {'poses' if name == 'a.png' else 'pictures'}" in shown
