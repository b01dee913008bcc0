"""Claims about pictures. Nothing here needs a display."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from myorun.errors import UsageError
from myorun.view import Renderer, render_rgb

from .conftest import MakePose

SIZE = {"width": 480, "height": 270}


def _runner(picture: np.ndarray) -> np.ndarray:
    """The part of a picture where the runner is: clear of gauges and numbers."""
    height, width, _ = picture.shape
    return picture[height // 5 :, width // 4 : 3 * width // 4]


def test_a_picture_has_the_size_asked_for_and_many_colours(make_pose: MakePose) -> None:
    picture = render_rgb(make_pose(), **SIZE)
    assert picture.shape == (270, 480, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.writeable
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 1000


def test_the_same_pose_gives_the_same_pixels(make_pose: MakePose) -> None:
    pose = make_pose(obstacles=[(1.0, 0.0, 0.1)], score=1.0)
    first = render_rgb(pose, **SIZE)
    render_rgb(make_pose(pelvis_tx=3.0, time=2.0), **SIZE)
    np.testing.assert_array_equal(first, render_rgb(pose, **SIZE))
    np.testing.assert_array_equal(first, Renderer(480, 270).draw(pose))


def test_the_same_film_drawn_twice_gives_the_same_pixels(make_pose: MakePose) -> None:
    poses = [make_pose(pelvis_tx=0.08 * i, time=0.02 * i) for i in range(12)]
    films = [[renderer.draw(pose) for pose in poses] for renderer in (Renderer(480, 270), Renderer(480, 270))]
    np.testing.assert_array_equal(*films)


def test_the_picture_changes_as_the_human_moves(make_pose: MakePose) -> None:
    first, second = (render_rgb(make_pose(hip_flexion_r=a), **SIZE) for a in (0.0, 0.5))
    assert (first != second).any(axis=2).sum() > 500


def test_activation_turns_the_picture_red(make_pose: MakePose) -> None:
    def redness(activation: float) -> int:
        r, g, b = (_runner(render_rgb(make_pose(activation=activation), **SIZE))[..., i].astype(int) for i in range(3))
        return int(((r > 170) & (g < 90) & (b < 90)).sum())

    assert redness(0.05) < 20
    assert redness(1.0) > 150


def test_an_obstacle_is_seen_where_it_lies_and_not_below_the_ground(make_pose: MakePose) -> None:
    bare = render_rgb(make_pose(), **SIZE)
    seen = render_rgb(make_pose(obstacles=[(1.0, 0.0, 0.12)]), **SIZE)
    buried = render_rgb(make_pose(obstacles=[(1.0, -0.2, 0.12)]), **SIZE)
    columns = np.flatnonzero((bare != seen).any(axis=(0, 2)))
    scale = 270 / 2.45  # px per m
    expected = 0.45 * 480 + scale * 1.0
    assert columns.min() < expected < columns.max()
    np.testing.assert_array_equal(bare, buried)


def test_ground_reaction_is_an_arrow(make_pose: MakePose) -> None:
    pose = make_pose()
    calm = replace(pose, contact_forces=np.zeros_like(pose.contact_forces))
    loaded = replace(pose, contact_forces=np.array([(0.0, 800.0), (0.0, 400.0), (0.0, 0.0), (0.0, 0.0)]))
    assert (render_rgb(calm, **SIZE) != render_rgb(loaded, **SIZE)).any(axis=2).sum() > 100


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (321, 181), (101, 640), (1921, 401)])
def test_odd_and_extreme_sizes_are_drawn(make_pose: MakePose, size: tuple[int, int]) -> None:
    picture = render_rgb(make_pose(score=1.0, label="seed 1"), width=size[0], height=size[1])
    assert picture.shape == (size[1], size[0], 3)
    assert picture.std() > 5


@pytest.mark.parametrize("width", [0, -4, 31, 10_000])
def test_an_impossible_size_says_what_is_possible(width: int) -> None:
    with pytest.raises(UsageError, match=rf"{width} pixels.*32 … 8192"):
        Renderer(width, 480)


def test_the_runner_is_the_same_far_down_the_course(make_pose: MakePose) -> None:
    # Multiples of the ground tile (4 m = 441 px at this size) would align; elsewhere the ground differs,
    # so only the share of bone-coloured pixels is compared.
    def bones(x: float) -> int:
        picture = _runner(render_rgb(make_pose(pelvis_tx=x), **SIZE)).astype(int)
        return int((picture.min(axis=2) > 190).sum())

    assert bones(1e3) == pytest.approx(bones(0.0), rel=0.25)


@pytest.mark.parametrize(
    "odd",
    [
        {"pelvis_tx": 1e6},
        {"pelvis_tx": -1e3},
        {"pelvis_ty": 40.0},
        {"pelvis_ty": -40.0},
        {"pelvis_tilt": -1.6, "pelvis_ty": 0.12},
        {"pelvis_tilt": 30.0, "knee_angle_r": -9.0},
        {"obstacles": [(0.0, 0.0, 50.0), (1e300, 0.0, 0.1), (0.5, 1e9, 0.1), (0.2, 0.0, 1e-9), (0.3, 0.0, 0.0)]},
    ],
)
def test_any_finite_pose_is_drawn(make_pose: MakePose, odd: dict[str, object]) -> None:
    assert render_rgb(make_pose(**odd), **SIZE).std() > 5


def test_bodies_torn_apart_are_drawn_without_overflow(make_pose: MakePose) -> None:
    pose = make_pose()
    torn = np.array(pose.body_positions)
    torn[3] = (1e300, -1e300)
    assert render_rgb(replace(pose, body_positions=torn), **SIZE).std() > 5


def test_the_camera_keeps_a_steady_runner_in_place(make_pose: MakePose) -> None:
    from myorun.view.camera import Camera

    camera = Camera(1280, 720)
    places = []
    for i in range(400):
        pose = replace(make_pose(pelvis_tx=0.04 * i, time=0.01 * i), speed=0.0)
        view = camera.look(pose)
        places.append(float(view.to_pixels(pose.body_positions[:1])[0, 0]))
    assert max(abs(np.diff(places))) < 12  # px a frame: no jump at the start
    assert abs(places[-1] - 0.45 * 1280) < 2  # no lag in the end: within rounding to whole pixels


def test_importing_the_room_loads_no_pygame() -> None:
    code = "import sys, myorun, myorun.view; print('pygame' in sys.modules, 'imageio_ffmpeg' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_drawing_greets_nobody_and_opens_no_display() -> None:
    code = (
        "import numpy as np; from myorun.physics import Simulator; from myorun.view import *\n"
        "render_rgb(snapshot(Simulator('human')), width=64, height=64)\n"
        "import pygame; assert not pygame.display.get_init()"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == ""


def test_what_is_painted_once_keeps_no_number_of_an_earlier_picture(make_pose: MakePose) -> None:
    used, fresh = Renderer(640, 360), Renderer(640, 360)
    for k in range(12):  # more labels than are kept
        used.draw(make_pose(time=0.02 * k, label=f"run {k}", score=float(k), activation=0.08 * k))
    last = make_pose(time=5.0, label="run 3", activation=0.4)
    used.cut()
    np.testing.assert_array_equal(used.draw(last), fresh.draw(last))
