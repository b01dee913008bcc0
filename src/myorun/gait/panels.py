"""The panels that figures of gait are put together from: each draws one thing on the axes it is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from myorun.gait.analysis import FREE_OFFSET, Gait
from myorun.gait.comparison import BAND
from myorun.gait.cycles import PERCENT, Curve
from myorun.gait.human import HumanCurve, shifted
from myorun.gait.motion import JOINTS, SIDES
from myorun.gait.style import ACTIVATION, FAINT, HUMAN, HUMAN_LINE, SIDE_COLORS, dress

JOINT_LABELS = {
    "hip": "hip flexion [°]",
    "knee": "knee flexion [°]",
    "ankle": "ankle dorsiflexion [°]",
    "thigh": "thigh to vertical [°]",
}


def human_band(axes: Axes, curve: HumanCurve, offset: float = 0.0, label: str | None = None) -> None:
    """The human curve with so many standard deviations to each side."""
    human = shifted(curve, offset)
    low, high = human.mean - BAND * human.deviation, human.mean + BAND * human.deviation
    axes.fill_between(PERCENT, low, high, color=HUMAN, linewidth=0, label=label, zorder=2)
    axes.plot(PERCENT, human.mean, color=HUMAN_LINE, linewidth=1.0, zorder=3)


def note(axes: Axes, text: str) -> None:
    """Small print in the upper right corner."""
    axes.text(1.0, 1.02, text, transform=axes.transAxes, ha="right", va="bottom", fontsize=7, color=FAINT)


def side_curve(axes: Axes, curve: Curve, side: str) -> None:
    """A mean cycle with a standard deviation to each side."""
    color = SIDE_COLORS[side]
    low, high = curve.mean - curve.deviation, curve.mean + curve.deviation
    axes.fill_between(PERCENT, low, high, color=color, alpha=0.18, linewidth=0, zorder=4)
    axes.plot(PERCENT, curve.mean, color=color, linewidth=1.8, label=side, zorder=5)


def toe_off(axes: Axes, gait: Gait, side: str) -> None:
    """Where stance ends, as a short line below."""
    shares = [100 * (s.off - s.start) / s.duration for s in gait.strides if SIDES[s.side] == side]
    top = 0.05
    axes.axvline(float(np.mean(shares)), 0, top, color=SIDE_COLORS[side], linewidth=2.2, zorder=6)


def curve_panel(axes: Axes, gait: Gait, name: str, title: str, unit: str) -> None:
    """Right and left mean cycles of a quantity over the human band."""
    human = gait.human_curves().get(name)
    if human is not None:
        offset = gait.comparisons[name].offset if name in FREE_OFFSET else 0.0
        human_band(axes, human, offset, f"human, {gait.human_speed:.1f} m/s")
        if name in FREE_OFFSET:
            note(axes, f"human moved by {offset:+.0f}°")
    for side in SIDES:
        if name in gait.curves[side]:
            side_curve(axes, gait.curves[side][name], side)
            toe_off(axes, gait, side)
    axes.set_title(title)
    axes.set_ylabel(unit)
    dress(axes, zero=True)


def activation_raster(axes: Axes, activations: Mapping[str, Curve], gait: Gait) -> None:
    """Mean activation of every muscle over the cycle, both legs together, dark where it is high."""
    names = list(activations)
    rows = np.array([activations[name].mean for name in names])
    image = axes.imshow(rows, aspect="auto", cmap=ACTIVATION, vmin=0, vmax=1, extent=(0, 100, len(names), 0))
    for row in range(1, len(names)):
        axes.axhline(row, color="white", linewidth=1.5)
    shares = [100 * (s.off - s.start) / s.duration for s in gait.strides]
    axes.axvline(float(np.mean(shares)), color="#23272e", linewidth=0.9, linestyle=(0, (3, 3)))
    axes.set_yticks(np.arange(len(names)) + 0.5, [name.replace("_", " ") for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_xticks(range(0, 101, 25))
    axes.spines[:].set_visible(False)
    axes.set_title("muscle activation")
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.02, 0, 0.025, 1)), ticks=[0, 0.5, 1])
    bar.outline.set_visible(False)


def phase_portrait(axes: Axes, gait: Gait, joint: str) -> None:
    """Angle against angular velocity, every stride: a loop that closes is a gait that repeats itself."""
    for side in SIDES:
        durations = [s.duration for s in gait.strides if SIDES[s.side] == side]
        color = SIDE_COLORS[side]
        for cycle, duration in zip(gait.curves[side][joint].cycles, durations, strict=True):
            velocity = np.gradient(cycle, PERCENT / 100 * duration)
            axes.plot(cycle, velocity, color=color, linewidth=0.6, alpha=0.35)
        mean = gait.curves[side][joint].mean
        rate = np.gradient(mean, PERCENT / 100 * float(np.mean(durations)))
        axes.plot(mean, rate, color=color, linewidth=1.6, label=side)
        axes.plot(mean[:1], rate[:1], "o", color=color, markersize=4.5, markeredgecolor="white")
    axes.set_title(f"{joint} phase portrait")
    axes.set_xlabel(JOINT_LABELS[joint])
    axes.set_ylabel("°/s")
    dress(axes, cycle=False)


def known_joints(gait: Gait) -> list[str]:
    """Those of hip, knee and ankle that the motion tells."""
    return [joint for joint in JOINTS if joint in gait.curves["both"]]
