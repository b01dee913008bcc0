"""Courses drawn in the core are those of draw_course, and their seeds those of Gymnasium's generators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from gymnasium.utils import seeding
from hypothesis import given, settings
from hypothesis import strategies as st
from singles import Array

from myorun.course import MAX_OBSTACLES, MAX_SEED, Course, draw_course
from myorun.observation import COURSE_FIELDS, PELVIS_X, Outlook
from myorun.vector import LearningToRunVectorEnv

AT_THE_EDGES = (0, 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**40, 2**62, MAX_SEED - 1, MAX_SEED)
N = 16


class Surveyor:
    """Humans who are carried along their courses, and tell what they see of them."""

    def __init__(self) -> None:
        self.env = LearningToRunVectorEnv(N, precision="float64")
        names = self.env.observation_names
        self.pelvis_x = names.index(PELVIS_X.name)
        self.course = slice(names.index(COURSE_FIELDS[0]), names.index(COURSE_FIELDS[-1]) + 1)
        self.place_of_x = [c.name for c in self.env.simulator.model.free_coordinates].index(PELVIS_X.name)

    def report(self, courses: Sequence[Course], **options: int) -> Array:
        """What the humans are told wherever one of their balls ends, shape (places, humans, 5)."""
        told, _ = self.env.reset(seed=[course.seed for course in courses], options=options)
        seen = [told[:, self.course]]
        for places in zip(*(places_along(course) for course in courses), strict=True):
            seen.append(self._carry_to(np.array(places), seen[0][:, :2]))
        return np.array(seen)

    def _carry_to(self, x: Array, strengths: Array) -> Array:
        batch, core = self.env.simulator, self.env._core
        rows = batch.states
        rows[:, self.place_of_x] = x
        batch.states = rows
        for human in range(N):
            core.begin_here(human, np.ascontiguousarray(strengths[human]), 0)
        told = self.env._arrays["observations"]
        assert (told[:, self.pelvis_x] == x).all()
        return told[:, self.course].copy()


def places_along(course: Course) -> list[float]:
    """Just before and just behind the end of every ball, filled up to the same number for every course."""
    ends = [o.end for o in course.obstacles]
    places = [np.nextafter(end, direction) for end in ends for direction in (-np.inf, np.inf)]
    return places + [0.0] * (2 * MAX_OBSTACLES - len(places))


def expected(courses: Sequence[Course]) -> Array:
    rows = []
    for course in courses:
        outlook = Outlook(course)
        strengths = (outlook.strength_left, outlook.strength_right)
        rows.append([(*strengths, *outlook.next_obstacle(x)) for x in (0.0, *places_along(course))])
    return np.array(rows).swapaxes(0, 1)


@pytest.fixture(scope="module")
def surveyor() -> Surveyor:
    return Surveyor()


def check(surveyor: Surveyor, seeds: Sequence[int], difficulty: int, max_obstacles: int) -> None:
    options = {"difficulty": difficulty, "max_obstacles": max_obstacles}
    courses = [draw_course(seed, **options) for seed in seeds]
    assert surveyor.report(courses, **options).tobytes() == expected(courses).tobytes(), options


@pytest.mark.parametrize("difficulty", [0, 1, 2])
@pytest.mark.parametrize("max_obstacles", [0, 1, 2, 3, 4, 7, 20])
def test_the_core_draws_the_courses_of_the_edges(surveyor: Surveyor, difficulty: int, max_obstacles: int) -> None:
    others = np.random.default_rng(0).integers(0, MAX_SEED, N - len(AT_THE_EDGES)).tolist()
    check(surveyor, [*AT_THE_EDGES, *others], difficulty, max_obstacles)


def test_the_core_draws_the_courses_of_many_seeds(surveyor: Surveyor) -> None:
    for first in range(0, 40 * N, N):
        check(surveyor, range(first, first + N), 2, 3)


@given(
    seeds=st.lists(st.integers(0, MAX_SEED), min_size=N, max_size=N),
    difficulty=st.integers(0, 2),
    max_obstacles=st.integers(0, MAX_OBSTACLES),
)
@settings(max_examples=40, deadline=None)
def test_the_core_draws_the_course_of_any_seed(
    surveyor: Surveyor, seeds: list[int], difficulty: int, max_obstacles: int
) -> None:
    check(surveyor, seeds, difficulty, max_obstacles)


def test_the_survey_does_see_every_ball_that_can_be_seen(surveyor: Surveyor) -> None:
    courses = [draw_course(seed, max_obstacles=20) for seed in range(N)]
    radii = surveyor.report(courses, difficulty=2, max_obstacles=20)[..., 4]
    for human, course in enumerate(courses):
        seen = set(radii[:, human].tolist())
        assert {o.radius for o in course.obstacles if o.x > 7.0} <= seen  # these lie 2 m apart and hide no other


# ---------------------------------------------------------------- seeds of later courses


def drawn(env: LearningToRunVectorEnv, **options: Any) -> list[int]:
    seeds: list[int] = env.reset(**options)[1]["course_seed"].tolist()
    return seeds


@given(seeds=st.lists(st.integers(0, MAX_SEED), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_later_courses_come_from_the_generator_that_gymnasium_gives_for_a_seed(seeds: list[int]) -> None:
    env = LearningToRunVectorEnv(3)
    assert drawn(env, seed=seeds) == seeds
    generators = [seeding.np_random(seed)[0] for seed in seeds]
    for _ in range(20):
        assert drawn(env) == [int(g.integers(0, 2**32)) for g in generators]


def test_every_human_has_a_generator_of_its_own_that_moves_only_when_it_draws() -> None:
    env, random = LearningToRunVectorEnv(4), np.random.default_rng(1)
    generators = [seeding.np_random(seed)[0] for seed in (10, 11, 12, 13)]
    now = np.array(drawn(env, seed=10))
    for _ in range(60):
        mask = random.random(4) < 0.5
        mask[random.integers(4)] = True
        now[mask] = [g.integers(0, 2**32) for g, chosen in zip(generators, mask, strict=True) if chosen]
        env.reset(options={"reset_mask": mask})
        assert [env.course(i).seed for i in range(4)] == now.tolist()


def test_a_named_seed_begins_the_generator_anew_even_for_a_course_by_hand() -> None:
    env = LearningToRunVectorEnv(2)
    for _ in range(2):
        env.reset(seed=[4, 5], options={"course": Course()})
        assert drawn(env) == [int(seeding.np_random(seed)[0].integers(0, 2**32)) for seed in (4, 5)]
