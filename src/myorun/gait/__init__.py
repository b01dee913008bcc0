"""Gait analysis: what a movement means, and how far it is from human running.

::

    gait = analyse(load_trajectory("walk.npz"))     # cycles, measures, comparison with humans
    gait.measure("duty_factor").value
    gait.curves["both"]["knee"].mean                # 0 to 100 % of the gait cycle
    gait.comparisons["knee"].rms_difference         # degrees

Needs ``pip install 'myorun[gait]'``. Names are loaded when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from myorun.errors import MissingExtraError

if TYPE_CHECKING:
    from myorun.gait.analysis import Gait, analyse
    from myorun.gait.events import EventSettings, contacts
    from myorun.gait.human import HumanRunning, human_running
    from myorun.gait.laboratory import read_laboratory
    from myorun.gait.motion import Motion, motion_of
    from myorun.gait.reading import remarks
    from myorun.gait.report import html_report

__all__ = [
    "EventSettings",
    "Gait",
    "HumanRunning",
    "Motion",
    "analyse",
    "contacts",
    "html_report",
    "human_running",
    "motion_of",
    "read_laboratory",
    "remarks",
]

_HOMES = {
    "EventSettings": "events",
    "Gait": "analysis",
    "HumanRunning": "human",
    "Motion": "motion",
    "analyse": "analysis",
    "contacts": "events",
    "html_report": "report",
    "human_running": "human",
    "motion_of": "motion",
    "read_laboratory": "laboratory",
    "remarks": "reading",
}
_EXTRA = ("scipy", "matplotlib")


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in.

    :class:`~myorun.errors.MissingExtraError` if the packages of the extra are not installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if any(find_spec(package) is None for package in _EXTRA):
        raise MissingExtraError("gait analysis", "gait")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
