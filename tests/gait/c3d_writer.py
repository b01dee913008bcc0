"""A .c3d file as a laboratory makes it: markers, angles, two force plates."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .synthetic import Runner

Array = NDArray[np.float64]
RATE, FACTOR = 200.0, 5  # Hz of markers; plates are sampled so many times as often


@dataclass(frozen=True, eq=False)
class Habits:
    """Of a laboratory."""

    plates: bool = True
    marked: bool = False  # events, by hand
    unit: str = "mm"  # of markers and plates
    axes: Array = field(default_factory=lambda: np.eye(3))  # of the room: rows are its x, y, z in forward, left, up
    labels: tuple[str, ...] = (
        *(f"{s}{joint}Angles" for s in "RL" for joint in ("Hip", "Knee", "Ankle")),
        *("RHEE", "LHEE", "RTOE", "LTOE"),
    )
    lost: tuple[int, slice] | None = None  # a point, and the frames at which it is not seen
    first_frame: int = 0


def write_c3d(path: Path, runner: Runner, habits: Habits | None = None, *, duration: float = 3.0) -> Path:
    """The runner on a treadmill of two plates, front and back; both feet use both, one after the other."""
    import ezc3d

    own = habits or Habits()
    file: Any = ezc3d.c3d()
    times = np.arange(0, duration, 1 / RATE)
    _put_points(file, runner, times, own)
    if own.plates:
        _put_plates(file, runner, np.arange(len(times) * FACTOR) / (RATE * FACTOR), own)
    if own.marked:
        _put_events(file, runner, own.first_frame / RATE)
    file["header"]["points"]["first_frame"] = own.first_frame
    file.write(str(path))
    return path


def _put_points(file: Any, runner: Runner, times: Array, habits: Habits) -> None:
    points = np.zeros((4, len(habits.labels), len(times)))
    points[0, :6] = runner.angles(times).reshape(len(times), 6).T
    for side, lateral in ((0, -100.0), (1, 100.0)):  # mm
        in_stance = runner.phase(times, side) < runner.contact(side)
        heel = np.where(in_stance, 300.0, -400.0)  # the swinging heel is behind
        points[:2, 6 + side] = heel, np.full_like(heel, lateral)
        points[:2, 8 + side] = heel + 150.0, np.full_like(heel, lateral)
    points[:3, 6:] = _scale(habits) * np.einsum("ij,jlt->ilt", habits.axes, points[:3, 6:])
    file["parameters"]["POINT"]["RATE"]["value"] = [RATE]
    file["parameters"]["POINT"]["LABELS"]["value"] = list(habits.labels)
    file["parameters"]["POINT"]["UNITS"]["value"] = [habits.unit]
    file["data"]["points"] = points
    if habits.lost is not None:
        residuals = np.zeros((1, *points.shape[1:]))
        residuals[0, habits.lost[0], habits.lost[1]] = -1
        file["data"]["meta_points"]["residuals"] = residuals


def _scale(habits: Habits) -> float:
    return {"mm": 1.0, "m": 1e-3}[habits.unit]


def _put_plates(file: Any, runner: Runner, times: Array, habits: Habits) -> None:
    """Plate 1 carries the odd contacts, plate 2 the even ones; both say what the foot does to them."""
    forces = runner.forces(times)
    analogs = np.zeros((1, 12, len(times)))
    for side in (0, 1):
        number = np.floor((times - runner.first_strike - side * runner.stride_time / 2) / runner.stride_time)
        for plate in (0, 1):
            own = forces[:, side] * (number % 2 == plate)[:, None]
            # under the foot: x 300 mm, y to the side, in a plate whose centre is the laboratory's
            y = (-100.0, 100.0)[side]
            fx, fz = -own[:, 0], -own[:, 1]
            moments = [_scale(habits) * moment for moment in (y * fz, -300.0 * fz, -y * fx)]
            channels = [fx, 0 * fx, fz, *moments]
            for k, channel in enumerate(channels):
                analogs[0, 6 * plate + k] += channel
    parameters = file["parameters"]
    parameters["ANALOG"]["RATE"]["value"] = [RATE * FACTOR]
    parameters["ANALOG"]["LABELS"]["value"] = [f"{c}{p}" for p in (1, 2) for c in ("Fx", "Fy", "Fz", "Mx", "My", "Mz")]
    parameters["ANALOG"]["UNITS"]["value"] = [u for _ in (1, 2) for u in (["N"] * 3 + [f"N{habits.unit}"] * 3)]
    file["data"]["analogs"] = analogs
    corners = np.array([[500.0, 500, 0], [-500, 500, 0], [-500, -500, 0], [500, -500, 0]]).T
    corners = _scale(habits) * habits.axes @ corners
    file.add_parameter("FORCE_PLATFORM", "USED", 2)
    _put_whole(file, "TYPE", [2, 2], [2])
    _put_whole(file, "ZERO", [1, 0], [2])
    _put_whole(file, "CHANNEL", list(range(1, 13)), [6, 2])
    file.add_parameter("FORCE_PLATFORM", "CORNERS", np.stack([corners, corners], axis=2))
    file.add_parameter("FORCE_PLATFORM", "ORIGIN", np.zeros((3, 2)))


def _put_whole(file: Any, name: str, values: list[int], shape: list[int]) -> None:
    """Whole numbers, which ezc3d's own way would write as reals."""
    from ezc3d import ezc3d

    parameter = ezc3d.Parameter(name, "")
    parameter.set(ezc3d.VecInt(values), shape)
    file["parameters"].add_parameter("FORCE_PLATFORM", parameter)


def _put_events(file: Any, runner: Runner, before: float) -> None:
    """Counted from the beginning of the trial, which is so many seconds before the first frame."""
    for side, context in enumerate(("Right", "Left")):
        for n in range(4):
            strike = before + runner.first_strike + (n + side / 2) * runner.stride_time
            file.add_event([0, strike], context, "Foot Strike")
            file.add_event([0, strike + runner.contact_time], context, "Foot Off")
