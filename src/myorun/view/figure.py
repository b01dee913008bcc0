"""Skeleton and skin: a model prepared once, turned into shapes for any pose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from myorun.anatomy.model import Model
from myorun.view.curves import offset_closed, simplify_closed
from myorun.view.muscles import Muscles
from myorun.view.palette import Color, Palette, mix
from myorun.view.paths import body_depths
from myorun.view.pose import Array, Pose
from myorun.view.shapes import LIGHT, OBLIQUE, Layer, Polygon, project
from myorun.view.silhouettes import Outline, knee_disc, outlines, patella, rod

_EDGE = 0.0042  # m, width of an outline
_BEVEL = 0.0046  # m, how far the light part of a bone stays from its rim
_TOWARDS_LIGHT = 0.0026  # m
_SMALL = 0.030  # m; a smaller bone has no light part
_HAZE = 0.27  # how much of the far leg fades into the distance
_SKIN_OPACITY = 0.80


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A polygon that moves with one body."""

    body: int
    layer: Layer
    order: int
    local: Array  # (n, 2) m
    color: Color
    opacity: float = 1.0
    lit: bool = False  # moved a little towards the light
    casts: bool = False  # a shadow


class Figure:
    """The drawable body of one model.

    Args:
        model: Its anatomy.
        palette: Its colours.
        detail: What nobody will see, m: outlines are simplified by less than that.
    """

    def __init__(self, model: Model, palette: Palette, detail: float = 0.0) -> None:
        self.model = model
        self._palette = palette
        self._depth = body_depths(model)
        self._muscles = Muscles(model, palette, _HAZE)
        self._patellas = {layer: self._bone_paint(patella(), layer) for layer in (Layer.FAR, Layer.NEAR)}
        parts = [part for i in range(len(model.bodies)) for part in self._body_parts(i)]
        parts = [replace(part, local=_simplified(part.local, detail)) for part in parts]
        self._parts = sorted(parts, key=lambda part: (part.layer, part.order))
        self._local = np.vstack([part.local for part in self._parts])
        self._body = np.repeat([part.body for part in self._parts], [len(part.local) for part in self._parts])
        lit = np.repeat([part.lit for part in self._parts], [len(part.local) for part in self._parts])
        self._lit = lit[:, None] * np.array(LIGHT) * _TOWARDS_LIGHT
        ends = np.cumsum([len(part.local) for part in self._parts]).tolist()
        self._slices = [slice(end - len(part.local), end) for end, part in zip(ends, self._parts, strict=True)]

    def shapes(self, pose: Pose) -> list[Polygon]:
        """Skin, bones and muscles of ``pose``, back to front."""
        bones = self._place(pose)
        kneecaps = self._kneecaps(pose)
        muscles = self._muscles.shapes(pose)
        found: list[Polygon] = []
        for layer in (Layer.FAR, Layer.NEAR):
            for group in (bones, muscles, kneecaps):
                found += [shape for shape in group if shape.layer == layer]
        return found

    def _place(self, pose: Pose) -> list[Polygon]:
        angle = pose.body_angles[self._body]
        origin = pose.body_positions[self._body]
        cos, sin = np.cos(angle), np.sin(angle)
        x = origin[:, 0] + cos * self._local[:, 0] - sin * self._local[:, 1]
        y = origin[:, 1] + sin * self._local[:, 0] + cos * self._local[:, 1] - OBLIQUE * self._depth[self._body]
        points = np.stack([x, y], axis=-1) + self._lit
        return [
            Polygon(part.layer, points[piece], part.color, part.opacity, part.casts)
            for part, piece in zip(self._parts, self._slices, strict=True)
        ]

    def _kneecaps(self, pose: Pose) -> list[Polygon]:
        found = []
        for body, points in self._muscles.kneecaps(pose):
            layer = _layer(self._depth[body])
            c, s = np.cos(pose.body_angles[body]), np.sin(pose.body_angles[body])
            turn, center = np.array([[c, s], [-s, c]]), project(points)
            found += [
                Polygon(layer, outline @ turn + center, color, opacity)
                for outline, color, opacity, _ in self._patellas[layer]
            ]
        return found

    # ------------------------------------------------------------ preparing

    def _body_parts(self, body: int) -> list[_Part]:
        layer = _layer(self._depth[body])
        name = _sideless(self.model.bodies[body].name)
        found: list[_Part] = []
        known = outlines(name) or self._rods(body)
        for outline in known:
            found += self._outline_parts(body, layer, outline)
        if name == "tibia":
            found += self._outline_parts(body, layer, Outline("skin", knee_disc()))
        return found

    def _outline_parts(self, body: int, layer: Layer, outline: Outline) -> list[_Part]:
        if outline.tissue == "bone":
            return [_Part(body, layer, 3, *paint) for paint in self._bone_paint(outline.points, layer)]
        skin, edge = self._fade(self._palette.skin, layer), self._fade(self._palette.skin_edge, layer)
        if outline.tissue == "hollow":
            return [_Part(body, layer, 3, outline.points, mix(skin, edge, 0.55))]
        rim = offset_closed(outline.points, _EDGE)
        return [
            _Part(body, layer, 0, rim, edge),
            _Part(body, layer, 1, outline.points, mix(skin, edge, 0.22), _SKIN_OPACITY, casts=True),
            _Part(body, layer, 2, offset_closed(outline.points, -2.4 * _EDGE), skin, _SKIN_OPACITY),
        ]

    def _bone_paint(self, points: Array, layer: Layer) -> list[tuple[Array, Color, float, bool]]:
        p = self._palette
        paint = [
            (offset_closed(points, 0.5 * _EDGE), self._fade(p.bone_edge, layer), 1.0, False),
            (offset_closed(points, -0.3 * _EDGE), self._fade(p.bone, layer), 1.0, False),
        ]
        if min(np.ptp(points, axis=0)) > _SMALL:
            paint.append((offset_closed(points, -_BEVEL), self._fade(p.bone_light, layer), 1.0, True))
        return paint

    def _rods(self, body: int) -> tuple[Outline, ...]:
        name = self.model.bodies[body].name
        joints = [joint for joint in self.model.joints if joint.parent == name]
        ends = [joint.parent_location[:2] for joint in joints] or [self.model.bodies[body].mass_center[:2]]
        return tuple(rod(float(np.hypot(*end)), float(np.arctan2(end[1], end[0]))) for end in ends if np.hypot(*end))

    def _fade(self, color: Color, layer: Layer) -> Color:
        return mix(color, self._palette.haze, _HAZE) if layer == Layer.FAR else color


def _simplified(outline: Array, detail: float) -> Array:
    """An outline with fewer points, unless it would shrink to a line."""
    fewer = simplify_closed(outline, detail)
    return fewer if len(fewer) > 3 else outline


def _layer(depth: float) -> Layer:
    return Layer.FAR if depth < -1e-6 else Layer.NEAR


def _sideless(name: str) -> str:
    return name[:-2] if name.endswith(("_r", "_l")) else name
