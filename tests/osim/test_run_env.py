"""``RunEnv`` as the code of 2017 knew it: names, types, order of calls, overrides, and its defect."""

from __future__ import annotations

import copy
import pickle
import types
from typing import Any

import numpy as np
import pytest

import osim.env
from myorun.course import draw_course
from myorun.env import LearningToRunEnv
from myorun.errors import SimulationError
from myorun.task import RULES
from osim.env import RunEnv


@pytest.fixture
def env() -> RunEnv:
    return RunEnv(visualize=False)


def test_an_agent_of_2017_touches_these_and_finds_them(env: RunEnv) -> None:
    observation = env.reset(difficulty=2, seed=None)
    assert type(observation) is list and len(observation) == 41
    result = env.step(env.action_space.sample())
    assert type(result) is list
    observation, reward, done, info = result
    assert type(observation) is list and isinstance(reward, float) and done is False and info == {}
    assert env.action_space.shape == (18,) and env.observation_space.shape == (41,)
    assert env.action_space.low.tolist() == [0.0] * 18 and env.action_space.high.tolist() == [1.0] * 18
    assert (env.noutput, env.ninput, env.istep, env.stepsize) == (18, 41, 1, 0.01)
    assert env.timestep_limit == env.spec.timestep_limit == env.horizon == 1000
    assert (env.STATE_PELVIS_X, env.STATE_PELVIS_Y) == (1, 2)
    assert env.current_state is observation and env.unwrapped is env
    assert env.seed(5) == [] and env.render() is None and env.close() is None  # type: ignore[func-returns-value]


def test_star_import_brings_what_scripts_used() -> None:
    assert {"RunEnv", "GaitEnv", "OsimEnv", "np", "math", "os", "random"} <= set(osim.env.__all__)


def test_the_last_action_is_the_clipped_one(env: RunEnv) -> None:
    assert env.last_action is None
    env.reset()
    env.step([1.5, -0.5, *[0.25] * 16])
    assert env.last_action.tolist() == [1.0, 0.0, *[0.25] * 16]


@pytest.mark.parametrize("action", [[0.1] * 18, np.full(18, 0.1), np.full((18, 1), 0.1), np.full((1, 18), 0.1)])
def test_lists_arrays_columns_and_rows_are_actions(env: RunEnv, action: Any) -> None:
    env.reset(seed=1)
    env.step(action)
    assert env.last_action.tolist() == [0.1] * 18


@pytest.mark.parametrize("action", [[float("nan")] * 18, [0.1] * 17, ["a"] * 18])
def test_nan_and_nonsense_raise_a_value_error(env: RunEnv, action: Any) -> None:
    env.reset()
    with pytest.raises(ValueError, match="action"):
        env.step(action)


def test_a_step_before_reset_says_so(env: RunEnv) -> None:
    with pytest.raises(ValueError, match="call reset"):
        env.step([0.1] * 18)


def test_the_course_of_a_seed_is_that_of_2017_and_stands_in_env_desc() -> None:
    env = RunEnv(visualize=False, max_obstacles=10)
    env.reset(difficulty=2, seed=123)
    course = draw_course(123, max_obstacles=10)
    assert env.env_desc["obstacles"] == [(o.x, o.y, o.radius) for o in course.obstacles]
    assert env.env_desc["muscles"] == RULES["2017-1.5"].strengths(course, env.osim_model.simulator.model).tolist()


@pytest.mark.parametrize(("difficulty", "obstacles", "weak"), [(0, 0, 0), (1, 3, 0), (2, 3, 2), (3, 3, 2)])
def test_difficulties_of_2017(env: RunEnv, difficulty: int, obstacles: int, weak: int) -> None:
    env.reset(difficulty=difficulty, seed=8)
    assert len(env.env_desc["obstacles"]) == obstacles
    assert sum(strength != 1 for strength in env.env_desc["muscles"]) == weak


def test_more_than_twenty_obstacles_are_twenty() -> None:
    env = RunEnv(visualize=False, max_obstacles=99)
    env.reset(seed=0)
    assert len(env.env_desc["obstacles"]) == 20


def test_without_a_seed_the_course_comes_from_numpys_global_generator(env: RunEnv) -> None:
    np.random.seed(6)
    env.reset()
    first = env.env_desc
    assert first["obstacles"] == [(o.x, o.y, o.radius) for o in draw_course(6).obstacles]
    env.reset()
    assert env.env_desc != first, "it goes on from there"
    env.reset(seed=6)
    assert env.env_desc == first


def test_the_left_psoas_of_release_15_is_a_gluteus(env: RunEnv) -> None:
    observation = env.reset(difficulty=2, seed=123)
    names = env.osim_model.muscles
    weak = {name for name, strength in zip(names, env.env_desc["muscles"], strict=True) if strength != 1}
    assert env.MUSCLES_PSOAS_L == 11
    assert weak == {"iliopsoas_r", "glut_max_l"} and "iliopsoas_l" not in weak
    assert observation[36:38] == [env.env_desc["muscles"][11], env.env_desc["muscles"][3]], "left first"
    assert env.osim_model.curforces == env.env_desc["muscles"], "and the body has it, too"


def test_it_runs_exactly_as_the_new_environment_under_the_rules_of_release_15(env: RunEnv) -> None:
    new = LearningToRunEnv(rules="2017-1.5")
    assert env.reset(seed=17) == new.reset(seed=17)[0].tolist()
    random = np.random.RandomState(0)
    for _ in range(30):
        action = random.uniform(-0.2, 1.2, 18)
        observation, reward, done, _ = env.step(action)
        expected, new_reward, terminated, _, _ = new.step(action)
        assert (observation, reward, done) == (expected.tolist(), new_reward, terminated)


