"""What a runner is told: 41 numbers as in 2017, and on request what users of 2017 asked for in vain.

An observation is arithmetic on named quantities. They come in as one flat array with a layout
(name → slice) from :mod:`myorun.readings`. Names become integer indices at one line, in :func:`index_of`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy.model import Model
from myorun.course import Course
from myorun.errors import ModelError, UsageError
from myorun.readings import Layout, Values

NO_OBSTACLE = (100.0, 0.0, 0.0)  # dx, y, radius [m] when none lies ahead


# ---------------------------------------------------------------- fields


@dataclass(frozen=True, slots=True)
class Field:
    """One number of an observation: an element of a named quantity."""

    name: str
    quantity: str
    element: tuple[str, str] = ("", "")  # (owner, axis), one of :func:`elements_of`


_JOINTS = ("hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l")
_BODIES = ("head", "pelvis", "torso", "toes_l", "toes_r", "talus_l", "talus_r")
_PELVIS = ("pelvis_tilt", "pelvis_tx", "pelvis_ty")

# The first 36 of the 41 numbers, in order. Positions are absolute: body origins in the ground frame.
BODY_FIELDS: tuple[Field, ...] = (
    *(Field(name, "coordinates", (name, "")) for name in _PELVIS),
    *(Field(f"{name}_velocity", "speeds", (name, "")) for name in _PELVIS),
    *(Field(name, "coordinates", (name, "")) for name in _JOINTS),
    *(Field(f"{name}_velocity", "speeds", (name, "")) for name in _JOINTS),
    *(Field(f"center_of_mass_{axis}", "center_of_mass", ("", axis)) for axis in "xy"),
    *(Field(f"center_of_mass_{axis}_velocity", "center_of_mass_velocity", ("", axis)) for axis in "xy"),
    *(Field(f"{body}_{axis}", "body_positions", (body, axis)) for body in _BODIES for axis in "xy"),
)
PELVIS_X, PELVIS_Y = BODY_FIELDS[1], BODY_FIELDS[2]

# The last 5: what the runner is told of the course.
COURSE_FIELDS = ("psoas_strength_left", "psoas_strength_right", "obstacle_dx", "obstacle_y", "obstacle_radius")

# What an extended observation adds: quantity → what one element of it is called.
EXTENDED: Mapping[str, str] = MappingProxyType(
    {
        "activations": "activation",
        "fiber_lengths": "fiber_length",  # m
        "fiber_velocities": "fiber_velocity",  # m/s
        "tendon_forces": "tendon_force",  # N
        "contact_forces": "contact_force",  # N, of the ground on each sphere
        "obstacle_forces": "obstacle_force",  # N, of the obstacles on each sphere
        "ground_reaction": "ground_reaction",  # N, of the ground on the whole body
        "limit_torques": "torque",  # N m, of each ligament
        "muscle_torques": "muscle_torque",  # N m, of all muscles together about each joint
    }
)

# What is told of each of the next parts of the course, whatever their kind: of the ball, step, slope or patch.
AHEAD_FIELDS = ("kind", "distance", "length", "height", "friction", "stiffness")
KINDS = ("none", "ball", "step", "slope", "patch")  # "kind" is a place in this list
NOTHING_AHEAD = (0.0, 100.0, 0.0, 0.0, 1.0, 1.0)
AHEAD: Mapping[str, int] = MappingProxyType({"next": 1, "next_3": 3})  # how many parts are told

# Gymnasium wants finite bounds. These lie far beyond what a body can reach; they say nothing of what is usual.
_KINEMATIC_BOUND, _FORCE_BOUND, _STRENGTH_BOUND = 1e6, 1e12, 1e3
_FORCES = frozenset(q for q in EXTENDED if q.endswith(("forces", "torques", "reaction")))


def elements_of(quantity: str, model: Model) -> tuple[tuple[str, str], ...]:
    """(owner, axis) of every element of a quantity, in the order of its flat array."""
    planar = quantity.startswith(("body_", "contact_", "obstacle_", "center_", "ground_"))
    axes = ("x", "y") if planar else ("",)
    return tuple((owner, axis) for owner in _owners_of(quantity, model) for axis in axes)


def _owners_of(quantity: str, model: Model) -> Sequence[str]:
    match quantity:
        case "coordinates" | "speeds" | "accelerations" | "muscle_torques":
            return [c.name for c in model.free_coordinates]
        case "body_positions" | "body_velocities":
            return [b.name for b in model.bodies]
        case "contact_forces" | "obstacle_forces":
            return [s.name for s in model.contact_spheres]
        case "limit_torques":
            return [limit.name for limit in model.limits]
        case "center_of_mass" | "center_of_mass_velocity" | "ground_reaction":
            return [""]
        case _:
            return [m.name for m in model.muscles]


def index_of(wanted: Field, layout: Layout, model: Model) -> int:
    """Where a field lies in the flat array: the one line at which names become integers.

    :class:`ModelError` if this human lacks what the field names.
    """
    elements = elements_of(wanted.quantity, model)
    if wanted.element not in elements:
        raise ModelError(
            f"model {model.name!r} lacks {wanted.element[0]!r}, which the observation tells of; "
            "take another observation or model"
        )
    start: int = layout[wanted.quantity].start
    return start + elements.index(wanted.element)


def extended_fields(quantities: Sequence[str], model: Model) -> tuple[Field, ...]:
    """A field for every element of the given quantities; of the torques of muscles, those about joints."""
    return tuple(
        Field("_".join(part for part in (owner, EXTENDED[quantity], axis) if part), quantity, (owner, axis))
        for quantity in quantities
        if quantity not in AHEAD
        for owner, axis in elements_of(quantity, model)
        if quantity != "muscle_torques" or owner in _JOINTS
    )


def quantities_of(observation: str | Sequence[str]) -> tuple[str, ...]:
    """What is added to the 41 numbers: nothing for ``"2017"``, all of :data:`EXTENDED` for ``"extended"``, the next
    part of the course for ``"course"``, the next three for ``"lookahead"``; else what is named, of :data:`EXTENDED`
    and :data:`AHEAD`, in their order.

    :class:`UsageError` for anything else.
    """
    if isinstance(observation, str):
        if observation not in _OBSERVATIONS:
            words = ", ".join(map(repr, _OBSERVATIONS))
            raise UsageError(f"observation is {observation!r}; it must be {words} or a list of quantities")
        return _OBSERVATIONS[observation]
    known = (*EXTENDED, *AHEAD)
    unknown = [q for q in observation if q not in known]
    if unknown:
        raise UsageError(f"observation asks for {unknown[0]!r}; it can hold {', '.join(known)}")
    if all(q in observation for q in AHEAD):
        raise UsageError("observation asks for 'next' and 'next_3'; the first is part of the second")
    return tuple(q for q in known if q in observation)


_OBSERVATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"2017": (), "extended": tuple(EXTENDED), "course": ("next",), "lookahead": ("next_3",)}
)


def parts_told(quantities: Sequence[str]) -> int:
    """How many of the next parts of the course are told."""
    return max((AHEAD.get(q, 0) for q in quantities), default=0)


# ---------------------------------------------------------------- the course ahead


class Outlook:
    """What the runner is told of a course, wherever the pelvis is."""

    def __init__(self, course: Course) -> None:
        self.strength_left = course.strength("iliopsoas_l")
        self.strength_right = course.strength("iliopsoas_r")
        self._obstacles = [(o.x, o.y, o.radius) for o in course.obstacles]
        # "first with end >= x" is "first with running maximum of ends >= x", and that is sorted
        self._reach = list(accumulate((o.end for o in course.obstacles), max))
        self._parts = _parts_of(course)

    def next_obstacle(self, pelvis_x: float) -> tuple[float, float, float]:
        """dx from the pelvis, y, radius [m] of the first obstacle in the order of x that ends at or beyond
        the pelvis; :data:`NO_OBSTACLE` behind the last.
        """
        place = bisect_left(self._reach, pelvis_x)
        if place == len(self._reach):
            return NO_OBSTACLE
        x, y, radius = self._obstacles[place]
        return x - pelvis_x, y, radius

    def ahead(self, pelvis_x: float, count: int) -> list[float]:
        """The :data:`AHEAD_FIELDS` of the next ``count`` parts, in the order in which they begin, that do not end
        behind the pelvis; :data:`NOTHING_AHEAD` for each that is not there.
        """
        coming = [part for part in self._parts if part[2] >= pelvis_x][:count]
        told = [(kind, start - pelvis_x, end - start, *rest) for kind, start, end, *rest in coming]
        told += [NOTHING_AHEAD] * (count - len(told))
        return [number for part in told for number in part]


def _parts_of(course: Course) -> list[tuple[float, ...]]:
    """Kind, start, end, height, friction and stiffness of every part, in the order of their starts."""
    balls = [(1.0, b.x - b.radius, b.end, b.y + b.radius - course.height(b.x), 1.0, 1.0) for b in course.obstacles]
    steps = [(2.0, s.x, s.x, s.rise, 1.0, 1.0) for s in course.steps]
    slopes = [(3.0, s.start, s.end, s.rise, 1.0, 1.0) for s in course.slopes]
    patches = [(4.0, p.start, p.end, 0.0, p.friction, p.stiffness) for p in course.patches]
    return sorted((*balls, *steps, *slopes, *patches), key=lambda part: part[1])


# ---------------------------------------------------------------- observing


class Observer:
    """Turns the flat array of quantities into observations; compiled once for a model and a layout."""

    def __init__(self, model: Model, layout: Layout, quantities: Sequence[str] = ()) -> None:
        self.names, self.low, self.high = _names_and_bounds(model, quantities)
        body = [index_of(f, layout, model) for f in BODY_FIELDS]
        extra = [index_of(f, layout, model) for f in extended_fields(quantities, model)]
        self._pelvis_x = body[BODY_FIELDS.index(PELVIS_X)]
        self._course = len(body)  # place of the first number about the course
        self.parts_told = parts_told(quantities)
        ahead = self.parts_told * len(AHEAD_FIELDS)
        self._index = np.array([*body, *[0] * len(COURSE_FIELDS), *extra, *[0] * ahead], dtype=np.intp)
        self._ahead = len(self._index) - ahead  # place of the first number about the parts ahead

    @staticmethod
    def sources(quantities: Sequence[str] = ()) -> tuple[str, ...]:
        """The named quantities that :meth:`observe` reads."""
        return tuple(dict.fromkeys([*(f.quantity for f in BODY_FIELDS), *(q for q in quantities if q not in AHEAD)]))

    def places(self, course: int) -> list[int]:
        """Where each number of an observation lies in the flat array, those about the course from ``course`` on."""
        places: list[int] = self._index.tolist()
        places[self._course : self._course + len(COURSE_FIELDS)] = range(course, course + len(COURSE_FIELDS))
        first = course + len(COURSE_FIELDS)
        places[self._ahead :] = range(first, first + len(places) - self._ahead)
        return places

    def observe(self, values: Values, outlook: Outlook) -> NDArray[np.float64]:
        """A fresh observation, shape (len(names),)."""
        observation = values.take(self._index)
        place = self._course
        observation[place] = outlook.strength_left
        observation[place + 1] = outlook.strength_right
        x = values.item(self._pelvis_x)
        dx, y, radius = outlook.next_obstacle(x)
        observation[place + 2] = dx
        observation[place + 3] = y
        observation[place + 4] = radius
        if self.parts_told:
            observation[self._ahead :] = outlook.ahead(x, self.parts_told)
        return observation


def _names_and_bounds(
    model: Model, quantities: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    extra = extended_fields(quantities, model)
    ahead = [f"ahead_{k + 1}_{name}" for k in range(parts_told(quantities)) for name in AHEAD_FIELDS]
    names = (*(f.name for f in BODY_FIELDS), *COURSE_FIELDS, *(f.name for f in extra), *ahead)
    body = [_KINEMATIC_BOUND] * len(BODY_FIELDS)
    course = [_STRENGTH_BOUND, _STRENGTH_BOUND, *[_KINEMATIC_BOUND] * 3]
    added = [_FORCE_BOUND if f.quantity in _FORCES else _KINEMATIC_BOUND for f in extra]
    high = np.array([*body, *course, *added, *[_KINEMATIC_BOUND] * len(ahead)])
    low = np.where(
        [name in ("psoas_strength_left", "psoas_strength_right", "obstacle_radius") for name in names], 0, -high
    )
    return names, low, high
