"""Films of recorded trajectories: as many pictures as were asked for, of the right times, and no leftovers."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from tests.view.test_playback import states
from tests.view.test_video import _read as read_film

from myorun.errors import MyorunError, UsageError
from myorun.trajectory import Trajectory
from myorun.view import Playback, Renderer, film
from myorun.view.filming import _times as times_of  # the schedule; what it promises is tested without encoding
from myorun.view.video import VideoWriter
from started import children

REST = 0.6  # s


def test_a_film_has_a_picture_for_every_instant_and_a_rest(walk: Trajectory, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = film(walk, tmp_path / "a.mp4", size=(128, 72), fps=20, end=1.0, progress=lambda *done: seen.append(done))
    said, frames = read_film(path)
    assert len(frames) == 21 + round(REST * 20)
    assert "20 fps" in said
    assert seen[0] == (1, 21)
    assert seen[-1] == (21, 21)
    assert len(seen) == 21


def test_the_pictures_of_a_film_are_those_of_the_renderer(walk: Trajectory, tmp_path: Path) -> None:
    _, frames = read_film(film(walk, tmp_path / "a.mp4", size=(320, 180), fps=10, end=0.5))
    renderer = Renderer(320, 180)
    for k in range(6):
        drawn = renderer.draw(Playback(walk).pose(0.1 * k))
        assert np.abs(drawn.astype(int) - frames[k]).mean() < 8  # grey levels lost to compression


@pytest.mark.parametrize(("speed", "pictures"), [(1.0, 151), (0.25, 601), (3.0, 51)])
def test_slow_motion_has_more_pictures(walk: Trajectory, speed: float, pictures: int) -> None:
    times = times_of(Playback(walk), 50.0, speed)
    assert len(times) == pictures
    assert (times[0], times[-1]) == (0.0, walk.times[-1])
    np.testing.assert_allclose(np.diff(times), speed / 50.0, atol=1e-9)


def test_the_last_state_is_filmed_even_if_no_picture_falls_on_it(walk: Trajectory) -> None:
    times = times_of(Playback(walk, end=0.07), 50.0, 1.0)
    np.testing.assert_allclose(times, [0.0, 0.02, 0.04, 0.06, 0.07])


def test_a_still_camera_sees_the_runner_from_start_to_end(walk: Trajectory, tmp_path: Path) -> None:
    _, frames = read_film(film(walk, tmp_path / "a.mp4", size=(480, 120), fps=2, follow=False, hud=False))
    empty = np.median(frames, axis=0)
    where = [np.abs(f - empty)[:90].sum(axis=(0, 2)).argmax() for f in (frames[0], frames[-1])]
    assert 0 < where[0] < where[1] - 100 < 480


def test_one_state_makes_a_film_that_rests(walk: Trajectory, tmp_path: Path) -> None:
    _, frames = read_film(film(states(walk, slice(1)), tmp_path / "one.mp4", size=(64, 48), fps=10))
    assert len(frames) == 7


@pytest.mark.parametrize("name", ["odd.mp4", "odd.gif"])
def test_odd_sizes_are_made_even(walk: Trajectory, tmp_path: Path, name: str) -> None:
    _, frames = read_film(film(walk, tmp_path / name, size=(65, 49), fps=10, end=0.2))
    assert frames[0].shape == (50, 66, 3)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf"), 0.001])
def test_an_impossible_speed_is_refused(walk: Trajectory, tmp_path: Path, speed: float) -> None:
    with pytest.raises(UsageError, match="times real time"):
        film(walk, tmp_path / "a.mp4", speed=speed)


def test_a_trajectory_that_is_not_there_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no trajectory"):
        film(tmp_path / "none.npz", tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_what_was_there_before(walk: Trajectory, tmp_path: Path) -> None:
    path, before = tmp_path / "a.mp4", children()
    path.write_bytes(b"old")

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film(walk, path, size=(64, 48), progress=interrupt)
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
    assert children() <= before


def test_a_killed_encoder_is_told_and_leaves_nothing(walk: Trajectory, tmp_path: Path) -> None:
    before = children()

    def kill(done: int, total: int) -> None:
        if done == 3:
            for child in children() - before:
                os.kill(child, signal.SIGKILL)

    with pytest.raises(MyorunError, match=r"could not be written; ffmpeg says: nothing; it may have been killed"):
        film(walk, tmp_path / "a.mp4", size=(320, 180), progress=kill)
    assert list(tmp_path.iterdir()) == []
    assert children() <= before


def test_a_discarded_film_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    before = children()
    with VideoWriter(tmp_path / "a.mp4") as writer:
        writer.write(np.zeros((48, 64, 3), dtype=np.uint8))
        writer.discard()
    assert list(tmp_path.iterdir()) == []
    assert children() <= before
