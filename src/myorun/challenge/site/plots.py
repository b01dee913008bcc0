"""Plots as SVG inside a page: colours come from the style sheet, so that they follow light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from myorun.challenge.ranking import Place, Submission

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 32, 12, 34  # margins [pixels]
_COLORED = 8  # teams with a colour of their own: the best


def sparkline(scores: Sequence[float], width: int = 90, height: int = 24) -> str:
    """A team's scores in their order; the last one is a dot."""
    low, high = min(scores), max(scores)
    reach, last = (high - low) or 1.0, max(len(scores) - 1, 1)
    points = [
        (3 + (width - 6) * i / last, height - 4 - (height - 8) * (score - low) / reach)
        for i, score in enumerate(scores)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{len(scores)} scores, {low:.2f} to {high:.2f}">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )


def progress(submissions: Sequence[Submission], baseline: float | None) -> str:
    """Best score so far of every team over time; the best teams in colour, the baseline as a line."""
    if not submissions:
        return ""
    start, end = submissions[0].finished_at, submissions[-1].finished_at
    end = max(end, start + 3600.0)
    scores = [s.score for s in submissions] + ([] if baseline is None else [baseline])
    axes = _Axes(start, end, min(0.0, *scores), max(1.0, *scores))
    lines = [_best_so_far(axes, own, rank, end) for rank, own in enumerate(_by_best(submissions))]
    mark = "" if baseline is None else _baseline(axes, baseline)
    times = [start + (end - start) * i / 4 for i in range(5)]
    labels = [(time, datetime.fromtimestamp(time, UTC).strftime(_time_format(end - start))) for time in times]
    return axes.plot("".join(reversed(lines)) + mark, labels, "Best score of every team over time")


def leaders(submissions: Sequence[Submission]) -> list[tuple[str, float]]:
    """The teams with a colour of their own in :func:`progress`, in its order, each with its best score."""
    return [(own[0].team, max(s.score for s in own)) for own in _by_best(submissions)[:_COLORED]]


def _time_format(seconds: float) -> str:
    return "%d %b" if seconds > 4 * 86400 else "%d %b %H:%M" if seconds > 86400 else "%H:%M"


def _by_best(submissions: Sequence[Submission]) -> list[list[Submission]]:
    """Submissions team by team, the team with the best score first."""
    teams: dict[int, list[Submission]] = {}
    for submission in submissions:
        teams.setdefault(submission.team_id, []).append(submission)
    return sorted(teams.values(), key=lambda own: -max(s.score for s in own))


def _best_so_far(axes: _Axes, own: Sequence[Submission], rank: int, end: float) -> str:
    best, path = -math.inf, ""
    for submission in own:
        x, y = axes.x(submission.finished_at), axes.y(max(best, submission.score))
        path += f"M{x:.1f} {y:.1f}" if not path else f"H{x:.1f}V{y:.1f}"
        best = max(best, submission.score)
    kind = f"team c{rank}" if rank < _COLORED else "team"
    title = f"<title>{escape(own[0].team)}: {best:.3f}</title>"
    dot = f'<circle cx="{axes.x(own[0].finished_at):.1f}" cy="{axes.y(own[0].score):.1f}" r="2.5"/>'
    return f'<g class="{kind}">{title}<path d="{path}H{axes.x(end):.1f}"/>{dot}</g>'


def _baseline(axes: _Axes, baseline: float) -> str:
    y = axes.y(baseline)
    return (
        f'<path class="baseline" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
        f'<text class="baseline" x="{_WIDTH - _RIGHT - 4}" y="{y - 5:.1f}" text-anchor="end">baseline</text>'
    )


def histogram(scores: Sequence[float], bins: int = 20) -> str:
    """How many submissions reached which score."""
    if not scores:
        return ""
    low, high = min(0.0, *scores), max(1.0, *scores)
    counts = [0] * bins
    for score in scores:
        counts[min(bins - 1, int(bins * (score - low) / (high - low)))] += 1
    axes = _Axes(low, high, 0.0, float(max(counts)))
    width = (axes.x(high) - axes.x(low)) / bins
    bars = "".join(
        f'<rect class="bar" x="{axes.x(low) + i * width + 1:.1f}" y="{axes.y(count):.1f}" width="{width - 2:.1f}" '
        f'height="{axes.y(0.0) - axes.y(count):.1f}"><title>{count}</title></rect>'
        for i, count in enumerate(counts)
        if count
    )
    labels = [(value, f"{value:.3g}") for value in _ticks(low, high)]
    return axes.plot(bars, labels, "Histogram of scores", whole=True)


def boxes(places: Sequence[Place]) -> str:
    """The single simulations of every entry: a box for the middle half, its median, whiskers, dots, the mean."""
    drawn = [place for place in places if place.course_scores]
    if not drawn:
        return ""
    scores = [score for place in drawn for score in place.course_scores]
    axes = _Axes(0.0, float(len(drawn)), min(0.0, *scores), max(1.0, *scores))
    shapes = "".join(_box(axes, number, place) for number, place in enumerate(drawn))
    labels = [(number + 0.5, str(place.rank)) for number, place in enumerate(drawn)]
    return axes.plot(shapes, labels, "Scores of the single simulations of the best entries, by rank")


def _box(axes: _Axes, number: int, place: Place) -> str:
    scores = sorted(place.course_scores)
    low, middle, high = (_quantile(scores, share) for share in (0.25, 0.5, 0.75))
    reach = 1.5 * (high - low)
    inside = [score for score in scores if low - reach <= score <= high + reach]
    left, right, center = axes.x(number + 0.22), axes.x(number + 0.78), axes.x(number + 0.5)
    mean = axes.y(place.submission.score)
    dots = "".join(
        f'<circle cx="{left + (right - left) * (i + 0.5) / len(scores):.1f}" cy="{axes.y(score):.1f}" r="2"/>'
        for i, score in enumerate(place.course_scores)
    )
    return (
        f'<g class="box"><title>{place.rank}. {escape(place.submission.team)}: {place.submission.score:.3f}</title>'
        f'<path d="M{center:.1f} {axes.y(inside[0]):.1f}V{axes.y(low):.1f}M{center:.1f} {axes.y(high):.1f}'
        f'V{axes.y(inside[-1]):.1f}"/>'
        f'<rect x="{left:.1f}" y="{axes.y(high):.1f}" width="{right - left:.1f}" '
        f'height="{max(axes.y(low) - axes.y(high), 0.5):.1f}"/>'
        f'<path class="median" d="M{left:.1f} {axes.y(middle):.1f}H{right:.1f}"/>{dots}'
        f'<path class="mean" d="M{center:.1f} {mean - 5:.1f}l5 5l-5 5l-5 -5z"/></g>'
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest, in proportion."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


class _Axes:
    """Data → pixels."""

    def __init__(self, left: float, right: float, low: float, high: float) -> None:
        self._left, self._span = left, (right - left) or 1.0
        self._low, self._reach = low, (high - low) or 1.0
        self._high = high

    def x(self, value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - self._left) / self._span

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - self._low) / self._reach

    def plot(self, inside: str, x_labels: Sequence[tuple[float, str]], title: str, whole: bool = False) -> str:
        grid = "".join(
            f'<path class="grid" d="M{_LEFT} {self.y(v):.1f}H{_WIDTH - _RIGHT}"/>'
            f'<text x="{_LEFT - 6}" y="{self.y(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
            for v in _ticks(self._low, self._high)
            if not whole or v == int(v)
        )
        below = "".join(
            f'<text x="{self.x(value):.1f}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(label)}</text>'
            for value, label in x_labels
        )
        return (
            f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
            f"{grid}{below}{inside}</svg>"
        )


def _ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers within a range."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= rough)
    return [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
