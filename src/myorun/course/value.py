"""The :class:`Course` and its parts, as values that cannot be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from myorun.course.checks import checked_int, checked_number, finite
from myorun.errors import UsageError
from myorun.summation import total

if TYPE_CHECKING:
    from myorun.physics.surroundings import Surroundings

Array = NDArray[np.float64]
Part = TypeVar("Part")

FAR = 1e6  # m, beyond which nothing lies
HIGHEST_RISE = 1.0  # m, of a step
STEEPEST = 1.0  # rise over run of a slope
SHORTEST_PATCH = 0.05  # m
NEAREST_EDGES = 0.1  # m, more than any foot's sphere touches at once
MAX_BALLS, MAX_EDGES, MAX_PATCHES = 1000, 30, 20  # edges: steps and slopes together
MAX_DELAY = 100  # steps
_ROUNDING = 1e-9  # m


# ---------------------------------------------------------------- parts


@dataclass(frozen=True, slots=True, order=True)
class Obstacle:
    """A ball fixed in space that only the feet can touch."""

    x: float  # m, centre, forward
    y: float  # m, centre, up
    radius: float  # m

    def __post_init__(self) -> None:
        for name in ("x", "y", "radius"):
            object.__setattr__(self, name, finite(f"an obstacle's {name}", getattr(self, name)))
        if self.radius <= 0.0:
            raise UsageError(f"an obstacle's radius is {self.radius!r} m; it must be greater than 0")

    @property
    def end(self) -> float:
        """Where the ball ends, x + radius [m]: it lies ahead of everyone who has not come so far."""
        return self.x + self.radius


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """An edge at which the floor rises, or falls: an upright face, and the floor beyond at another height."""

    x: float  # m
    rise: float  # m, below 0 for a step down

    def __post_init__(self) -> None:
        _number(self, "a step's x", "x", -FAR, FAR, "m")
        _number(self, "a step's rise", "rise", -HIGHEST_RISE, HIGHEST_RISE, "m")


@dataclass(frozen=True, slots=True, order=True)
class Slope:
    """A stretch along which the floor rises, or falls, in a straight line."""

    start: float  # m
    end: float  # m
    rise: float  # m, from start to end

    def __post_init__(self) -> None:
        _stretch(self, "slope", NEAREST_EDGES)
        most = STEEPEST * (self.end - self.start)
        _number(self, "a slope's rise", "rise", -most, most, "m")


@dataclass(frozen=True, slots=True, order=True)
class Patch:
    """A stretch of floor with a surface of its own: ice, rubber, a mat."""

    start: float  # m
    end: float  # m
    friction: float = 1.0  # factor of the floor's own coefficients
    stiffness: float = 1.0  # factor of the force with which the floor answers a foot as deep in it

    def __post_init__(self) -> None:
        _stretch(self, "patch", SHORTEST_PATCH)
        _number(self, "a patch's friction", "friction", 0.0, 10.0)
        _number(self, "a patch's stiffness", "stiffness", 0.01, 100.0)


@dataclass(frozen=True, slots=True)
class Load:
    """A backpack: a point mass fixed to the trunk, in the frame of its body (the torso, where there is one)."""

    mass: float = 0.0  # kg
    x: float = -0.2  # m, forward
    y: float = 0.25  # m, up

    def __post_init__(self) -> None:
        _number(self, "a load's mass", "mass", 0.0, 200.0, "kg")
        _number(self, "a load's x", "x", -2.0, 2.0, "m")
        _number(self, "a load's y", "y", -2.0, 2.0, "m")


# ---------------------------------------------------------------- the course


@dataclass(frozen=True, slots=True)
class Course:
    """All that lies along the way, in the order of x, and all that the body has to bear.

    A course by hand is ``Course(obstacles=(Obstacle(2.0, 0.0, 0.1),), strengths={"iliopsoas_l": 0.8})``. The floor
    at x = 0, where the human starts, has height 0.

    Raises:
        UsageError: for a part or number that cannot be, with what is allowed.
    """

    obstacles: tuple[Obstacle, ...] = ()
    strengths: tuple[tuple[str, float], ...] = ()  # (muscle, factor of its maximum isometric force)
    seed: int | None = None  # None: made by hand. Motor noise is drawn from it; without one, from 0
    difficulty: float | None = None  # None: made by hand
    steps: tuple[Step, ...] = ()
    slopes: tuple[Slope, ...] = ()
    patches: tuple[Patch, ...] = ()
    friction: float = 1.0  # of the whole floor, a factor
    stiffness: float = 1.0  # of the whole floor, a factor
    activation_time: float = 1.0  # factor of every muscle's time constant of activation
    deactivation_time: float = 1.0  # and of deactivation
    motor_noise: float = 0.0  # standard deviation of an excitation, as a share of it
    sensor_delay: int = 0  # steps by which observations come late
    load: Load = field(default_factory=Load)
    generator: str | None = None  # None: made by hand

    def __post_init__(self) -> None:
        self._set("obstacles", _parts(Obstacle, self.obstacles, "an obstacle", "Obstacle(x, y, radius)", MAX_BALLS))
        self._set("steps", _parts(Step, self.steps, "a step", "Step(x, rise)", MAX_EDGES))
        self._set("slopes", _parts(Slope, self.slopes, "a slope", "Slope(start, end, rise)", MAX_EDGES))
        patch = "Patch(start, end, friction, stiffness)"
        self._set("patches", _parts(Patch, self.patches, "a patch", patch, MAX_PATCHES))
        given = _named(self.strengths)
        self._set("strengths", tuple((m, _strength(m, f)) for m, f in sorted(given.items())))
        self._check_numbers()
        _check_edges(self)
        _check_overlaps(self.patches)

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_numbers(self) -> None:
        _number(self, "friction of the floor", "friction", 0.0, 10.0)
        _number(self, "stiffness of the floor", "stiffness", 0.01, 100.0)
        _number(self, "activation_time", "activation_time", 0.1, 10.0)
        _number(self, "deactivation_time", "deactivation_time", 0.1, 10.0)
        _number(self, "motor_noise", "motor_noise", 0.0, 2.0)
        self._set("sensor_delay", checked_int("sensor_delay", self.sensor_delay, 0, MAX_DELAY))
        if not isinstance(self.load, Load):
            raise UsageError(f"load is {self.load!r}; it must be a Load(mass, x, y)")

    def strength(self, muscle: str) -> float:
        """The factor of this muscle's maximum isometric force; 1.0 where the course does not touch it."""
        return dict(self.strengths).get(muscle, 1.0)

    def obstacle_array(self) -> Array:
        """The obstacles as rows x, y, radius [m], shape (n, 3)."""
        return _rows([(o.x, o.y, o.radius) for o in self.obstacles], 3)

    def height(self, x: float) -> float:
        """The height of the floor at x [m]; that of the start, x = 0, is 0. At a step: of the floor beyond."""
        return self._risen(x) - self._risen(0.0)

    def _risen(self, x: float) -> float:
        steps = total(step.rise for step in self.steps if step.x <= x)
        slopes = total(s.rise * min(max((x - s.start) / (s.end - s.start), 0.0), 1.0) for s in self.slopes)
        return steps + slopes

    def profile(self) -> Array:
        """The corners of the floor's line from the first to the last, rows x, y [m], shape (n, 2); level outside."""
        points: list[tuple[float, float]] = []
        for x in _edges(self):
            fall = total(step.rise for step in self.steps if step.x == x)
            after = self.height(x)
            points += [(x, after - fall), (x, after)] if fall else [(x, after)]
        return _rows(points, 2)

    def surroundings(self) -> Surroundings:
        """All but balls and strengths, as a simulator takes it."""
        from myorun.physics.surroundings import Surroundings

        return Surroundings(
            steps=_rows([(s.x, s.rise) for s in self.steps], 2),
            slopes=_rows([(s.start, s.end, s.rise) for s in self.slopes], 3),
            patches=_rows([(p.start, p.end, p.friction, p.stiffness) for p in self.patches], 4),
            friction=self.friction,
            stiffness=self.stiffness,
            activation_time=self.activation_time,
            deactivation_time=self.deactivation_time,
            load=(self.load.mass, self.load.x, self.load.y),
        )

    def arrays(self) -> dict[str, Any]:
        """All but strengths, as the compiled core takes it."""
        own = {"balls": self.obstacle_array(), "noise": self.motor_noise, "delay": self.sensor_delay}
        return self.surroundings().arrays() | own


