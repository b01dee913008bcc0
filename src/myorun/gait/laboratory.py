"""Motions recorded in a laboratory: OpenSim's .mot and .sto, and .c3d.

Joint angles are found by their names; whatever else a file holds is left alone. Forces may come from a file of their
own, at a rate of their own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import Model
from myorun.errors import MissingExtraError, UsageError
from myorun.gait.motion import (
    COORDINATES,
    JOINTS,
    PELVIS,
    SIDES,
    Motion,
    check_times,
    joint_angles,
    motion_of,
    pelvis_motion,
    side_of,
)
from myorun.trajectory.motion import import_motion, meaning_of
from myorun.trajectory.storage import Table, read_storage

Array = NDArray[np.float64]

SUFFIXES = (".mot", ".sto", ".c3d")
_ANGULAR = (*(f"{c}_{side}" for c in COORDINATES.values() for side in "rl"), PELVIS[0])
_LOADED = 20.0  # N on a plate
_LARGEST = 2.7  # of a knee angle in radians; more is in degrees
# ground_force_r_vx, 1_ground_force_vx, ground_force_vx, FP2_vx: a plate, what it measured, and along which axis
_PLATE = re.compile(r"^(?P<plate>.*?)_?(?P<kind>[vp])(?P<axis>[xyz])$")


def read_laboratory(
    path: str | Path,
    *,
    forces: str | Path | None = None,
    mass: float | None = None,
    model: Model | None = None,
    belt: float = 0.0,
) -> Motion:
    """A motion from a .mot, .sto or .c3d file.

    Args:
        path: of joint angles, or of OpenSim's states.
        forces: a .mot or .sto of ground forces, such as OpenSim's external loads.
        mass: of the person [kg]; forces are not measured in body weights without it.
        model: the person's planar model, if all its coordinates are in the file: for foot strikes without forces and
            for joint moments.
        belt: speed of the treadmill [m/s], if it was on one.

    Raises:
        UsageError: if there is nothing to analyse in the files.
        MissingExtraError: without ezc3d, for a .c3d.
    """
    file = Path(path)
    if mass is not None and not 0 < mass < 1000:
        raise UsageError(f"a mass of {mass:g} kg is none of a person; give it in kilograms")
    if not np.isfinite(belt):
        raise UsageError(f"belt is {belt}; the speed of a treadmill in m/s is wanted")
    motion = _from_c3d(file) if file.suffix.lower() == ".c3d" else _from_storage(file, model)
    if forces is not None:
        motion = _with_forces(motion, read_storage(forces), str(forces))
    if belt:
        motion = replace(motion, pelvis=motion.pelvis + np.outer(motion.times, [0.0, belt, 0.0]))
    return motion if mass is None else replace(motion, mass=mass)


# ---------------------------------------------------------------- .mot and .sto


def _from_storage(file: Path, model: Model | None) -> Motion:
    """A simulated motion where the file holds all states of the model, else joint angles."""
    table = read_storage(file)
    names = tuple(meaning_of(label, _ANGULAR)[1] for label in table.labels)
    kinds = [meaning_of(label, _ANGULAR)[0] for label in table.labels]
    if "activation" in kinds:
        return motion_of(import_motion(file, model=model).trajectory, name=file.stem)
    values = {n: table.values[:, k] for k, (n, kind) in enumerate(zip(names, kinds, strict=True)) if kind == "value"}
    angles = _in_radians({k: _knee_extends(k, v) for k, v in values.items()}, table)
    known = tuple(angles)
    columns = np.column_stack([angles[name] for name in known]) if known else np.empty((len(table.times), 0))
    check_times(file.stem, table.times)
    motion = Motion(
        name=file.stem,
        times=table.times,
        angles=joint_angles(file.stem, known, columns),
        pelvis=pelvis_motion(known, columns),
    )
    return motion if model is None else _on_model(motion, angles, model)


def _in_radians(values: dict[str, Array], table: Table) -> dict[str, Array]:
    """Where the header does not say whether angles are in degrees, their size does."""
    degrees = table.in_degrees
    if degrees is None:
        degrees = any(np.nanmax(np.abs(values[n])) > _LARGEST for n in _ANGULAR if n in values)
    return {n: np.deg2rad(v) if degrees and n in _ANGULAR else v for n, v in values.items()}


def _knee_extends(name: str, values: Array) -> Array:
    """The knee's angle positive in extension: models differ in its sign, but a knee bends further than it stretches."""
    if not name.startswith(COORDINATES["knee"]) or name not in _ANGULAR:
        return values
    return -values if np.nanmax(values) > -np.nanmin(values) else values


