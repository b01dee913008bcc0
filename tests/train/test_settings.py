"""Settings: every algorithm's fit their dataclass; changes are typed, and mistakes answered with what there is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field

import pytest

from myorun.errors import UsageError
from myorun.train.run_folder import toml_of
from myorun.train.schedule import at
from myorun.train.settings import algorithms, changed, checked, words_of


@dataclass(frozen=True)
class Example:
    seed: int = 1
    rate: float = 0.1
    mirror: bool = True
    method: str = "a"
    hidden: list[int] = field(default_factory=lambda: [8])
    reward: dict[str, float] = field(default_factory=dict)


WORDS = {"seed": 3, "rate": 0.2, "method": "b", "reward": {"joints": 0.01}}


def test_a_change_from_the_command_line_is_typed_as_toml() -> None:
    words = changed(WORDS, ["seed=5", "rate = 3e-4", "method=c-1", "reward.joints=[[0, 0.1], [5, 0.2]]"])
    assert words == {"seed": 5, "rate": 3e-4, "method": "c-1", "reward": {"joints": [[0, 0.1], [5, 0.2]]}}
    assert WORDS["reward"] == {"joints": 0.01}


@pytest.mark.parametrize("change", ["sed=5", "seed", "reward=1", "reward.knees=1", "seed.x=1", "=3", "rate=one two"])
def test_a_change_that_names_nothing_is_refused(change: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        changed(WORDS, [change])


@pytest.mark.parametrize(
    "words",
    [
        {"seed": 1.5}, {"seed": True}, {"rate": "fast"}, {"rate": float("nan")}, {"mirror": 1}, {"method": 3},
        {"hidden": 3}, {"nothing": 1}, {"rate": []}, {"rate": [[1, 2], [1, 3]]}, {"rate": [[1, "x"]]}, {"reward": 3},
    ],
)  # fmt: skip
def test_settings_of_another_kind_are_refused(words: dict) -> None:
    with pytest.raises(UsageError, match="setting"):
        checked(Example, words)


def test_a_number_may_be_a_schedule() -> None:
    rate = checked(Example, {"rate": [[10, 1.0], [20, 3.0]]}).rate
    assert [at(rate, million) for million in (0, 10, 15, 20, 99)] == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert at(0.5, 7.0) == 0.5


def test_an_unknown_algorithm_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no algorithm 'pppo'; there are .*champion"):
        words_of("pppo")


@pytest.mark.parametrize("algorithm", algorithms())
def test_settings_survive_being_written(algorithm: str) -> None:
    words = words_of(algorithm)
    assert tomllib.loads(toml_of(words)) == words
