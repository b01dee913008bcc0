"""Claims about the window, on SDL's invisible display."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pygame
import pytest

from myorun.errors import UsageError
from myorun.view import Window, has_display
from myorun.view import window as module

from .conftest import MakePose


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(module, "has_display", lambda: True)
    opened = Window(160, 96, fps=50)
    yield opened
    opened.close()


def _press(key: int) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))


def test_without_a_display_a_window_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert not has_display()
    with pytest.raises(UsageError, match=r"no display.*rgb_array.*--video"):
        Window(160, 96)


def test_a_display_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4242")
    monkeypatch.setattr(module.sys, "platform", "linux")
    assert not has_display()
    assert not pygame.display.get_init()


def test_only_poses_that_are_due_are_drawn(window: Window, make_pose: MakePose) -> None:
    drawn = []
    for i in range(10):
        drawn.append(window.due(0.01 * i))
        window.show(make_pose(time=0.01 * i))
    assert drawn == [True, False] * 5  # steps of 10 ms, pictures every 20 ms


def test_the_window_keeps_pace_with_the_wall_clock(window: Window, make_pose: MakePose) -> None:
    poses = [make_pose(time=0.02 * i) for i in range(16)]
    began = time.monotonic()
    for pose in poses:
        window.show(pose)
    assert time.monotonic() - began >= 0.29  # s; 0.30 from the first pose to the last, less a clock's grain


@pytest.mark.parametrize("key", [pygame.K_q, pygame.K_ESCAPE])
def test_q_and_escape_close_the_window(window: Window, make_pose: MakePose, key: int) -> None:
    assert window.show(make_pose())
    _press(key)
    assert not window.show(make_pose(time=1.0))
    assert window.closed
    assert not window.show(make_pose(time=2.0))


def test_the_close_button_closes_the_window(window: Window, make_pose: MakePose) -> None:
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert not window.show(make_pose())


def test_space_pauses_and_a_second_space_goes_on(
    window: Window, make_pose: MakePose, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 5:
            _press(pygame.K_SPACE)

    monkeypatch.setattr(module.time, "sleep", nap)
    _press(pygame.K_SPACE)
    assert window.show(make_pose())
    assert len(naps) == 5
    assert not window.paused


def test_a_reset_starts_the_clock_anew(window: Window, make_pose: MakePose, monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(module.time, "sleep", naps.append)
    window.show(make_pose(time=9.0))
    assert window.due(0.0)
    assert window.show(make_pose(time=0.0))
    assert naps == []
    window.show(make_pose(time=0.9))
    assert len(naps) == 1 and 0.0 < naps[0] <= 0.9  # s: kept pace with the new start


def test_resizing_redraws_at_the_new_size(window: Window, make_pose: MakePose) -> None:
    window.show(make_pose())
    pygame.display.set_mode((320, 200))
    pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=320, h=200))
    window.show(make_pose(time=0.1))
    assert (window._renderer.width, window._renderer.height) == (320, 200)
    assert len({window._screen.get_at((x, 100))[:3] for x in range(0, 320, 10)}) > 3
