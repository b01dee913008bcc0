"""Episodes in a batch are those of one environment after the other."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest

from myorun.cluster.episodes import Episode, play_episodes
from myorun.cluster.policy import Policy
from myorun.cluster.worker import make_batch
from myorun.errors import MyorunError, PolicyError

from .policies import Confused, Failing, Noisy, Reaching

SHORT: Any = {"max_episode_steps": 115, "precision": "float64"}  # some fall before, some do not


def play(policy: Policy, seeds: range, num_envs: int = 4) -> list[Episode]:
    return play_episodes(make_batch(num_envs, 1, SHORT), policy, list(seeds))


def in_order(episodes: list[Episode]) -> list[Episode]:
    return sorted(episodes, key=lambda episode: episode.seed)


def alone(policy: Policy, seed: int) -> Episode:
    """The episode in a single environment, by Gymnasium's loop."""
    env = gymnasium.make("myorun/LearningToRun-v1", max_episode_steps=SHORT["max_episode_steps"])
    observation, info = env.reset(seed=seed)
    score, length, over, fallen = 0.0, 0, False, False
    while not over:
        observation, reward, fallen, truncated, info = env.step(policy(observation[None])[0])
        score, length, over = score + float(reward), length + 1, fallen or truncated
    return Episode(seed, score, length, info["distance"], fallen)


def test_every_episode_is_that_of_a_single_environment_to_the_bit() -> None:
    episodes = in_order(play(Reaching(), range(7)))
    assert episodes == [alone(Reaching(), seed) for seed in range(7)]
    assert {episode.fallen for episode in episodes} == {True, False}, "both kinds of end were met"


@pytest.mark.parametrize("num_envs", [1, 3, 16])
def test_the_batch_does_not_matter_even_to_a_policy_with_memory_and_noise(num_envs: int) -> None:
    assert in_order(play(Noisy(), range(9), num_envs)) == in_order(play(Noisy(), range(9)))


def test_noise_comes_from_the_seed() -> None:
    assert in_order(play(Noisy(), range(3))) != in_order(play(Reaching(), range(3)))


def test_no_seeds_are_no_episodes() -> None:
    assert play(Reaching(), range(0)) == []


def test_a_policy_that_raises_is_reported_with_the_seeds_it_played() -> None:
    with pytest.raises(PolicyError, match=r"the policy raised KeyError: 'knee', with seeds 5, 6, 7, 8$") as caught:
        play(Failing(), range(5, 20))
    assert caught.value.seeds == (5, 6, 7, 8)


def test_nan_is_blamed_on_its_own_seed() -> None:
    with pytest.raises(PolicyError, match=r"NaN, which is no excitation, with seed 6$"):
        play(Confused(6), range(9))


def test_an_answer_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"in shape \(4, 3\), which must be \(4, 18\), with seeds 0, 1"):
        play(lambda observations: observations[:, :3], range(4))


def test_a_policy_cannot_spoil_what_was_observed() -> None:
    def spoiling(observations: np.ndarray) -> np.ndarray:
        answer = Reaching()(observations)
        observations[:] = 0.0
        return answer

    assert in_order(play(spoiling, range(3))) == in_order(play(Reaching(), range(3)))


def test_an_error_survives_its_way_through_pickle() -> None:
    error: MyorunError = PolicyError("the policy raised", [3, 4])
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.seeds) == (PolicyError, str(error), (3, 4))


def test_many_seeds_are_named_in_short() -> None:
    assert str(PolicyError("lost", range(20))) == "lost, with seeds 0, 1, 2, 3, 4, 5, 6, 7 and 12 more"
