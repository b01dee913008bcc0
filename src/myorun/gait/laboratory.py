"""Motions recorded in a laboratory: OpenSim's .mot and .sto here, .c3d in :mod:`myorun.gait.c3d`.

Joint angles are found by their names; whatever else a file holds is left alone. Forces may come from a file of their
own, at a rate of their own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import Model
from myorun.errors import UsageError
from myorun.gait.c3d import read_c3d
from myorun.gait.gaps import without_gaps
from myorun.gait.motion import (
    COORDINATES,
    PELVIS,
    SIDES,
    Motion,
    check_times,
    joint_angles,
    knee_flexes,
    motion_of,
    pelvis_motion,
    side_of,
)
from myorun.trajectory.motion import import_motion, meaning_of
from myorun.trajectory.storage import Table, read_storage

Array = NDArray[np.float64]

SUFFIXES = (".mot", ".sto", ".c3d")
_ANGULAR = (*(f"{c}_{side}" for c in COORDINATES.values() for side in "rl"), PELVIS[0])
_LARGEST = 2.7  # of a knee angle in radians; more is in degrees
_LARGEST_FORCE = 1e5  # N; no foot bears more
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
    motion = read_c3d(file) if file.suffix.lower() == ".c3d" else _from_storage(file, model)
    if forces is not None:
        motion = _with_forces(motion, read_storage(forces, gaps=True), str(forces))
    if belt:
        motion = replace(motion, pelvis=motion.pelvis + np.outer(motion.times, [0.0, belt, 0.0]))
    return motion if mass is None else replace(motion, mass=mass)


# ---------------------------------------------------------------- .mot and .sto


def _from_storage(file: Path, model: Model | None) -> Motion:
    """A simulated motion where the file holds all states of the model, else joint angles."""
    table = read_storage(file, gaps=True)
    names = tuple(meaning_of(label, _ANGULAR)[1] for label in table.labels)
    kinds = [meaning_of(label, _ANGULAR)[0] for label in table.labels]
    if "activation" in kinds:
        return motion_of(import_motion(file, model=model).trajectory, name=file.stem)
    values = {n: table.values[:, k] for k, (n, kind) in enumerate(zip(names, kinds, strict=True)) if kind == "value"}
    check_times(file.stem, table.times)
    part, values = without_gaps(file.stem, table.times, values)
    angles = _in_radians({k: _knee_extends(k, v) for k, v in values.items()}, table, str(file))
    known, times = tuple(angles), table.times[part]
    columns = np.column_stack([angles[name] for name in known]) if known else np.empty((len(times), 0))
    motion = Motion(
        name=file.stem,
        times=times,
        angles=joint_angles(file.stem, known, columns),
        pelvis=pelvis_motion(known, columns),
    )
    return motion if model is None else _on_model(motion, angles, model)


def _in_radians(values: dict[str, Array], table: Table, source: str) -> dict[str, Array]:
    """Where the header does not say whether angles are in degrees, their size does."""
    joints = [values[n] for n in _ANGULAR[:-1] if n in values]
    degrees = table.in_degrees
    if degrees is None:
        degrees = any(np.abs(v).max() > _LARGEST for v in joints)
    _check_unit(joints, degrees, source)
    return {n: np.deg2rad(v) if degrees and n in _ANGULAR else v for n, v in values.items()}


def _check_unit(joints: list[Array], degrees: bool, source: str) -> None:
    """:class:`UsageError` if joints turn further, or less, than any gait's: the header then names the other unit."""
    largest = max((float(np.abs(v).max()) for v in joints), default=0.0)
    widest = max((float(np.ptp(v)) for v in joints), default=0.0)
    if not degrees and largest > 2 * np.pi:
        raise UsageError(f"{source!r} says that its angles are in radians, and a joint turns by {largest:.1f} of them; "
                         "if they are degrees, write inDegrees=yes into its header")  # fmt: skip
    if degrees and 0 < widest < np.pi:
        raise UsageError(f"{source!r} says that its angles are in degrees, and no joint moves by more than "
                         f"{widest:.1f} of them; if they are radians, write inDegrees=no into its header")  # fmt: skip


