"""Everything over time that measures are read from, worked out once for a motion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from myorun.gait.events import BothFeet, EventSettings, contacts
from myorun.gait.joint_loads import JointLoads, joint_loads
from myorun.gait.kinematics import Kinematics
from myorun.gait.metabolics import metabolic_powers
from myorun.gait.motion import Motion
from myorun.gait.muscles import MuscleMotion, muscles_of

Array = NDArray[np.float64]

GRAVITY = 9.80665  # m/s²


@dataclass(frozen=True)
class Signals:
    """Of a motion; each is worked out when it is first asked for, and is ``None`` where the motion does not tell it."""

    motion: Motion
    settings: EventSettings

    @cached_property
    def contacts(self) -> BothFeet:
        """Of both feet."""
        return contacts(self.motion, self.settings)

    @cached_property
    def height(self) -> Array:
        """Of the centre of mass, or of the pelvis where there is no model: (t,) m."""
        if self._kinematics is None:
            return self.motion.pelvis[:, 2]
        return self._kinematics.mass_center().origin[:, 1]

    @cached_property
    def lean(self) -> Array:
        """Of the torso, or of the pelvis: (t,) degrees, forward positive."""
        if self._kinematics is None or "torso" not in self._kinematics.skeleton.poses:
            return -self.motion.pelvis[:, 0]
        return -np.rad2deg(self._kinematics.body("torso").angle)

    @cached_property
    def _kinematics(self) -> Kinematics | None:
        if self.motion.model is None or self.motion.coordinates is None:
            return None
        return Kinematics(self.motion.model, self.motion.coordinates)

    @cached_property
    def forces(self) -> Array | None:
        """Of the ground on each foot, in body weights: (f, sides, 2)."""
        if self.motion.forces is None or not self.motion.mass:
            return None
        return self.motion.forces / (self.motion.mass * GRAVITY)

    @cached_property
    def muscles(self) -> MuscleMotion | None:
        """What the muscles did."""
        return muscles_of(self.motion)

    @cached_property
    def loads(self) -> JointLoads | None:
        """Joint moments and powers."""
        return joint_loads(self.motion, self.muscles)

    @cached_property
    def metabolic_powers(self) -> Array | None:
        """Of every muscle: (t, muscles) W."""
        return None if self.muscles is None else metabolic_powers(self.muscles)
