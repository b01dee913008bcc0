"""Gaits whose every measure is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.gait.motion import Motion

Array = NDArray[np.float64]
GRAVITY = 9.80665


@dataclass(frozen=True)
class Runner:
    """A runner by formula: half sines of force under each foot, harmonics at every joint."""

    stride_time: float = 0.7  # s
    contact_time: float = 0.24  # s
    speed: float = 4.0  # m/s
    peak_force: float = 2.5  # body weights
    braking: float = 0.3  # body weights, half of a sine each way
    bounce: float = 0.08  # m, highest to lowest pelvis
    lean: float = 7.0  # degrees
    mass: float = 72.0  # kg
    first_strike: float = 0.1  # s, of the right foot; the left one follows half a stride later
    limp: float = 1.0  # factor of the left foot's contact time

    def contact(self, side: int) -> float:
        """Contact time of a side [s]."""
        return self.contact_time * (self.limp if side else 1.0)

    def phase(self, times: Array, side: int) -> Array:
        """Time since the latest strike of a side [s]."""
        return np.mod(times - self.first_strike - side * self.stride_time / 2, self.stride_time)

    def forces(self, times: Array) -> Array:
        """(t, sides, 2) N."""
        out = np.zeros((len(times), 2, 2))
        for side in (0, 1):
            phase, contact = self.phase(times, side), self.contact(side)
            on = phase < contact
            out[:, side, 1] = np.where(on, self.peak_force * np.sin(np.pi * phase / contact), 0)
            out[:, side, 0] = np.where(on, -self.braking * np.sin(2 * np.pi * phase / contact), 0)
        return out * self.mass * GRAVITY

    def angles(self, times: Array) -> Array:
        """(t, sides, joints) degrees: the knee is at its greatest, 100°, at 65 %, and its range is 90°."""
        out = np.empty((len(times), 2, 3))
        for side in (0, 1):
            turn = 2 * np.pi * self.phase(times, side) / self.stride_time
            out[:, side, 0] = 20 + 35 * np.cos(turn - 2 * np.pi * 0.8)
            out[:, side, 1] = 55 + 45 * np.cos(turn - 2 * np.pi * 0.65)
            out[:, side, 2] = 25 * np.cos(turn - 2 * np.pi * 0.2)
        return out

    def motion(self, duration: float = 5.0, rate: float = 1000.0, name: str = "runner") -> Motion:
        """Sampled so many times a second."""
        times = np.arange(0, duration, 1 / rate)
        height = 0.95 + self.bounce / 2 * np.cos(4 * np.pi * times / self.stride_time)
        pelvis = np.stack([np.full_like(times, -self.lean), self.speed * times, height], axis=1)
        forces = self.forces(times)
        return Motion(
            name=name,
            times=times,
            angles=self.angles(times),
            pelvis=pelvis,
            mass=self.mass,
            force_times=times,
            forces=forces,
            pressures=np.zeros_like(forces),
        )
