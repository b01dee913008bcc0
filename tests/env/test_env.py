"""The environment: spaces, courses, reward, fall, what reset and step tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myorun.course import Course, Obstacle, draw_course
from myorun.env import LearningToRunEnv
from myorun.errors import SimulationError, UsageError
from myorun.observation import EXTENDED
from myorun.task import RULES, reward_of

ACTIONS = arrays(np.float64, 18, elements=st.floats(-0.5, 1.5))


@pytest.fixture(scope="module")
def env() -> LearningToRunEnv:
    return LearningToRunEnv()


def test_spaces_are_those_of_2017(env: LearningToRunEnv) -> None:
    assert env.observation_space.shape == (41,) and env.action_space.shape == (18,)
    assert env.action_space.low.tolist() == [0.0] * 18 and env.action_space.high.tolist() == [1.0] * 18
    assert len(env.observation_names) == 41 and env.action_names[3] == "iliopsoas_r"


@given(seed=st.integers(0, 2**63 - 1))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_seed_is_a_course(env: LearningToRunEnv, seed: int) -> None:
    observation, info = env.reset(seed=seed)
    course = draw_course(seed)
    assert env.course == course
    assert info["course_seed"] == seed and info["difficulty"] == 2
    assert info["obstacles"] == tuple((o.x, o.y, o.radius) for o in course.obstacles)
    assert info["strengths"] == dict(course.strengths)
    first = course.obstacles[0]
    assert observation[-3:].tolist() == [first.x, first.y, first.radius], "the very first observation knows the course"


def test_a_reset_without_seed_draws_a_fresh_course_reproducibly(env: LearningToRunEnv) -> None:
    env.reset(seed=5)
    first = [env.reset()[1]["course_seed"] for _ in range(3)]
    env.reset(seed=5)
    second = [env.reset()[1]["course_seed"] for _ in range(3)]
    assert first == second and len(set(first)) == 3
    assert env.course == draw_course(first[-1])


def test_options_hold_for_one_episode(env: LearningToRunEnv) -> None:
    assert env.reset(seed=3, options={"difficulty": 0})[1]["obstacles"] == ()
    assert len(env.reset(seed=3, options={"max_obstacles": 10})[1]["obstacles"]) == 10
    assert env.reset(seed=3)[1]["obstacles"] == tuple((o.x, o.y, o.radius) for o in draw_course(3).obstacles)


def test_a_course_by_hand_is_run(env: LearningToRunEnv) -> None:
    course = Course(obstacles=(Obstacle(2.0, 0.0, 0.1),), strengths=(("iliopsoas_l", 0.5),))
    observation, info = env.reset(options={"course": course})
    assert info["course_seed"] is None
    assert observation[-5:].tolist() == [0.5, 1.0, 2.0, 0.0, 0.1]


def test_the_empty_course_by_hand_is_a_course_too(env: LearningToRunEnv) -> None:
    assert env.reset(options={"course": Course()})[1]["obstacles"] == ()


def test_the_human_stands_at_the_start_in_the_default_pose(env: LearningToRunEnv) -> None:
    named = dict(zip(env.observation_names, env.reset(seed=0)[0].tolist(), strict=True))
    moved = {n: v for n, v in named.items() if n.endswith("_velocity") or n.startswith(("hip", "knee", "ankle"))}
    assert set(moved.values()) == {0.0}
    assert (named["pelvis_tilt"], named["pelvis_tx"], named["pelvis_ty"]) == (-0.05, 0.0, 0.91)


@given(action=ACTIONS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reward_and_terms_follow_from_the_named_quantities(env: LearningToRunEnv, action: Any) -> None:
    env.reset(seed=1)
    for _ in range(3):
        before = float(env.simulator.get("coordinates")[1])
        _, reward, terminated, truncated, info = env.step(action)
        after = float(env.simulator.get("coordinates")[1])
        terms = reward_of(RULES["v1"], before, after, env.simulator.get("limit_torques").tolist())
        assert (info["reward_forward"], info["reward_ligaments"]) == tuple(terms)
        assert reward == sum(terms) and info["distance"] == after
        assert type(reward) is float and type(terminated) is bool and truncated is False


@given(action=ACTIONS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_observations_stay_within_the_space_and_share_no_memory(env: LearningToRunEnv, action: Any) -> None:
    seen = [env.reset(seed=2)[0]]
    seen += [env.step(action)[0] for _ in range(5)]
    assert all(o in env.observation_space for o in seen)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(seen) for b in seen[:i])


def test_rewards_add_up_to_the_distance_less_ligaments(env: LearningToRunEnv) -> None:
    env.reset(seed=9)
    steps = [env.step(np.full(18, 0.3)) for _ in range(20)]
    total = sum(reward for _, reward, *_ in steps)
    cost = sum(info["reward_ligaments"] for *_, info in steps)
    # 1e-14 m: 20 additions of numbers below 1
    assert total == pytest.approx(steps[-1][4]["distance"] + cost, abs=1e-14)


def test_whoever_does_nothing_falls_and_the_episode_terminates(env: LearningToRunEnv) -> None:
    env.reset(seed=0, options={"difficulty": 0})
    for _count in range(1000):
        observation, _, terminated, truncated, _ = env.step(np.zeros(18))
        if terminated:
            break
    assert terminated and not truncated and 10 < _count < 300
    assert observation[env.observation_names.index("pelvis_ty")] < 0.65


@pytest.mark.parametrize("wild", [np.full(18, 7.0), np.full(18, np.inf), np.full(18, 1e300), [1] * 18, (True,) * 18])
def test_excitations_are_clipped_to_one(env: LearningToRunEnv, wild: Any) -> None:
    env.reset(seed=4)
    full = env.step(np.ones(18))[0]
    env.reset(seed=4)
    assert env.step(wild)[0].tolist() == full.tolist()


def test_the_action_is_not_written_to_nor_kept(env: LearningToRunEnv) -> None:
    env.reset(seed=4)
    action = np.full(18, 2.0)
    env.step(action)
    assert action.tolist() == [2.0] * 18


def test_release_15_runs_with_a_strong_left_psoas_and_a_weak_gluteus_and_v1_mends_it() -> None:
    course = Course(strengths=(("iliopsoas_l", 0.5),))
    forces = {}
    for rules in ("v1", "2017-1.5"):
        runner = LearningToRunEnv(rules=rules)
        observation, _ = runner.reset(options={"course": course})
        assert observation[36] == 0.5, "both call it psoas"
        runner.step(np.ones(18))
        forces[rules] = dict(zip(runner.action_names, runner.simulator.get("active_fiber_forces"), strict=True))
    mended, defect = forces["v1"], forces["2017-1.5"]
    # within 10 ms of full excitation the weaker twin makes clearly less force; 0.75 lies between 0.5 and 1
    assert mended["iliopsoas_l"] < 0.75 * mended["iliopsoas_r"] and mended["glut_max_l"] > 0.75 * mended["glut_max_r"]
    assert defect["glut_max_l"] < 0.75 * defect["glut_max_r"] and defect["iliopsoas_l"] > 0.75 * defect["iliopsoas_r"]


def test_an_extended_observation_tells_what_the_engine_knows_by_name() -> None:
    runner = LearningToRunEnv(observation="extended")
    runner.reset(seed=1)
    observation = runner.step(np.full(18, 0.5))[0]
    named = dict(zip(runner.observation_names, observation.tolist(), strict=True))
    assert observation in runner.observation_space and len(named) == observation.size
    for quantity in ("activations", "fiber_lengths", "fiber_velocities", "tendon_forces"):
        numbers = [named[f"{muscle}_{EXTENDED[quantity]}"] for muscle in runner.action_names]
        assert numbers == runner.simulator.get(quantity).tolist()
    reaction = runner.simulator.get("ground_reaction")
    assert [named["ground_reaction_x"], named["ground_reaction_y"]] == reaction.tolist()
    torque = runner.simulator.get("moment_arms").T @ runner.simulator.get("tendon_forces")
    # 1e-10 N m of some 100 N m: another order of summation
    assert named["ankle_angle_l_muscle_torque"] == pytest.approx(torque[-1], abs=1e-10)


def test_chosen_quantities_come_alone() -> None:
    runner = LearningToRunEnv(observation=["activations"])
    assert runner.reset(seed=0)[0].shape == (41 + 18,)
    assert runner.observation_names[41] == "hamstrings_r_activation"


class GivesUp:
    """An engine like any other, until its integrator gives up."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def step(self, excitations: Any, duration: float) -> None:
        raise SimulationError("stiff")


def test_release_15_pays_minus_500_and_ends_when_the_engine_gives_up() -> None:
    runner = LearningToRunEnv(rules="2017-1.5")
    start, _ = runner.reset(seed=0)
    runner.simulator = GivesUp(runner.simulator)
    observation, reward, terminated, truncated, info = runner.step(np.zeros(18))
    assert (reward, terminated, truncated, info["failure"]) == (-500.0, True, False, "stiff")
    assert observation.tolist() == start.tolist()
    with pytest.raises(UsageError, match="the engine gave up"):
        runner.step(np.zeros(18))


def test_v1_raises_when_the_engine_gives_up() -> None:
    runner = LearningToRunEnv()
    runner.reset(seed=0)
    runner.simulator = GivesUp(runner.simulator)
    with pytest.raises(SimulationError, match="stiff"):
        runner.step(np.zeros(18))
