"""How the simple kinds of joint move, written as functions of their coordinates."""

from __future__ import annotations

from typing import Literal, TypeAlias

from myorun.anatomy.model import Constant, Linear, Motion

Kind: TypeAlias = Literal["pin", "planar", "weld", "custom"]
MotionType: TypeAlias = Literal["rotational", "translational"]
Motions: TypeAlias = tuple[Motion, tuple[Motion, Motion, Motion]]

JOINT_KINDS: tuple[Kind, ...] = ("pin", "planar", "weld", "custom")
STILL = Motion(Constant(0.0))

COORDINATE_COUNT: dict[Kind, int] = {"weld": 0, "pin": 1, "planar": 3}
MOTION_TYPES: dict[Kind, tuple[MotionType, ...]] = {
    "weld": (),
    "pin": ("rotational",),
    "planar": ("rotational", "translational", "translational"),
}


def simple_motions(kind: Kind, coordinates: tuple[str, ...]) -> Motions:
    """Rotation and translation of a ``weld``, ``pin`` or ``planar`` joint with as many coordinates as it needs."""
    along = tuple(Motion(Linear(1.0, 0.0), name) for name in coordinates)
    if kind == "weld":
        return STILL, (STILL, STILL, STILL)
    if kind == "pin":
        return along[0], (STILL, STILL, STILL)
    return along[0], (along[1], along[2], STILL)
