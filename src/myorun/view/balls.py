"""Obstacles: shaded balls, half buried where the ground hides them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from myorun.view.camera import View
from myorun.view.palette import Palette
from myorun.view.sdl import from_rgba, pygame
from myorun.view.shapes import OBLIQUE, Ball

_MARGIN = 2  # px
_REACH = 2.2  # radii from a ball's centre, beyond which its shadow is not seen
_MOST = 1e6  # px; the edge of a larger ball is straight wherever it is seen


def draw_ball(target: pygame.Surface, ball: Ball, view: View, palette: Palette) -> None:
    """Draw the part of ``ball`` above the ground, with a soft shadow."""
    radius = ball.radius * view.scale
    height = ball.y - ball.floor
    if radius < 0.5 or height <= -ball.radius:
        return
    center = view.to_pixels(np.array([ball.x, ball.y]))
    if not -2 * radius < center[0] < view.width + 2 * radius:
        return
    radius = round(min(radius, _MOST), 2)
    height = round(min(height * view.scale, 2 * radius), 2)
    column, row = (round(float(c)) for c in center)
    if 2 * _REACH * radius < view.width:
        sprite = _sprite(radius, height, palette)
        half = sprite.get_width() // 2
        target.blit(sprite, (column - half, row - half))
    else:  # most of a sprite would lie outside the picture
        y, x = np.mgrid[: view.height, : view.width].astype(np.float64)
        target.blit(_painted(x - column, y - row, radius, height, palette), (0, 0))


@lru_cache(maxsize=128)
def _sprite(radius: float, height: float, palette: Palette) -> pygame.Surface:
    """A ball of ``radius`` px whose centre is ``height`` px above the ground; the picture's centre is the ball's."""
    half = int(_REACH * radius) + _MARGIN
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    return _painted(x, y, radius, height, palette)


def _painted(x: np.ndarray, y: np.ndarray, radius: float, height: float, palette: Palette) -> pygame.Surface:
    """The ball and its shadow at pixels so far to the right of its centre, and so far below, (height, width) px."""
    ball = np.clip(radius - np.hypot(x, y) + 0.5, 0.0, 1.0)
    ball *= _above_ground(x, y, radius, height)
    color = _lit(x / radius, y / radius, palette)
    shadow = _shadow(x, y, radius, height) * (1 - ball)
    cover = ball + shadow
    mixed = color * (ball / np.maximum(cover, 1e-9))[..., None]
    return from_rgba(mixed, cover)


def _above_ground(x: np.ndarray, y: np.ndarray, radius: float, height: float) -> np.ndarray:
    """Cover of what is not below the ground; the rim on the ground is an ellipse."""
    if height >= radius:
        return np.ones_like(x)
    rim = np.sqrt(max(radius**2 - height**2, 0.0))
    front = height + OBLIQUE * np.sqrt(np.maximum(rim**2 - x**2, 0.0))
    return np.asarray(np.clip(front - y + 0.5, 0.0, 1.0))


def _lit(x: np.ndarray, y: np.ndarray, palette: Palette) -> np.ndarray:
    """Colour of a ball lit from the upper left, with a highlight and some light from the ground."""
    z = np.sqrt(np.maximum(1.0 - x**2 - y**2, 0.0))
    lambert = np.clip(-0.50 * x - 0.62 * y + 0.60 * z, 0.0, 1.0)[..., None]
    light, body, dark = (np.array(c, dtype=np.float64) for c in palette.obstacle)
    color = np.where(
        lambert < 0.55, dark + (body - dark) * lambert / 0.55, body + (light - body) * (lambert - 0.55) / 0.45
    )
    shine = np.clip(-0.46 * x - 0.58 * y + 0.67 * z, 0.0, 1.0)[..., None] ** 40
    bounce = 0.10 * np.clip(y - 0.2, 0.0, 1.0)[..., None]
    return np.asarray(color * (1 + bounce) * (1 - 0.7 * shine) + 255.0 * 0.7 * shine)


def _shadow(x: np.ndarray, y: np.ndarray, radius: float, height: float) -> np.ndarray:
    """Opacity of the shadow on the ground, to the right of the ball."""
    rim = radius if height >= 0 else np.sqrt(max(radius**2 - height**2, 0.0))
    u = (x - 0.30 * radius - 0.15 * max(height, 0.0)) / (1.25 * rim)
    v = (y - height) / (0.42 * rim)
    return np.asarray(0.42 * np.exp(-1.6 * (u**2 + v**2) ** 1.4))
