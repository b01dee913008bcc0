"""Ground reaction: one arrow a foot, from the centre of pressure."""

from __future__ import annotations

import numpy as np

from myorun.anatomy.model import Model
from myorun.view.moments import body_weight
from myorun.view.palette import Palette
from myorun.view.paths import body_depths
from myorun.view.pose import Array, Pose
from myorun.view.shapes import OBLIQUE, Layer, Polygon

_LENGTH = 0.26  # m of arrow for one body weight
_MIN_SHARE = 0.05  # of body weight; weaker forces are not shown
_LONGEST = 1.5  # m


def force_arrows(pose: Pose, palette: Palette) -> list[Polygon]:
    """Arrows of the ground forces on each foot, in body weights."""
    if not len(pose.contact_forces):
        return []
    weight = body_weight(pose.model)
    centers = sphere_centers(pose)
    names = [sphere.name for sphere in pose.model.contact_spheres]
    found = []
    for contact in pose.model.ground_contacts:
        rows = [names.index(name) for name in contact.spheres]
        force = pose.contact_forces[rows].sum(axis=0) / weight
        if np.hypot(*force) > _MIN_SHARE:
            share = np.maximum(pose.contact_forces[rows, 1], 0.0) + 1e-9
            foot = np.average(centers[rows], axis=0, weights=share)
            layer = Layer.FAR if foot[2] < 0.0 else Layer.OVERLAY
            found += _arrow(layer, np.array([foot[0], -OBLIQUE * foot[2]]), force * _LENGTH, palette)
    return found


def sphere_centers(pose: Pose) -> Array:
    """World centres (spheres, 3) m of the contact spheres."""
    model: Model = pose.model
    depth = body_depths(model)
    order = {body.name: i for i, body in enumerate(model.bodies)}
    found = []
    for sphere in model.contact_spheres:
        i = order[sphere.body]
        c, s = np.cos(pose.body_angles[i]), np.sin(pose.body_angles[i])
        x, y, z = sphere.location
        px, py = pose.body_positions[i]
        found.append((px + c * x - s * y, py + s * x + c * y, depth[i] + z))
    return np.array(found)


def _arrow(layer: Layer, tail: Array, shaft: Array, palette: Palette) -> list[Polygon]:
    length = float(np.hypot(*shaft))
    along = shaft / length
    length = min(length, _LONGEST)
    return [
        Polygon(layer, _arrow_outline(tail, along, length, 0.0035), palette.force_edge, 0.9),
        Polygon(layer, _arrow_outline(tail, along, length, 0.0), palette.force, 0.9),
    ]


def _arrow_outline(tail: Array, along: Array, length: float, rim: float) -> Array:
    """An arrow of ``length`` m that widens by ``rim`` on every side."""
    side = np.array([-along[1], along[0]])
    head = min(0.075, 0.45 * length)
    neck, tip = tail + along * (length - head - rim), tail + along * (length + 2.0 * rim)
    widths = ((tail - along * rim, 0.004 + rim), (neck, 0.007 + rim), (neck, 0.025 + 1.6 * rim))
    left = [point + width * side for point, width in widths]
    right = [point - width * side for point, width in reversed(widths)]
    return np.array([*left, tip, *right])