# ---------------------------------------------------------------- checks


def _number(part: Any, what: str, name: str, low: float, high: float, unit: str = "") -> None:
    object.__setattr__(part, name, checked_number(what, getattr(part, name), low, high, unit))


def _stretch(part: Any, kind: str, shortest: float) -> None:
    _number(part, f"a {kind}'s start", "start", -FAR, FAR, "m")
    _number(part, f"a {kind}'s end", "end", -FAR, FAR, "m")
    if not part.end - part.start >= shortest - _ROUNDING:
        raise UsageError(
            f"a {kind} is from {part.start!r} to {part.end!r} m; it must end at least {shortest:g} m beyond its start"
        )


def _parts(kind: type[Part], given: Any, what: str, wanted: str, most: int) -> tuple[Part, ...]:
    try:
        parts = sorted(_part(kind, part, what, wanted) for part in given)  # type: ignore[type-var]
    except TypeError:
        raise UsageError(f"{what} is wanted in a list, as {wanted}; got {given!r:.80}") from None
    if len(parts) > most:
        raise UsageError(f"a course has {len(parts)} times {what}; at most {most} can be had")
    return tuple(parts)


def _part(kind: type[Part], given: Any, what: str, wanted: str) -> Part:
    if isinstance(given, kind):
        return given
    try:
        return kind(*given)
    except TypeError:
        numbers = "three" if kind is Obstacle else "its"
        raise UsageError(f"{what} is {given!r}; it must be {wanted} or {numbers} numbers") from None


