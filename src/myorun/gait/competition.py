"""Figures of a whole challenge: how scores rose, how they are spread, and how sure the first places are.

As Figures 5 and 6 of Kidziński et al. (2018); Figure 7 is :func:`myorun.gait.figures.kinematics_figure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.gait.style import FAINT, RC, SIDE_COLORS, dress, new_figure

Array = NDArray[np.float64]

_MARK, _LINE, _BEST = "#219ebc", "#9fc9d6", "#0b4f6c"
_FEWEST_BINS, _MOST_BINS = 8, 40


@dataclass(frozen=True)
class Entry:
    """One finished submission."""

    participant: str
    finished_at: float  # s since 1970
    score: float
    course_scores: tuple[float, ...] = ()


def progress_figure(entries: Sequence[Entry], *, title: str, baseline: float | None = None) -> Figure:
    """Figure 5: every submission over time with each participant's best so far, and the histogram of all scores.

    :class:`UsageError` if there is no submission.
    """
    _refuse_none(entries)
    with rc_context(RC):
        figure = new_figure(9.5, 3.8)
        figure.suptitle(title, fontsize=12, fontweight="bold", x=0.01, ha="left")
        over_time, spread = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1.2))
        _draw_progress(over_time, entries)
        _draw_histogram(spread, entries)
        for axes in (over_time, spread):
            if baseline is not None:
                axes.axhline(baseline, color=SIDE_COLORS["left"], linewidth=1.2, linestyle=(0, (5, 3)), zorder=2)
        if baseline is not None:
            place = over_time.get_yaxis_transform()
            over_time.text(0.995, baseline, "baseline", transform=place, fontsize=8, color=SIDE_COLORS["left"],
                           ha="right", va="bottom")  # fmt: skip
        return figure


def _refuse_none(entries: Sequence[Entry]) -> None:
    if not entries:
        raise UsageError("the stage has no finished submission yet; there is nothing to draw")


def _draw_progress(axes: Axes, entries: Sequence[Entry]) -> None:
    for participant in sorted({e.participant for e in entries}):
        own = sorted((e for e in entries if e.participant == participant), key=lambda e: e.finished_at)
        times = _days(own)
        best = np.maximum.accumulate([e.score for e in own])
        axes.step(times, best, where="post", color=_LINE, linewidth=0.8, alpha=0.55, zorder=3)
        axes.plot(
            times, [e.score for e in own], "o", color=_MARK, markersize=3.5, alpha=0.7, markeredgewidth=0, zorder=4
        )
    every = sorted(entries, key=lambda e: e.finished_at)
    times = _days(every)
    leading = np.maximum.accumulate([e.score for e in every])
    axes.step(times, leading, where="post", color=_BEST, linewidth=2.0, label="best so far", zorder=5)
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_ylabel("score [m]")
    axes.set_title(f"{len(entries)} submissions of {len({e.participant for e in entries})} participants")
    axes.legend(loc="best")
    dress(axes, cycle=False)


def _days(entries: Sequence[Entry]) -> Array:
    """When they finished, in days since 1970, as matplotlib counts dates."""
    return np.array([entry.finished_at / 86_400 for entry in entries])


def _draw_histogram(axes: Axes, entries: Sequence[Entry]) -> None:
    scores = [e.score for e in entries]
    bins = int(np.clip(np.sqrt(len(scores)) * 2, _FEWEST_BINS, _MOST_BINS))
    axes.hist(scores, bins=bins, orientation="horizontal", color=_MARK, alpha=0.85, edgecolor="white", linewidth=0.6)
    axes.set_title("distribution")
    axes.set_xlabel("submissions")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    dress(axes, cycle=False)


def spread_figure(entries: Sequence[Entry], *, title: str, most: int = 10) -> Figure:
    """Figure 6: the scores of the single simulations of the best entries, the best on the left.

    Boxes hold the middle half, the line is the median, the diamond the mean that ranks, dots are simulations.

    :class:`UsageError` if no entry has any.
    """
    best = sorted((e for e in entries if e.course_scores), key=lambda e: -e.score)[:most]
    _refuse_none(best)
    with rc_context(RC):
        figure = new_figure(max(4.5, 1.6 + 0.85 * len(best)), 4.0)
        axes = figure.subplots()
        places = np.arange(1, len(best) + 1)
        box = {"facecolor": "#dcecf2", "edgecolor": _BEST, "linewidth": 1.0}
        line = {"color": _BEST, "linewidth": 1.0}
        axes.boxplot(
            [e.course_scores for e in best], positions=places, widths=0.55, patch_artist=True, showfliers=False,
            boxprops=box, whiskerprops=line, capprops=line, medianprops={**line, "linewidth": 1.8},
        )  # fmt: skip
        for place, entry in zip(places, best, strict=True):
            offsets = np.linspace(-0.16, 0.16, len(entry.course_scores)) if len(entry.course_scores) > 1 else [0.0]
            axes.plot(place + np.array(offsets), entry.course_scores, "o", color=_MARK, markersize=3.5, alpha=0.8)
        axes.plot(
            places, [e.score for e in best], "D", color=SIDE_COLORS["left"], markersize=5, zorder=5, label="score"
        )
        names = [e.participant if len(e.participant) <= 14 else f"{e.participant[:13]}…" for e in best]
        axes.set_xticks(places, names, rotation=30, ha="right", color=FAINT)
        axes.set_ylabel("score of a simulation [m]")
        axes.set_title(title)
        axes.legend(loc="best")
        dress(axes, cycle=False)
        axes.grid(False, axis="x")
        return figure
