"""What a learner is rewarded for, which is not only what counts: :class:`RewardTerms`.

The score is metres. While learning, small terms keep the runner from the glitches that a simulated body offers:
leaning on ligaments, knees that bend backwards, a hop with one leg always leading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.policy.frame import place_of
from myorun.task import Rules

Array = NDArray[Any]


@dataclass(frozen=True)
class RewardTerms:
    """Weights, each for one step of 10 ms."""

    forward: float = 0.25  # for each m of progress
    alive: float = 0.002
    ligaments: float = 5e-6  # against each N m of √(sum of squared ligament torques)
    joints: float = 0.02  # against each rad by which a joint is beyond its comfortable range
    lead: float = 0.01  # against each rad by which one leg leads beyond ``lead_free``, on average
    lead_free: float = 0.1  # rad
    effort: float = 0.0  # against the mean excitation
    lean: float = 0.0  # against each rad by which the trunk is off ``lean_wanted``
    lean_wanted: float = -0.1  # rad; negative leans forward
    fall: float = 0.0  # against the last step of an episode that ends in a fall


# rad; hips and ankles where their ligaments begin to pull, knees where they are straight.
_RANGES = {
    "hip_flexion": (np.deg2rad(-30.0), np.deg2rad(120.0)),
    "knee_angle": (np.deg2rad(-140.0), 0.0),
    "ankle_angle": (np.deg2rad(-40.0), np.deg2rad(20.0)),
}


class Rewarder:
    """Arithmetic on observations, (n, 41), and on what the batch says of a step."""

    def __init__(self, terms: RewardTerms, rules: Rules, names: Sequence[str]) -> None:
        self.terms = terms
        self._rules = rules
        joints = [(f"{joint}_{side}", bounds) for joint, bounds in _RANGES.items() for side in "rl"]
        self._joints = [place_of(name, names) for name, _ in joints]
        self._low = np.array([bounds[0] for _, bounds in joints], np.float32)
        self._high = np.array([bounds[1] for _, bounds in joints], np.float32)
        self._tilt = place_of("pelvis_tilt", names)

    def of_step(self, forward: Array, ligaments: Array, terminated: Array) -> Array:
        """From one step of 10 ms: progress [m] and the reward's ligament term [m], both (n,)."""
        terms = self.terms
        torque = ligaments * (-1.0 / self._rules.ligament_weight)
        reward: Array = terms.forward * forward + terms.alive - terms.ligaments * torque - terms.fall * terminated
        return reward

    def of_posture(self, observations: Array, lead: Array, excitations: Array) -> Array:
        """For each 10 ms in which posture and excitations are these."""
        terms = self.terms
        reward: Array = -terms.joints * self.beyond(observations).sum(axis=1)
        reward -= terms.lead * np.maximum(np.abs(lead) - terms.lead_free, 0.0)
        if terms.effort:
            reward -= terms.effort * excitations.mean(axis=1)
        if terms.lean:
            reward -= terms.lean * np.abs(observations[:, self._tilt] - terms.lean_wanted)
        return reward

    def beyond(self, observations: Array) -> Array:
        """By how much each joint is outside its comfortable range [rad], shape (n, 6)."""
        angles = observations[:, self._joints]
        outside: Array = np.maximum(angles - self._high, 0.0) + np.maximum(self._low - angles, 0.0)
        return outside
