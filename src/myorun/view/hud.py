"""The head-up display: what the numbers say, and what every muscle does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from myorun.view.naming import muscle_pairs
from myorun.view.palette import Color, Palette, ramp
from myorun.view.pose import Pose
from myorun.view.scenery import number_sprite
from myorun.view.sdl import from_rgba, pygame

_MIN_HEIGHT = 240  # px; smaller pictures carry no text
_SMALLEST_UNIT = 0.6  # of the size in a picture 720 px high; smaller text cannot be read
_ONE_PANEL, _BOTH_PANELS = 500, 860  # px of width, in a picture 720 px high


class HeadUp:
    """Text and gauges over pictures of one size."""

    def __init__(self, width: int, height: int, palette: Palette) -> None:
        self._size, self._palette = (width, height), palette
        self._unit = max(min(height / 720.0, width / _ONE_PANEL), _SMALLEST_UNIT)

    def draw(self, target: pygame.Surface, pose: Pose) -> None:
        """Draw time, distance, speed and score on the left, activations on the right."""
        if self._size[1] < _MIN_HEIGHT or self._size[0] < self._px(_ONE_PANEL):
            return
        self._draw_numbers(target, pose)
        if self._size[0] >= self._px(_BOTH_PANELS):
            self._draw_activations(target, pose)

    def _draw_numbers(self, target: pygame.Surface, pose: Pose) -> None:
        entries = _entries(pose)
        pad, column, origin = self._px(18), self._px(106), self._px(22)
        tall = self._px(72) + (self._px(21) if pose.label else 0)
        wide = 2 * pad + column * len(entries) - self._px(16)
        target.blit(self._panel(wide, tall), (origin, origin))
        for i, (title, value, unit) in enumerate(entries):
            self._draw_entry(target, origin + pad + i * column, origin, title, value, unit)
        if pose.label:
            line = self._text(pose.label, 20, self._palette.text_dim)
            target.blit(line, (origin + pad, origin + self._px(68)))

    def _draw_entry(self, target: pygame.Surface, x: int, top: int, title: str, value: str, unit: str) -> None:
        number = self._text(value, 38, self._palette.text)
        target.blit(self._text(title, 19, self._palette.text_dim), (x, top + self._px(12)))
        target.blit(number, (x, top + self._px(32)))
        suffix = self._text(unit, 20, self._palette.text_dim)
        target.blit(suffix, (x + number.get_width() + self._px(4), top + self._px(42)))

    def _draw_activations(self, target: pygame.Surface, pose: Pose) -> None:
        rows = muscle_pairs(pose.model)
        if not rows or len(rows) > 16:
            return
        line, bar, pad = self._px(21), self._px(58), self._px(14)
        wide, tall = self._px(286), line * (len(rows) + 1) + 2 * pad
        left, top = self._size[0] - wide - self._px(22), self._px(22)
        target.blit(self._panel(wide, tall), (left, top))
        columns = [left + wide - pad - bar, left + wide - 2 * pad - 2 * bar]
        self._draw_heads(target, columns, left + pad, top + pad)
        for k, pair in enumerate(rows):
            y = top + pad + (k + 1) * line
            target.blit(self._text(pair.name, 20, self._palette.text), (left + pad, y))
            for x, index in zip(columns, (pair.right, pair.left), strict=True):
                if index is not None:
                    self._draw_bar(target, x, y + self._px(2), bar, float(pose.activations[index]))

    def _draw_heads(self, target: pygame.Surface, columns: Sequence[int], left: int, y: int) -> None:
        dim = self._palette.text_dim
        target.blit(self._text("activation", 19, dim), (left, y))
        for x, word in zip(columns, ("right", "left"), strict=True):
            target.blit(self._text(word, 19, dim), (x, y))

    def _draw_bar(self, target: pygame.Surface, x: int, y: int, length: int, value: float) -> None:
        value = min(max(value, 0.0), 1.0)
        tall = self._px(10)
        filled = max(round(length * value), tall)
        target.blit(_panel(length, tall, tall / 2, self._palette.gauge), (x, y))
        target.blit(_panel(filled, tall, tall / 2, ramp(self._palette.activation, value)), (x, y))

    def _panel(self, width: int, height: int) -> pygame.Surface:
        return _panel(width, height, float(self._px(12)), self._palette.panel, 0.66)

    def _text(self, text: str, size: int, color: Color) -> pygame.Surface:
        return number_sprite(text, self._px(size), color)

    def _px(self, at_720: float) -> int:
        return max(1, round(at_720 * self._unit))


def _entries(pose: Pose) -> list[tuple[str, str, str]]:
    distance = pose.distance if pose.distance is not None else float(pose.body_positions[0, 0])
    entries = [("time", f"{pose.time:.2f}", "s"), ("distance", f"{distance:.2f}", "m")]
    if pose.speed is not None:
        entries.append(("speed", f"{pose.speed:.2f}", "m/s"))
    if pose.score is not None:
        entries.append(("score", f"{pose.score:.2f}", ""))
    return entries


@lru_cache(maxsize=1024)
def _panel(width: int, height: int, corner: float, color: Color, opacity: float = 1.0) -> pygame.Surface:
    """A translucent panel with round, smooth corners."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64) + 0.5
    dx = np.maximum(np.maximum(corner - x, x - (width - corner)), 0.0)
    dy = np.maximum(np.maximum(corner - y, y - (height - corner)), 0.0)
    cover = np.clip(corner - np.hypot(dx, dy) + 0.5, 0.0, 1.0)
    return from_rgba(np.broadcast_to(np.array(color), (height, width, 3)), opacity * cover)