def _named(strengths: Any) -> dict[str, float]:
    try:
        return dict(strengths)
    except (TypeError, ValueError):
        raise UsageError(f"strengths are {strengths!r:.80}; they must be factors by the muscles' names") from None


def _strength(muscle: str, factor: float) -> float:
    number = finite(f"the strength of {muscle!r}", factor)
    if number <= 0.0:
        raise UsageError(f"the strength of {muscle!r} is {factor!r}; it must be greater than 0 (1 is the model's own)")
    return number


def _edges(course: Course) -> list[float]:
    return sorted({s.x for s in course.steps} | {x for s in course.slopes for x in (s.start, s.end)})


def _check_edges(course: Course) -> None:
    if len(course.steps) + len(course.slopes) > MAX_EDGES:
        count = len(course.steps) + len(course.slopes)
        raise UsageError(f"a course has {count} steps and slopes; at most {MAX_EDGES} together can be had")
    for one, other in pairwise(_edges(course)):
        if other - one < NEAREST_EDGES - _ROUNDING:
            raise UsageError(
                f"edges of the floor lie at {one!r} and {other!r} m; they must be at one place, "
                f"or {NEAREST_EDGES:g} m apart"
            )


def _check_overlaps(patches: tuple[Patch, ...]) -> None:
    for one, other in pairwise(patches):
        if other.start < one.end:
            raise UsageError(
                f"patches {one.start!r} … {one.end!r} m and {other.start!r} … {other.end!r} m overlap; "
                "a place has one surface"
            )


def _rows(rows: list[Any], columns: int) -> Array:
    return np.array(rows, dtype=np.float64).reshape(len(rows), columns)
