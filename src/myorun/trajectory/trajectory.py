"""The record of an episode as a value: :class:`Trajectory`. Needs no compiled core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.course import Course
from myorun.errors import UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Facts:
    """Where the numbers of a trajectory come from."""

    physics: str  # "native", "opensim", or "imported": read from a file of another program
    accuracy: str  # setting of the engine
    engine_version: str  # of this package
    rules: str  # version of the rules; empty where nobody judged
    controller: str  # name, or the policy's file
    score: float | None  # sum of rewards; None where nobody judged
    fallen: bool  # False: stopped by the number of steps, or by hand


@dataclass(frozen=True, eq=False)
class Trajectory:
    """An episode of n steps: n excitations, and the n + 1 states before, between and after them.

    Contact forces act on the human, each at a contact sphere of ``model.contact_spheres``. What a file of another
    program did not tell is NaN; times, coordinates, bodies and strengths are always known.

    Raises:
        UsageError: if an array has not the shape that the model asks for, or times do not increase.
    """

    facts: Facts
    course: Course
    model: Model
    times: Array  # (n + 1,) s since reset
    coordinates: Array  # (n + 1, free coordinates) rad or m
    speeds: Array  # (n + 1, free coordinates) rad/s or m/s
    activations: Array  # (n + 1, muscles) 1
    fiber_lengths: Array  # (n + 1, muscles) m
    tendon_forces: Array  # (n + 1, muscles) N, with which each muscle pulls at its bones
    body_positions: Array  # (n + 1, bodies, 2) m, origins
    body_angles: Array  # (n + 1, bodies) rad, about z
    contact_forces: Array  # (n + 1, spheres, 2) N, of the ground
    obstacle_forces: Array  # (n + 1, spheres, 2) N, of all obstacles together
    excitations: Array  # (n, muscles) 0..1, as held
    strengths: Array  # (muscles,) factors of the maximum isometric forces, as the rules made them of the course

    def __post_init__(self) -> None:
        """Check every array against the model."""
        if self.times.ndim != 1 or len(self.times) < 1 or not (np.diff(self.times) > 0).all():
            raise UsageError("the times of a trajectory must increase from state to state, and be one at least")
        for name, shape in array_shapes(self.model, len(self.times)).items():
            found = getattr(self, name).shape
            if found != shape:
                raise UsageError(f"{name} of the trajectory has shape {found}; its model and times need {shape}")
        for name in _ALWAYS_KNOWN:
            if not np.isfinite(getattr(self, name)).all():
                raise UsageError(f"{name} of the trajectory must be finite")

    @property
    def coordinate_names(self) -> tuple[str, ...]:
        """In the order of ``coordinates`` and ``speeds``."""
        return tuple(coordinate.name for coordinate in self.model.free_coordinates)

    @property
    def muscle_names(self) -> tuple[str, ...]:
        """In the order of all muscle arrays."""
        return tuple(muscle.name for muscle in self.model.muscles)

    @property
    def sphere_names(self) -> tuple[str, ...]:
        """In the order of ``contact_forces`` and ``obstacle_forces``."""
        return tuple(sphere.name for sphere in self.model.contact_spheres)

    @property
    def body_names(self) -> tuple[str, ...]:
        """In the order of ``body_positions`` and ``body_angles``."""
        return tuple(body.name for body in self.model.bodies)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.excitations)

    @property
    def distance(self) -> float:
        """How far the pelvis came, from its start [m]; of a model without pelvis_tx, how far its first body."""
        names = self.coordinate_names
        known = "pelvis_tx" in names
        x = self.coordinates[:, names.index("pelvis_tx")] if known else self.body_positions[:, 0, 0]
        return float(x[-1] - x[0])

    @property
    def duration(self) -> float:
        """Simulated time [s]."""
        return float(self.times[-1] - self.times[0])


ARRAYS = tuple(f.name for f in fields(Trajectory) if f.name not in ("facts", "course", "model"))
_ALWAYS_KNOWN = ("times", "coordinates", "body_positions", "body_angles", "strengths")


def array_shapes(model: Model, states: int) -> Mapping[str, tuple[int, ...]]:
    """The shape of every array of a trajectory of so many states."""
    coordinates, muscles = len(model.free_coordinates), len(model.muscles)
    bodies, spheres = len(model.bodies), len(model.contact_spheres)
    return {
        "times": (states,),
        "coordinates": (states, coordinates),
        "speeds": (states, coordinates),
        "activations": (states, muscles),
        "fiber_lengths": (states, muscles),
        "tendon_forces": (states, muscles),
        "body_positions": (states, bodies, 2),
        "body_angles": (states, bodies),
        "contact_forces": (states, spheres, 2),
        "obstacle_forces": (states, spheres, 2),
        "excitations": (states - 1, muscles),
        "strengths": (muscles,),
    }
