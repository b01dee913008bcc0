"""The bootstrap of a ranking: certain where it must be, uncertain where it must be, the same every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from myorun.challenge.certainty import certainty_of, rank_probabilities, resampled_means
from myorun.challenge.ranking import Place, Submission
from myorun.errors import UsageError


def _places(*rows: list[float]) -> list[Place]:
    ordered = sorted(rows, key=lambda row: -np.mean(row))
    return [
        Place(n + 1, Submission(n, n, f"team {n}", float(np.mean(row)), 1.0, "client"), 1, (), tuple(row))
        for n, row in enumerate(ordered)
    ]


def test_who_is_ahead_on_every_course_is_first_for_certain() -> None:
    first, second = certainty_of(_places([10.0, 20.0, 30.0], [9.0, 19.0, 29.0]))
    assert first.ranks == (1.0, 0.0) and second.ranks == (0.0, 1.0)
    assert (first.ahead, second.ahead) == (1.0, None)


def test_the_courses_are_drawn_for_all_together() -> None:
    """Unpaired, these two would change places in two draws of five."""
    hard, easy = [0.0] * 5, [40.0] * 5
    first, _ = certainty_of(_places([*hard, *easy], [s - 0.1 for s in (*hard, *easy)]))
    assert first.ahead == 1.0


def test_probabilities_are_those_of_all_draws() -> None:
    """Against every one of the 3³ draws of three courses, counted."""
    scores = np.array([[5.0, 1.0, 3.3], [2.0, 4.0, 3.0], [0.0, 7.0, 1.0]])
    scores = scores[np.argsort(-scores.mean(axis=1))]
    exact = np.zeros((3, 3))
    for draw in itertools.product(range(3), repeat=3):
        order = np.argsort(-scores[:, list(draw)].mean(axis=1), kind="stable")
        exact[order, [0, 1, 2]] += 1 / 27
    assert rank_probabilities(resampled_means(scores, 100_000)) == pytest.approx(exact, abs=0.006)


def test_probabilities_add_up_and_never_change() -> None:
    rows = np.random.default_rng(1).normal(20.0, 5.0, (7, 10))
    found = certainty_of(_places(*rows.tolist()))
    ranks = np.array([entry.ranks for entry in found])
    assert ranks.sum(axis=0) == pytest.approx(np.ones(7)) and ranks.sum(axis=1) == pytest.approx(np.ones(7))
    assert [entry.ranks for entry in certainty_of(_places(*rows.tolist()))] == [entry.ranks for entry in found]
    for entry in found:
        assert entry.interval[0] < entry.place.submission.score < entry.interval[1]


def test_a_ranking_may_be_empty_or_have_one_entry() -> None:
    assert certainty_of([]) == []
    [only] = certainty_of(_places([1.0, 2.0]))
    assert only.ranks == (1.0,) and only.ahead is None
    with pytest.raises(UsageError, match="different numbers of courses"):
        certainty_of(_places([1.0, 2.0], [1.0]))
