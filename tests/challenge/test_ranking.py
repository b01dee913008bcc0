"""Ranks by the rules of the stage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from challenge.conftest import settings_with
from myorun.challenge.ranking import Submission, _counting, ranked

FIRST = Submission(id=1, team_id=1, team="a", score=2.0, finished_at=10.0, ended_by="client")


def of(number: int, score: float, at: float) -> Submission:
    return replace(FIRST, id=number, team_id=number, score=score, finished_at=at)


@pytest.mark.parametrize(("ties", "ranks"), [("earlier", [1, 2, 3, 4]), ("shared", [1, 2, 2, 4])])
def test_equal_scores_rank_as_the_stage_says(ties: str, ranks: list[int]) -> None:
    stage = settings_with(ties=ties).stages[0]
    places = ranked(stage, [of(1, 1.0, 1.0), of(2, 2.0, 3.0), of(3, 2.0, 2.0), of(4, 3.0, 4.0)])
    assert [(rank, s.id) for rank, s in places] == list(zip(ranks, [4, 3, 2, 1], strict=True))


def test_best_or_last_counts_as_the_stage_says() -> None:
    own = [of(1, 1.0, 1.0), of(2, 5.0, 2.0), of(3, 5.0, 3.0), of(4, 4.0, 4.0)]
    assert _counting(settings_with(counts="best").stages[0], own).id == 2
    assert _counting(settings_with(counts="last").stages[0], own).id == 4
