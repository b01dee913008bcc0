"""Courses from seeds: one rule, a :class:`Recipe`, for one environment and for thousands.

Generator ``"2017"`` gives, for seeds below 2³², exactly the courses of the 2017 challenge, bit by bit: the same
numbers from the same ``numpy.random.RandomState``, taken in the same order. The others draw in the compiled core,
from Philox streams of the seed (bindings/generators.h). A generator's name has one meaning for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, SupportsIndex

import numpy as np

from myorun.course.checks import checked_int, checked_max_obstacles, checked_number, checked_seed
from myorun.course.value import MAX_DELAY, Course, Load, Obstacle
from myorun.errors import UsageError

_WORD = 2**32
_NEAR = 3  # obstacles of the first stretch, 1 to 5 m; all others follow beyond 5 m
HARDEST = 2.0

Ranges = tuple[tuple[str, float, float], ...]


# The muscles that generators draw strengths for (bindings/generators.h).
_SIDE = ("hamstrings", "bifemsh", "glut_max", "iliopsoas", "rect_fem", "vasti", "gastroc", "soleus", "tib_ant")
MUSCLES: tuple[str, ...] = tuple(f"{muscle}_{side}" for side in "rl" for muscle in _SIDE)


@dataclass(frozen=True, slots=True)
class Generator:
    """What a generator's difficulty may be, and what it and the number of parts are by default."""

    about: str
    difficulty: float
    max_obstacles: int
    levels: tuple[int, ...] | None = None  # None: any number, 0 … 2


