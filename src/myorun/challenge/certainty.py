"""How certain a ranking is, and whether the first would be first on other courses too.

All entries ran the same courses, so the courses are drawn again, with replacement and for all entries together (a
paired bootstrap, Efron 1979): each draw gives everybody a mean score, and with it a rank. How often an entry comes in
at a rank is the probability of it. What is drawn from is what was run: ten simulations say little about an eleventh
that is unlike them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.challenge.ranking import Place
from myorun.errors import UsageError

Array = NDArray[np.float64]

RESAMPLES = 10_000
_SEED = 2017  # the same draws whenever somebody looks


@dataclass(frozen=True)
class Certainty:
    """What a bootstrap says of one entry of a ranking."""

    place: Place
    ranks: tuple[float, ...]  # probability of each rank, the first first
    interval: tuple[float, float]  # within which 95 % of its mean scores lie
    ahead: float | None  # probability that it beats the next one; None: it is the last


def certainty_of(places: Sequence[Place], resamples: int = RESAMPLES) -> list[Certainty]:
    """For every place of a ranking, in its order; empty where there is none.

    :class:`UsageError` if the entries ran different numbers of courses.
    """
    if len({len(place.course_scores) for place in places}) > 1:
        raise UsageError("the entries ran different numbers of courses; they cannot be compared")
    if not places or not places[0].course_scores:
        return []
    means = resampled_means(np.array([place.course_scores for place in places]), resamples)
    ranks = rank_probabilities(means)
    low, high = np.percentile(means, (2.5, 97.5), axis=1)
    ahead = [*np.mean(means[:-1] >= means[1:], axis=1).tolist(), None]
    return [
        Certainty(place, tuple(ranks[i].tolist()), (float(low[i]), float(high[i])), ahead[i])
        for i, place in enumerate(places)
    ]


def resampled_means(scores: Array, resamples: int = RESAMPLES) -> Array:
    """Mean scores, shape (entries, resamples), of ``scores``, shape (entries, courses), on courses drawn again."""
    courses = scores.shape[1]
    draws = np.random.default_rng(_SEED).integers(0, courses, (resamples, courses))
    counts = np.apply_along_axis(np.bincount, 1, draws, minlength=courses)  # how often each course was drawn
    return np.asarray(scores @ counts.T / courses)


def rank_probabilities(means: Array) -> Array:
    """Share of the draws in which each entry comes in at each rank, shape (entries, entries).

    Entries are in the order of the ranking: of equal means, the one that ranks higher is ahead.
    """
    entries, resamples = means.shape
    order = np.argsort(-means, axis=0, kind="stable")  # (rank, draw) → entry
    found = np.zeros((entries, entries))
    for rank in range(entries):
        found[:, rank] = np.bincount(order[rank], minlength=entries) / resamples
    return found
