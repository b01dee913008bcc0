"""Inverse dynamics: the generalized forces that make a model move as it does.

The projected Newton–Euler equations (Kane & Levinson 1985, *Dynamics: Theory and Applications*, chapter 6). With x the
mass centre of a segment, θ its orientation, m and I its mass and inertia, and f the force of the ground at p:

    τ_j = Σ m (ẍ − g) · ∂x/∂q_j + Σ I θ̈ ∂θ/∂q_j − Σ f · ∂p/∂q_j.

τ of a joint is what muscles and ligaments do together; τ of the pelvis is what is left unexplained (the residual), zero
if motion, forces and model agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.gait.kinematics import Kinematics, perpendicular

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Push:
    """A force from outside on a body, along a motion of t times."""

    body: str
    force: Array  # (t, 2) N
    point: Array  # (t, 2) m, in the ground's frame


def inverse_dynamics(
    model: Model, coordinates: Array, speeds: Array, accelerations: Array, pushes: Sequence[Push] = ()
) -> Array:
    """Generalized forces, shape (t, free coordinates), N m for rotations and N for translations.

    Args:
        model: the body.
        coordinates: (t, free coordinates), rad or m; ``speeds`` and ``accelerations`` are its time derivatives.
        speeds: rad/s or m/s.
        accelerations: rad/s² or m/s².
        pushes: all forces from outside other than gravity.
    """
    motion = Kinematics(model, coordinates, speeds, accelerations)
    torques = np.zeros_like(coordinates)
    gravity = np.array(model.gravity)
    for frames, segment in zip(motion.segments, motion.skeleton.segments, strict=True):
        center = frames.point(*segment.com)
        inertial = segment.mass * (center.acceleration - gravity)
        torques += np.einsum("tk,tkj->tj", inertial, center.origin_slope)
        torques += segment.inertia * center.angular_acceleration[:, None] * center.angle_slope
    for push in pushes:
        torques -= _generalized(motion, push)
    return torques


def _generalized(motion: Kinematics, push: Push) -> Array:
    """f · ∂p/∂q for a point that the body carries along: ∂p/∂q = ∂o/∂q + perp(p − o) ∂θ/∂q."""
    body = motion.body(push.body)
    arm = perpendicular(push.point - body.origin)
    slopes = body.origin_slope + arm[:, :, None] * body.angle_slope[:, None, :]
    out: Array = np.einsum("tk,tkj->tj", push.force, slopes)
    return out
