"""How far to the right of the plane of motion every body stays."""

from __future__ import annotations

from myorun.anatomy.model import GROUND, Model


def body_depths(model: Model) -> dict[str, float]:
    """The constant z [m] of the origin of every body, by name; the ground's is 0."""
    depth = {GROUND: 0.0}
    for joint in model.joints:
        moved = getattr(joint.translation[2].function, "value", 0.0)
        depth[joint.child] = depth[joint.parent] + joint.parent_location[2] + moved - joint.child_location[2]
    return depth
