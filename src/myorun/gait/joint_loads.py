"""Moments and powers of hip, knee and ankle along a motion, by inverse dynamics.

Moments are those of muscles and ligaments on the body; what extends hip and knee and what pushes the foot down
(plantarflexion) is positive. Power is positive where a joint gives work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.dynamics import Push, inverse_dynamics
from myorun.gait.events import low_pass
from myorun.gait.kinematics import Kinematics
from myorun.gait.motion import COORDINATES, JOINTS, PELVIS, SIDES, SIGNS, Motion, side_of, sphere_centers
from myorun.gait.muscles import MuscleMotion

Array = NDArray[np.float64]

CUTOFF = 15.0  # Hz, for recorded motion that has to be differentiated twice


@dataclass(frozen=True, eq=False)
class JointLoads:
    """Of s samples."""

    moments: Array  # (s, sides, joints) N m
    powers: Array  # (s, sides, joints) W
    residuals: Array  # (s, 3) N m, N, N: what the motion of the pelvis needs and nothing gives


def joint_loads(motion: Motion, muscles: MuscleMotion | None = None) -> JointLoads | None:
    """Inverse dynamics of a motion; ``None`` where its coordinates or the ground forces are not known.

    With ``muscles``, accelerations are those of the simulation; else the coordinates are filtered and differentiated.
    On uneven ground and under a load, where forces act at places that the record does not tell, a simulated motion has
    the moments that its muscles and ligaments made.
    """
    if motion.model is None or motion.coordinates is None or motion.forces is None:
        return None
    q, u, a = _rates(motion, muscles)
    if muscles is not None and not _is_told(motion):
        generalized = muscles.muscle_torques + muscles.limit_torques
    else:
        generalized = inverse_dynamics(motion.model, q, u, a, external_pushes(motion, q))
    names = [c.name for c in motion.model.free_coordinates]
    moments, powers = (np.full((len(q), len(SIDES), len(JOINTS)), np.nan) for _ in range(2))
    for s, side in enumerate("rl"):
        for j, joint in enumerate(JOINTS):
            column = names.index(f"{COORDINATES[joint]}_{side}")
            moments[:, s, j] = -SIGNS[joint] * generalized[:, column]
            powers[:, s, j] = generalized[:, column] * u[:, column]
    return JointLoads(moments, powers, generalized[:, [names.index(name) for name in PELVIS]])


def _is_told(motion: Motion) -> bool:
    """Whether the record says where every force acts."""
    if motion.record is None:
        return True
    course = motion.record.course
    return not course.steps and not course.slopes and course.load.mass == 0.0


def _rates(motion: Motion, muscles: MuscleMotion | None) -> tuple[Array, Array, Array]:
    assert motion.coordinates is not None
    if muscles is not None and motion.speeds is not None:
        return motion.coordinates, motion.speeds, muscles.accelerations
    q = low_pass(motion.times, motion.coordinates, CUTOFF)
    u = np.gradient(q, motion.times, axis=0)
    return q, u, np.gradient(u, motion.times, axis=0)


def external_pushes(motion: Motion, coordinates: Array) -> list[Push]:
    """All forces on the feet: sphere by sphere where they are known, else one a foot at its centre of pressure."""
    record, model = motion.record, motion.model
    assert model is not None
    if record is not None:
        centers = sphere_centers(model, Kinematics(model, coordinates))
        grounds = np.stack([centers[..., 0], (centers[..., 1] - [s.radius for s in model.contact_spheres]) / 2], -1)
        spheres = list(enumerate(model.contact_spheres))
        obstacles = np.nan_to_num(record.obstacle_forces)
        return [Push(s.body, record.contact_forces[:, k], grounds[:, k]) for k, s in spheres] + [
            Push(s.body, obstacles[:, k], centers[:, k]) for k, s in spheres
        ]
    assert motion.forces is not None and motion.force_times is not None and motion.pressures is not None
    feet = {side_of(s.name): s.body for s in model.contact_spheres if "heel" in s.name}
    return [
        Push(
            feet[side],
            _at(motion.times, motion.force_times, motion.forces[:, side]),
            _at(motion.times, motion.force_times, motion.pressures[:, side]),
        )
        for side in range(len(SIDES))
    ]


def _at(times: Array, own_times: Array, values: Array) -> Array:
    return np.stack([np.interp(times, own_times, column) for column in values.T], axis=1)
