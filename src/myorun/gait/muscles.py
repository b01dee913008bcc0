"""What the muscles did: every state of a recorded motion is put back into the simulator and asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import Model
from myorun.gait.motion import Motion
from myorun.gait.replay import is_complete, replayed

Array = NDArray[np.float64]

_ASKED = (
    "accelerations",
    "fiber_velocities",
    "active_fiber_forces",
    "passive_fiber_forces",
    "tendon_forces",
    "fiber_powers",
    "muscle_torques",
    "limit_torques",
)


@dataclass(frozen=True, eq=False)
class MuscleMotion:
    """Muscles along a motion of t samples; m muscles, c coordinates."""

    model: Model
    times: Array  # (t,) s
    excitations: Array  # (t, m) 0..1, held from each sample on
    activations: Array  # (t, m) 0..1
    fiber_lengths: Array  # (t, m) m
    fiber_velocities: Array  # (t, m) m/s, lengthening positive
    active_fiber_forces: Array  # (t, m) N, along the fiber
    passive_fiber_forces: Array  # (t, m) N
    tendon_forces: Array  # (t, m) N
    fiber_powers: Array  # (t, m) W, positive when shortening does work
    accelerations: Array  # (t, c) rad/s² or m/s²
    muscle_torques: Array  # (t, c) N m or N
    limit_torques: Array  # (t, c) N m, of the ligaments
    strengths: Array  # (m,) factors of the maximum isometric forces

    @property
    def names(self) -> tuple[str, ...]:
        """Of the muscles."""
        return tuple(muscle.name for muscle in self.model.muscles)


def muscles_of(motion: Motion) -> MuscleMotion | None:
    """The muscles along a motion, or ``None`` where their states were not recorded."""
    record = motion.record
    if record is None or not is_complete(record):
        return None
    humans = replayed(record, len(record.times))
    asked = {name: humans.get(name) for name in _ASKED}
    limits = np.zeros_like(record.coordinates)
    names = record.coordinate_names
    for column, limit in enumerate(record.model.limits):
        if limit.coordinate in names:
            limits[:, names.index(limit.coordinate)] += asked["limit_torques"][:, column]
    last = record.excitations[-1:] if record.steps else np.zeros((1, len(record.muscle_names)))
    return MuscleMotion(
        model=record.model,
        times=record.times,
        excitations=np.concatenate([record.excitations, last]),
        activations=np.clip(record.activations, [m.min_activation for m in record.model.muscles], 1.0),
        fiber_lengths=record.fiber_lengths,
        strengths=record.strengths,
        **{**asked, "limit_torques": limits},
    )
