"""A motion as gait analysis wants it: joint angles by side, and what the ground did to each foot.

Conventions, here and in every figure and table: degrees; hip flexion, knee flexion and ankle dorsiflexion are positive,
zero is standing straight; forward and up are positive; forces are those of the ground on the foot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myorun.anatomy import Model
from myorun.errors import UsageError
from myorun.gait.kinematics import Kinematics
from myorun.trajectory import Trajectory

Array = NDArray[np.float64]

SIDES = ("right", "left")
JOINTS = ("hip", "knee", "ankle")
COORDINATES = {"hip": "hip_flexion", "knee": "knee_angle", "ankle": "ankle_angle"}  # _r and _l, as OpenSim calls them
SIGNS = {"hip": 1.0, "knee": -1.0, "ankle": 1.0}  # the model's knee angle is positive in extension
PELVIS = ("pelvis_tilt", "pelvis_tx", "pelvis_ty")
_SIDE = re.compile(r"(?<![A-Za-z0-9])([rRlL])(?![A-Za-z0-9])")
_FEWEST = 20  # samples: less cannot hold a step


@dataclass(frozen=True, eq=False)
class Motion:
    """A recorded motion of t samples; forces may have f samples of their own."""

    name: str
    times: Array  # (t,) s, ascending
    angles: Array  # (t, sides, joints) degrees; NaN where unknown
    pelvis: Array  # (t, 3) tilt [degrees, backward positive], x and y [m]; NaN where unknown
    mass: float | None = None  # kg
    coordinates: Array | None = None  # (t, free coordinates of the model), rad or m
    speeds: Array | None = None  # likewise, rad/s or m/s
    model: Model | None = None
    record: Trajectory | None = None  # where muscles were simulated too
    force_times: Array | None = None  # (f,) s
    forces: Array | None = None  # (f, sides, 2) N, x and y
    pressures: Array | None = None  # (f, sides, 2) m, centres of pressure; anything where there is no force
    events: tuple[tuple[Array, Array], ...] | None = None  # strikes and toe offs [s] of each side, if marked by hand

    @property
    def duration(self) -> float:
        """From the first sample to the last [s]."""
        return float(self.times[-1] - self.times[0])

    @property
    def fallen(self) -> bool:
        """Whether the record says that it ended in a fall."""
        return self.record is not None and self.record.facts.fallen

    def between(self, start: float, end: float) -> NDArray[np.bool_]:
        """Which samples lie in [start, end] s."""
        inside: NDArray[np.bool_] = (self.times >= start) & (self.times <= end)
        return inside


def motion_of(trajectory: Trajectory, *, name: str | None = None) -> Motion:
    """The motion in a trajectory, called by ``name``, or by its controller.

    :class:`UsageError` if it is too short, or its body has no joints that this room knows.
    """
    called = name or trajectory.facts.controller or "the trajectory"
    check_times(called, trajectory.times)
    body = trajectory.model
    kinematics = Kinematics(body, trajectory.coordinates)
    forces, pressures = _ground(trajectory, kinematics)
    return Motion(
        name=called,
        times=trajectory.times,
        angles=joint_angles(called, trajectory.coordinate_names, trajectory.coordinates),
        pelvis=pelvis_motion(trajectory.coordinate_names, trajectory.coordinates),
        mass=body.mass,
        coordinates=trajectory.coordinates,
        speeds=_known(trajectory.speeds),
        model=body,
        record=trajectory,
        force_times=None if forces is None else trajectory.times,
        forces=forces,
        pressures=pressures,
    )


def _known(values: Array) -> Array | None:
    """The values, unless some are not known."""
    return values if np.isfinite(values).all() else None


def check_times(name: str, times: Array) -> None:
    """:class:`UsageError` unless there are enough samples, in order of time."""
    if len(times) < _FEWEST:
        raise UsageError(
            f"{name} holds {len(times)} sample{'s' * (len(times) != 1)}; gait analysis needs at least {_FEWEST}, "
            "better some seconds of them"
        )
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise UsageError(f"{name}: its times do not ascend; there is no motion to analyse")


def side_of(name: str) -> int | None:
    """Index in :data:`SIDES` that a name such as ``vasti_l`` or ``r_heel`` tells, or ``None``."""
    found = _SIDE.search(name)
    return None if found is None else int(found.group(1) in "lL")


def knee_flexes(values: Array) -> Array:
    """A knee's angle positive in flexion: files differ in its sign, but a knee bends further than it stretches."""
    return values if np.nanmax(values) >= -np.nanmin(values) else -values


def joint_angles(name: str, names: tuple[str, ...], coordinates: Array) -> Array:
    """Angles (t, sides, joints) in degrees, from coordinates (t, …) in radians named as OpenSim's models do.

    :class:`UsageError` if none of them is a hip, knee or ankle.
    """
    angles = np.full((len(coordinates), len(SIDES), len(JOINTS)), np.nan)
    for s, side in enumerate("rl"):
        for j, joint in enumerate(JOINTS):
            column = f"{COORDINATES[joint]}_{side}"
            if column in names:
                angles[:, s, j] = SIGNS[joint] * np.rad2deg(coordinates[:, names.index(column)])
    if np.isnan(angles).all():
        wanted = ", ".join(f"{c}_r" for c in COORDINATES.values())
        raise UsageError(f"{name} has no joint angles: no column is called {wanted} or likewise with _l")
    return angles


def pelvis_motion(names: tuple[str, ...], coordinates: Array) -> Array:
    """Tilt in degrees and position in metres, (t, 3); NaN where there is no such coordinate."""
    out = np.full((len(coordinates), 3), np.nan)
    for k, name in enumerate(PELVIS):
        if name in names:
            out[:, k] = coordinates[:, names.index(name)]
    out[:, 0] = np.rad2deg(out[:, 0])
    return out


def sphere_centers(model: Model, kinematics: Kinematics) -> Array:
    """Centres of the contact spheres in the ground's frame, (t, spheres, 2) m."""
    return np.stack([kinematics.body(s.body, *s.location[:2]).origin for s in model.contact_spheres], axis=1)


def _ground(trajectory: Trajectory, kinematics: Kinematics) -> tuple[Array, Array] | tuple[None, None]:
    """Force (t, sides, 2) on each foot, and its centre of pressure (t, sides, 2).

    A sphere meets the ground below its centre, halfway into its dent, where Hunt and Crossley's force acts. On slopes
    and steps the place is that of the ground under it, and so not exact.
    """
    if _known(trajectory.contact_forces) is None:
        return None, None
    spheres = trajectory.model.contact_spheres
    centers = sphere_centers(trajectory.model, kinematics)
    points = np.stack([centers[..., 0], (centers[..., 1] - [s.radius for s in spheres]) / 2], axis=-1)
    sides = np.array([side_of(s.name) for s in spheres])
    forces, pressures = np.zeros((len(centers), 2, 2)), np.zeros((len(centers), 2, 2))
    for side in range(len(SIDES)):
        own = trajectory.contact_forces[:, sides == side]
        forces[:, side] = own.sum(axis=1)
        load = own[..., 1:].sum(axis=1)
        weighted = (own[..., 1:] * points[:, sides == side]).sum(axis=1)
        np.divide(weighted, load, out=pressures[:, side], where=load > 0)
    if trajectory.course.steps or trajectory.course.slopes:
        pressures[..., 1] += np.vectorize(trajectory.course.height)(pressures[..., 0])
    return forces, pressures
