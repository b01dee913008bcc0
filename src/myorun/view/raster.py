"""Polygons in metres to smooth pixels: drawn large, then scaled down."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from myorun.view.camera import View
from myorun.view.palette import Color
from myorun.view.pose import Array
from myorun.view.sdl import pygame
from myorun.view.shapes import Polygon

_OVERSAMPLE = 3  # linear: nine samples a pixel ...
_COARSE = 2  # pixels of the picture a pixel of a shadow, before blurring
_LARGE = 400.0  # px per m; ... and four in pictures so large that nobody sees the difference


def draw_polygons(target: pygame.Surface, shapes: Sequence[Polygon], view: View) -> None:
    """Draw one layer of ``shapes``, back to front, onto ``target``.

    A translucent shape replaces what lies under it in the same layer, so that
    overlapping pieces of skin look like one; what was on ``target`` shines through.
    """
    if not shapes:
        return
    points = view.to_pixels(np.concatenate([shape.points for shape in shapes]))
    box = _visible_box(points, target.get_size())
    if box.w <= 0 or box.h <= 0:
        return
    times = _OVERSAMPLE if view.scale < _LARGE else 2
    large = pygame.Surface((box.w * times, box.h * times), pygame.SRCALPHA, 32)
    _fill(large, shapes, (points - (box.x, box.y)) * times)
    small = pygame.transform.smoothscale(large, (box.w, box.h))
    target.blit(small, (box.x, box.y), special_flags=pygame.BLEND_PREMULTIPLIED)


def draw_shadow(
    target: pygame.Surface, shapes: Sequence[Polygon], view: View, color: Color, strength: float, floor: float = 0.0
) -> None:
    """Lay the blurred shadow of ``shapes`` on the ground at height ``floor`` [m], to the right of the figure."""
    solid = [shape for shape in shapes if shape.casts]
    if not solid:
        return
    points = np.concatenate([shape.points for shape in solid])
    above = points[:, 1] - floor
    flat = np.column_stack([points[:, 0] + 0.30 * above, floor + 0.075 * above])
    pixels = view.to_pixels(flat)
    box = _visible_box(pixels, target.get_size(), margin=24)
    if box.w <= 0 or box.h <= 0:
        return
    mask = pygame.Surface((box.w // _COARSE + 1, box.h // _COARSE + 1), pygame.SRCALPHA, 32)
    dark = [Polygon(shape.layer, shape.points, color, strength) for shape in solid]
    _fill(mask, dark, (pixels - (box.x, box.y)) / _COARSE)
    soft = pygame.transform.gaussian_blur(mask, 3)
    soft = pygame.transform.smoothscale(soft, (mask.get_width() * _COARSE, mask.get_height() * _COARSE))
    target.blit(soft, (box.x, box.y), special_flags=pygame.BLEND_PREMULTIPLIED)


def _fill(surface: pygame.Surface, shapes: Sequence[Polygon], pixels: Array) -> None:
    """Fill every shape; ``pixels`` holds the points of all of them, one after the other."""
    corners = np.rint(pixels).astype(np.int32).tolist()
    start = 0
    for shape in shapes:
        end = start + len(shape.points)
        pygame.draw.polygon(surface, _premultiplied(shape.color, shape.opacity), corners[start:end])
        start = end


@lru_cache(maxsize=1024)
def _premultiplied(color: Color, opacity: float) -> tuple[int, int, int, int]:
    r, g, b = (round(c * opacity) for c in color)
    return r, g, b, round(255 * opacity)


def _visible_box(points: np.ndarray, size: tuple[int, int], margin: int = 2) -> pygame.Rect:
    low = np.floor(points.min(axis=0)).astype(int) - margin
    high = np.ceil(points.max(axis=0)).astype(int) + margin
    box = pygame.Rect(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    return box.clip(pygame.Rect((0, 0), size))
