"""Trajectories as small multiples: a section a subject, a panel a quantity, one time axis for all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.output import checked_path, whole_file
from myorun.plots.layout import WIDTH, Place, lay_out
from myorun.plots.panels import SIDES, WHAT, Curve, Panel, Section, sections_of
from myorun.plots.style import Ink, figure_style, ink_of
from myorun.trajectory import Trajectory, load_trajectory
from myorun.view.moments import runs_of, stance
from myorun.view.pose import Array, course_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".pdf", ".svg")
_STANCE = 0.08  # opacity of the shading
_FAINT = 0.45  # opacity of what was asked for behind what came of it
_OBSTACLE, _BOTH = "#c48a3e", "#555555"
_SLACK = 1e-9  # s, by which a sum of steps may miss a time
MOST = 6  # trajectories in one figure; more colours cannot be told apart


def plot(
    sources: Trajectory | str | Path | Sequence[Trajectory | str | Path],
    path: str | Path | None = None,
    *,
    what: str = "all",
    start: float | None = None,
    end: float | None = None,
) -> Figure:
    """Graphs of one trajectory, or of several for comparison.

    One is drawn with its right side red and its left side blue, stance shaded in the same colours; several each in
    a colour of their own, the left side dashed.

    Args:
        sources: A trajectory or its .npz, or up to six of them.
        path: Where to write the figure, if anywhere: .png, .pdf or .svg.
        what: "kinematics", "activations", "forces" (ground reaction and muscles), "distance", or "all".
        start: Show from this time on, s.
        end: Show up to this time, s.

    Returns:
        The figure, to be changed further; it belongs to no window.

    Raises:
        UsageError: There is no such trajectory, or an argument is not possible.
        MissingExtraError: matplotlib is not installed.
    """
    file = None if path is None else checked_path(path, "a plot", SUFFIXES)
    runs = _runs(sources)
    _check(what, runs)
    span = _span([trajectory for _, trajectory in runs], start, end)
    with figure_style():
        figure = _draw(runs, what, span)
        if file is not None:
            _write(figure, file)
    return figure


Run = tuple[str, Trajectory]


def _runs(sources: Trajectory | str | Path | Sequence[Trajectory | str | Path]) -> list[Run]:
    """Trajectories with the names they go by."""
    several = [sources] if isinstance(sources, Trajectory | str | Path) else list(sources)
    return [_run(source, k + 1) for k, source in enumerate(several)]


def _run(source: Trajectory | str | Path, number: int) -> Run:
    if isinstance(source, Trajectory):
        return course_label(source.course) or f"trajectory {number}", source
    return Path(source).name, load_trajectory(source)


def _check(what: str, runs: list[Run]) -> None:
    if what not in WHAT:
        raise UsageError(f"what is {what!r}; it must be one of {', '.join(WHAT)}")
    if not 1 <= len(runs) <= MOST:
        raise UsageError(f"{len(runs)} trajectories were given; 1 to {MOST} can be told apart in one figure")
    first = runs[0][1]
    for name, other in runs[1:]:
        if (other.coordinate_names, other.muscle_names) != (first.coordinate_names, first.muscle_names):
            raise UsageError(f"{name} has other coordinates or muscles than {runs[0][0]}; plot them one by one")


def _span(trajectories: list[Trajectory], start: float | None, end: float | None) -> tuple[float, float]:
    """Seconds shown: what was asked for, if anything of it was recorded."""
    first = min(float(trajectory.times[0]) for trajectory in trajectories)
    last = max(float(trajectory.times[-1]) for trajectory in trajectories)
    span = (first if start is None else start, last if end is None else end)
    if not (first - _SLACK <= span[0] <= span[1] <= last + _SLACK):
        raise UsageError(f"{span[0]:g} s to {span[1]:g} s was asked for; recorded is {first:g} s to {last:g} s")
    return span if span[0] < span[1] else (span[0] - 0.5, span[1] + 0.5)


# ---------------------------------------------------------------- drawing


def _draw(runs: list[Run], what: str, span: tuple[float, float]) -> Figure:
    from matplotlib.figure import Figure

    sections = [sections_of(trajectory, what) for _, trajectory in runs]
    sheet = lay_out([len(section.panels) for section in sections[0]])
    figure = Figure(figsize=(WIDTH, sheet.height))
    inks = [ink_of(k, len(runs)) for k in range(len(runs))]
    _draw_head(figure, runs, inks)
    for k, places in enumerate(sheet.places):
        _write_at(figure, 0.12, sheet.headings[k], sections[0][k].heading, fontsize=11)
        all_axes = [_axes(figure, place, panel) for place, panel in zip(places, sections[0][k].panels, strict=True)]
        for (_, trajectory), ink, mine in zip(runs, inks, sections, strict=True):
            _draw_section(all_axes, trajectory, mine[k], ink, span)
    figure.axes[0].set_xlim(*span)  # and with it all others
    return figure


def _draw_head(figure: Figure, runs: list[Run], inks: list[Ink]) -> None:
    """What is shown, and what its colours mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    keys: list[Line2D | Patch]
    if len(runs) == 1:
        color = inks[0].color
        keys = [Line2D([], [], color=color(side), label=side) for side in SIDES]
        keys += [Patch(color=color(side), alpha=2 * _STANCE, lw=0, label=f"{side} foot carries") for side in SIDES]
    else:
        keys = [Line2D([], [], color=ink.middle, label=_title(run)) for run, ink in zip(runs, inks, strict=True)]
        keys += [Line2D([], [], color=_BOTH, label="right, middle"), Line2D([], [], color=_BOTH, ls="--", label="left")]
    _write_at(figure, 0.12, 0.28, _title(runs[0]) if len(runs) == 1 else "Comparison", fontsize=13)
    corner = (0.05 / WIDTH, 1.0 - 0.40 / figure.get_figheight())
    figure.legend(handles=keys, loc="upper left", bbox_to_anchor=corner, ncols=4, columnspacing=1.6, borderpad=0.2)


