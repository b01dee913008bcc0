"""Figures of gait: one gait in full, and many against humans as in Figure 7 of the 2018 paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from myorun.errors import UsageError
from myorun.gait.analysis import FREE_OFFSET, Gait
from myorun.gait.cycles import PERCENT
from myorun.gait.motion import JOINTS
from myorun.gait.panels import (
    JOINT_LABELS,
    activation_raster,
    curve_panel,
    human_band,
    known_joints,
    note,
    phase_portrait,
)
from myorun.gait.style import FAINT, RC, SCORES, SIDE_COLORS, dress, new_figure

Row = Callable[[Gait, Sequence[Axes]], None]

_LETTERS_AN_INCH = 21.0  # of the small print
SCORE_BINS = (15.0, 25.0, 35.0)  # edges of the columns of many gaits; below, between, above


def overview_figure(gait: Gait) -> Figure:
    """One gait: joint angles, ground reaction, muscles, moments, powers, phase portraits, as far as it tells."""
    with rc_context(RC):
        rows = _overview_rows(gait)
        figure = new_figure(10.5, 2.35 * len(rows) + 0.5)
        figure.suptitle(_title(gait), fontsize=12, fontweight="bold", x=0.01, ha="left")
        grid = figure.subplots(len(rows), 3, squeeze=False)
        for axes, draw in zip(grid, rows, strict=True):
            draw(gait, axes)
        for axes in grid.flat:
            if not axes.has_data():
                axes.set_axis_off()
        return figure


def _title(gait: Gait) -> str:
    name = gait.name if len(gait.name) < 60 else f"…{gait.name[-58:]}"
    score = gait.motion.record.facts.score if gait.motion.record else None
    pace = [f"{gait.speed:.2f} m/s"] if np.isfinite(gait.speed) else []
    parts = [name, *pace, f"{len(gait.strides)} strides"]
    return " · ".join([*parts, f"score {score:.1f}"] if score is not None else parts)


def _overview_rows(gait: Gait) -> list[Row]:
    rows: list[Row] = [_angle_row]
    if "vertical_force" in gait.curves["both"] or gait.activations:
        rows.append(_ground_row)
    if "hip_moment" in gait.curves["both"]:
        rows += [_moment_row, _power_row]
    return [*rows, _phase_row]


def _angle_row(gait: Gait, axes: Sequence[Axes]) -> None:
    joints = known_joints(gait)
    for own, joint in zip(axes, joints, strict=False):
        curve_panel(own, gait, joint, joint, JOINT_LABELS[joint])
    axes[0].legend(loc="best")


def _ground_row(gait: Gait, axes: Sequence[Axes]) -> None:
    if "vertical_force" in gait.curves["both"]:
        curve_panel(axes[0], gait, "vertical_force", "vertical ground reaction", "body weights")
        curve_panel(axes[1], gait, "forward_force", "forward ground reaction", "body weights")
    if gait.activations:
        activation_raster(axes[2], gait.activations, gait)


def _moment_row(gait: Gait, axes: Sequence[Axes]) -> None:
    for own, joint in zip(axes, JOINTS, strict=True):
        what = "plantarflexion" if joint == "ankle" else "extension"
        curve_panel(own, gait, f"{joint}_moment", f"{joint} moment", f"{what} [N m/kg]")


def _power_row(gait: Gait, axes: Sequence[Axes]) -> None:
    for own, joint in zip(axes, JOINTS, strict=True):
        curve_panel(own, gait, f"{joint}_power", f"{joint} power", "W/kg")
        own.set_xlabel("% of gait cycle")


def _phase_row(gait: Gait, axes: Sequence[Axes]) -> None:
    for own, joint in zip(axes, known_joints(gait), strict=False):
        phase_portrait(own, gait, joint)


# ---------------------------------------------------------------- many gaits


def kinematics_figure(gaits: Sequence[Gait], bins: Sequence[float] = SCORE_BINS) -> Figure:
    """Hip, knee and ankle of many gaits, in columns of ascending score, over human running.

    Every line is the mean cycle of one agent, both legs together, in the colour of its score. Motions without a score
    have a column of their own.

    :class:`UsageError` if there is none.
    """
    if not gaits:
        raise UsageError("there is no gait to draw; give one at least")
    with rc_context(RC):
        columns = _columns(gaits, bins)
        figure = new_figure(2.2 + 2.6 * len(columns), 6.6)
        grid = figure.subplots(len(JOINTS), len(columns), sharex=True, sharey="row", squeeze=False)
        scores = Normalize(*_score_range(gaits))
        for k, (title, members) in enumerate(columns):
            for j, joint in enumerate(JOINTS):
                _many_panel(grid[j, k], members, joint, scores)
            grid[0, k].set_title(f"{title}\n{len(members)} gait{'s' if len(members) != 1 else ''}", pad=14)
            grid[-1, k].set_xlabel("% of gait cycle")
        for j, joint in enumerate(JOINTS):
            grid[j, 0].set_ylabel(JOINT_LABELS[joint])
        if len({_score(g) for g in gaits} - {None}) > 1:
            bar = figure.colorbar(ScalarMappable(scores, SCORES), ax=grid, fraction=0.02, pad=0.01, label="score [m]")
            bar.outline.set_visible(False)
        words = wrap(_small_print(gaits), width=int(_LETTERS_AN_INCH * figure.get_figwidth()))
        figure.text(0.005, 0.002, "\n".join(words), fontsize=6.5, color=FAINT, va="bottom")
        foot = 0.018 * (len(words) + 0.5)
        layout: Any = figure.get_layout_engine()
        layout.set(rect=(0, foot, 1, 1 - foot))
        return figure


def _many_panel(axes: Axes, gaits: Sequence[Gait], joint: str, scores: Normalize) -> None:
    known = [gait for gait in gaits if joint in gait.curves["both"]]
    human = known[0].human.at(float(np.mean([g.human_speed for g in known]))) if known else {}
    if joint in human:
        offset = float(np.mean([g.comparisons[joint].offset for g in known])) if joint in FREE_OFFSET else 0.0
        human_band(axes, human[joint], offset)
        if joint in FREE_OFFSET:
            note(axes, f"human moved by {offset:+.0f}°")
    for gait in known:
        score = _score(gait)
        color = SIDE_COLORS["both"] if score is None else SCORES(scores(score))
        axes.plot(PERCENT, gait.curves["both"][joint].mean, color=color, linewidth=1.4, alpha=0.9, zorder=5)
    dress(axes, zero=True)


def _score(gait: Gait) -> float | None:
    return gait.motion.record.facts.score if gait.motion.record else None


def _score_range(gaits: Sequence[Gait]) -> tuple[float, float]:
    scores = [s for s in map(_score, gaits) if s is not None] or [0.0]
    low, high = min(scores), max(scores)
    return (low, high) if high - low > 1e-6 else (low - 1, high + 1)


def _columns(gaits: Sequence[Gait], bins: Sequence[float]) -> list[tuple[str, list[Gait]]]:
    """Title and members of each column that has members."""
    edges = [-np.inf, *bins, np.inf]
    columns = []
    for low, high in pairwise(edges):
        members = [g for g in gaits if (s := _score(g)) is not None and low <= s < high]
        below, above = f"score below {high:g}", f"score {low:g} and more"
        title = below if low == -np.inf else above if high == np.inf else f"score {low:g} to {high:g}"
        columns.append((title, members))
    columns.append(("no score", [g for g in gaits if _score(g) is None]))
    return [(title, members) for title, members in columns if members]


def _small_print(gaits: Sequence[Gait]) -> str:
    speeds = sorted({g.human_speed for g in gaits})
    at = f"{speeds[0]:.1f} m/s" if len(speeds) == 1 else f"{speeds[0]:.1f} to {speeds[-1]:.1f} m/s"
    protocol = gaits[0].protocol.description
    return (
        f"Grey: human running at {at}, the column's mean speed, mean ± 2 SD ({gaits[0].human.source}). Hip: humans "
        f"moved to the column's mean, as its zero depends on the pelvis' convention. Protocol: {protocol}."
    )
