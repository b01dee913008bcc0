"""How episodes end and begin: Gymnasium's three autoreset modes, masks, seeds and options of a reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from singles import assert_same_array, assert_same_infos, assert_same_step, courses_of, lively_actions, pair

from myorun.course import Course, Obstacle, draw_course
from myorun.env import LearningToRunEnv
from myorun.vector import LearningToRunVectorEnv

N = 6
MODES = {
    "next-step": AutoresetMode.NEXT_STEP,
    "same-step": AutoresetMode.SAME_STEP,
    "disabled": AutoresetMode.DISABLED,
}


def started(**options: Any) -> LearningToRunVectorEnv:
    env = LearningToRunVectorEnv(N, precision="float64", **options)
    env.reset(seed=0)
    return env


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize(("name", "mode"), MODES.items())
def test_a_mode_can_be_named_and_is_told(name: str, mode: AutoresetMode) -> None:
    for given in (name, mode):
        assert LearningToRunVectorEnv(autoreset_mode=given).metadata == {"autoreset_mode": mode}


def test_with_autoreset_disabled_masks_reset_as_in_gymnasium() -> None:
    batch, singles = pair(N, AutoresetMode.DISABLED, max_episode_steps=60)
    assert_same_step(batch.reset(seed=9), singles.reset(seed=9))
    resets = 0
    for actions in lively_actions(N):
        step = singles.step(actions)
        assert_same_step(batch.step(actions), step)
        over = step[2] | step[3]
        if over.any():
            assert_same_step(
                batch.reset(options={"reset_mask": over}), singles.reset(options={"reset_mask": over.copy()})
            )
            assert [batch.course(i) for i in range(N)] == courses_of(singles)
            resets += over.sum()
        if resets > 4 * N:
            break


def test_a_mask_may_also_hit_who_is_still_running_and_bring_seeds_and_options() -> None:
    batch, singles = pair(N, AutoresetMode.NEXT_STEP)
    batch.reset(seed=1)
    singles.reset(seed=1)
    mask = np.array([True, False, True, False, False, True])
    chosen = {"difficulty": 1, "max_obstacles": 12}
    for k, actions in zip(range(100), lively_actions(N), strict=False):
        assert_same_step(batch.step(actions), singles.step(actions))
        if k % 20 == 19:
            seeds = [k, None, None, None, None, k + 2**40]
            assert_same_step(
                batch.reset(seed=seeds, options={"reset_mask": mask, **chosen}),
                singles.reset(seed=seeds, options={"reset_mask": mask.copy(), **chosen}),
            )
            assert [batch.course(i) for i in range(N)] == courses_of(singles)
            mask = np.roll(mask, 1)


def test_a_whole_reset_in_the_middle_begins_all_anew() -> None:
    for mode in MODES.values():
        batch, singles = pair(N, mode, max_episode_steps=7)
        for seed in (3, None, [None, 4, None, 5, 6, None]):
            if seed != 3:
                for _, actions in zip(range(7), lively_actions(N), strict=False):  # to the very end of all
                    batch.step(actions)
                    singles.step(actions)
            assert_same_step(batch.reset(seed=seed), singles.reset(seed=seed))


def test_same_step_tells_the_last_observation_and_next_step_shows_it() -> None:
    options: dict[str, Any] = {"max_episode_steps": 5}
    at_once, later = started(autoreset_mode="same-step", **options), started(**options)
    actions = np.full((N, 18), 0.1)
    for _ in range(5):
        told, shown = at_once.step(actions), later.step(actions)
    assert told[3].all() and shown[3].all()
    assert_same_array(told[4]["final_obs"], shown[0], "last observation")
    assert_same_infos(told[4]["final_info"], shown[4])
    following = later.step(actions)
    assert_same_array(told[0], following[0], "first observation")
    assert not following[1].any() and not following[2].any() and not following[3].any()


# ---------------------------------------------------------------- seeds


def test_a_number_seeds_one_after_another_and_a_list_each() -> None:
    env = LearningToRunVectorEnv(3)
    for seed in (7, np.int64(7), [7, 8, 9], (7, 8, 9), np.array([7, 8, 9])):
        assert env.reset(seed=seed)[1]["course_seed"].tolist() == [7, 8, 9]


def test_whoever_gets_no_seed_goes_on_drawing_from_its_own_generator() -> None:
    env, single = LearningToRunVectorEnv(2), LearningToRunEnv()
    env.reset(seed=[5, 6])
    single.reset(seed=5)
    for _ in range(3):
        assert env.reset(seed=[None, 6])[1]["course_seed"].tolist() == [single.reset()[1]["course_seed"], 6]


def test_without_any_seed_everyone_runs_a_course_of_its_own() -> None:
    drawn = {s for _ in range(2) for s in LearningToRunVectorEnv(50).reset()[1]["course_seed"].tolist()}
    assert len(drawn) > 95 and max(drawn) < 2**32  # two of 100 alike: one in 800,000


# ---------------------------------------------------------------- courses of a reset


def test_options_hold_for_the_episode_that_begins_and_settings_for_all_that_follow() -> None:
    env = started(max_episode_steps=2)
    _, infos = env.reset(seed=3, options={"difficulty": 1, "max_obstacles": 11})
    assert infos["difficulty"].tolist() == [1] * N
    assert env.course(4) == draw_course(7, difficulty=1, max_obstacles=11)
    for _ in range(3):
        *_, infos = env.step(np.zeros((N, 18)))
    assert infos["difficulty"].tolist() == [2] * N
    assert env.course(4) == draw_course(infos["course_seed"][4].item())


def test_difficulty_and_obstacles_can_be_set_for_the_courses_to_come() -> None:
    for mode in (AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP):
        batch, singles = pair(N, mode, max_episode_steps=4, max_obstacles=2)
        assert_same_step(batch.reset(seed=2), singles.reset(seed=2))
        for step, actions in zip(range(30), lively_actions(N), strict=False):
            if step in (2, 11, 17):
                batch.difficulty, batch.max_obstacles = (new := {2: (1, 20), 11: (0, 5), 17: (2, 7)}[step])
                _set(singles, *new)
                assert (batch.difficulty, batch.max_obstacles) == new
            assert_same_step(batch.step(actions), singles.step(actions))
            assert [batch.course(i) for i in range(N)] == courses_of(singles)


def _set(singles: Any, difficulty: int, max_obstacles: int) -> None:
    for env in singles.envs:
        env.unwrapped.difficulty, env.unwrapped.max_obstacles = difficulty, max_obstacles


@pytest.mark.parametrize("rules", ["v1", "2017-1.5"])
def test_a_course_by_hand_is_run_by_those_of_the_mask(rules: str) -> None:
    obstacles = (Obstacle(0.3, 0.0, 0.15), *(Obstacle(2.0 + k, 0.0, 0.1) for k in range(40)))
    course = Course(obstacles, (("iliopsoas_l", 0.5), ("soleus_r", 0.7)))
    batch, singles = pair(N, AutoresetMode.NEXT_STEP, rules=rules)
    batch.reset(seed=1)
    singles.reset(seed=1)
    mask = np.arange(N) % 2 == 0
    observations, infos = batch.reset(options={"course": course, "reset_mask": mask})
    expected, _ = singles.reset(options={"course": course, "reset_mask": mask.copy()})
    assert_same_array(observations, expected, "observations")
    assert infos["course_seed"][mask].tolist() == infos["difficulty"][mask].tolist() == [-1] * 3
    for _, actions in zip(range(60), lively_actions(N), strict=False):
        assert_same_step(batch.step(actions), singles.step(actions))
        assert [batch.course(i) for i in range(N)] == courses_of(singles)
    assert batch.course(1) != course


def test_a_drawn_course_given_by_hand_keeps_its_seed_and_difficulty() -> None:
    env = started()
    drawn = draw_course(77, difficulty=1)
    infos = env.reset(options={"course": drawn})[1]
    assert infos["course_seed"].tolist() == [77] * N and infos["difficulty"].tolist() == [1] * N
    assert env.course(5) == drawn


def test_options_are_not_written_to() -> None:
    env, mask = started(), np.arange(N) == 2
    options = {"reset_mask": mask, "difficulty": 0}
    env.reset(options=options)
    assert options == {"reset_mask": mask, "difficulty": 0} and mask.sum() == 1
