"""A pose to a picture. Never opens a window."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.errors import UsageError
from myorun.view.arrows import force_arrows
from myorun.view.balls import draw_ball
from myorun.view.camera import Camera, View
from myorun.view.figure import Figure
from myorun.view.hud import HeadUp
from myorun.view.palette import DAY, Palette
from myorun.view.pose import Pose
from myorun.view.raster import draw_polygons, draw_shadow
from myorun.view.scenery import Scenery
from myorun.view.sdl import pygame
from myorun.view.shapes import Ball, Layer, Polygon

MIN_SIZE, MAX_SIZE = 32, 8192  # px
_SHADOW = 0.42  # opacity

Picture = NDArray[np.uint8]


class Renderer:
    """Draws poses as pictures of ``width`` × ``height`` pixels, following the runner from one to the next.

    The same poses drawn in the same order give the same pixels.

    Raises:
        UsageError: The size is not within 32 … 8192 pixels.
    """

    def __init__(self, width: int = 1280, height: int = 720, *, palette: Palette = DAY, hud: bool = True) -> None:
        self.width, self.height = _checked_size(width), _checked_size(height)
        self._palette = palette
        self._camera = Camera(self.width, self.height)
        ground = View(self.width, self.height, 0, 0, self._camera.scale).ground
        self._scenery = Scenery(self.width, self.height, self._camera.scale, ground, palette)
        self._head_up = HeadUp(self.width, self.height, palette) if hud else None
        self._surface = pygame.Surface((self.width, self.height), 0, 32)
        self._figure: Figure | None = None

    def draw(self, pose: Pose) -> Picture:
        """A picture of ``pose``: (height, width, 3), red green blue, freshly allocated."""
        pixels = pygame.image.tobytes(self.draw_surface(pose), "RGB")
        return np.frombuffer(bytearray(pixels), dtype=np.uint8).reshape(self.height, self.width, 3)

    def draw_surface(self, pose: Pose) -> pygame.Surface:
        """The same picture as a pygame surface, overwritten by the next call."""
        view = self._camera.look(pose)
        figure = self._figure_of(pose.model).shapes(pose)
        self._scenery.draw(self._surface, view)
        if self._head_up:  # behind the runner: nothing may hide the movement
            self._head_up.draw(self._surface, pose)
        draw_shadow(self._surface, figure, view, self._palette.shadow, _SHADOW)
        self._draw_layers(pose, view, figure)
        return self._surface

    def cut(self) -> None:
        """Let the camera jump to the next pose instead of following it there."""
        self._camera = Camera(self.width, self.height)

    def _draw_layers(self, pose: Pose, view: View, figure: list[Polygon]) -> None:
        shapes = figure + force_arrows(pose, self._palette)
        draw_polygons(self._surface, [s for s in shapes if s.layer == Layer.FAR], view)
        for x, y, radius in pose.obstacles:
            draw_ball(self._surface, Ball(float(x), float(y), float(radius)), view, self._palette)
        draw_polygons(self._surface, [s for s in shapes if s.layer == Layer.NEAR], view)
        draw_polygons(self._surface, [s for s in shapes if s.layer == Layer.OVERLAY], view)

    def _figure_of(self, model: Model) -> Figure:
        if self._figure is None or self._figure.model is not model:
            self._figure = Figure(model, self._palette)
        return self._figure


def _checked_size(pixels: int) -> int:
    if not MIN_SIZE <= int(pixels) <= MAX_SIZE:
        raise UsageError(f"a picture of {pixels} pixels was asked for; both sides must be {MIN_SIZE} … {MAX_SIZE}")
    return int(pixels)


def render_rgb(pose: Pose, *, width: int = 1280, height: int = 720) -> Picture:
    """One picture of ``pose``, (height, width, 3) uint8, with the camera centred on the runner.

    The same pose gives the same pixels, whatever was drawn before.
    """
    renderer = _renderer(width, height)
    renderer.cut()
    return renderer.draw(pose)


@lru_cache(maxsize=4)
def _renderer(width: int, height: int) -> Renderer:
    return Renderer(width, height)
