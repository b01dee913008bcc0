"""``GaitEnv`` of the spring of 2017."""

from __future__ import annotations

import numpy as np
import pytest

from osim.env import GaitEnv


@pytest.fixture
def env() -> GaitEnv:
    return GaitEnv(visualize=False)


def test_it_tells_31_numbers_in_the_old_order(env: GaitEnv) -> None:
    observation = env.reset()
    get = env.osim_model.simulator.get
    bodies = [body.name for body in env.osim_model.simulator.model.bodies]
    places = get("body_positions")
    expected = [0.0, *get("coordinates")[:3], *get("speeds")[:3], *get("coordinates")[3:], *get("speeds")[3:]]
    expected += [*get("center_of_mass"), *get("center_of_mass_velocity")]
    for body in ("head", "pelvis", "toes_r", "toes_l"):
        expected += [*places[bodies.index(body)]]
    assert observation.dtype == np.float32 and observation.shape == env.observation_space.shape == (31,)
    assert observation.tolist() == np.array(expected, dtype=np.float32).tolist()


def test_the_reward_is_the_progress_of_the_pelvis(env: GaitEnv) -> None:
    before = env.reset()
    after, reward, done, info = env.step(env.action_space.sample())
    assert reward == float(after[2] - before[2]) and done is False and info == {}


def test_an_episode_ends_below_70_centimetres(env: GaitEnv) -> None:
    env.reset()
    heights = []
    for _ in range(300):
        observation, _, done, _ = env.step([0.0] * 18)
        heights.append(observation[3])
        if done:
            break
    assert heights[-1] < 0.7 <= min(heights[:-1])
    assert env.timestep_limit == env.spec.timestep_limit == 500
