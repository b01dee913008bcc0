"""One look for all figures of gait: what each colour means, and how axes are dressed."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from myorun.errors import unwritable
from myorun.output import checked_path

HUMAN, HUMAN_LINE = "#d5d9df", "#8b94a1"
SIDE_COLORS = {"right": "#0f6e9c", "left": "#d8643a", "both": "#2b2f36"}
TEXT, FAINT, GRID = "#23272e", "#6b7480", "#e6e8ec"
ACTIVATION: Colormap = LinearSegmentedColormap.from_list(
    "activation", ["#f6f7f9", "#f6d9c4", "#e98c63", "#c53b3b", "#6d1030"]
)
SCORES: Colormap = LinearSegmentedColormap.from_list("scores", ["#a8d5ba", "#4fa3a5", "#2f6690", "#3d348b", "#7a1f5c"])
SUFFIXES = (".png", ".svg", ".pdf")
RC = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": TEXT,
    "axes.linewidth": 0.8,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": TEXT,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "text.color": TEXT,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "svg.fonttype": "path",
    "svg.hashsalt": "myorun",  # the same figure gives the same file
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, laid out without overlaps."""
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def dress(axes: Axes, *, zero: bool = False, cycle: bool = True) -> None:
    """Light axes: two spines, a faint grid, perhaps a line at zero and an axis of the gait cycle."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    if zero:
        axes.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
    if cycle:
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 25))


def checked_figure_path(path: str | Path) -> Path:
    """``path``, if a figure can be written there; else :class:`UsageError`."""
    return checked_path(path, "a figure", SUFFIXES)


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure; its format is that of the suffix.

    :class:`UsageError` if that is not possible.
    """
    file = checked_figure_path(path)
    try:
        with rc_context(RC):
            figure.savefig(file, dpi=160, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise unwritable(f"the figure {str(file)!r}", error) from None
    return file
