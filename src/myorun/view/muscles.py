"""Muscles as spindles along their paths, coloured by activation and bulging as they shorten."""

from __future__ import annotations

import numpy as np

from myorun.anatomy.model import Model, MovingPoint, Muscle
from myorun.view.curves import arc_lengths, normals, resample, ribbon
from myorun.view.palette import Color, Palette, mix, ramp
from myorun.view.paths import Paths
from myorun.view.pose import Array, Pose
from myorun.view.shapes import LIGHT, Layer, Polygon, project

_SAMPLES = 18  # points along a muscle
_REFERENCE_FORCE = 5000.0  # N, of a muscle ...
_REFERENCE_WIDTH = 0.027  # m, ... drawn with this half-width at rest
_TENDON = 0.0040  # m, half-width
_STOUTEST = 0.10  # half-width of a muscle, at most, for its length
_RIM = 0.0020  # m, darker rim of a belly
_DARK, _COOL, _WARM = (10, 10, 24), (150, 178, 236), (255, 196, 168)  # rim and highlights
_EASE = (0.25, 0.5, 0.25)  # one round of smoothing of corners in a path
_SHADES = 32  # steps of the colour scale


class Muscles:
    """The drawable muscles of one model."""

    def __init__(self, model: Model, palette: Palette, haze: float) -> None:
        self.model = model
        self.paths = Paths(model)
        self._palette, self._haze = palette, haze
        self._rest = np.array([m.optimal_fiber_length for m in model.muscles])
        self._slack = np.array([m.tendon_slack_length for m in model.muscles])
        self._width = np.array([_half_width(m) for m in model.muscles])
        self._profile = np.array([_belly(m) for m in model.muscles]).reshape(-1, _SAMPLES)
        shades = np.arange(_SHADES) / (_SHADES - 1)
        self._shades = {layer: [self._shade(a, layer) for a in shades] for layer in (Layer.FAR, Layer.NEAR)}

    def shapes(self, pose: Pose) -> list[Polygon]:
        """Tendons and bellies of ``pose``, back to front."""
        paths = self.paths.place(pose)
        if not paths:
            return []
        lines = np.array([resample(project(path), _SAMPLES) for path in paths])
        lines = _ease(_ease(_ease(lines)))
        half = self._half_widths(paths, pose.activations)
        tendon = ribbon(lines[:, ::2], np.full((len(lines), (_SAMPLES + 1) // 2), _TENDON))
        rim = ribbon(lines, half + _RIM * (half > 0))
        belly = ribbon(lines, half)
        light = ribbon(lines, 0.36 * half, 0.34 * half * (normals(lines) @ np.array(LIGHT)))
        shades = np.rint(np.clip(pose.activations, 0.0, 1.0) * (_SHADES - 1)).astype(int).tolist()
        found: list[Polygon] = []
        depths = [float(path[:, 2].mean()) for path in paths]
        for i in sorted(range(len(paths)), key=depths.__getitem__):
            layer = Layer.FAR if depths[i] < 0.0 else Layer.NEAR
            dark, body, bright = self._shades[layer][shades[i]]
            cord = self._fade(self._palette.tendon, layer)
            found += [Polygon(layer, tendon[i], cord), Polygon(layer, rim[i], dark)]
            found += [Polygon(layer, belly[i], body), Polygon(layer, light[i], bright)]
        return found

    def kneecaps(self, pose: Pose) -> list[tuple[int, Array]]:
        """(body index, world point (3,) m) of one moving path point a body: where a kneecap sits."""
        order = {body.name: i for i, body in enumerate(self.model.bodies)}
        points = [p for m in self.model.muscles for p in m.path if isinstance(p, MovingPoint)]
        world = self.paths.place_moving(pose)
        return list({order[p.body]: w for p, w in zip(points, world, strict=True)}.items())

    def _half_widths(self, paths: list[Array], activations: Array) -> Array:
        length = np.array([arc_lengths(path)[-1] for path in paths])
        fiber = np.maximum(length - self._slack, 0.3 * self._rest)
        bulge = np.clip(np.sqrt(self._rest / fiber), 0.75, 1.4) * (1.0 + 0.12 * np.clip(activations, 0.0, 1.0))
        return np.asarray((self._width * bulge)[:, None] * self._profile)

    def _shade(self, activation: float, layer: Layer) -> tuple[Color, Color, Color]:
        body = self._fade(ramp(self._palette.activation, activation), layer)
        return mix(body, _DARK, 0.45), body, mix(body, mix(_COOL, _WARM, activation), 0.34)

    def _fade(self, color: Color, layer: Layer) -> Color:
        return mix(color, self._palette.haze, self._haze) if layer == Layer.FAR else color


def _half_width(muscle: Muscle) -> float:
    width = _REFERENCE_WIDTH * np.clip((muscle.max_isometric_force / _REFERENCE_FORCE) ** 0.4, 0.5, 1.25)
    return float(min(width, _STOUTEST * (muscle.optimal_fiber_length + muscle.tendon_slack_length)))


def _belly(muscle: Muscle) -> Array:
    """Relative half-width (samples,) along the path: a spindle near the origin, tendon at both ends."""
    share = muscle.optimal_fiber_length / (muscle.optimal_fiber_length + muscle.tendon_slack_length)
    span = 0.48 + 0.42 * share
    along = np.linspace(0.0, 1.0, _SAMPLES)
    inside = np.clip((along - 0.04) / span, 0.0, 1.0)
    return np.asarray(np.sin(np.pi * inside**0.85) ** 0.8)


def _ease(lines: Array) -> Array:
    """Round the corners of sampled paths (muscles, samples, 2); the ends stay."""
    a, b, c = _EASE
    inner = a * lines[:, :-2] + b * lines[:, 1:-1] + c * lines[:, 2:]
    return np.concatenate([lines[:, :1], inner, lines[:, -1:]], axis=1)