GENERATORS: Mapping[str, Generator] = MappingProxyType(
    {
        "2017": Generator(
            "balls, and a psoas of another strength on each side, as in the challenge of 2017", 2, 3, (0, 1, 2)
        ),
        "steps-1": Generator("steps up and down of 3 to 15 cm", 1.0, 10),
        "ice-1": Generator("patches of slippery and soft floor", 1.0, 10),
        "weakness-1": Generator("weak and slow muscles, and motor noise; the floor is flat", 1.0, 0),
        "everything-1": Generator("balls, steps, slopes, patches, weakness, noise, delay and a backpack", 1.0, 10),
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a course may be randomised in."""

    about: str
    low: float
    high: float


# In the order of the compiled core (bindings/generators.h). Factors multiply what the generator drew, each part's with
# a draw of its own; values take its place.
RANDOMISED: Mapping[str, Parameter] = MappingProxyType(
    {
        "strength": Parameter("factor of each of the muscles' strengths", 0.01, 10.0),
        "friction": Parameter("factor of the whole floor's friction", 0.0, 10.0),
        "stiffness": Parameter("factor of the whole floor's stiffness", 0.01, 100.0),
        "activation_time": Parameter("factor of the time constants of activation", 0.2, 5.0),
        "deactivation_time": Parameter("factor of the time constants of deactivation", 0.2, 5.0),
        "ball_radius": Parameter("factor of each ball's radius", 0.01, 10.0),
        "step_rise": Parameter("factor of each step's rise", -3.0, 3.0),
        "slope_rise": Parameter("factor of each slope's rise", -3.0, 3.0),
        "patch_friction": Parameter("factor of each patch's friction", 0.0, 10.0),
        "patch_stiffness": Parameter("factor of each patch's stiffness", 0.1, 10.0),
        "load_mass": Parameter("mass of the load [kg]", 0.0, 200.0),
        "load_x": Parameter("its place, forward of the torso's origin [m]", -2.0, 2.0),
        "load_y": Parameter("and above it [m]", -2.0, 2.0),
        "motor_noise": Parameter("standard deviation of an excitation, as a share of it", 0.0, 2.0),
        "sensor_delay": Parameter("steps by which observations come late", 0, MAX_DELAY),
    }
)


# ---------------------------------------------------------------- recipes


@dataclass(frozen=True, slots=True)
class Recipe:
    """How courses come from seeds; :func:`recipe` makes one with a generator's own settings.

    Args:
        generator: a name of :data:`GENERATORS`.
        difficulty: 0 is a flat, firm floor and a sound body. For ``"2017"`` 1 adds balls and 2 a psoas of another
            strength on each side; elsewhere it grows smoothly from 0 to 2.
        max_obstacles: 0 … 20 parts along the way.
        randomise: ranges (low, high) of the parameters of :data:`RANDOMISED`.

    Raises:
        UsageError: for anything else, with what is allowed.
    """

    generator: str
    difficulty: float
    max_obstacles: int
    randomise: Ranges = ()

    def __post_init__(self) -> None:
        known = _generator(self.generator)
        object.__setattr__(self, "difficulty", _checked_difficulty(self.difficulty, known))
        object.__setattr__(self, "max_obstacles", checked_max_obstacles(self.max_obstacles))
        object.__setattr__(self, "randomise", _checked_ranges(self.randomise))

    def changed(self, **changes: Any) -> Recipe:
        """The same with other settings; those that are ``None`` stay."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def draw(self, seed: SupportsIndex) -> Course:
        """The course of a seed, 0 … 2⁶³ − 1."""
        number = checked_seed(seed)
        if self.generator == "2017" and not self.randomise:
            return _draw_2017(random_of(number), number, int(self.difficulty), self.max_obstacles)
        from myorun import _core

        drawn = _core.draw_course(self.generator, number, self.difficulty, self.max_obstacles, self.core_ranges)
        return self._course(drawn, number)

    def _course(self, drawn: dict[str, Any], seed: int) -> Course:
        activation, deactivation, mass, x, y, friction, stiffness = drawn["body"]
        weak = zip(MUSCLES, drawn["strengths"], strict=False)
        return Course(
            obstacles=tuple(Obstacle(*ball) for ball in drawn["balls"]),
            strengths=tuple((muscle, factor) for muscle, factor in weak if factor != 1.0),
            seed=seed,
            difficulty=self.difficulty,
            steps=drawn["steps"],
            slopes=drawn["slopes"],
            patches=drawn["patches"],
            friction=friction,
            stiffness=stiffness,
            activation_time=activation,
            deactivation_time=deactivation,
            motor_noise=drawn["noise"],
            sensor_delay=drawn["delay"],
            load=Load(mass, x, y) if mass else Load(),
            generator=self.generator,
        )

    @property
    def core_ranges(self) -> list[tuple[int, float, float]]:
        """``randomise`` as the compiled core takes it."""
        order = list(RANDOMISED)
        return [(order.index(name), low, high) for name, low, high in self.randomise]


def recipe(
    generator: str = "2017",
    difficulty: float | None = None,
    max_obstacles: int | None = None,
    randomise: Mapping[str, Sequence[float]] | Ranges | None = None,
) -> Recipe:
    """A recipe; what is ``None`` is as the generator has it by default, and nothing is randomised."""
    known = _generator(generator)
    level = known.difficulty if difficulty is None else difficulty
    count = known.max_obstacles if max_obstacles is None else max_obstacles
    return Recipe(generator, level, count, _checked_ranges(randomise))


def _generator(name: str) -> Generator:
    if not isinstance(name, str) or name not in GENERATORS:
        raise UsageError(f"generator is {name!r}; it must be one of {', '.join(GENERATORS)}")
    return GENERATORS[name]


def _checked_difficulty(difficulty: Any, generator: Generator) -> float:
    if generator.levels is not None:
        return checked_int("difficulty", difficulty, generator.levels[0], generator.levels[-1])
    return checked_number("difficulty", difficulty, 0.0, HARDEST)


def _checked_ranges(randomise: Any) -> Ranges:
    if randomise is None:
        return ()
    try:
        given = dict(randomise) if isinstance(randomise, Mapping) else {name: range_ for name, *range_ in randomise}
    except (TypeError, ValueError):
        raise UsageError(f"randomise is {randomise!r:.80}; it must be ranges (low, high) by name") from None
    unknown = [name for name in given if name not in RANDOMISED]
    if unknown:
        raise UsageError(f"randomise names {unknown[0]!r}; a course can be randomised in {', '.join(RANDOMISED)}")
    return tuple((name, *_checked_range(name, given[name])) for name in RANDOMISED if name in given)


def _checked_range(name: str, given: Any) -> tuple[float, float]:
    allowed = RANDOMISED[name]
    try:
        low, high = given
    except (TypeError, ValueError):
        raise UsageError(f"randomise has {given!r:.80} for {name!r}; it must be a range (low, high)") from None
    low, high = (checked_number(f"randomise[{name!r}]", end, allowed.low, allowed.high) for end in (low, high))
    if low > high:
        raise UsageError(f"randomise has {given!r} for {name!r}; the lower end comes first")
    if name == "sensor_delay" and not (low.is_integer() and high.is_integer()):
        raise UsageError(f"randomise has {given!r} for {name!r}; both ends must be whole numbers of steps")
    return low, high


# ---------------------------------------------------------------- by seed


def draw_course(
    seed: SupportsIndex,
    *,
    difficulty: float | None = None,
    max_obstacles: int | None = None,
    generator: str = "2017",
    randomise: Mapping[str, Sequence[float]] | Ranges | None = None,
) -> Course:
    """The course of a seed, 0 … 2⁶³ − 1; see :class:`Recipe` and :func:`recipe` for the settings.

    Below 2³² a seed of ``"2017"`` seeds ``RandomState(seed)``, as then; from 2³² on
    ``RandomState([seed mod 2³², seed div 2³²])``, which is another family of streams: no course of
    2017 comes back there. The first three of its balls lie anywhere between 1 and 5 m, each further one 2 to 4 m
    behind the one before, from 5 m on. Raises :class:`UsageError` for what is not possible.
    """
    return recipe(generator, difficulty, max_obstacles, randomise).draw(seed)


# ---------------------------------------------------------------- as in 2017


def random_of(seed: SupportsIndex) -> np.random.RandomState:
    """The generator of a course seed of 2017, by the rule of :func:`draw_course`."""
    number = checked_seed(seed)
    return np.random.RandomState(number if number < _WORD else [number % _WORD, number // _WORD])


def draw_from(
    random: np.random.RandomState, *, seed: int | None = None, difficulty: int = 2, max_obstacles: int = 3
) -> Course:
    """The course of 2017 that comes next out of a generator; the generator moves on. See :func:`draw_course`."""
    level = checked_int("difficulty", difficulty, 0, 2)
    return _draw_2017(random, seed, level, checked_max_obstacles(max_obstacles))


def _draw_2017(random: np.random.RandomState, seed: int | None, level: int, count: int) -> Course:
    obstacles = _draw_obstacles(random, count) if level >= 1 else ()
    strengths = _draw_strengths(random) if level >= 2 else ()
    return Course(obstacles=obstacles, strengths=strengths, seed=seed, difficulty=level, generator="2017")


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