def _on_model(motion: Motion, columns: dict[str, Array], model: Model) -> Motion:
    names = [c.name for c in model.free_coordinates]
    missing = [name for name in names if name not in columns]
    if missing:
        raise UsageError(
            f"{motion.name} has no column {', '.join(missing)}, which the model {model.name!r} moves by; "
            "give the model of that person"
        )
    coordinates = np.column_stack([columns[name] for name in names])
    return replace(motion, model=model, coordinates=coordinates, mass=model.mass)


# ---------------------------------------------------------------- forces


def _with_forces(motion: Motion, table: Table, source: str) -> Motion:
    """Forces of the right and left foot: by the side in a plate's name, else the first plate is the right foot's."""
    plates: dict[str, dict[str, Array]] = {}
    for label in table.labels:
        found = _PLATE.match(label)
        if found:
            plates.setdefault(found["plate"], {})[found["kind"] + found["axis"]] = table.column(label)
    whole = {name: parts for name, parts in plates.items() if {"vx", "vy", "px"} <= parts.keys()}
    by_side = _by_side(list(whole))
    if set(by_side) != set(range(len(SIDES))):
        raise UsageError(
            f"{source!r} does not hold the forces of both feet: columns such as ground_force_r_vx, "
            "ground_force_r_vy and ground_force_r_px are wanted, and likewise with _l"
        )
    forces = np.zeros((len(table.times), len(SIDES), 2))
    pressures = np.zeros_like(forces)
    for side, name in by_side.items():
        parts = whole[name]
        forces[:, side] = np.nan_to_num(np.column_stack([parts["vx"], parts["vy"]]))
        pressures[:, side, 0] = np.nan_to_num(parts["px"])
        pressures[:, side, 1] = np.nan_to_num(parts["py"]) if "py" in parts else 0.0
    return replace(motion, force_times=table.times, forces=forces, pressures=pressures)


def _by_side(plates: list[str]) -> dict[int, str]:
    named = {side: name for name in plates if (side := side_of(name.replace("_", " "))) is not None}
    return named or dict(enumerate(plates[:2]))


# ---------------------------------------------------------------- .c3d


def _from_c3d(file: Path) -> Motion:
    """Joint angles that were computed in the laboratory, and the plates' forces.

    Angles are points of type angle: RHipAngles and the like, whose first component is flexion in degrees.
    """
    data = _opened(file)
    point, points = data["parameters"]["POINT"], np.asarray(data["data"]["points"], dtype=np.float64)
    labels = [str(label).split(":")[-1].strip() for label in point["LABELS"]["value"]]
    rate = float(np.ravel(point["RATE"]["value"])[0])
    times = np.arange(points.shape[2]) / rate
    check_times(file.stem, times)
    angles = np.full((len(times), len(SIDES), len(JOINTS)), np.nan)
    for s, letter in enumerate("RL"):
        for j, joint in enumerate(JOINTS):
            label = f"{letter}{joint.capitalize()}Angles"
            if label in labels:
                angles[:, s, j] = points[0, labels.index(label)]
    if np.isnan(angles).all():
        raise UsageError(
            f"{str(file)!r} holds no joint angles (RHipAngles, RKneeAngles, RAnkleAngles and likewise with L); "
            "export them from the laboratory's model, or use inverse kinematics and give its .mot"
        )
    unknown = np.full((len(times), 3), np.nan)
    motion = Motion(name=file.stem, times=times, angles=angles, pelvis=unknown, events=_events(data, times))
    return _with_plates(motion, data, points, labels, rate)


