"""How humans run: curves over the gait cycle with their spread, and published single numbers.

With the package comes one subject at about 4 m/s (``data/human_4mps.csv``). Means at several speeds, such as those of
Hamner & Delp (2013), whose terms do not let us ship them, are read from a folder of tables: every ``.csv`` with the
columns ``percent`` and ``speed_mps`` and pairs such as ``knee_flexion_mean_deg`` and ``knee_flexion_sd``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.gait.cycles import PERCENT

Array = NDArray[np.float64]

# our name of a curve → column of its mean and of its standard deviation
COLUMNS = {
    "hip": ("hip_flexion_mean_deg", "hip_flexion_sd"),
    "knee": ("knee_flexion_mean_deg", "knee_flexion_sd"),
    "ankle": ("ankle_dorsiflexion_mean_deg", "ankle_dorsiflexion_sd"),
    "vertical_force": ("vGRF_mean_BW", "vGRF_sd"),
    "forward_force": ("apGRF_mean_BW", "apGRF_sd"),
    "pelvis_tilt": ("pelvis_tilt_mean_deg", "pelvis_tilt_sd"),
}
_FEWEST_ROWS = 11  # of a cycle; straight lines between fewer are no curve
BUILT_IN = "one subject, 4 m/s, 13 cycles (a test file of opensim-core, Apache-2.0)"
HAMNER = "Hamner & Delp 2013, J. Biomech. 46(4):780-787, subject 1, 10 to 12 cycles"


@dataclass(frozen=True, eq=False)
class HumanCurve:
    """A quantity over the human gait cycle."""

    mean: Array  # (101,)
    deviation: Array  # (101,) standard deviation


@dataclass(frozen=True, eq=False)
class HumanRunning:
    """Curves of human running at one or more speeds."""

    source: str
    speeds: Array  # (s,) m/s, ascending
    curves: Mapping[str, tuple[HumanCurve, ...]]  # by the names of COLUMNS, and thigh; one a speed

    def nearest_speed(self, speed: float) -> float:
        """``speed`` [m/s], or the nearest that was recorded where it is slower or faster than all of them."""
        return float(np.clip(speed, self.speeds[0], self.speeds[-1]))

    def at(self, speed: float) -> dict[str, HumanCurve]:
        """Curves at a speed [m/s], by straight lines between the recorded ones, never beyond them."""
        s = self.nearest_speed(speed)
        return {name: self._between(curves, s) for name, curves in self.curves.items()}

    def _between(self, curves: tuple[HumanCurve, ...], speed: float) -> HumanCurve:
        upper = int(np.clip(np.searchsorted(self.speeds, speed), 1, max(1, len(self.speeds) - 1)))
        if len(curves) == 1:
            return curves[0]
        low, high = curves[upper - 1], curves[upper]
        share = (speed - self.speeds[upper - 1]) / (self.speeds[upper] - self.speeds[upper - 1])
        return HumanCurve(
            (1 - share) * low.mean + share * high.mean, (1 - share) * low.deviation + share * high.deviation
        )


def human_running(folder: str | Path | None = None) -> HumanRunning:
    """The curves that come with the package, or those of the tables in ``folder``.

    Tables of several speeds win over those of a single one.

    :class:`UsageError` if there is no such folder, or no table in it can be used.
    """
    if folder is None:
        text = (resources.files("myorun.gait") / "data" / "human_4mps.csv").read_text(encoding="utf-8")
        return _assembled(BUILT_IN, [_table("human_4mps.csv", text.splitlines(), alone=4.0)])
    place = Path(folder)
    if not place.is_dir():
        raise UsageError(
            f"there is no folder {str(place)!r} of human data; "
            "docs/gait.md says what it holds, without --human there is one"
        )
    tables = [_table(file.name, _lines(file), alone=None) for file in sorted(place.glob("*.csv"))]
    usable = [table for table in tables if table]
    if not usable:
        raise UsageError(
            f"the folder {str(place)!r} holds no .csv with the columns speed_mps, percent and "
            f"{' or '.join(COLUMNS['knee'])}; docs/gait.md shows one"
        )
    return _assembled(f"tables in {place.name}", usable)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(file)!r} cannot be read as a table: {error}; a .csv in UTF-8 is wanted") from None


Rows = dict[float, dict[str, HumanCurve]]  # by speed


def _table(name: str, lines: Iterable[str], *, alone: float | None) -> Rows:
    """Curves by speed; none where the table names no speed and ``alone`` gives none."""
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    if not rows or "percent" not in rows[0] or ("speed_mps" not in rows[0] and alone is None):
        return {}
    speeds = _numbers(name, [row.get("speed_mps") or str(alone) for row in rows])
    percent = _numbers(name, [row["percent"] for row in rows])
    columns = {k: _column(name, rows, *pair) for k, pair in COLUMNS.items() if pair[0] in rows[0]}
    if not columns:
        return {}
    found: Rows = {}
    for speed in np.unique(speeds):
        at = np.flatnonzero(speeds == speed)
        at = at[np.argsort(percent[at])]
        _check_cycle(name, float(speed), percent[at], [deviation[at] for _, deviation in columns.values()])
        found[float(speed)] = {
            k: HumanCurve(np.interp(PERCENT, percent[at], mean[at]), np.interp(PERCENT, percent[at], deviation[at]))
            for k, (mean, deviation) in columns.items()
        }
    return found


def _check_cycle(name: str, speed: float, percent: Array, deviations: list[Array]) -> None:
    """:class:`UsageError` unless the rows of a speed [m/s] are a whole cycle, with spreads that can be."""
    where = f"the table {name!r}, at {speed:g} m/s,"
    if speed <= 0:
        raise UsageError(f"{where} has a speed that is none; positive metres a second are wanted")
    if len(percent) < _FEWEST_ROWS or percent[0] > 0 or percent[-1] < 100 or (np.diff(percent) <= 0).any():
        raise UsageError(
            f"{where} has {len(percent)} rows from {percent[0]:g} to {percent[-1]:g} percent; at least {_FEWEST_ROWS} "
            "are wanted, each another, from 0 to 100"
        )
    if any((deviation < 0).any() for deviation in deviations):
        raise UsageError(f"{where} has a standard deviation below zero; mend it")


def _column(name: str, rows: list[dict[str, str]], mean: str, deviation: str) -> tuple[Array, Array]:
    if deviation not in rows[0]:
        raise UsageError(f"the table {name!r} has {mean} without {deviation}; add that column")
    return _numbers(name, [row[mean] for row in rows]), _numbers(name, [row[deviation] for row in rows])


def _numbers(name: str, cells: Iterable[str | None]) -> Array:
    try:
        numbers = np.array([float(cell or "nothing") for cell in cells])
    except ValueError as error:
        raise UsageError(f"the table {name!r} has a cell that is not a number: {error}; mend it") from None
    if not np.isfinite(numbers).all():
        raise UsageError(f"the table {name!r} has a cell that is not finite; mend it")
    return numbers


def _assembled(source: str, tables: Iterable[Rows]) -> HumanRunning:
    by_speed: Rows = {}
    for table in tables:
        for speed, curves in table.items():
            by_speed.setdefault(speed, {}).update(curves)
    for curves in by_speed.values():
        if "hip" in curves and "pelvis_tilt" in curves:
            curves["thigh"] = _sum(curves["hip"], curves["pelvis_tilt"])
    speeds = sorted(by_speed)
    names = set.intersection(*(set(by_speed[s]) for s in speeds))
    return HumanRunning(source, np.array(speeds), {n: tuple(by_speed[s][n] for s in speeds) for n in sorted(names)})


def _sum(a: HumanCurve, b: HumanCurve) -> HumanCurve:
    return HumanCurve(a.mean + b.mean, np.hypot(a.deviation, b.deviation))


def shifted(curve: HumanCurve, by: float) -> HumanCurve:
    """The curve raised by so much."""
    return replace(curve, mean=curve.mean + by)


# ---------------------------------------------------------------- single numbers


@dataclass(frozen=True)
class Published:
    """A number of the literature."""

    measure: str  # key of a measure
    value: float
    deviation: float | None
    speed: float | None  # m/s
    source: str


_FUKUCHI = "Fukuchi et al. 2017, PeerJ 5:e3298, 28 runners (CC BY 4.0)"
PUBLISHED = (
    Published("stride_time", 0.688, 0.009, 4.0, HAMNER),
    Published("contact_time", 0.240, None, 4.0, HAMNER),
    Published("duty_factor", 0.349, None, 4.0, HAMNER),
    Published("peak_vertical_force", 2.67, 0.05, 4.0, HAMNER),
    Published("hip_peak_flexion", 54.5, None, 4.0, HAMNER),
    Published("hip_peak_flexion_time", 80.0, None, 4.0, HAMNER),
    Published("hip_peak_extension", -10.8, None, 4.0, HAMNER),
    Published("hip_peak_extension_time", 38.0, None, 4.0, HAMNER),
    Published("knee_peak_flexion_stance", 44.8, None, 4.0, HAMNER),
    Published("knee_peak_flexion", 112.0, None, 4.0, HAMNER),
    Published("knee_peak_flexion_time", 66.0, None, 4.0, HAMNER),
    Published("ankle_peak_dorsiflexion", 24.6, None, 4.0, HAMNER),
    Published("ankle_peak_plantarflexion", -27.0, None, 4.0, HAMNER),
    Published("stride_time", 0.745, None, 2.5, _FUKUCHI),
    Published("stride_time", 0.703, None, 3.5, _FUKUCHI),
    Published("stride_time", 0.657, None, 4.5, _FUKUCHI),
    Published("duty_factor", 0.385, None, 2.5, _FUKUCHI),
    Published("duty_factor", 0.337, None, 3.5, _FUKUCHI),
    Published("duty_factor", 0.322, None, 4.5, _FUKUCHI),
    Published("cost_of_transport", 3.8, None, None, "running at any speed, about 3.8 J/kg/m net"),
)


def published(measure: str, speed: float) -> Published | None:
    """The number published for a measure at the speed nearest to ``speed`` [m/s], if any."""
    known = [p for p in PUBLISHED if p.measure == measure]
    return min(known, key=lambda p: 0.0 if p.speed is None else abs(p.speed - speed), default=None)
