"""Recorded states put back into the simulator, where more can be asked of them than was recorded."""

from __future__ import annotations

import numpy as np

from myorun.physics import BatchSimulator
from myorun.trajectory import Trajectory


def is_complete(record: Trajectory) -> bool:
    """Whether the record holds all states and excitations of a body with muscles."""
    arrays = (record.speeds, record.activations, record.fiber_lengths, record.excitations)
    return bool(record.model.muscles) and all(np.isfinite(array).all() for array in arrays)


def replayed(record: Trajectory, states: int) -> BatchSimulator:
    """The first so many states of a complete record side by side, one a human, each on the record's course."""
    humans, course = BatchSimulator(states, record.model, precision="float64"), record.course
    humans.set_courses(
        obstacles=np.tile(course.obstacle_array(), (states, 1, 1)),
        strengths=np.tile(record.strengths, (states, 1)),
        surroundings=[course.surroundings()] * states,
    )
    parts = (record.coordinates, record.speeds, record.activations, record.fiber_lengths)
    humans.states = np.hstack([part[:states] for part in parts])
    return humans
