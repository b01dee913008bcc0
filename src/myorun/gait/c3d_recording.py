"""What a .c3d file holds: points, force plates and parameters, in their own units but with one way of naming them.

The format is that of https://www.c3d.org; laboratories differ in what they make of it. Labels are told apart whatever
their case, blanks and subject: ``Subject:RHipAngles``, ``Right Hip Angle``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import MissingExtraError, UsageError
from myorun.trajectory.storage import MAX_BYTES

Array = NDArray[np.float64]

METRES = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001}
_BIG_ENDIAN = bytes([86])  # the processor type of SGI and Motorola


@dataclass(frozen=True, eq=False)
class Recording:
    """What gait analysis needs of a file; l labels, t frames."""

    source: str
    labels: tuple[str, ...]  # small letters and digits alone
    points: Array  # (3, l, t) in the file's own units; NaN in gaps
    metres: float  # of the unit of markers
    times: Array  # (t,) s, from the first frame on
    first: float  # s, of the first frame: events are counted from the trial's beginning
    parameters: Mapping[str, Any]
    platforms: list[Any]

    def point(self, *names: str) -> Array | None:
        """(3, t) of the first label that is there, in the file's units."""
        return next((self.points[:, self.labels.index(n)] for n in names if n in self.labels), None)

    def marker(self, side: str, names: tuple[str, ...]) -> Array | None:
        """(3, t) m of a marker on the ``r`` or ``l`` side, known under one of some names."""
        found = self.point(*(side + name for name in names), *(name + side for name in names))
        return None if found is None else found * self.metres

    def value(self, group: str, key: str) -> list[Any]:
        """Of a parameter, flat; empty where there is none."""
        found = self.parameters.get(group, {}).get(key, {}).get("value", ())
        return np.ravel(np.asarray(found)).tolist()


def read_recording(file: Path) -> Recording:
    """What the file holds.

    Raises:
        UsageError: if it is none, or ends too early.
        MissingExtraError: without ezc3d.
    """
    data = _opened(file)
    parameters, header = data["parameters"], data["header"]["points"]
    points = np.asarray(data["data"]["points"], dtype=np.float64)[:3]
    points = np.where((points == 0).all(axis=0), np.nan, points)  # how many programs write a gap
    frames, said = points.shape[2], _promised_frames(file)
    if frames < said:
        raise UsageError(f"{str(file)!r} ends after {frames} of its {said} frames; copy or export it again")
    rate = float(header["frame_rate"])
    if not 0 < rate < np.inf:
        raise UsageError(f"{str(file)!r} says that it has {rate:g} frames a second; export it again")
    return Recording(
        source=str(file),
        labels=_labels(parameters.get("POINT", {}))[: points.shape[1]],
        points=points,
        metres=_unit(parameters.get("POINT", {})),
        times=np.arange(frames) / rate,
        first=header["first_frame"] / rate,
        parameters=parameters,
        platforms=data["data"].get("platform") or [],
    )


def _opened(file: Path) -> Any:
    if not file.is_file():
        raise UsageError(f"there is no file {str(file)!r}; give the path of a .c3d")
    if file.stat().st_size > MAX_BYTES:
        raise UsageError(f"{str(file)!r} is too large; at most {MAX_BYTES // 2**20} MiB are read")
    try:
        ezc3d = import_module("ezc3d")
    except ImportError:
        raise MissingExtraError("reading .c3d", "lab") from None
    try:
        return _with_plates_if_any(ezc3d, str(file))
    except (OSError, RuntimeError, ValueError, KeyError, IndexError, TypeError, MemoryError) as error:
        raise UsageError(f"{str(file)!r} is not a .c3d that can be read: {error}; export it again") from None


def _with_plates_if_any(ezc3d: Any, path: str) -> Any:
    """A file whose plates are described wrongly still has its markers."""
    try:
        return ezc3d.c3d(path, extract_forceplat_data=True)
    except (RuntimeError, ValueError, IndexError):
        return ezc3d.c3d(path)


def _promised_frames(file: Path) -> int:
    """How many frames the file's first block says that there are: its words 4 and 5, first and last."""
    with file.open("rb") as stream:
        head = stream.read(512)
        stream.seek(512 * (head[0] - 1))
        order = ">" if stream.read(4)[3:] == _BIG_ENDIAN else "<"
    first, last = struct.unpack(f"{order}2H", head[6:10])
    return int(last) - int(first) + 1


def _labels(point: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of LABELS, and of LABELS2 and so on, which hold what is beyond 255."""
    keys = sorted((k for k in point if re.fullmatch(r"LABELS\d*", k)), key=lambda k: (len(k), k))
    return tuple(_plain(str(label).split(":")[-1]) for key in keys for label in point[key]["value"])


def _plain(label: str) -> str:
    """``Right Hip Angle`` is ``rhipangle``."""
    word = re.sub(r"[^a-z0-9]", "", label.lower())
    return re.sub(r"^(right|left)", lambda side: side[0][0], word)


def _unit(point: Mapping[str, Any]) -> float:
    """Metres of the unit of length; millimetres where it is not said."""
    said = next(iter(point.get("UNITS", {}).get("value", ())), "mm")
    return METRES.get(str(said).strip().lower(), 0.001)
