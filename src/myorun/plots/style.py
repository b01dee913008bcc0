"""One look for all graphs: colours of the sides and of the runs, thin axes, a light grid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from myorun.errors import MissingExtraError
from myorun.view.palette import DAY, Color

DPI = 150  # of a .png
# Of several runs: told apart in print and by most colour-blind eyes (after M. Okabe and K. Ito, 2008).
_RUNS: tuple[Color, ...] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 140, 105),
    (204, 121, 167),
    (120, 120, 120),
    (86, 180, 233),
)
_MIDDLE: Color = (52, 62, 80)
_GRID, _EDGE, _TEXT = "#e4e8ee", "#9aa5b4", "#1c283a"
_RC: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _EDGE,
    "axes.grid": True,
    "axes.labelcolor": _TEXT,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9.5,
    "axes.titlecolor": _TEXT,
    "axes.titlelocation": "left",
    "axes.xmargin": 0.0,
    "figure.facecolor": "white",
    "font.size": 8.5,
    "grid.color": _GRID,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "lines.dashed_pattern": (2.6, 1.3),
    "lines.linewidth": 1.3,
    "savefig.dpi": DPI,
    "svg.hashsalt": "myorun",  # the same figure gives the same file
    "text.color": _TEXT,
    "xtick.color": _EDGE,
    "xtick.labelcolor": _TEXT,
    "ytick.color": _EDGE,
    "ytick.labelcolor": _TEXT,
}


@dataclass(frozen=True, slots=True)
class Ink:
    """How one trajectory is drawn."""

    right: str  # colours, as matplotlib reads them
    left: str
    middle: str
    dashed_left: bool
    alone: bool  # whether no other trajectory is in the figure

    def color(self, side: str) -> str:
        """Of "right", "left" or "middle"."""
        return {"right": self.right, "left": self.left, "middle": self.middle}[side]

    def dashes(self, side: str) -> str:
        """Line style of a side."""
        return "--" if side == "left" and self.dashed_left else "-"


def ink_of(number: int, count: int) -> Ink:
    """Sides in their colours if there is one trajectory; else a colour each, the left side dashed."""
    if count == 1:
        return Ink(_hex(DAY.right), _hex(DAY.left), _hex(_MIDDLE), dashed_left=False, alone=True)
    own = _hex(_RUNS[number % len(_RUNS)])
    return Ink(own, own, own, dashed_left=True, alone=False)


@contextmanager
def figure_style() -> Iterator[None]:
    """Our look, for as long as it lasts; what is set elsewhere stays as it is.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise MissingExtraError("plotting", "gait") from None
    with mpl.rc_context(_RC):
        yield


def _hex(color: Color) -> str:
    return "#" + "".join(f"{c:02x}" for c in color)
