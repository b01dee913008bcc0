"""The registered variants: one environment and many are the same, and each part of a course does what it says."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import myorun
from myorun.course import MUSCLES, RANDOMISED, Course, Load, Patch, Slope, Step, add_motor_noise, draw_course
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from myorun.observation import AHEAD_FIELDS, KINDS
from myorun.registration import VARIANTS

NAMES = ("myorun/LearningToRun-v1", *VARIANTS)
RANGES = {"strength": (0.8, 1.2), "friction": (0.5, 1.5), "sensor_delay": (0, 3), "motor_noise": (0.0, 0.2)}
NEAR = Course(
    obstacles=((0.7, 0.05, 0.08),),
    steps=[Step(0.25, 0.04), Step(0.6, -0.06)],
    slopes=[Slope(-0.6, -0.2, -0.05)],
    patches=[Patch(0.0, 0.5, 0.2, 0.6)],
    strengths={"soleus_r": 0.7},
    load=Load(8.0),
    motor_noise=0.3,
    sensor_delay=2,
    activation_time=1.3,
    seed=77,
)


def single(name: str = NAMES[0], **options: Any) -> LearningToRunEnv:
    env = gymnasium.make(name, accuracy="fast", **options).unwrapped
    assert isinstance(env, LearningToRunEnv)
    return env


def many(name: str, n: int, **options: Any) -> Any:
    return myorun.make_vec(name, num_envs=n, precision="float64", threads=2, autoreset_mode="disabled", **options)


def assert_the_same(env: Any, vec: Any, starts: list[tuple[Any, Any]], rows: np.ndarray) -> None:
    """Each environment of the batch beside the single one; ``starts`` are (observation of the batch, reset of one)."""
    told = [vec.step(row)[:2] for row in rows]
    for k, (first, begin) in enumerate(starts):
        np.testing.assert_array_equal(begin(), first)
        for row, (observations, rewards) in zip(rows, told, strict=True):
            observation, reward, terminated, _, _ = env.step(row[k])
            np.testing.assert_array_equal(observation, observations[k])
            assert reward == rewards[k]
            if terminated:
                break


# ---------------------------------------------------------------- one and many


@pytest.mark.parametrize("randomise", [None, RANGES])
@pytest.mark.parametrize("name", NAMES)
def test_one_environment_is_bit_for_bit_one_of_many(name: str, randomise: Any) -> None:
    n, rows = 5, np.random.default_rng(1).random((40, 5, 18))
    env, vec = single(name, randomise=randomise), many(name, n, randomise=randomise)
    first, _ = vec.reset(seed=300)
    starts = [(first[k], lambda k=k: env.reset(seed=300 + k)[0]) for k in range(n)]
    for k in range(n):
        assert vec.course(k) == draw_course(300 + k, generator=env.recipe.generator, randomise=randomise)
    assert_the_same(env, vec, starts, rows)


def test_a_course_by_hand_is_the_same_in_both() -> None:
    rows = np.random.default_rng(2).random((40, 3, 18))
    env, vec = single(observation="lookahead"), many(NAMES[0], 3, observation="lookahead")
    vec.reset(seed=1)
    first, _ = vec.reset(options={"course": NEAR, "reset_mask": np.array([True, False, True])})
    starts = [(first[k], lambda: env.reset(options={"course": NEAR})[0]) for k in range(3)]
    starts[1] = (first[1], lambda: env.reset(seed=2)[0])
    assert_the_same(env, vec, starts, rows)


def test_drawing_courses_anew_in_the_same_step_changes_nothing() -> None:
    name, rows = "myorun/Everything-v1", np.random.default_rng(3).random((150, 4, 18))
    batches = [
        myorun.make_vec(name, num_envs=4, precision="float64", threads=t, autoreset_mode="same-step") for t in (1, 3)
    ]
    for vec in batches:
        vec.reset(seed=9)
    for row in rows:
        (a, *_), (b, *_) = (vec.step(row) for vec in batches)
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", list(VARIANTS))
def test_difficulty_zero_is_the_flat_floor_and_the_sound_body(name: str) -> None:
    plain = single(difficulty=0, observation="course")
    easy = single(name, difficulty=0)
    observations = [env.reset(seed=4)[0] for env in (plain, easy)]
    np.testing.assert_array_equal(*observations)
    action = np.random.default_rng(0).random(18)
    for _ in range(20):
        observations = [env.step(action)[0] for env in (plain, easy)]
    np.testing.assert_array_equal(*observations)


@given(seed=st.integers(0, 2**63 - 1), difficulty=st.floats(1e-9, 2.0), name=st.sampled_from(list(VARIANTS.values())))
@settings(max_examples=100, deadline=None)
def test_difficulty_scales_smoothly(seed: int, difficulty: float, name: str) -> None:
    course = draw_course(seed, generator=name, difficulty=difficulty)
    near = draw_course(seed, generator=name, difficulty=min(2.0, difficulty * (1 + 1e-9)))
    for kind in ("obstacles", "steps", "slopes", "patches"):
        assert len(getattr(course, kind)) == len(getattr(near, kind))
        one, other = (np.array([_numbers(p) for p in getattr(c, kind)]) for c in (course, near))
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose([f for _, f in course.strengths], [f for _, f in near.strengths], rtol=1e-6)
    gentle = draw_course(seed, generator=name, difficulty=1e-9)
    assert all(abs(s.rise) < 1e-8 for s in (*gentle.steps, *gentle.slopes))
    assert all(abs(p.friction - 1) < 1e-6 and abs(p.stiffness - 1) < 1e-6 for p in gentle.patches)


def _numbers(part: Any) -> list[float]:
    return [getattr(part, name) for name in part.__dataclass_fields__]


@given(seed=st.integers(0, 2**63 - 1), difficulty=st.floats(0.0, 2.0), count=st.integers(0, 20))
@settings(max_examples=25, deadline=None)
def test_any_course_of_everything_can_be_run(seed: int, difficulty: float, count: int) -> None:
    env = single("myorun/Everything-v1", difficulty=difficulty, max_obstacles=count)
    observation, _ = env.reset(seed=seed)
    rng = np.random.default_rng(seed)
    for _ in range(15):
        observation, reward, terminated, _, _ = env.step(rng.random(18).round())
        assert np.isfinite(observation).all()
        assert np.isfinite(reward)
        if terminated:
            break


# ---------------------------------------------------------------- what each part does


def test_delay_is_exact_in_steps() -> None:
    rows = np.random.default_rng(5).random((12, 18))
    histories = []
    for delay in (0, 1, 4):
        env = single()
        observations = [env.reset(options={"course": Course(sensor_delay=delay)})[0]]
        observations += [env.step(row)[0] for row in rows]
        histories.append(np.array(observations))
    now, one, four = histories
    np.testing.assert_array_equal(one[1:], now[:-1])
    np.testing.assert_array_equal(four[4:], now[:-4])
    np.testing.assert_array_equal(four[:4], np.tile(now[0], (4, 1)))


@pytest.mark.parametrize("level", [0.02, 0.1])
@pytest.mark.parametrize("excitation", [0.2, 0.6])
def test_noise_has_the_standard_deviation_it_should(level: float, excitation: float) -> None:
    samples = []
    for step in range(3000):
        row = np.full(18, excitation)
        add_motor_noise(Course(motor_noise=level, seed=11), step, row)
        samples.append(row)
    noise = np.array(samples) - excitation
    assert noise.std() == pytest.approx(level * excitation, rel=0.02)
    assert abs(noise.mean()) < 4 * level * excitation / noise.size**0.5
    z = np.sort((noise / (level * excitation)).ravel())
    for quantile, expected in ((0.0227501, -2.0), (0.1586553, -1.0), (0.8413447, 1.0), (0.9986501, 3.0)):
        assert z[int(quantile * z.size)] == pytest.approx(expected, abs=0.1)
    assert abs(np.corrcoef(noise.T)[0, 1:]).max() < 0.08
    assert abs(np.corrcoef(noise[:-1, 0], noise[1:, 0])[0, 1]) < 0.08


def test_noise_is_clipped_and_leaves_silence_alone() -> None:
    row = np.r_[np.zeros(9), np.ones(9)]
    for step in range(200):
        noisy = row.copy()
        add_motor_noise(Course(motor_noise=1.5, seed=3), step, noisy)
        assert (noisy[:9] == 0).all()
        assert ((noisy >= 0) & (noisy <= 1)).all()


def test_noise_is_drawn_from_the_numbers_of_numpys_philox() -> None:
    seed, step, level = 2**40 + 5, 17, 0.05
    row = np.full(18, 0.5)
    add_motor_noise(Course(motor_noise=level, seed=seed), step, row)
    words = np.random.Philox(key=[seed, 1], counter=[0, step, 0, 0]).random_raw(20)
    u = (words >> np.uint64(11)) * 2.0**-53
    radius, turn = np.sqrt(-2 * np.log(u[0::2] + 2.0**-53)), 2 * np.pi * (u[1::2] - 0.5)
    z = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]).ravel()[:18]
    np.testing.assert_allclose(row, 0.5 + level * 0.5 * z, rtol=1e-14)


@pytest.mark.parametrize("factor", [0.3, 0.9, 1.7])
def test_a_weakened_muscles_isometric_force_scales_exactly(factor: float) -> None:
    forces = []
    for strengths in ({}, {"soleus_r": factor}):
        env = single()
        env.reset(options={"course": Course(strengths=strengths)})
        forces.append(env.simulator.get("tendon_forces"))
    k = MUSCLES.index("soleus_r")
    assert forces[1][k] == pytest.approx(factor * forces[0][k], rel=1e-15)
    np.testing.assert_array_equal(np.delete(forces[1], k), np.delete(forces[0], k))


# ---------------------------------------------------------------- what is told


def test_the_next_three_parts_are_told_in_one_form() -> None:
    course = Course(
        obstacles=((2.0, 0.2, 0.1),),
        steps=[Step(1.0, 0.2)],
        slopes=[Slope(3.0, 4.0, 0.5)],
        patches=[Patch(5.0, 6.0, 0.1)],
    )
    env = single(observation="lookahead")
    observation, _ = env.reset(options={"course": course})
    x = observation[env.observation_names.index("pelvis_tx")]
    told = dict(zip(env.observation_names, observation, strict=True))
    parts = [[told[f"ahead_{k}_{name}"] for name in AHEAD_FIELDS] for k in (1, 2, 3)]
    assert parts[0] == [KINDS.index("step"), 1.0 - x, 0.0, 0.2, 1.0, 1.0]
    assert parts[1] == pytest.approx([KINDS.index("ball"), 1.9 - x, 0.2, 0.1, 1.0, 1.0])
    assert parts[2] == [KINDS.index("slope"), 3.0 - x, 1.0, 0.5, 1.0, 1.0]
    near, _ = single(observation="course").reset(options={"course": course})
    assert near[-6:].tolist() == parts[0]


def test_behind_the_last_part_nothing_is_ahead() -> None:
    observation, _ = single(observation="course").reset(options={"course": Course(steps=[Step(-1.0, 0.1)])})
    assert observation[-6:].tolist() == [0.0, 100.0, 0.0, 0.0, 1.0, 1.0]


# ---------------------------------------------------------------- randomisation


@pytest.mark.parametrize("name", list(RANDOMISED))
def test_what_is_randomised_stays_in_its_range_and_moves(name: str) -> None:
    low, high = (1, 5) if name == "sensor_delay" else (0.5, 0.9)
    plain = [draw_course(seed, generator="everything-1") for seed in range(40)]
    moved = [draw_course(seed, generator="everything-1", randomise={name: (low, high)}) for seed in range(40)]
    found = [value for one, other in zip(plain, moved, strict=True) for value in _changes(name, one, other)]
    assert found
    assert min(found) >= low * (1 - 1e-12)
    assert max(found) <= high * (1 + 1e-12)
    assert len(set(found)) > 4
    again = [draw_course(seed, generator="everything-1", randomise={name: (low, high)}) for seed in range(40)]
    assert moved == again


def _changes(name: str, one: Course, other: Course) -> list[float]:
    """The factors, or the values, that the course was randomised by."""
    lists = {
        "ball_radius": ("obstacles", "radius"),
        "step_rise": ("steps", "rise"),
        "slope_rise": ("slopes", "rise"),
        "patch_friction": ("patches", "friction"),
        "patch_stiffness": ("patches", "stiffness"),
    }
    if name == "strength":
        return [other.strength(m) / one.strength(m) for m in MUSCLES]
    if name in lists:
        kind, number = lists[name]
        pairs = zip(getattr(one, kind), getattr(other, kind), strict=True)
        return [getattr(b, number) / getattr(a, number) for a, b in pairs]
    if name.startswith("load_"):
        return [getattr(other.load, name.removeprefix("load_"))]
    if name in ("motor_noise", "sensor_delay"):
        return [getattr(other, name)]
    return [getattr(other, name) / getattr(one, name)]


def test_randomising_one_thing_moves_nothing_else() -> None:
    both = draw_course(8, generator="everything-1", randomise={"friction": (0.5, 2.0), "strength": (0.5, 1.0)})
    one = draw_course(8, generator="everything-1", randomise={"strength": (0.5, 1.0)})
    assert both.strengths == one.strengths
    assert both.steps == one.steps


@pytest.mark.parametrize(
    ("randomise", "match"),
    [
        ({"colour": (0, 1)}, "colour"),
        ({"friction": 1.0}, "range"),
        ({"friction": (2.0, 1.0)}, "lower end"),
        ({"friction": (np.nan, 1.0)}, "finite"),
        ({"strength": (-1.0, 1.0)}, "0.01 to 10"),
        ({"sensor_delay": (0.5, 2)}, "whole"),
        (3, "ranges"),
    ],
)
def test_a_bad_range_is_refused(randomise: Any, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        LearningToRunEnv(randomise=randomise)
    with pytest.raises(UsageError, match=match):
        many(NAMES[0], 2, randomise=randomise)


@pytest.mark.parametrize(
    "wrong", [{"generator": "steps-9"}, {"generator": "steps-1", "difficulty": 3.0}, {"generator": None}]
)
def test_a_bad_recipe_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError):
        draw_course(1, **wrong)
