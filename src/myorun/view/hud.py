"""The head-up display: what the numbers say, and what every muscle does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

import numpy as np

from myorun.view.naming import Pair, muscle_pairs
from myorun.view.palette import Color, Palette, ramp
from myorun.view.pose import Pose
from myorun.view.scenery import number_sprite
from myorun.view.sdl import from_rgba, pygame

_MIN_HEIGHT = 240  # px; smaller pictures carry no text
_SMALLEST_UNIT = 0.6  # of the size in a picture 720 px high; smaller text cannot be read
_ONE_PANEL, _BOTH_PANELS = 500, 860  # px of width, in a picture 720 px high
_MOST_ROWS = 16  # muscles, counting both sides once
_MOST_BOARDS = 8
_SHADES = 64  # steps of the colour scale of bars


class HeadUp:
    """Text and gauges over pictures of one size.

    What stays the same from picture to picture is painted once, on boards; only numbers and bars are painted anew.
    """

    def __init__(self, width: int, height: int, palette: Palette) -> None:
        self._size, self._palette = (width, height), palette
        self._unit = max(min(height / 720.0, width / _ONE_PANEL), _SMALLEST_UNIT)
        self._boards: dict[Hashable, pygame.Surface] = {}

    def draw(self, target: pygame.Surface, pose: Pose) -> None:
        """Draw time, distance, speed and score on the left, activations on the right."""
        if self._size[1] < _MIN_HEIGHT or self._size[0] < self._px(_ONE_PANEL):
            return
        self._draw_numbers(target, pose)
        if self._size[0] >= self._px(_BOTH_PANELS):
            self._draw_activations(target, pose)

    def _board(self, key: Hashable, paint: Callable[[], pygame.Surface]) -> pygame.Surface:
        """What is painted once for a key; a few boards are kept."""
        if key not in self._boards:
            if len(self._boards) >= _MOST_BOARDS:
                self._boards.clear()
            self._boards[key] = paint()
        return self._boards[key]

    # ------------------------------------------------------------ numbers

    def _draw_numbers(self, target: pygame.Surface, pose: Pose) -> None:
        entries = _entries(pose)
        titles, origin = tuple(title for title, _, _ in entries), self._px(22)
        target.blit(self._board((titles, pose.label), lambda: self._number_board(titles, pose.label)), (origin, origin))
        for i, (_, value, unit) in enumerate(entries):
            x = self._draw_digits(target, origin + self._px(18) + i * self._px(106), origin + self._px(32), value)
            target.blit(self._text(unit, 20, self._palette.text_dim), (x + self._px(4), origin + self._px(42)))

    def _number_board(self, titles: Sequence[str], label: str | None) -> pygame.Surface:
        pad, column = self._px(18), self._px(106)
        tall = self._px(72) + (self._px(21) if label else 0)
        board = self._panel(2 * pad + column * len(titles) - self._px(16), tall)
        for i, title in enumerate(titles):
            board.blit(self._text(title, 19, self._palette.text_dim), (pad + i * column, self._px(12)))
        if label:
            board.blit(self._text(label, 20, self._palette.text_dim), (pad, self._px(68)))
        return board

    def _draw_digits(self, target: pygame.Surface, x: int, y: int, value: str) -> int:
        """Write a number character by character, as each is painted once only; its right end."""
        for character in value:
            glyph = self._text(character, 38, self._palette.text)
            target.blit(glyph, (x, y))
            x += glyph.get_width()
        return x

    # ------------------------------------------------------------ activations

    def _draw_activations(self, target: pygame.Surface, pose: Pose) -> None:
        model, line, bar, pad = pose.model, self._px(21), self._px(58), self._px(14)
        rows = muscle_pairs(model)
        if not rows or len(rows) > _MOST_ROWS:
            return
        board = self._board(tuple(pair.name for pair in rows), lambda: self._activation_board(rows))
        left, top = self._size[0] - board.get_width() - self._px(22), self._px(22)
        target.blit(board, (left, top))
        for k, pair in enumerate(rows):
            for x, index in zip(self._columns(board.get_width()), (pair.right, pair.left), strict=True):
                if index is not None:
                    y = top + pad + (k + 1) * line + self._px(2)
                    self._draw_bar(target, left + x, y, bar, float(pose.activations[index]))

    def _activation_board(self, rows: Sequence[Pair]) -> pygame.Surface:
        line, bar, pad = self._px(21), self._px(58), self._px(14)
        board = self._panel(self._px(286), line * (len(rows) + 1) + 2 * pad)
        dim, columns, tall = self._palette.text_dim, self._columns(board.get_width()), self._px(10)
        for x, word in ((pad, "activation"), *zip(columns, ("right", "left"), strict=True)):
            board.blit(self._text(word, 19, dim), (x, pad))
        for k, pair in enumerate(rows):
            y = pad + (k + 1) * line
            board.blit(self._text(pair.name, 20, self._palette.text), (pad, y))
            for x, index in zip(columns, (pair.right, pair.left), strict=True):
                if index is not None:
                    board.blit(_panel(bar, tall, tall / 2, self._palette.gauge), (x, y + self._px(2)))
        return board

    def _columns(self, width: int) -> tuple[int, int]:
        """Left ends of the gauges of the right and of the left side, on a board so wide."""
        bar, pad = self._px(58), self._px(14)
        return width - pad - bar, width - 2 * pad - 2 * bar

    def _draw_bar(self, target: pygame.Surface, x: int, y: int, length: int, value: float) -> None:
        value = min(max(value, 0.0), 1.0)
        tall = self._px(10)
        filled = max(round(length * value), tall)
        shade = ramp(self._palette.activation, round(value * _SHADES) / _SHADES)
        target.blit(_panel(filled, tall, tall / 2, shade), (x, y))

    def _panel(self, width: int, height: int) -> pygame.Surface:
        return _panel(width, height, float(self._px(12)), self._palette.panel, 0.66).copy()

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
