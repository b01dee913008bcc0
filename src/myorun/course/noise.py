"""Motor noise: the part of a course that acts at every step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myorun.course.value import Course


def add_motor_noise(course: Course, step: int, excitations: NDArray[np.float64]) -> None:
    """Signal-dependent noise on the excitations of a step, in place: e + level · e · z, clipped to [0, 1].

    z is standard normal, drawn from the course's seed for the step and the muscle: the same in every repetition, alone
    and in a batch. Harris & Wolpert (1998), Nature 394:780-784: the noise of a motor signal grows with the signal.
    """
    if course.motor_noise:
        from myorun import _core

        _core.add_motor_noise(course.seed or 0, step, course.motor_noise, excitations)
