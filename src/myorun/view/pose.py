"""What can be seen of a human at one instant, whichever simulator moved it.

A :class:`Pose` holds named quantities only. Everything that draws starts here, so
the native core, OpenSim and a recorded trajectory look the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myorun.anatomy.model import Model
from myorun.course import Course
from myorun.errors import StateError, UsageError

Array = NDArray[np.float64]


class Simulates(Protocol):
    """The part of a simulator that a picture needs."""

    @property
    def model(self) -> Model:
        """The anatomy that moves."""

    @property
    def time(self) -> float:
        """Seconds since the reset."""

    def get(self, name: str) -> Array:
        """A named quantity at the present state."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A human at one instant. Arrays are copied, checked and made read-only.

    Raises:
        StateError: A quantity is not finite.
        UsageError: A quantity has another shape than the model asks for.
    """

    model: Model
    body_positions: Array  # (bodies, 2) m, origins in the order of model.bodies
    body_angles: Array  # (bodies,) rad, about z
    coordinates: Array  # (free coordinates,) rad or m
    activations: Array  # (muscles,) 0..1
    contact_forces: Array = field(default_factory=lambda: np.zeros((0, 2)))  # (spheres, 2) N, or (0, 2) if unknown
    obstacles: Array = field(default_factory=lambda: np.zeros((0, 3)))  # (n, 3) m: x, y, radius
    time: float = 0.0  # s
    distance: float | None = None  # m; None: the x of the first body
    speed: float | None = None  # m/s, of the centre of mass
    score: float | None = None  # points
    label: str | None = None  # a line of text for the picture, such as "seed 7 · difficulty 2"
    course: Course | None = None  # its ground and load; its balls are those of ``obstacles``

    def __post_init__(self) -> None:
        """Check every quantity against the model and freeze it."""
        bodies, muscles = len(self.model.bodies), len(self.model.muscles)
        spheres = len(self.model.contact_spheres) if np.size(self.contact_forces) else 0
        self._freeze("body_positions", (bodies, 2))
        self._freeze("body_angles", (bodies,))
        self._freeze("coordinates", (len(self.model.free_coordinates),))
        self._freeze("activations", (muscles,))
        self._freeze("contact_forces", (spheres, 2))
        self._freeze("obstacles", (-1, 3))
        for name in ("time", "distance", "speed", "score"):
            value = getattr(self, name)
            if value is not None and not np.isfinite(value):
                raise StateError(f"{name} is {value}; a pose can only be drawn from finite numbers")

    def _freeze(self, name: str, shape: tuple[int, ...]) -> None:
        array = np.array(getattr(self, name), dtype=np.float64)
        if array.ndim != len(shape) or any(n not in (-1, m) for n, m in zip(shape, array.shape, strict=True)):
            wanted = str(shape).replace("-1", "any")
            raise UsageError(f"{name} has shape {array.shape}; this model needs {wanted}")
        if not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise StateError(f"{name}{list(where)} is {array[where]}; a pose can only be drawn from finite numbers")
        array.setflags(write=False)
        object.__setattr__(self, name, array)


def snapshot(
    sim: Simulates,
    *,
    obstacles: Iterable[Any] | ArrayLike = (),
    score: float | None = None,
    label: str | None = None,
    course: Course | None = None,
) -> Pose:
    """The pose that ``sim`` is in.

    Args:
        sim: Any simulator with ``model``, ``time`` and ``get(name)``.
        obstacles: Rows (x, y, radius) in metres, or values with these attributes.
        score: Points so far, for the head-up display.
        label: A line of text for the head-up display.
        course: Whose ground and load are to be seen.

    Raises:
        StateError: The simulator is in a state that is not finite.
    """
    return Pose(
        model=sim.model,
        body_positions=sim.get("body_positions"),
        body_angles=sim.get("body_angles"),
        coordinates=sim.get("coordinates"),
        activations=sim.get("activations"),
        contact_forces=sim.get("contact_forces"),
        obstacles=_rows(obstacles),
        time=float(sim.time),
        speed=float(sim.get("center_of_mass_velocity")[0]),
        score=score,
        label=label,
        course=course,
    )


def course_label(course: Course) -> str | None:
    """The line of text that names a course in a picture."""
    return None if course.seed is None else f"seed {course.seed} · difficulty {course.difficulty}"


def _rows(obstacles: Any) -> Array:
    rows = [(o.x, o.y, o.radius) if hasattr(o, "radius") else o for o in obstacles]
    return np.array(rows, dtype=np.float64) if rows else np.zeros((0, 3))