def _write_at(figure: Figure, left: float, top: float, words: str, *, fontsize: float) -> None:
    height = figure.get_figheight()
    figure.text(left / WIDTH, 1.0 - top / height, words, fontsize=fontsize, weight="bold", va="center")


def _title(run: Run) -> str:
    name, trajectory = run
    distance = f"{trajectory.distance:.2f}".replace("-", "−")
    return f"{name} · {distance} m in {trajectory.duration:.2f} s"


def _axes(figure: Figure, place: Place, panel: Panel) -> Axes:
    """An empty panel; all share one time axis."""
    height = figure.get_figheight()
    box = (place.left / WIDTH, 1.0 - (place.top + place.height) / height, place.width / WIDTH, place.height / height)
    axes = figure.add_axes(box, sharex=figure.axes[0] if figure.axes else None)
    axes.set_title(panel.title + (f"  [{panel.unit}]" if panel.unit else ""))
    axes.tick_params(labelbottom=place.lowest)
    if place.lowest:
        axes.set_xlabel("time [s]", labelpad=1)
    if panel.limits is not None:
        margin = 0.03 * (panel.limits[1] - panel.limits[0])
        axes.set_ylim(panel.limits[0] - margin, panel.limits[1] + margin)
    for low, high in panel.marks:
        axes.axhspan(low, high, color=_OBSTACLE, alpha=0.35, lw=0)
    return axes


def _draw_section(
    all_axes: list[Axes], trajectory: Trajectory, section: Section, ink: Ink, span: tuple[float, float]
) -> None:
    shown = (trajectory.times >= span[0] - _SLACK) & (trajectory.times <= span[1] + _SLACK)
    for axes, panel in zip(all_axes, section.panels, strict=True):
        if ink.alone:
            _shade_stance(axes, trajectory, ink)
        for curve in panel.curves:
            _draw_curve(axes, trajectory.times, curve, ink, shown)
        if ink.alone and not any(np.isfinite(curve.values).any() for curve in panel.curves):
            axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", color=_BOTH)


def _draw_curve(axes: Axes, times: Array, curve: Curve, ink: Ink, shown: NDArray[np.bool_]) -> None:
    """Draw the states that are ``shown``, so that the others do not stretch the scale."""
    look: dict[str, Any] = {"color": ink.color(curve.side), "ls": ink.dashes(curve.side)}
    if curve.held:
        values = np.append(curve.values, curve.values[-1:])[: len(times)]
        n = len(values)
        axes.plot(times[:n][shown[:n]], values[shown[:n]], drawstyle="steps-post", alpha=_FAINT, lw=0.7, **look)
    else:
        axes.plot(times[shown], curve.values[shown], marker="." if shown.sum() == 1 else None, **look)


def _shade_stance(axes: Axes, trajectory: Trajectory, ink: Ink) -> None:
    """Tint the times at which each foot carries."""
    for side in SIDES:
        for first, last in runs_of(stance(trajectory, side[0])):
            axes.axvspan(trajectory.times[first], trajectory.times[last], color=ink.color(side), alpha=_STANCE, lw=0)


# ---------------------------------------------------------------- writing


def _write(figure: Figure, path: Path) -> None:
    kind = path.suffix.lower()[1:]
    dateless = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    with whole_file(path) as part:
        figure.savefig(part, format=kind, metadata=dateless)
