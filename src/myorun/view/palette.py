"""Colours of the picture, by what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Color: TypeAlias = tuple[int, int, int]


def mix(a: Color, b: Color, share: float) -> Color:
    """``a`` with a ``share`` (0..1) of ``b``."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def ramp(stops: tuple[tuple[float, Color], ...], value: float) -> Color:
    """Piecewise linear colour scale: ``stops`` are (value, colour) in ascending order."""
    low = stops[0]
    for high in stops[1:]:
        if value <= high[0]:
            return mix(low[1], high[1], max(0.0, (value - low[0]) / (high[0] - low[0])))
        low = high
    return stops[-1][1]


@dataclass(frozen=True, slots=True)
class Palette:
    """One look. Every colour in the picture comes from here."""

    sky: tuple[tuple[float, Color], ...]  # from the top (0) to the horizon (1)
    sun: Color
    hills: tuple[Color, ...]  # far to near
    meadow: tuple[Color, Color]  # far, near
    track: tuple[Color, Color]  # far, near
    line: Color
    mark: Color
    skin: Color
    skin_edge: Color
    bone: Color
    bone_edge: Color
    bone_light: Color
    tendon: Color
    activation: tuple[tuple[float, Color], ...]  # 0 slack to 1 fully active
    obstacle: tuple[Color, Color, Color]  # light, body, shade
    force: Color
    force_edge: Color
    text: Color
    text_dim: Color
    panel: Color
    gauge: Color
    shadow: Color
    haze: Color  # what far things fade into
    right: Color  # lines that tell the right side ...
    left: Color  # ... from the left


DAY = Palette(
    sky=((0.0, (126, 172, 214)), (0.55, (190, 216, 234)), (1.0, (247, 238, 222))),
    sun=(255, 248, 226),
    hills=((183, 203, 218), (157, 184, 197), (126, 158, 160)),
    meadow=((140, 170, 132), (104, 140, 98)),
    track=((186, 122, 100), (160, 92, 74)),
    line=(245, 236, 226),
    mark=(250, 243, 235),
    skin=(214, 224, 234),
    skin_edge=(96, 116, 140),
    bone=(234, 220, 194),
    bone_edge=(120, 104, 82),
    bone_light=(254, 248, 234),
    tendon=(236, 231, 222),
    activation=((0.0, (52, 66, 104)), (0.25, (96, 66, 110)), (0.6, (190, 46, 66)), (1.0, (255, 38, 30))),
    obstacle=((236, 196, 120), (196, 138, 62), (112, 68, 34)),
    force=(255, 214, 90),
    force_edge=(122, 84, 20),
    text=(28, 40, 58),
    text_dim=(84, 100, 122),
    panel=(255, 255, 255),
    gauge=(200, 209, 221),
    shadow=(24, 22, 40),
    haze=(186, 204, 218),
    right=(200, 54, 52),
    left=(38, 98, 168),
)