def _knee_extends(name: str, values: Array) -> Array:
    """The knee's angle positive in extension: models differ in its sign, but a knee bends further than it stretches."""
    if not name.startswith(COORDINATES["knee"]) or name not in _ANGULAR:
        return values
    return -knee_flexes(values)


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
    """Forces of the right and left foot: of all plates whose name has the side, else of the first and the second."""
    whole = {name: parts for name, parts in _plates(table).items() if {"vx", "vy", "px"} <= parts.keys()}
    by_side = _by_side(list(whole))
    if set(by_side) != set(range(len(SIDES))):
        raise UsageError(
            f"{source!r} does not hold the forces of both feet: columns such as ground_force_r_vx, "
            "ground_force_r_vy and ground_force_r_px are wanted, and likewise with _l"
        )
    forces = np.zeros((len(table.times), len(SIDES), 2))
    pressures = np.zeros_like(forces)
    for side, names in by_side.items():
        forces[:, side], pressures[:, side] = _together([whole[name] for name in names])
    _check_forces(motion, table.times, forces, source)
    return replace(motion, force_times=table.times, forces=forces, pressures=pressures)


def _plates(table: Table) -> dict[str, dict[str, Array]]:
    """What each plate measured, by ``vx``, ``vy``, ``px``, …, without the push of obstacles in an export of ours."""
    plates: dict[str, dict[str, Array]] = {}
    for label in table.labels:
        found = _PLATE.match(label)
        if found and not found["plate"].startswith("obstacle_force"):
            plates.setdefault(found["plate"], {})[found["kind"] + found["axis"]] = table.column(label)
    return plates


def _together(plates: list[dict[str, Array]]) -> tuple[Array, Array]:
    """The force (f, 2) that one foot feels from all its plates, and its centre of pressure (f, 2)."""
    forces = np.stack([_force(parts) for parts in plates])
    points = np.nan_to_num([[parts["px"], parts.get("py", np.zeros_like(parts["px"]))] for parts in plates])
    shares = forces[..., 1] / np.where(total := forces[..., 1].sum(axis=0), total, 1.0)
    pressures: Array = np.einsum("pf,paf->fa", shares, points)
    return forces.sum(axis=0), pressures


def _force(parts: dict[str, Array]) -> Array:
    """The force (f, 2) of one plate on the foot: some files hold what the foot does to the plate."""
    force = np.nan_to_num(np.column_stack([parts["vx"], parts["vy"]]))
    return force if force[:, 1].sum() >= 0 else -force


def _check_forces(motion: Motion, times: Array, forces: Array, source: str) -> None:
    """:class:`UsageError` if they are of another time than the motion, or nothing that a foot could bear."""
    if times[-1] <= motion.times[0] or times[0] >= motion.times[-1]:
        raise UsageError(
            f"{source!r} holds forces from {times[0]:g} to {times[-1]:g} s, and {motion.name} a motion from "
            f"{motion.times[0]:g} to {motion.times[-1]:g} s; give the forces of the same trial"
        )
    largest = float(np.abs(forces).max())
    if largest > _LARGEST_FORCE:
        raise UsageError(f"{source!r} holds a force of {largest:.3g} N, which no foot bears; newtons are wanted")


def _by_side(plates: list[str]) -> dict[int, list[str]]:
    """The plates of each side, as an index in :data:`SIDES`."""
    by_side: dict[int, list[str]] = {}
    for name in plates:
        side = side_of(name.replace("_", " "))
        if side is not None:
            by_side.setdefault(side, []).append(name)
    return by_side or {side: [name] for side, name in enumerate(plates[: len(SIDES)])}
