"""The ground of a course: steps, slopes and patches laid over the track, and a backpack on the trunk."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from myorun.course import Course, Patch
from myorun.view.palette import Color, Palette, mix, ramp
from myorun.view.pose import Array, Pose
from myorun.view.shapes import Layer, Polygon, project

_FAR, _NEAR = -0.72, 1.02  # m of depth, the edges of the track
_INSET = 0.12  # m of depth by which a patch is narrower
_EDGE = 0.012  # m, thickness of the line that marks an upright face
_ICE, _OWN, _RUBBER = (196, 232, 250), (186, 122, 100), (58, 52, 56)
_FRICTION = ((0.0, _ICE), (0.35, (150, 190, 214)), (1.0, _OWN), (2.0, _RUBBER))
_SOFT = (150, 176, 104)  # what gives way is tinted like a mat
_EARTH = (40, 26, 20)
_PACK, _STRAP = (72, 92, 112), (44, 56, 70)
_PACK_SIDE = 0.24  # m, of ten kilograms


def ground_shapes(course: Course, low: float, high: float, palette: Palette) -> list[Polygon]:
    """What differs from the flat track between x = ``low`` and ``high`` [m], back to front."""
    line = _line(course, low, high)
    shapes: list[Polygon] = []
    if course.steps or course.slopes:
        for a, b in pairwise(line):
            shapes += _floor(a, b, palette)
    for patch in course.patches:
        if patch.start < high and patch.end > low:
            shapes += _patch(course, patch)
    return shapes


def _line(course: Course, low: float, high: float) -> Array:
    """The line of the floor in sight, rows x, y [m]."""
    inner = [tuple(point) for point in course.profile() if low < point[0] < high]
    return np.array([(low, course.height(low)), *inner, (high, course.height(high))])


def _floor(a: Array, b: Array, palette: Palette) -> list[Polygon]:
    """The floor from a to b, and what shows of the ground under it, or of the bank behind it; at height 0, none."""
    if a[1] == b[1] == 0.0:
        return []
    if a[0] == b[0]:
        half = np.array([_EDGE / 2, 0.0])
        corners = np.array([a - half, b - half, b + half, a + half])
        return [Polygon(Layer.OBSTACLE, _at(corners, depth), palette.line, 0.9) for depth in (_FAR, _NEAR)]
    light = float(np.clip((b[1] - a[1]) / (b[0] - a[0]), -1.0, 1.0))
    color = mix(palette.track[0], palette.line if light < 0 else palette.track[1], min(1.0, 0.25 + abs(light)))
    shapes = [Polygon(Layer.OBSTACLE, _strip(a, b, _FAR, _NEAR), color)]
    for depth, shown in ((_FAR, min), (_NEAR, max)):  # behind where it is low, in front where it is high
        heights = np.array([shown(a[1], 0.0), shown(b[1], 0.0), 0.0, 0.0])
        if np.ptp(heights) > 0:
            edge = np.array([a[0], b[0], b[0], a[0]])
            bank = project(np.column_stack([edge, heights, np.full(4, depth)]))
            shapes.append(Polygon(Layer.OBSTACLE, bank, mix(color, _EARTH, 0.45)))
    return shapes


def _patch(course: Course, patch: Patch) -> list[Polygon]:
    color = patch_color(patch)
    bends = [x for x, _ in course.profile() if patch.start < x < patch.end]
    shapes = []
    for start, end in pairwise([patch.start, *sorted(set(bends)), patch.end]):
        inner = 1e-9 * (end - start)  # just within the stretch: at a step the height is that beyond
        a, b = (np.array([x, course.height(x)]) for x in (start + inner, end - inner))
        shapes.append(Polygon(Layer.OBSTACLE, _strip(a, b, _FAR + _INSET, _NEAR - _INSET), color, 0.85))
    return shapes


def patch_color(patch: Patch) -> Color:
    """From ice to rubber by friction; soft patches tinted green."""
    softness = 0.6 * max(0.0, 1.0 - patch.stiffness)
    return mix(ramp(_FRICTION, patch.friction), _SOFT, softness)


def _strip(a: Array, b: Array, far: float, near: float) -> Array:
    corners = [(*a, far), (*b, far), (*b, near), (*a, near)]
    return project(np.array(corners))


def _at(points: Array, depth: float) -> Array:
    return project(np.column_stack([points, np.full(len(points), depth)]))


def backpack_shapes(pose: Pose) -> list[Polygon]:
    """The load of the pose's course on its trunk; none if there is none."""
    if pose.course is None or pose.course.load.mass == 0.0:
        return []
    load, names = pose.course.load, [body.name for body in pose.model.bodies]
    trunk = names.index("torso") if "torso" in names else 0
    half = 0.5 * _PACK_SIDE * (load.mass / 10.0) ** (1 / 3)
    turn = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    round_box = np.column_stack([_squared(np.cos(turn)) * half * 0.7, _squared(np.sin(turn)) * half * 1.2])
    angle = float(pose.body_angles[trunk])
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([load.x, load.y])
    lid = round_box * [1.0, 0.35] + [0.0, 0.62 * half]
    parts = ((round_box, _PACK), (lid, _STRAP))
    return [Polygon(Layer.NEAR, (p + centre) @ matrix.T + pose.body_positions[trunk], color) for p, color in parts]


def _squared(x: Array) -> Array:
    """From a circle's coordinate to that of a box with round corners."""
    return np.asarray(np.sign(x) * np.abs(x) ** 0.5)
