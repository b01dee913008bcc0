"""Motions in .c3d files: joint angles worked out in the laboratory, force plates and marked events.

Units are those that the file names; up is the way the force plates face, or the screen's vertical; forward is from
heels to toes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.gait.c3d_recording import METRES, Recording, read_recording
from myorun.gait.gaps import without_gaps
from myorun.gait.motion import JOINTS, SIDES, Motion, check_times, knee_flexes

Array = NDArray[np.float64]

_LOADED = 20.0  # N on a plate
_HEELS = ("hee", "heel", "cal", "ank", "ankle")  # markers that are at the back of a foot
_TOES = ("toe", "mt1", "mt2", "mth1")
_EVENT = re.compile(
    r"(?P<side>right|left|r|l)?[ _-]*"
    r"(?:(?P<strike>foot strike|foot contact|heel strike|initial contact|fs|hs|ic)|foot off|toe off|fo|to)",
    re.IGNORECASE,
)


def read_c3d(file: Path) -> Motion:
    """Joint angles of both legs, with the plates' forces on each foot and the marked events, as far as they are there.

    Raises:
        UsageError: if the file is none, ends too early, or holds no joint angles.
        MissingExtraError: without ezc3d.
    """
    recording = read_recording(file)
    check_times(file.stem, recording.times)
    part, angles = _angles(recording)
    unknown = np.full((len(angles), 3), np.nan)
    motion = Motion(file.stem, recording.times[part], angles, unknown, events=_events(recording))
    return _with_plates(motion, recording, part)


# ---------------------------------------------------------------- angles and events


def _angles(recording: Recording) -> tuple[slice, Array]:
    """The samples at which they are known, and flexion, the first component of points of type angle, in degrees.

    Shape (samples, sides, joints); NaN for joints that the file does not hold.
    """
    points = {f"{letter}{joint}angle": (s, j) for s, letter in enumerate("rl") for j, joint in enumerate(JOINTS)}
    found = {name: point[0] for name in points if (point := recording.point(name, f"{name}s")) is not None}
    part, known = without_gaps(Path(recording.source).stem, recording.times, found)
    if not known:
        raise UsageError(
            f"{recording.source!r} holds no joint angles (RHipAngles, RKneeAngles, RAnkleAngles and likewise with L); "
            "export them from the laboratory's model, or use inverse kinematics and give its .mot"
        )
    angles = np.full((len(recording.times[part]), len(SIDES), len(JOINTS)), np.nan)
    for name, values in known.items():
        angles[:, *points[name]] = knee_flexes(values) if "knee" in name else values
    in_radians = [str(u).lower() for u in recording.value("POINT", "ANGLE_UNITS")][:1] in (["rad"], ["radians"])
    return part, np.rad2deg(angles) if in_radians else angles


def _events(recording: Recording) -> tuple[tuple[Array, Array], ...] | None:
    """Foot strikes and toe offs [s] of right and left that were marked in the laboratory, if any."""
    times = recording.value("EVENT", "TIMES")
    if not times:
        return None
    minutes, seconds = np.reshape(times, (2, -1))
    at = 60 * minutes + seconds - recording.first
    contexts = [str(word).strip().lower() for word in recording.value("EVENT", "CONTEXTS")] + [""] * len(at)
    found: dict[tuple[str, bool], list[float]] = {}
    for label, context, moment in zip(recording.value("EVENT", "LABELS"), contexts, at, strict=False):
        meant = _EVENT.fullmatch(str(label).strip())
        side = (context if context in SIDES else (meant["side"] or "") if meant else "")[:1].lower()
        if meant and side:
            found.setdefault((side, bool(meant["strike"])), []).append(float(moment))
    feet = tuple((np.sort(found.get((s, True), [])), np.sort(found.get((s, False), []))) for s in "rl")
    return feet if all(len(strikes) and len(offs) for strikes, offs in feet) else None


# ---------------------------------------------------------------- force plates


def _with_plates(motion: Motion, recording: Recording, part: slice) -> Motion:
    """Each contact on a plate belongs to the foot whose heel is nearer to its centre of pressure."""
    up, flat = _axes(recording)
    toward = _forward(recording, flat)
    motion = replace(motion, pelvis=_pelvis(recording, up, flat, toward)[part])
    heels = [heel for side in "rl" if (heel := recording.marker(side, _HEELS)) is not None]
    if not recording.platforms or len(heels) < len(SIDES):
        _check_told(motion, recording)
        return motion
    count = np.asarray(recording.platforms[0]["force"]).shape[1]
    times = np.arange(count) * recording.times[1] * len(recording.times) / count
    forces, pressures = np.zeros((count, 2, 2)), np.zeros((count, 2, 2))
    for plate in recording.platforms:
        force, place = _plate(plate)
        sign = 1.0 if force[up].sum() >= 0 else -1.0  # some files hold what the foot does to the plate
        side = _nearer(times, recording.times, place[flat], force[up], [heel[flat] for heel in heels])
        for s in range(len(SIDES)):
            own = np.where(side == s, sign, 0.0)
            forces[:, s, 0] += own * (toward @ force[flat])
            forces[:, s, 1] += own * force[up]
            pressures[:, s, 0] += np.abs(own) * (toward @ place[flat]) * (force[up] != 0)
    return replace(motion, force_times=times, forces=forces, pressures=pressures)


def _check_told(motion: Motion, recording: Recording) -> None:
    """:class:`UsageError` if there are plates, and nothing that says which foot is on them."""
    if recording.platforms and motion.events is None:
        raise UsageError(
            f"{recording.source!r} has force plates, but neither markers of both heels (RHEE, LHEE), which say whose "
            "contacts they bear, nor marked events; label the heels, or mark foot strikes and foot offs"
        )


def _plate(plate: Any) -> tuple[Array, Array]:
    """Force (3, f) N and centre of pressure (3, f) m; zero where there is none."""
    place = np.nan_to_num(np.asarray(plate["center_of_pressure"], dtype=np.float64))
    metres = METRES.get(str(plate.get("unit_position", "mm")).lower(), 0.001)
    return np.nan_to_num(np.asarray(plate["force"], dtype=np.float64)), place * metres


def _axes(recording: Recording) -> tuple[int, list[int]]:
    """Index of the vertical axis, and of the two level ones."""
    up = 2
    if recording.platforms:
        corners = np.asarray(recording.platforms[0]["corners"], dtype=np.float64)
        up = int(np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0])).argmax())
    elif said := recording.value("POINT", "Y_SCREEN"):
        up = max("xyz".find(str(said[0]).strip().lower()[-1:]), -1) % 3  # +Z; z where it is something else
    return up, [axis for axis in range(3) if axis != up]


def _forward(recording: Recording, flat: list[int]) -> Array:
    """Unit vector (2,) on the floor: from heels to toes; without them the way the pelvis goes, or the first axis."""
    ways = []
    for side in "rl":
        heel, toe = (recording.marker(side, names) for names in (_HEELS, _TOES))
        if heel is not None and toe is not None:
            ways.append(_seen((toe - heel)[flat]).mean(axis=1))
    if not ways:
        ways = [_travelled(front[flat]) for s in "rl" if (front := recording.marker(s, ("asi", "asis"))) is not None]
    way = np.mean(ways, axis=0) if ways else np.zeros(2)
    length = float(np.hypot(*way))
    return way / length if length > 0.05 else np.array([1.0, 0.0])


def _travelled(marker: Array) -> Array:
    """From where it is first seen to where it is last, (2,) m; nothing on a treadmill."""
    seen = _seen(marker)
    way: Array = seen[:, -1] - seen[:, 0]
    return way if np.hypot(*way) > 0.5 else np.zeros(2)


def _seen(places: Array) -> Array:
    """Those of (2, t) places that are known; the origin if none is."""
    known = places[:, np.isfinite(places).all(axis=0)]
    return known if known.size else np.zeros((2, 1))


def _pelvis(recording: Recording, up: int, flat: list[int], toward: Array) -> Array:
    """Unknown tilt, and forward and upward position (t, 3) m, of the middle between the front of the pelvis' sides."""
    pelvis = np.full((len(recording.times), 3), np.nan)
    sides = [m for s in "rl" if (m := recording.marker(s, ("asi", "asis"))) is not None]
    if sides:
        middle = np.mean(sides, axis=0)
        pelvis[:, 1], pelvis[:, 2] = toward @ middle[flat], middle[up]
    return pelvis


def _nearer(times: Array, own_times: Array, place: Array, load: Array, heels: list[Array]) -> NDArray[np.int_]:
    """Side (f,) of the foot on a plate: over each stretch of load, the one whose heel is nearer in the mean."""
    at = [np.stack([_interpolated(times, own_times, axis) for axis in heel]) for heel in heels]
    distances = np.stack([np.hypot(*(heel - place)) for heel in at])
    sides = np.zeros(len(times), dtype=np.int_)
    edges = np.flatnonzero(np.diff(np.abs(load) > _LOADED)) + 1
    for start, end in pairwise([0, *edges.tolist(), len(times)]):
        sides[start:end] = int(distances[:, start:end].mean(axis=1).argmin())
    return sides


def _interpolated(times: Array, own_times: Array, values: Array) -> Array:
    """By straight lines, over gaps too; far away where a marker is never seen."""
    seen = np.isfinite(values)
    return np.interp(times, own_times[seen], values[seen]) if seen.any() else np.full(len(times), np.inf)