def _opened(file: Path) -> Any:
    if not file.is_file():
        raise UsageError(f"there is no file {str(file)!r}; give the path of a .c3d")
    try:
        ezc3d = import_module("ezc3d")
    except ImportError:
        raise MissingExtraError("reading .c3d", "lab") from None
    try:
        return _with_plates_if_any(ezc3d, str(file))
    except (OSError, RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
        raise UsageError(f"{str(file)!r} is not a .c3d that can be read: {error}; export it again") from None


def _with_plates_if_any(ezc3d: Any, path: str) -> Any:
    """A file whose plates are described wrongly still has its markers."""
    try:
        return ezc3d.c3d(path, extract_forceplat_data=True)
    except (RuntimeError, ValueError, IndexError):
        return ezc3d.c3d(path)


def _with_plates(motion: Motion, data: Any, points: Array, labels: list[str], rate: float) -> Motion:
    """Each contact on a plate belongs to the foot whose heel is nearer to its centre of pressure."""
    platforms = data["data"].get("platform") or []
    heels = [_marker(points, labels, f"{letter}HEE") for letter in "RL"]
    found = [heel for heel in heels if heel is not None]
    if not platforms or len(found) < len(SIDES):
        return motion
    count = np.asarray(platforms[0]["force"]).shape[1]
    times = np.arange(count) / (rate * count / points.shape[2])
    toward = _forward(points, labels)
    forces, pressures = np.zeros((count, 2, 2)), np.zeros((count, 2, 2))
    for plate in platforms:
        force = np.nan_to_num(np.asarray(plate["force"], dtype=np.float64))
        place = np.nan_to_num(np.asarray(plate["center_of_pressure"], dtype=np.float64)) / 1000
        sign = 1.0 if force[2].sum() >= 0 else -1.0  # some files hold what the foot does to the plate
        side = _nearer(times, motion.times, place, force[2], found)
        for s in range(len(SIDES)):
            own = np.where(side == s, sign, 0.0)
            forces[:, s, 0] += own * (toward @ force[:2])
            forces[:, s, 1] += own * force[2]
            pressures[:, s, 0] += np.abs(own) * (toward @ place[:2]) * (force[2] != 0)
    pelvis = motion.pelvis.copy()
    pelvis[:, 1:] = _pelvis(points, labels, toward)
    return replace(motion, pelvis=pelvis, force_times=times, forces=forces, pressures=pressures)


def _marker(points: Array, labels: list[str], name: str) -> Array | None:
    """Position (3, t) m of a marker."""
    return points[:3, labels.index(name)] / 1000 if name in labels else None


def _forward(points: Array, labels: list[str]) -> Array:
    """Unit vector (2,) on the floor of the way the pelvis goes; along x where it stays, as on a treadmill."""
    pelvis = [m for m in (_marker(points, labels, n) for n in ("RASI", "LASI")) if m is not None]
    if not pelvis:
        return np.array([1.0, 0.0])
    way = np.nanmean([m[:2, -1] - m[:2, 0] for m in pelvis], axis=0)
    length = float(np.hypot(*way))
    return way / length if length > 0.5 else np.array([1.0, 0.0])


def _pelvis(points: Array, labels: list[str], toward: Array) -> Array:
    """Forward and upward position (t, 2) m of the middle between the front of the pelvis' sides."""
    sides = [m for m in (_marker(points, labels, n) for n in ("RASI", "LASI")) if m is not None]
    if not sides:
        return np.full((points.shape[2], 2), np.nan)
    middle = np.mean(sides, axis=0)
    return np.stack([toward @ middle[:2], middle[2]], axis=1)


def _nearer(times: Array, own_times: Array, place: Array, load: Array, heels: list[Array]) -> NDArray[np.int_]:
    """Side (f,) of the foot on a plate: over each stretch of load, the one whose heel is nearer in the mean."""
    at = [np.stack([np.interp(times, own_times, axis) for axis in heel[:2]]) for heel in heels]
    distances = np.stack([np.hypot(*(heel - place[:2])) for heel in at])
    sides = np.zeros(len(times), dtype=np.int_)
    edges = np.flatnonzero(np.diff(np.abs(load) > _LOADED)) + 1
    for start, end in pairwise([0, *edges.tolist(), len(times)]):
        sides[start:end] = int(distances[:, start:end].mean(axis=1).argmin())
    return sides


def _events(data: Any, times: Array) -> tuple[tuple[Array, Array], ...] | None:
    """Foot strikes and toe offs [s] of right and left that were marked in the laboratory, if any."""
    group = data["parameters"].get("EVENT", {})
    if not group or not int(np.ravel(group.get("USED", {}).get("value", [0]))[0]):
        return None
    labels, sides = ([str(w).strip().lower() for w in group[k]["value"]] for k in ("LABELS", "CONTEXTS"))
    seconds = np.asarray(group["TIMES"]["value"], dtype=np.float64)
    at = seconds[0] * 60 + seconds[1] - float(data["header"]["points"]["first_frame"]) * (times[1] - times[0])

    def of(side: str, label: str) -> Array:
        rows = zip(labels, sides, at, strict=False)
        return np.array(sorted(float(t) for word, context, t in rows if (word, context) == (label, side)))

    found = tuple((of(side, "foot strike"), of(side, "foot off")) for side in SIDES)
    return found if all(len(strikes) and len(offs) for strikes, offs in found) else None
