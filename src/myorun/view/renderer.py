"""A pose to a picture. Never opens a window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.errors import UsageError
from myorun.view.arrows import force_arrows
from myorun.view.balls import draw_ball
from myorun.view.camera import Camera, StillCamera, View
from myorun.view.figure import Figure
from myorun.view.ground import backpack_shapes, ground_shapes
from myorun.view.hud import HeadUp
from myorun.view.palette import DAY, Palette
from myorun.view.pose import Pose
from myorun.view.progress import Progress, counted
from myorun.view.raster import draw_polygons, draw_shadow
from myorun.view.scenery import Scenery
from myorun.view.sdl import pygame, to_rgb
from myorun.view.shapes import Ball, Layer

MIN_SIZE, MAX_SIZE = 32, 8192  # px
_SHADOW = 0.42  # opacity
_UNSEEN = 0.35  # px, by which an outline may be simplified

Picture = NDArray[np.uint8]


class Renderer:
    """Draws poses as pictures of ``width`` × ``height`` pixels, following the runner from one to the next.

    The same poses drawn in the same order give the same pixels.

    Args:
        width: Of the picture, px.
        height: Of the picture, px.
        palette: Its colours.
        hud: Whether numbers and activations are written into it.
        ground: (from, to) m; the camera stands still and shows this piece of ground.

    Raises:
        UsageError: The size is not within 32 … 8192 pixels.
    """

    def __init__(
        self,
        width: int = 1280,
        height: int = 720,
        *,
        palette: Palette = DAY,
        hud: bool = True,
        ground: tuple[float, float] | None = None,
    ) -> None:
        self.width, self.height = checked_size(width), checked_size(height)
        self._palette = palette
        self._camera: Camera | StillCamera = (
            Camera(self.width, self.height) if ground is None else StillCamera(self.width, self.height, *ground)
        )
        row = View(self.width, self.height, 0, 0, self._camera.scale).ground
        self._scenery = Scenery(self.width, self.height, self._camera.scale, row, palette)
        self._head_up = HeadUp(self.width, self.height, palette) if hud else None
        self._surface = pygame.Surface((self.width, self.height), 0, 32)
        self._figure: Figure | None = None

    def draw(self, pose: Pose) -> Picture:
        """A picture of ``pose``: (height, width, 3), red green blue, freshly allocated."""
        return to_rgb(self.draw_surface(pose))

    def draw_surface(self, pose: Pose) -> pygame.Surface:
        """The same picture as a pygame surface, overwritten by the next call."""
        view = self._camera.look(pose)
        figure = self._figure_of(pose.model).shapes(pose)
        self._draw_ground(pose, view)
        if self._head_up:  # behind the runner: nothing may hide the movement
            self._head_up.draw(self._surface, pose)
        draw_shadow(self._surface, figure, view, self._palette.shadow, _SHADOW, _floor(pose))
        shapes = backpack_shapes(pose) + figure + force_arrows(pose, self._palette)
        draw_polygons(self._surface, [s for s in shapes if s.layer == Layer.FAR], view)
        self._draw_obstacles(pose, view)
        for layer in (Layer.NEAR, Layer.OVERLAY):
            draw_polygons(self._surface, [s for s in shapes if s.layer == layer], view)
        return self._surface

    def draw_together(
        self, poses: Sequence[Pose], opacities: Sequence[float], progress: Progress | None = None
    ) -> Picture:
        """One picture of several poses, the first at the back, each as opaque (0..1) as asked.

        The camera looks at the last one. No numbers are written into it.
        """
        view = self._camera.look(poses[-1])
        self._draw_ground(poses[-1], view)
        self._draw_obstacles(poses[-1], view)
        for pose, opacity in zip(counted(poses, len(poses), progress), opacities, strict=True):
            self._draw_ghost(pose, view, opacity)
        return to_rgb(self._surface)

    def cut(self) -> None:
        """Let the camera jump to the next pose instead of following it there."""
        self._camera.cut()

    def column(self, pose: Pose) -> int:
        """Pixel column of the first body of ``pose`` in the picture drawn last."""
        view = self._camera.look(pose)
        return round(float(pose.body_positions[0, 0]) * view.scale) - view.left

    def _draw_ghost(self, pose: Pose, view: View, opacity: float) -> None:
        figure = self._figure_of(pose.model).shapes(pose)
        shapes = backpack_shapes(pose) + figure + force_arrows(pose, self._palette)
        draw_shadow(self._surface, figure, view, self._palette.shadow, _SHADOW * opacity, _floor(pose))
        ghost = pygame.Surface((self.width, self.height), pygame.SRCALPHA, 32)
        for layer in (Layer.FAR, Layer.NEAR, Layer.OVERLAY):
            draw_polygons(ghost, [s for s in shapes if s.layer == layer], view)
        share = round(255 * opacity)
        ghost.fill((share, share, share, share), special_flags=pygame.BLEND_RGBA_MULT)
        self._surface.blit(ghost, (0, 0), special_flags=pygame.BLEND_PREMULTIPLIED)

    def _draw_ground(self, pose: Pose, view: View) -> None:
        self._scenery.draw(self._surface, view)
        if pose.course is not None:
            low, high = view.span
            draw_polygons(self._surface, ground_shapes(pose.course, low - 0.1, high + 0.1, self._palette), view)

    def _draw_obstacles(self, pose: Pose, view: View) -> None:
        for x, y, radius in pose.obstacles:
            floor = 0.0 if pose.course is None else pose.course.height(float(x))
            draw_ball(self._surface, Ball(float(x), float(y), float(radius), floor), view, self._palette)

    def _figure_of(self, model: Model) -> Figure:
        if self._figure is None or self._figure.model is not model:
            self._figure = Figure(model, self._palette, _UNSEEN / self._camera.scale)
        return self._figure


def _floor(pose: Pose) -> float:
    """Height of the ground under the first body [m]."""
    return 0.0 if pose.course is None else pose.course.height(float(pose.body_positions[0, 0]))


def checked_size(pixels: int) -> int:
    """One side of a picture, px, if it can be drawn; else :class:`UsageError`."""
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
