"""Sky, hills, meadow, track and distance marks: painted once, then slid along."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from myorun.view.camera import View
from myorun.view.palette import Color, Palette, ramp
from myorun.view.sdl import from_rgb, from_rgba, pygame
from myorun.view.shapes import OBLIQUE

_HORIZON = -1.05  # m of depth at which the meadow meets the hills
_TRACK = (-0.72, 1.02)  # m of depth, far and near edge of the track
_LANES = (-0.62, 0.0, 0.92)
_SPEED = (0.06, 0.14, 0.30)  # of the hills, far to near, against the ground
_HILLS = ((0.30, 0.10, 3), (0.20, 0.07, 5), (0.10, 0.045, 11))  # height, swing (shares of the picture), waves
_TILE = 4.0  # m, length of the repeated piece of ground


class Scenery:
    """The background of pictures of one size."""

    def __init__(self, width: int, height: int, scale: float, ground: int, palette: Palette) -> None:
        self._size, self._scale, self._palette = (width, height), scale, palette
        self._ground = ground
        self._horizon = ground + round(_HORIZON * OBLIQUE * scale)
        self._sky = _paint_sky(width, height, self._horizon, palette)
        self._hills = [self._paint_hills(i) for i in range(len(palette.hills))]
        self._tile = self._paint_ground()

    def draw(self, target: pygame.Surface, view: View) -> None:
        """Fill ``target`` with everything behind the runner."""
        target.blit(self._sky, (0, 0))
        for hills, speed in zip(self._hills, _SPEED, strict=True):
            _tile_across(target, hills, int(view.left * speed), self._horizon - hills.get_height() + 1 + view.lift)
        _tile_across(target, self._tile, view.left, self._horizon + view.lift)
        below = self._horizon + view.lift + self._tile.get_height()
        if below < self._size[1]:
            target.fill(self._palette.meadow[1], (0, below, self._size[0], self._size[1] - below))
        self._draw_marks(target, view)

    # ------------------------------------------------------------ painting once

    def _paint_hills(self, layer: int) -> pygame.Surface:
        rise, swing, waves = _HILLS[layer]
        width, height = self._size
        span = max(1024, width)
        top = height * (rise + swing)
        x = np.arange(span) / span * 2 * np.pi
        random = np.random.default_rng(17 + layer)
        ridge = sum(
            np.sin(x * k + random.uniform(0, 6.3)) / k**0.9 for k in random.integers(waves // 2 + 1, 3 * waves, 7)
        )
        trees = sum(np.sqrt(np.abs(np.sin(x * k + k))) * (1.2 + np.sin(x * (k % 7 + 2))) for k in (31, 47, 73)) / 2
        crest = height * (rise + swing * 0.5 * np.asarray(ridge)) + (0.014 * height * trees if layer == 2 else 0.0)
        rows = np.arange(int(top) + 1)[:, None]
        cover = np.clip(crest[None, :] - (top - rows) + 0.5, 0.0, 1.0)
        near, far = self._palette.hills[layer], self._palette.haze
        fade = np.clip(rows / max(top, 1.0), 0.0, 1.0) * 0.45
        color = np.array(near) * (1 - fade[..., None]) + np.array(far) * fade[..., None]
        return from_rgba(np.broadcast_to(color, (*cover.shape, 3)), cover)

    def _paint_ground(self) -> pygame.Surface:
        height = self._size[1]
        rows = np.arange(max(height - self._horizon, 1) + 1)
        depth = (rows / self._scale / OBLIQUE) + _HORIZON  # m towards the viewer
        span = max(1, round(_TILE * self._scale))
        random = np.random.default_rng(5)
        grain = random.normal(0.0, 1.0, (len(rows), span, 1))
        patches = _soft_noise(random, len(rows), span)[..., None]
        nearness = np.linspace(0.0, 1.0, len(rows))[:, None, None]
        meadow = _blend(self._palette.meadow, nearness) + 5.0 * patches + 1.5 * grain
        track = _blend(self._palette.track, nearness) + 1.7 * grain + 1.5 * patches
        pixel = 1.0 / self._scale / OBLIQUE
        on = _band(depth, *_TRACK, pixel)[:, None, None]
        color = meadow * (1 - on) + track * on
        for lane in (*_LANES, _TRACK[0], _TRACK[1]):
            line = _band(depth, lane - 0.03, lane + 0.03, pixel)[:, None, None] * (0.85 if lane in _TRACK else 0.35)
            color = color * (1 - line) + np.array(self._palette.line) * line
        return from_rgb(color)

    # ------------------------------------------------------------ distance marks

    def _draw_marks(self, target: pygame.Surface, view: View) -> None:
        low, high = view.span
        for metre in range(int(np.floor(low)) - 1, int(np.ceil(high)) + 2):
            x = round(metre * view.scale - view.left)
            big = metre % 5 == 0
            far, near = (-0.62, 0.92) if big else (0.62, 0.92)
            top = view.ground + round(far * OBLIQUE * view.scale)
            bottom = view.ground + round(near * OBLIQUE * view.scale)
            thick = max(1, round((0.028 if big else 0.014) * view.scale))
            target.fill(self._palette.mark if big else self._palette.line, (x - thick // 2, top, thick, bottom - top))
            self._draw_number(target, view, metre, x, big)

    def _draw_number(self, target: pygame.Surface, view: View, metre: int, x: int, big: bool) -> None:
        if view.height < 160:
            return
        size = round(view.scale * (0.16 if big else 0.085))
        text = number_sprite(f"{metre} m" if big else str(metre), size, self._palette.mark)
        y = view.ground + round(1.10 * OBLIQUE * view.scale)
        target.blit(text, (x - text.get_width() // 2, y))


@lru_cache(maxsize=256)
def number_sprite(text: str, size: int, color: Color) -> pygame.Surface:
    """A line of text as a picture with transparent ground; the font comes with pygame."""
    pygame.font.init()
    return pygame.font.Font(None, max(size, 8)).render(text, True, color)


def _paint_sky(width: int, height: int, horizon: int, palette: Palette) -> pygame.Surface:
    rows = np.arange(height) / max(horizon, 1)
    column = np.array([ramp(palette.sky, float(r)) for r in rows], dtype=np.float64)
    picture = np.repeat(column[:, None, :], width, axis=1)
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot(x - 0.68 * width, y - 0.55 * horizon) / height
    disc = np.clip((0.042 - away) * height / 1.5 + 0.5, 0.0, 1.0)
    glow = np.clip(0.60 * np.exp(-((away / 0.40) ** 2)) + 0.25 * np.exp(-((away / 0.10) ** 2)) + 0.9 * disc, 0.0, 1.0)[
        ..., None
    ]
    return from_rgb(picture * (1 - glow) + np.array(palette.sun) * glow)


def _soft_noise(random: np.random.Generator, rows: int, span: int) -> np.ndarray:
    """Smooth patches, seamless from left to right."""
    x = np.arange(span) / span * 2 * np.pi
    y = np.arange(rows) / 40.0
    waves = [(random.integers(2, 30), random.uniform(1, 9), *random.uniform(0, 6.3, 2)) for _ in range(16)]
    total = sum(np.sin(k * x[None, :] + p) * np.sin(f * y[:, None] + q) for k, f, p, q in waves)
    return np.asarray(total, dtype=np.float64) / 2.0


def _blend(colors: tuple[Color, Color], share: np.ndarray) -> np.ndarray:
    return np.asarray(np.array(colors[0]) * (1 - share) + np.array(colors[1]) * share)


def _band(depth: np.ndarray, low: float, high: float, pixel: float) -> np.ndarray:
    """1 between ``low`` and ``high``, 0 outside, a pixel's ramp between."""
    return np.asarray(np.clip((depth - low) / pixel + 0.5, 0, 1) * np.clip((high - depth) / pixel + 0.5, 0, 1))


def _tile_across(target: pygame.Surface, tile: pygame.Surface, left: int, top: int) -> None:
    x = -(left % tile.get_width())
    while x < target.get_width():
        target.blit(tile, (x, top))
        x += tile.get_width()
