"""Ground reaction: one arrow a foot, from the centre of pressure."""

from __future__ import annotations

import numpy as np

from ..anatomy.model import Model
from .palette import Palette
from .paths import body_depths
from .pose import Array, Pose
from .shapes import OBLIQUE, Layer, Polygon

_LENGTH = 0.38  # m of arrow for one body weight
_MIN_SHARE = 0.05  # of body weight; weaker forces are not shown
_LONGEST = 1.5  # m


def force_arrows(pose: Pose, palette: Palette) -> list[Polygon]:
    """Arrows of the ground forces on each foot, in body weights."""
    if not len(pose.contact_forces):
        return []
    weight = sum(body.mass for body in pose.model.bodies) * abs(pose.model.gravity[1]) or 1.0
    centers = sphere_centers(pose)
    names = [sphere.name for sphere in pose.model.contact_spheres]
    found = []
    for contact in pose.model.ground_contacts:
        rows = [names.index(name) for name in contact.spheres]
        force = pose.contact_forces[rows].sum(axis=0) / weight
        if np.hypot(*force) > _MIN_SHARE:
            share = np.maximum(pose.contact_forces[rows, 1], 0.0) + 1e-9
            foot = np.average(centers[rows], axis=0, weights=share)
            found += _arrow(np.array([foot[0], -OBLIQUE * foot[2]]), force * _LENGTH, palette)
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


def _arrow(tail: Array, shaft: Array, palette: Palette) -> list[Polygon]:
    length = float(np.hypot(*shaft))
    along = shaft / length
    side = np.array([-along[1], along[0]])
    length = min(length, _LONGEST)
    head = min(0.085, 0.45 * length)
    neck, tip = tail + along * (length - head), tail + along * length
    outline = np.array(
        [
            tail + 0.006 * side,
            neck + 0.011 * side,
            neck + 0.034 * side,
            tip,
            neck - 0.034 * side,
            neck - 0.011 * side,
            tail - 0.006 * side,
        ]
    )
    return [Polygon(Layer.OVERLAY, outline, palette.force, 0.85)]
