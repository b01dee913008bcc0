"""What the ground and the body have in store for one episode: a :class:`Course`, drawn from a seed.

A course is a value. It holds the balls half sunk in the floor and the muscles that are weaker (or
stronger) than the model says; it knows nothing of engines, rewards or rules.

Seeds below 2**32 draw exactly the courses of the 2017 challenge, bit by bit: the same numbers from the
same ``numpy.random.RandomState``, taken in the same order.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from math import isfinite
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError

MAX_SEED = 2**63 - 1
MAX_OBSTACLES = 20
DIFFICULTIES = (0, 1, 2)

_WORD = 2**32
_NEAR = 3  # obstacles of the first stretch, 1 to 5 m; all others follow beyond 5 m


@dataclass(frozen=True, slots=True, order=True)
class Obstacle:
    """A ball fixed in space that only the feet can touch."""

    x: float  # m, centre, forward
    y: float  # m, centre, up
    radius: float  # m

    def __post_init__(self) -> None:
        for name in ("x", "y", "radius"):
            object.__setattr__(self, name, _finite(f"an obstacle's {name}", getattr(self, name)))
        if self.radius <= 0.0:
            raise UsageError(f"an obstacle's radius is {self.radius!r} m; it must be greater than 0")

    @property
    def end(self) -> float:
        """Where the ball ends, x + radius [m]: it lies ahead of everyone who has not come so far."""
        return self.x + self.radius


@dataclass(frozen=True, slots=True)
class Course:
    """Obstacles in the order of x, and the strength of every muscle that is not as the model says.

    A course by hand is ``Course(obstacles=(Obstacle(2.0, 0.0, 0.1),), strengths={"iliopsoas_l": 0.8})``.
    """

    obstacles: tuple[Obstacle, ...] = ()
    strengths: tuple[tuple[str, float], ...] = ()  # (muscle, factor of its maximum isometric force)
    seed: int | None = None  # None: made by hand
    difficulty: int | None = None  # None: made by hand

    def __post_init__(self) -> None:
        object.__setattr__(self, "obstacles", tuple(sorted(_obstacle(o) for o in self.obstacles)))
        given = dict(self.strengths)
        object.__setattr__(self, "strengths", tuple((m, _strength(m, f)) for m, f in sorted(given.items())))

    def strength(self, muscle: str) -> float:
        """The factor of this muscle's maximum isometric force; 1.0 where the course does not touch it."""
        return dict(self.strengths).get(muscle, 1.0)

    def obstacle_array(self) -> NDArray[np.float64]:
        """The obstacles as rows x, y, radius [m], shape (n, 3)."""
        rows = [(o.x, o.y, o.radius) for o in self.obstacles]
        return np.array(rows, dtype=np.float64).reshape(len(rows), 3)


def draw_course(seed: SupportsIndex, *, difficulty: int = 2, max_obstacles: int = 3) -> Course:
    """The course of a seed.

    ``seed`` is 0 … 2**63 − 1. Below 2**32 it seeds ``RandomState(seed)``, as in 2017; from 2**32 on
    ``RandomState([seed mod 2**32, seed div 2**32])``, which is another family of streams: no course of
    2017 comes back there.

    ``difficulty`` 0: flat ground, full strength. 1: with obstacles. 2: also with a weak psoas on each side.
    ``max_obstacles`` (0 … 20): the first three lie anywhere between 1 and 5 m, each further one 2 to 4 m
    behind the one before, from 5 m on. Raises :class:`UsageError` for everything else.
    """
    number = checked_seed(seed)
    return draw_from(random_of(number), seed=number, difficulty=difficulty, max_obstacles=max_obstacles)


def random_of(seed: SupportsIndex) -> np.random.RandomState:
    """The generator of a course seed, by the rule of :func:`draw_course`."""
    number = checked_seed(seed)
    return np.random.RandomState(number if number < _WORD else [number % _WORD, number // _WORD])


def draw_from(
    random: np.random.RandomState, *, seed: int | None = None, difficulty: int = 2, max_obstacles: int = 3
) -> Course:
    """The course that comes next out of a generator; the generator moves on. See :func:`draw_course`."""
    level, count = checked_difficulty(difficulty), checked_max_obstacles(max_obstacles)
    obstacles = _draw_obstacles(random, count) if level >= 1 else ()
    strengths = _draw_strengths(random) if level >= 2 else ()
    return Course(obstacles=obstacles, strengths=strengths, seed=seed, difficulty=level)


def _draw_obstacles(random: np.random.RandomState, count: int) -> tuple[Obstacle, ...]:
    """Heights are drawn in radii: a ball's centre lies within a quarter radius of the floor."""
    near = min(_NEAR, count)
    x = random.uniform(1.0, 5.0, near)
    height = random.uniform(-0.25, 0.25, near)
    radius = 0.05 + random.exponential(0.05, near)
    if count > _NEAR:
        far = count - _NEAR
        x = np.concatenate([x, 5.0 + np.cumsum(random.uniform(2.0, 4.0, far))])
        height = np.concatenate([height, random.uniform(-0.05, 0.25, far)])
        radius = np.concatenate([radius, 0.05 + random.exponential(0.05, far)])
    return tuple(Obstacle(*row) for row in zip(x.tolist(), (height * radius).tolist(), radius.tolist(), strict=True))


def _draw_strengths(random: np.random.RandomState) -> tuple[tuple[str, float], ...]:
    """Right psoas first. A psoas may also come out stronger than the model's, never weaker than half."""
    right = max(0.5, 1.0 - random.normal(0.0, 0.1))
    left = max(0.5, 1.0 - random.normal(0.0, 0.1))
    return (("iliopsoas_r", right), ("iliopsoas_l", left))


# ---------------------------------------------------------------- checks


def checked_seed(seed: SupportsIndex) -> int:
    """``seed`` as an int; :class:`UsageError` unless it is a whole number, 0 … 2**63 − 1."""
    return checked_int("seed", seed, 0, MAX_SEED)


def checked_difficulty(difficulty: SupportsIndex) -> int:
    """``difficulty`` as an int; :class:`UsageError` unless it is 0, 1 or 2."""
    return checked_int("difficulty", difficulty, DIFFICULTIES[0], DIFFICULTIES[-1])


def checked_max_obstacles(max_obstacles: SupportsIndex) -> int:
    """``max_obstacles`` as an int; :class:`UsageError` unless it is 0 … 20."""
    return checked_int("max_obstacles", max_obstacles, 0, MAX_OBSTACLES)


def checked_int(name: str, value: SupportsIndex, low: int, high: int) -> int:
    """``value`` as an int; :class:`UsageError` unless it is a whole number, ``low`` to ``high``."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{name} is {value!r}; it must be a whole number, {low} to {high}") from None
    if isinstance(value, bool) or not low <= number <= high:
        raise UsageError(f"{name} is {value!r}; it must be a whole number, {low} to {high}")
    return number


def _obstacle(given: Obstacle) -> Obstacle:
    if isinstance(given, Obstacle):
        return given
    try:
        return Obstacle(*given)
    except TypeError:
        raise UsageError(f"an obstacle is {given!r}; it must be Obstacle(x, y, radius) or three numbers") from None


def _strength(muscle: str, factor: float) -> float:
    number = _finite(f"the strength of {muscle!r}", factor)
    if number <= 0.0:
        raise UsageError(f"the strength of {muscle!r} is {factor!r}; it must be greater than 0 (1 is the model's own)")
    return number


def _finite(what: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{what} is {value!r}; it must be a number") from None
    if not isfinite(number):
        raise UsageError(f"{what} is {value!r}; it must be finite")
    return number