def test_steps_after_the_fall_go_on_as_in_2017(env: RunEnv) -> None:
    env.reset(difficulty=0)
    ends = [env.step([0.0] * 18)[2] for _ in range(200)]
    assert ends[-1] is True and len(ends) == env.istep == 200


def test_the_step_limit_can_be_changed_in_spec(env: RunEnv) -> None:
    env.reset()
    env.spec.timestep_limit = 3
    assert [env.step([0.05] * 18)[2] for _ in range(3)] == [False, False, True]


def test_a_failed_integration_costs_500_and_ends(env: RunEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    env.reset()

    def fail(*_: Any) -> None:
        raise SimulationError("stiff")

    monkeypatch.setattr(env.osim_model.simulator, "step", fail)
    _, reward, done, info = env.step([0.1] * 18)
    assert (reward, done, info) == (-500.0, True, {})


# ---------------------------------------------------------------- what agents overrode


def test_a_subclass_may_scale_rewards_in_underscore_step() -> None:
    class Scaled(RunEnv):
        def _step(self, action: Any) -> Any:
            observation, reward, done, info = super()._step(action)
            return observation, 100 * reward, done, info

    plain, scaled = RunEnv(visualize=False), Scaled(visualize=False)
    plain.reset(seed=1)
    scaled.reset(seed=1)
    assert scaled.step([0.2] * 18)[1] == 100 * plain.step([0.2] * 18)[1]


def test_a_subclass_may_shorten_or_extend_the_observation() -> None:
    class Jump(RunEnv):
        noutput, ninput = 9, 38

        def get_observation(self) -> Any:
            return super().get_observation()[:-3]

        def _step(self, action: Any) -> Any:
            return super()._step(np.tile(action, 2))

    env = Jump(visualize=False, max_obstacles=0)
    assert env.action_space.shape == (9,) and env.observation_space.shape == (38,)
    assert len(env.reset()) == 38 and len(env.step(env.action_space.sample())[0]) == 38


def test_a_subclass_may_make_its_own_courses() -> None:
    class OneBall(RunEnv):
        def generate_env(self, difficulty: Any, seed: Any, max_obstacles: Any) -> Any:
            return {"muscles": [1] * 18, "obstacles": [(2.5, 0.0, 0.1)]}

    observation = OneBall(visualize=False).reset()
    assert observation[36:] == [1, 1, 2.5, 0.0, 0.1]


def test_a_fall_may_be_redefined_on_the_instance(env: RunEnv) -> None:
    env.is_pelvis_too_low = types.MethodType(lambda self: self.current_state[self.STATE_PELVIS_Y] < 2.0, env)  # type: ignore[method-assign]
    env.reset()
    assert env.step([0.1] * 18)[2] is True


def test_rewards_may_be_redefined_from_the_states() -> None:
    class Height(RunEnv):
        def compute_reward(self) -> float:
            return float(self.current_state[self.STATE_PELVIS_Y] - self.last_state[self.STATE_PELVIS_Y])

    env = Height(visualize=False)
    before = env.reset()
    observation, reward, *_ = env.step([0.1] * 18)
    assert reward == observation[2] - before[2]


def test_two_environments_do_not_disturb_each_other() -> None:
    one, other = RunEnv(visualize=False), RunEnv(visualize=False)
    one.reset(seed=1)
    other.reset(seed=2)
    expected = one.env_desc["obstacles"]
    other.step([0.9] * 18)
    assert one.env_desc["obstacles"] == expected != other.env_desc["obstacles"]


# ---------------------------------------------------------------- state


def test_a_kept_state_can_be_gone_back_to(env: RunEnv) -> None:
    env.reset(seed=3)
    kept = env.osim_model.state
    first = env.step([0.4] * 18)[0]
    env.osim_model.revert(kept)
    assert env.step([0.4] * 18)[0] == first


def test_strengths_can_be_set_by_hand(env: RunEnv) -> None:
    env.reset(difficulty=0)
    strong = env.step([1.0] * 18)[0]
    env.reset(difficulty=0)
    env.osim_model.set_strength([0.2] * 18)
    assert env.step([1.0] * 18)[0] != strong


@pytest.mark.parametrize(
    "twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))], ids=["copy", "pickle"]
)
def test_copies_go_on_identically(env: RunEnv, twin_of: Any) -> None:
    env.reset(seed=5)
    env.step([0.5] * 18)
    twin = twin_of(env)
    assert twin.step([0.1] * 18) == env.step([0.1] * 18)


def test_raw_opensim_objects_are_refused_with_the_way_round(env: RunEnv) -> None:
    with pytest.raises(AttributeError, match=r"no 'forceSet'.*osim_model\.simulator\.get\(name\)"):
        _ = env.osim_model.forceSet


def test_without_a_display_a_visible_environment_goes_on_unseen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    env = RunEnv()
    env.reset()
    env.step([0.1] * 18)
    env.step([0.1] * 18)
    assert capsys.readouterr().out.count("visualize=True has no effect here") == 1


@pytest.mark.parametrize("difficulty", ["hard", None, float("nan")])
def test_a_difficulty_that_is_no_number_is_refused_in_words(env: RunEnv, difficulty: Any) -> None:
    with pytest.raises(ValueError, match=r"difficulty is .*; it must be"):
        env.reset(difficulty=difficulty)
