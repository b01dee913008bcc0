"""A .c3d file as a laboratory makes it: markers, angles, two force plates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .synthetic import Runner

Array = NDArray[np.float64]
RATE, FACTOR = 200.0, 5  # Hz of markers; plates are sampled so many times as often


def write_c3d(path: Path, runner: Runner, *, duration: float = 3.0, plates: bool = True, marked: bool = False) -> Path:
    """The runner on a treadmill of two plates, front and back; both feet use both, one after the other."""
    import ezc3d

    file: Any = ezc3d.c3d()
    times = np.arange(0, duration, 1 / RATE)
    _put_points(file, runner, times)
    if plates:
        _put_plates(file, runner, np.arange(len(times) * FACTOR) / (RATE * FACTOR))
    if marked:
        _put_events(file, runner)
    file.write(str(path))
    return path


def _put_points(file: Any, runner: Runner, times: Array) -> None:
    labels = [f"{s}{joint}Angles" for s in "RL" for joint in ("Hip", "Knee", "Ankle")] + ["RHEE", "LHEE"]
    points = np.zeros((4, len(labels), len(times)))
    points[0, :6] = runner.angles(times).reshape(len(times), 6).T
    for side, lateral in ((0, -100.0), (1, 100.0)):  # mm
        in_stance = runner.phase(times, side) < runner.contact(side)
        points[0, 6 + side] = np.where(in_stance, 300.0, -400.0)  # the swinging heel is behind
        points[1, 6 + side] = lateral
    file["parameters"]["POINT"]["RATE"]["value"] = [RATE]
    file["parameters"]["POINT"]["LABELS"]["value"] = labels
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file["data"]["points"] = points


def _put_plates(file: Any, runner: Runner, times: Array) -> None:
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
            channels = [fx, 0 * fx, fz, y * fz, -300.0 * fz, -y * fx]
            for k, channel in enumerate(channels):
                analogs[0, 6 * plate + k] += channel
    parameters = file["parameters"]
    parameters["ANALOG"]["RATE"]["value"] = [RATE * FACTOR]
    parameters["ANALOG"]["LABELS"]["value"] = [f"{c}{p}" for p in (1, 2) for c in ("Fx", "Fy", "Fz", "Mx", "My", "Mz")]
    parameters["ANALOG"]["UNITS"]["value"] = [u for _ in (1, 2) for u in (["N"] * 3 + ["Nmm"] * 3)]
    file["data"]["analogs"] = analogs
    corners = np.array([[500.0, 500, 0], [-500, 500, 0], [-500, -500, 0], [500, -500, 0]]).T
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


def _put_events(file: Any, runner: Runner) -> None:
    for side, context in enumerate(("Right", "Left")):
        for n in range(4):
            strike = runner.first_strike + (n + side / 2) * runner.stride_time
            file.add_event([0, strike], context, "Foot Strike")
            file.add_event([0, strike + runner.contact_time], context, "Foot Off")
