"""Claims about obstacles: painted where they are, however large."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from myorun.view import palette
from myorun.view.balls import draw_ball
from myorun.view.camera import View
from myorun.view.sdl import pygame, to_rgb
from myorun.view.shapes import Ball

HEIGHT, SCALE = 270, 110.0  # px, px per m


def painted(ball: Ball, width: int) -> np.ndarray:
    target = pygame.Surface((width, HEIGHT), 0, 32)
    draw_ball(target, ball, View(width, HEIGHT, -200, 0, SCALE), palette.DAY)
    return to_rgb(target)


@pytest.mark.parametrize("radius", [1.2, 2.0])
def test_a_ball_larger_than_the_picture_is_painted_like_one_that_fits(radius: float) -> None:
    """One is painted pixel by pixel of the picture, the other once and kept; they are the same where both are seen."""
    ball = Ball(0.5, 0.1, radius)
    wide = painted(ball, 2400)
    assert wide[:, :480].std() > 5
    np.testing.assert_array_equal(painted(ball, 480), wide[:, :480])


@pytest.mark.parametrize("radius", [50.0, 1e9, 1e300])
def test_an_endless_ball_is_no_larger_in_memory_than_the_picture(radius: float) -> None:
    tracemalloc.start()
    try:
        picture = painted(Ball(0.0, 0.0, radius), 480)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert picture.min() > 0, "it is everywhere"
    assert most < 60 * picture.size * np.dtype(float).itemsize  # a sprite of it had 500 times as many pixels
