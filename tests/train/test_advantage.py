"""Advantages against closed forms; a fall is not a time limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from myorun.train.advantage import advantages

GAMMA = 0.9


def column(*values: Any) -> np.ndarray:
    return np.array(values).reshape(-1, 1)


def of(
    rewards: np.ndarray, values: np.ndarray, *, fell: int | None = None, cut: int | None = None, last: float = 0.0,
    lam: float = 1.0, gamma: float = GAMMA,
) -> list[float]:  # fmt: skip
    """Advantages of one runner that fell, or was cut by the time limit, after the decision of that number."""
    n = len(rewards)
    terminated, truncated = column(*(i == fell for i in range(n))), column(*(i == cut for i in range(n)))
    last_values = np.where(truncated, last, 1e9)  # must not be looked at elsewhere
    return advantages(rewards, values, terminated, truncated, last_values, gamma, lam)[:, 0].tolist()


def test_with_lambda_zero_it_is_the_error_of_one_step() -> None:
    found = of(column(1.0, 2.0), column(5.0, 6.0, 7.0), lam=0.0)
    assert found == pytest.approx([1 + GAMMA * 6 - 5, 2 + GAMMA * 7 - 6])


def test_with_lambda_one_it_is_the_discounted_return_minus_the_value() -> None:
    found = of(column(1.0, 2.0, 3.0), column(5.0, 6.0, 7.0, 8.0))
    assert found[0] == pytest.approx(1 + GAMMA * 2 + GAMMA**2 * 3 + GAMMA**3 * 8 - 5)


def test_behind_a_fall_there_is_nothing() -> None:
    found = of(column(1.0, 2.0, 3.0), column(5.0, 6.0, 7.0, 8.0), fell=1)
    assert found[:2] == pytest.approx([1 + GAMMA * 2 - 5, 2 - 6])
    assert found[2] == pytest.approx(3 + GAMMA * 8 - 7)


def test_behind_a_time_limit_there_is_the_value_of_the_last_state() -> None:
    found = of(column(1.0, 2.0, 3.0), column(5.0, 6.0, 7.0, 8.0), cut=1, last=4.0)
    assert found[:2] == pytest.approx([1 + GAMMA * 2 + GAMMA**2 * 4 - 5, 2 + GAMMA * 4 - 6])
    assert found[2] == pytest.approx(3 + GAMMA * 8 - 7)


def test_taking_a_time_limit_for_a_fall_would_be_wrong() -> None:
    """A runner paid 1 for ever is worth 1 / (1 − γ); a limit must not make it look worse, as a fall would."""
    worth = 1.0 / (1.0 - GAMMA)
    rewards, values = np.ones((6, 1)), np.full((7, 1), worth)
    assert of(rewards, values, cut=3, last=worth, lam=0.95) == pytest.approx([0.0] * 6, abs=1e-12)
    assert of(rewards, values, fell=3, lam=0.95)[3] == pytest.approx(-GAMMA * worth)


def test_taking_the_next_episode_for_the_last_state_would_be_wrong() -> None:
    worth = 1.0 / (1.0 - GAMMA)
    values = np.full((7, 1), worth)
    values[4:] = 0.0  # the episode that began behind the limit is worth nothing
    right = of(np.ones((6, 1)), values, cut=3, last=worth)
    wrong = of(np.ones((6, 1)), values)
    assert right[3] == pytest.approx(0.0)
    assert wrong[3] < -1.0


def test_runners_do_not_mix() -> None:
    random = np.random.default_rng(0)
    rewards, values = random.normal(size=(8, 3)), random.normal(size=(9, 3))
    fell, cut = random.random((8, 3)) < 0.2, random.random((8, 3)) < 0.2
    last = random.normal(size=(8, 3))
    together = advantages(rewards, values, fell, cut, last, 0.99, 0.95)
    for i in range(3):
        pick = slice(i, i + 1)
        alone = advantages(rewards[:, pick], values[:, pick], fell[:, pick], cut[:, pick], last[:, pick], 0.99, 0.95)
        assert np.array_equal(together[:, pick], alone)
