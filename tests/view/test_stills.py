"""Pictures of a trajectory: right size, the right moment, whole files or none."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from myorun.errors import UsageError
from myorun.trajectory import Trajectory, save_trajectory
from myorun.view import Playback, Renderer, filmstrip, picture, thumbnail
from myorun.view.moments import stride_of
from myorun.view.sdl import pygame, to_rgb


def loaded(path: Path) -> np.ndarray:
    return to_rgb(pygame.image.load(str(path)))


def test_a_picture_is_what_the_renderer_draws_at_that_time(walk: Trajectory) -> None:
    drawn = Renderer(320, 180).draw(Playback(walk).pose(1.37))
    np.testing.assert_array_equal(picture(walk, at=1.37, size=(320, 180)), drawn)


def test_a_written_picture_holds_the_returned_pixels(walk: Trajectory, tmp_path: Path) -> None:
    pixels = picture(walk, tmp_path / "a.png", size=(321, 181))
    assert pixels.shape == (181, 321, 3)
    np.testing.assert_array_equal(loaded(tmp_path / "a.png"), pixels)
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_a_file_serves_as_well_as_a_trajectory(walk: Trajectory, tmp_path: Path) -> None:
    save_trajectory(walk, tmp_path / "walk.npz")
    np.testing.assert_array_equal(thumbnail(tmp_path / "walk.npz"), thumbnail(walk))


def test_a_thumbnail_is_small_and_without_numbers(walk: Trajectory) -> None:
    small = thumbnail(walk)
    assert small.shape == (180, 320, 3)
    np.testing.assert_array_equal(
        thumbnail(walk, size=(960, 540))[:60, :60], picture(walk, size=(960, 540), hud=False)[:60, :60]
    )
    assert (thumbnail(walk, size=(960, 540)) != picture(walk, size=(960, 540))).any()


@pytest.mark.parametrize("layout", ["side", "overlay"])
def test_a_strip_has_the_size_that_is_asked_for(walk: Trajectory, layout: str) -> None:
    assert filmstrip(walk, size=(601, 151), layout=layout).shape == (151, 601, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["side", "overlay"])
def test_a_strip_tells_how_many_poses_are_drawn(walk: Trajectory, layout: str) -> None:
    told: list[tuple[int, int]] = []
    filmstrip(walk, poses=3, size=(300, 100), layout=layout, progress=lambda *done: told.append(done))  # type: ignore[arg-type]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_panels_of_a_strip_are_the_poses_of_the_stride(walk: Trajectory) -> None:
    strip = filmstrip(walk, poses=3, size=(306, 140))
    replay = Playback(walk)
    for k, time in enumerate(np.linspace(*stride_of(walk), 3)):
        panel = Renderer(100, 140, hud=False).draw(replay.pose(float(time)))
        np.testing.assert_array_equal(strip[:110, 103 * k : 103 * k + 100], panel[:110])  # above the label


def test_in_an_overlay_the_last_pose_is_sharp_and_the_first_faded(walk: Trajectory) -> None:
    poses = Playback(walk).poses(np.array([1.0, 2.5]))
    ground = (float(poses[0].body_positions[0, 0]) - 1.0, float(poses[1].body_positions[0, 0]) + 1.0)
    together = Renderer(800, 400, hud=False, ground=ground)
    faded = together.draw_together(poses, [0.3, 1.0]).astype(int)
    whole = together.draw_together(poses, [1.0, 1.0]).astype(int)
    none = together.draw_together(poses, [0.0, 1.0]).astype(int)
    middle = sum(together.column(pose) for pose in poses) // 2
    past = slice(0, middle)
    assert np.abs(whole - none)[:, past].sum() > 2 * np.abs(faded - none)[:, past].sum() > 0


def test_more_poses_than_fit_or_fewer_than_two_are_refused(walk: Trajectory) -> None:
    for poses in (1, 25):
        with pytest.raises(UsageError, match=f"a filmstrip of {poses} poses was asked for; 2 to 24"):
            filmstrip(walk, poses=poses)
    with pytest.raises(UsageError, match="layout is 'heap'; it must be one of side, overlay"):
        filmstrip(walk, layout="heap")  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["side", "overlay"])
def test_as_many_poses_as_are_allowed_fit_into_the_usual_size(walk: Trajectory, layout: str) -> None:
    assert max(filmstrip(walk, poses=24, layout=layout).shape) <= 4096  # type: ignore[arg-type]


def test_panels_that_would_be_slivers_are_refused(walk: Trajectory) -> None:
    with pytest.raises(UsageError, match="24 poses do not fit side by side into 400 pixels; 32 are needed for each"):
        filmstrip(walk, poses=24, size=(400, 100))


@pytest.mark.parametrize("size", [(31, 100), (8193, 100), (10**9, 10**9), (0, 0), (-5, 40)])
def test_impossible_sizes_are_refused(walk: Trajectory, size: tuple[int, int]) -> None:
    for make in (picture, thumbnail, filmstrip):
        with pytest.raises(UsageError, match="both sides must be 32"):
            make(walk, size=size)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.bmp", r"a picture ends in \.png or \.jpg; 'a\.bmp' does not"),
        ("none/a.png", "does not exist; create it first"),
        ("folder.png", "cannot be written; choose another path"),
        ("x" * 300 + ".png", "cannot be"),
        ("a\0.png", "cannot be a file"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_and_nothing_left(
    walk: Trajectory, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    for make in (picture, filmstrip):
        with pytest.raises(UsageError, match=message):
            make(walk, str(tmp_path) + os.sep + name)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.png"]


def test_a_full_disk_is_told_and_leaves_nothing(
    walk: Trajectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(UsageError, match=r"a\.png' cannot be written: No space left on device"):
        thumbnail(walk, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_picture_survives_a_failure(walk: Trajectory, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"old")
    with pytest.raises(UsageError, match="a picture is at 99 s"):
        picture(walk, file, at=99.0)
    assert file.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1
