"""A policy's answer to a row depends on that row alone, to the bit; its network is what its formula says."""

from __future__ import annotations

import numpy as np
import pytest
from tests.policy.examples import MUSCLES, random_observations, random_policy

from myorun.errors import UsageError
from myorun.policy.network import ACTIONS, dense, inverse_square_root_unit
from myorun.policy.perception import Sense


def test_a_layer_is_a_matrix_product_to_rounding() -> None:
    random = np.random.default_rng(0)
    x, weight, bias = random.normal(size=(7, 50)), random.normal(size=(50, 9)), random.normal(size=9)
    assert dense(x, weight, bias) == pytest.approx(x @ weight + bias, abs=1e-12)


def test_a_layer_gives_a_row_the_same_bits_in_any_batch() -> None:
    random = np.random.default_rng(0)
    x, weight, bias = random.normal(size=(300, 67)), random.normal(size=(67, 33)), random.normal(size=33)
    whole = dense(x, weight, bias)
    for n in (1, 2, 3, 17):
        assert np.array_equal(dense(x[:n], weight, bias), whole[:n])


def test_the_unit_is_an_s_between_minus_one_and_one_with_slope_one() -> None:
    x = np.array([-1e3, -1.0, 0.0, 1.0, 1e3])
    assert inverse_square_root_unit(x) == pytest.approx([-1.0, -(0.5**0.5), 0.0, 0.5**0.5, 1.0], abs=1e-6)
    assert inverse_square_root_unit(np.array([1e-6]))[0] == pytest.approx(1e-6)


@pytest.mark.parametrize("actions", ACTIONS)
def test_excitations_are_within_bounds(actions: str) -> None:
    excitations = random_policy(actions=actions)(random_observations(5))
    assert excitations.shape == (5, len(MUSCLES))
    assert ((excitations >= 0.0) & (excitations <= 1.0)).all()


def test_a_policy_beside_others_does_what_it_does_alone() -> None:
    observations = [random_observations(6, steps=steps) for steps in range(1, 9)]
    together = random_policy()
    answers = [together(told) for told in observations]
    for row in range(6):
        alone = random_policy()
        for told, answer in zip(observations, answers, strict=True):
            assert np.array_equal(alone(told[row : row + 1])[0], answer[row])


def test_a_decision_is_held_and_then_taken_anew() -> None:
    policy = random_policy(sense=Sense(hold=3))
    answers = [policy(random_observations(4, seed=step)) for step in range(4)]
    assert np.array_equal(answers[0], answers[1]) and np.array_equal(answers[0], answers[2])
    assert not np.array_equal(answers[0], answers[3])


def test_rows_that_begin_anew_do_as_a_fresh_policy_and_others_go_on() -> None:
    policy, other = random_policy(), random_policy()
    for step in range(7):
        policy(random_observations(2, seed=step)), other(random_observations(2, seed=step))
    policy.begin(np.array([True, False]), np.zeros(2, np.int64), np.zeros(2, np.int64))
    now = random_observations(2, seed=99)
    answer = policy(now)
    assert np.array_equal(answer[0], random_policy()(now[:1])[0])
    assert np.array_equal(answer[1], other(now)[1])


def test_an_episode_cannot_be_taken_up_in_its_middle() -> None:
    with pytest.raises(UsageError, match="has a memory"):
        random_policy().begin(np.ones(2, np.bool_), np.zeros(2, np.int64), np.array([0, 3]))


def test_what_was_handed_out_is_not_changed_later() -> None:
    policy, observations = random_policy(), random_observations(2)
    first = policy(observations)
    kept = first.copy()
    first += 1.0
    assert np.array_equal(policy(observations), kept)


def test_observations_of_another_shape_are_refused() -> None:
    with pytest.raises(UsageError, match=r"shape \(41,\); policy 'random' needs \(n, 41\)"):
        random_policy()(random_observations(1)[0])
