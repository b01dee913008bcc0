"""A run in miniature: an SVG that moves by itself, drawn from a replay. No script, no video codec."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from myorun.trajectory import Trajectory

Array = NDArray[np.float64]

WIDTH, HEIGHT = 160, 100
_SCALE = 48.0  # pixels a metre
_GROUND = 88.0  # y of the floor [pixels]
_FRAMES_PER_SECOND, _SECONDS = 15, 3.0
_LIMBS = (  # (bodies, class), the farther first
    (("femur_l", "tibia_l", "talus_l", "toes_l"), "far"),
    (("femur_r", "torso", "head"), "near"),
    (("femur_r", "tibia_r", "talus_r", "toes_r"), "near"),
)
_COLORS = {"far": "#b98a7a", "near": "#d1543d", "ball": "#5b7f95", "floor": "#8a949c"}


def thumbnail(trajectory: Trajectory, *, still: bool = False) -> str:
    """Three seconds out of the middle of a run, in a loop; ``still``: one picture of it."""
    frames = _frames(trajectory, still)
    length = len(frames) / _FRAMES_PER_SECOND
    bodies = {body.name: i for i, body in enumerate(trajectory.model.bodies)}
    pelvis = trajectory.body_positions[frames, bodies["pelvis"], 0]
    parts = [_world(trajectory, pelvis, length)]
    for names, kind in _LIMBS:
        places = trajectory.body_positions[frames][:, [bodies[name] for name in names]]
        parts.append(_limb(_on_screen(places, pelvis), kind, length))
    head = _on_screen(trajectory.body_positions[frames, bodies["head"]][:, None], pelvis)[:, 0]
    parts.append(_head(head, length))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"{''.join(parts)}</svg>"
    )


def _frames(trajectory: Trajectory, still: bool) -> NDArray[np.intp]:
    """Which states are shown."""
    end = float(trajectory.times[-1])
    start = max(0.0, (end - _SECONDS) / 2)
    count = 1 if still else max(2, round(min(_SECONDS, end) * _FRAMES_PER_SECOND))
    return np.searchsorted(trajectory.times, np.linspace(start, min(end, start + _SECONDS), count) - 1e-9)


def _on_screen(places: Array, pelvis: Array) -> Array:
    """Metres → pixels, with the pelvis in the middle; places are (frames, points, 2)."""
    x = WIDTH / 2 + _SCALE * (places[..., 0] - pelvis[:, None])
    return np.stack([x, _GROUND - _SCALE * places[..., 1]], axis=-1)


def _animated(name: str, values: Sequence[str], length: float, tag: str = "animate", more: str = "") -> str:
    if len(values) < 2:
        return ""
    return (
        f'<{tag} attributeName="{name}" {more}dur="{length:.2f}s" repeatCount="indefinite" calcMode="linear" '
        f'values="{";".join(values)}"/>'
    )


def _limb(places: Array, kind: str, length: float) -> str:
    values = [" ".join(f"{x:.1f},{y:.1f}" for x, y in frame) for frame in places]
    style = f'fill="none" stroke="{_COLORS[kind]}" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"'
    return f'<polyline points="{values[0]}" {style}>{_animated("points", values, length)}</polyline>'


def _head(places: Array, length: float) -> str:
    x, y = ([f"{value:.1f}" for value in column] for column in places.T)
    moved = _animated("cx", x, length) + _animated("cy", y, length)
    return f'<circle cx="{x[0]}" cy="{y[0]}" r="7" fill="{_COLORS["near"]}">{moved}</circle>'


def _world(trajectory: Trajectory, pelvis: Array, length: float) -> str:
    """Floor, marks every metre, and balls: one group that slides by."""
    first, last = int(pelvis.min()) - 3, int(pelvis.max()) + 4
    marks = "".join(
        f'<path d="M{_SCALE * x:.0f} {_GROUND}v6" stroke="{_COLORS["floor"]}" stroke-width="2"/>'
        for x in range(first, last)
    )
    balls = "".join(
        f'<circle cx="{_SCALE * ball.x:.1f}" cy="{_GROUND - _SCALE * ball.y:.1f}" r="{_SCALE * ball.radius:.1f}" '
        f'fill="{_COLORS["ball"]}"/>'
        for ball in trajectory.course.obstacles
        if first - 1 < ball.x < last + 1
    )
    shifts = [f"{WIDTH / 2 - _SCALE * x:.1f} 0" for x in pelvis]
    slide = _animated("transform", shifts, length, "animateTransform", 'type="translate" ')
    floor = f'<path d="M0 {_GROUND}H{WIDTH}" stroke="{_COLORS["floor"]}" stroke-width="2"/>'
    return f'<g transform="translate({shifts[0]})">{slide}{balls}{marks}</g>{floor}'
