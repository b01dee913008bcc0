"""How the simple kinds of joint move, written as functions of their coordinates."""

from __future__ import annotations

from .model import Constant, Linear, Motion

STILL = Motion(Constant(0.0))
Motions = tuple[Motion, tuple[Motion, Motion, Motion]]

COORDINATE_COUNT = {"weld": 0, "pin": 1, "planar": 3}
MOTION_TYPES = {"weld": (), "pin": ("rotational",), "planar": ("rotational", "translational", "translational")}


def simple_motions(kind: str, coordinates: tuple[str, ...]) -> Motions:
    """Rotation and translation of a ``weld``, ``pin`` or ``planar`` joint with as many coordinates as it needs."""
    along = tuple(Motion(Linear(1.0, 0.0), name) for name in coordinates)
    if kind == "weld":
        return STILL, (STILL, STILL, STILL)
    if kind == "pin":
        return along[0], (STILL, STILL, STILL)
    return along[0], (along[1], along[2], STILL)
