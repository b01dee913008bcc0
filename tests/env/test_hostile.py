"""Bad input: each with its own clear error, and none harms the environment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from myorun.env import LearningToRunEnv
from myorun.errors import UsageError

NAN_AT_5 = [0.1] * 4 + [float("nan")] + [0.1] * 13


class WithGradient:
    """Refuses to become an array, as a tensor does that needs a gradient."""

    def __array__(self, *_: Any, **__: Any) -> np.ndarray[Any, Any]:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


@pytest.fixture(scope="module")
def env() -> LearningToRunEnv:
    return LearningToRunEnv()


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ([0.1] * 17, r"action has shape \(17,\); it must be \(18,\)"),
        ([0.1] * 19, r"action has shape \(19,\)"),
        (np.zeros((1, 18)), r"action has shape \(1, 18\)"),
        (0.5, r"action has shape \(\)"),
        ([], r"action has shape \(0,\)"),
        (None, r"action has shape \(\)"),
        ("abc", "action is 'abc'; it must be 18 numbers"),
        (["a"] * 18, "it must be 18 numbers"),
        (["0.1"] * 18, "it must be 18 numbers"),
        (np.full(18, object()), "it must be 18 numbers"),
        ([[0.1], 0.2], "it must be 18 numbers"),
        ({"hamstrings_r": 1}, "it must be 18 numbers"),
        (np.full(18, 1j), "it must be 18 numbers"),
        (WithGradient(), "it must be 18 numbers"),
        (NAN_AT_5, "action holds NaN for 'rect_fem_r'"),
        ([None] * 18, "action holds NaN for 'hamstrings_r'"),
        ([float("inf")] + [float("nan")] * 17, "action holds NaN for 'bifemsh_r'"),
    ],
)
def test_a_bad_action_is_refused_and_the_episode_goes_on_untouched(
    env: LearningToRunEnv, action: Any, message: str
) -> None:
    env.reset(seed=1)
    expected = env.step(np.full(18, 0.2))[0]
    env.reset(seed=1)
    with pytest.raises(UsageError, match=message):
        env.step(action)
    assert env.step(np.full(18, 0.2))[0].tolist() == expected.tolist()


def test_a_step_before_reset_is_refused() -> None:
    with pytest.raises(UsageError, match=r"reset\(\) was never called; call reset\(\) first"):
        LearningToRunEnv().step(np.zeros(18))


def test_a_step_after_the_fall_is_refused(env: LearningToRunEnv) -> None:
    env.reset(seed=0)
    while not env.step(np.zeros(18))[2]:
        pass
    with pytest.raises(UsageError, match=r"the human fell and the episode ended; call reset\(\) first"):
        env.step(np.zeros(18))
    env.reset(seed=0)
    env.step(np.zeros(18))


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "1", [1]])
def test_a_bad_seed_is_refused(env: LearningToRunEnv, seed: Any) -> None:
    with pytest.raises(UsageError, match=r"^seed is"):
        env.reset(seed=seed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"difficulty": 3}, "^difficulty is 3"),
        ({"max_obstacles": 21}, "^max_obstacles is 21"),
        ({"obstacles": 3}, "option 'obstacles'; it can have difficulty, max_obstacles, course"),
        ({"course": 5}, r"the option 'course' is 5; it must be a myorun\.course\.Course"),
        (3, "options are 3; they must be a dict, of difficulty, max_obstacles, course"),
        ({"course": None, "difficulty": 1}, "leaves nothing else to choose"),
    ],
)
def test_a_bad_option_is_refused(env: LearningToRunEnv, options: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        env.reset(options=options)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"difficulty": 5}, "^difficulty is 5"),
        ({"max_obstacles": -1}, "^max_obstacles is -1"),
        ({"physics": "mujoco"}, "physics is 'mujoco'; it must be one of native, opensim"),
        ({"render_mode": "ansi"}, "render_mode is 'ansi'; it must be None or one of human, rgb_array"),
        ({"rules": "v9"}, "known versions"),
        ({"observation": "all"}, "observation is 'all'"),
    ],
)
def test_a_bad_argument_is_refused(argument: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LearningToRunEnv(**argument)


def test_a_picture_needs_a_render_mode(env: LearningToRunEnv) -> None:
    env.reset(seed=0)
    with pytest.raises(UsageError, match="no render_mode; make it with render_mode='human' or 'rgb_array'"):
        env.render()


def test_a_picture_before_reset_is_refused() -> None:
    with pytest.raises(UsageError, match=r"render\(\) has nothing to show"):
        LearningToRunEnv(render_mode="rgb_array").render()
