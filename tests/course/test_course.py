"""Courses: the draw of 2017 number by number, seeds, hand-made courses, hostile input."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.course import MAX_SEED, Course, Obstacle, draw_course, draw_from
from myorun.errors import UsageError

SEEDS = st.integers(0, MAX_SEED)
COUNTS = st.integers(0, 20)


class Stream:
    """An independent restatement of the draws of 2017 from raw doubles and Gaussians, one number at a time.

    ``uniform(a, b)`` is a + (b − a) u and ``exponential(s)`` is −s log(1 − u), with u the next double in [0, 1).
    """

    def __init__(self, seed: int) -> None:
        self.raw = np.random.RandomState(seed)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.raw.random_sample()

    def exponential(self, scale: float) -> float:
        return -scale * float(np.log1p(-self.raw.random_sample()))

    def normal(self, mean: float, deviation: float) -> float:
        return mean + deviation * self.raw.standard_normal()


def expected_obstacles(stream: Stream, count: int) -> list[tuple[float, float, float]]:
    near = min(3, count)
    xs = [stream.uniform(1, 5) for _ in range(near)]
    ys = [stream.uniform(-0.25, 0.25) for _ in range(near)]
    rs = [0.05 + stream.exponential(0.05) for _ in range(near)]
    gaps = [stream.uniform(2, 4) for _ in range(count - near)]
    xs += [5 + sum(gaps[: i + 1]) for i in range(len(gaps))]
    ys += [stream.uniform(-0.05, 0.25) for _ in gaps]
    rs += [0.05 + stream.exponential(0.05) for _ in gaps]
    return sorted((x, y * r, r) for x, y, r in zip(xs, ys, rs, strict=True))


@pytest.mark.parametrize("seed", [0, 1, 11, 22, 33, 123, 2**32 - 1])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 10, 20])
def test_a_course_is_drawn_as_in_2017(seed: int, count: int) -> None:
    stream = Stream(seed)
    obstacles = expected_obstacles(stream, count)
    right, left = (max(0.5, 1 - stream.normal(0, 0.1)) for _ in range(2))
    course = draw_course(seed, difficulty=2, max_obstacles=count)
    # 1e-14: the exponential's logarithm may differ in its last bits between numpy and the restatement
    np.testing.assert_allclose(course.obstacle_array(), np.reshape(obstacles, (-1, 3)), rtol=1e-14, atol=1e-16)
    assert dict(course.strengths) == {"iliopsoas_r": right, "iliopsoas_l": left}


def test_the_course_of_seed_123_is_these_numbers() -> None:
    """Pinned, so that no change of library or code can move a course of 2017 unnoticed."""
    course = draw_course(123, difficulty=2, max_obstacles=3)
    expected = [
        (1.9074058142568124, -0.0031828546678693455, 0.08278600967054342),
        (2.144557339801518, 0.011821928001917859, 0.10773211368758627),
        (3.7858767423914466, 0.00635146253986906, 0.24754910344073594),
    ]
    assert [(o.x, o.y, o.radius) for o in course.obstacles] == expected
    assert dict(course.strengths) == {"iliopsoas_r": 1.1619300065036746, "iliopsoas_l": 1.1113964416957005}


def test_difficulty_adds_obstacles_and_then_weakness_without_moving_what_was_there() -> None:
    flat, balls, weak = (draw_course(7, difficulty=d) for d in (0, 1, 2))
    assert flat.obstacles == () and flat.strengths == ()
    assert len(balls.obstacles) == 3 and balls.strengths == ()
    assert weak.obstacles == balls.obstacles and len(weak.strengths) == 2


def test_seeds_beyond_32_bits_follow_the_documented_rule() -> None:
    seed = 5 * 2**32 + 9
    expected = draw_from(np.random.RandomState([9, 5]), seed=seed)
    assert draw_course(seed) == expected
    assert draw_course(seed).obstacles != draw_course(9).obstacles, "the high word must matter"
    assert draw_course(2**32).obstacles != draw_course(0).obstacles, "the array seeding is another family"


def test_a_generator_goes_on_where_it_stands() -> None:
    random = np.random.RandomState(4)
    first, second = draw_from(random), draw_from(random)
    assert first.obstacles == draw_course(4).obstacles
    assert first.obstacles != second.obstacles
    assert first.seed is None


@given(seed=SEEDS, count=COUNTS)
def test_every_course_is_sorted_within_its_stretches_and_strong_enough(seed: int, count: int) -> None:
    course = draw_course(seed, max_obstacles=count)
    xs = [o.x for o in course.obstacles]
    assert len(xs) == count and xs == sorted(xs)
    assert all(1 <= x < 5 for x in xs[:3]) and all(x >= 7 for x in xs[3:])
    assert all(abs(o.y) <= 0.25 * o.radius and o.radius >= 0.05 for o in course.obstacles)
    assert all(factor >= 0.5 for _, factor in course.strengths)


@given(seed=SEEDS)
def test_a_course_is_a_value(seed: int) -> None:
    course = draw_course(seed)
    assert course == draw_course(seed) and hash(course) == hash(draw_course(seed))
    assert pickle.loads(pickle.dumps(course)) == course


def test_numpy_integers_are_seeds_too() -> None:
    assert draw_course(np.uint64(2**63 - 1)) == draw_course(2**63 - 1)


def test_a_course_by_hand_is_sorted_and_may_use_plain_tuples_and_dicts() -> None:
    given_obstacles: Any = ((3, 0, 0.1), Obstacle(1.0, 0.0, 0.2))
    given_strengths: Any = {"vasti_r": 0.5, "soleus_l": 1}
    course = Course(obstacles=given_obstacles, strengths=given_strengths)
    assert course.obstacles == (Obstacle(1.0, 0.0, 0.2), Obstacle(3.0, 0.0, 0.1))
    assert course.strength("vasti_r") == 0.5 and course.strength("hamstrings_l") == 1.0
    assert course.seed is None and course.obstacle_array().shape == (2, 3)
    assert Course().obstacle_array().shape == (0, 3)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, 1.0, "1", None, True, float("nan"), [1]])
def test_a_bad_seed_is_refused_by_name_with_the_limits(seed: Any) -> None:
    with pytest.raises(UsageError, match=r"^seed is .* whole number, 0 to 9223372036854775807$"):
        draw_course(seed)


@pytest.mark.parametrize("difficulty", [-1, 3, 1.0, "2", [2]])
def test_a_bad_difficulty_is_refused(difficulty: Any) -> None:
    with pytest.raises(UsageError, match=r"^difficulty is .* 0 to 2$"):
        draw_course(0, difficulty=difficulty)


@pytest.mark.parametrize("count", [-1, 21, 3.0, "3", [3]])
def test_a_bad_number_of_obstacles_is_refused(count: Any) -> None:
    with pytest.raises(UsageError, match=r"^max_obstacles is .* 0 to 20$"):
        draw_course(0, max_obstacles=count)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((1.0, 0.0, 0.0), "radius is 0.0 m; it must be greater than 0"),
        ((1.0, 0.0, -0.1), "greater than 0"),
        ((float("nan"), 0.0, 0.1), "x is nan; it must be finite"),
        ((1.0, float("inf"), 0.1), "y is inf; it must be finite"),
        (("far", 0.0, 0.1), "x is 'far'; it must be a number"),
    ],
)
def test_an_impossible_obstacle_is_refused(fields: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Obstacle(*fields)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf"), "weak"])
def test_an_impossible_strength_is_refused(factor: Any) -> None:
    with pytest.raises(UsageError, match="the strength of 'soleus_l' is"):
        Course(strengths=(("soleus_l", factor),))


@pytest.mark.parametrize("obstacle", [5, (1.0, 2.0), "ball"])
def test_something_else_than_an_obstacle_is_refused(obstacle: Any) -> None:
    with pytest.raises(UsageError, match="an obstacle"):
        Course(obstacles=(obstacle,))
