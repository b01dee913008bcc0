from __future__ import annotations

import io
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from myorun.commands.show import show_episode
from myorun.controllers import Sight
from myorun.errors import MyorunError, UsageError


class Listener(io.StringIO):
    """A screen that notes, whenever it is told of the film, whether there is one."""

    def __init__(self, film: Path) -> None:
        super().__init__()
        self.film, self.there = film, list[bool]()

    def write(self, text: str) -> int:
        if "film:" in text:
            self.there.append(self.film.stat().st_size > 0 if self.film.exists() else False)
        return super().write(text)


def show(console: Console, film: Path, **options: object) -> None:
    settings = {"seed": 0, "difficulty": 0, "max_obstacles": 0, "controller": "zero", "policy": None, "steps": 5}
    files = {"physics": "native", "video": film, "save": None}
    show_episode(**{**settings, **files, **options}, console=console)  # type: ignore[arg-type]


def test_a_film_is_told_of_once_it_is_there(tmp_path: Path) -> None:
    film = tmp_path / "run.mp4"
    screen = Listener(film)
    show(Console(file=screen, width=400), film)
    assert screen.there == [True]
    assert screen.getvalue().count("\n") == 2  # how it went, and the film; nothing of what was in between


def test_waiting_for_the_film_is_seen_on_a_terminal(tmp_path: Path) -> None:
    screen = Listener(tmp_path / "run.mp4")
    show(Console(file=screen, width=400, force_terminal=True), screen.film)
    before, _, after = screen.getvalue().partition("the film is being finished")
    assert "steps at" in before and "film:" not in before
    assert screen.there == [True] and "film:" in after


class Interrupted:
    """A controller during whose fourth step somebody presses Ctrl-C."""

    def __init__(self) -> None:
        self._steps = 0

    def excite(self, sight: Sight) -> NDArray[np.float64]:
        self._steps += 1
        if self._steps == 4:
            raise KeyboardInterrupt
        return np.zeros(18)


def test_what_was_filmed_until_an_interrupt_is_kept_and_told_of(tmp_path: Path) -> None:
    film = tmp_path / "run.mp4"
    screen = Listener(film)
    with pytest.raises(KeyboardInterrupt):
        show(Console(file=screen, width=400), film, controller=Interrupted())
    assert screen.getvalue() == f"film until then: {film}\n"
    assert imageio_ffmpeg.count_frames_and_secs(film)[0] == 2  # at 0 and 20 ms; the interrupt came at 30
    assert list(tmp_path.iterdir()) == [film]


def test_no_film_is_told_of_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myorun.view.video._MP4", ("-codec:v", "nonesuch"))
    screen = Listener(tmp_path / "run.mp4")
    with pytest.raises(MyorunError, match="could not be written"):
        show(Console(file=screen, width=400), screen.film)
    assert "film" not in screen.getvalue() and not list(tmp_path.iterdir())


def test_no_film_is_told_of_where_nothing_ran(tmp_path: Path) -> None:
    film = tmp_path / "run.mp4"
    screen = Listener(film)
    with pytest.raises(UsageError, match="steps is 0"):
        show(Console(file=screen), film, steps=0)
    assert not film.exists() and screen.getvalue() == ""
