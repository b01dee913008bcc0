"""Trajectories as ``.npz``: plain arrays and a few words, without pickle, read without trust in the file."""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from myorun import output
from myorun.anatomy.model import Model
from myorun.anatomy.toml_reader import read_toml
from myorun.anatomy.toml_writer import write_toml
from myorun.anatomy.validate import validate
from myorun.errors import MyorunError, UsageError, unwritable
from myorun.trajectory.trajectory import ARRAYS, Trajectory
from myorun.trajectory.words import course_from, facts_from, provenance_of

FORMAT = "myorun-trajectory-2"
MAX_BYTES = 512 * 2**20  # unpacked: more than an hour of motion

_BROKEN = (  # what a damaged or hostile file makes the readers raise
    OSError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
    MyorunError,
)


# ---------------------------------------------------------------- writing


def save_trajectory(trajectory: Trajectory, path: str | Path) -> Path:
    """Write ``path``, which must end in .npz.

    :class:`UsageError` if it does not, or cannot be written.
    """
    file = checked_path(path)
    words = {"format": FORMAT, **provenance_of(trajectory), "model": write_toml(trajectory.model, header="")}
    arrays: dict[str, Any] = {name: np.ascontiguousarray(getattr(trajectory, name), dtype="<f8") for name in ARRAYS}
    try:
        np.savez_compressed(file, about=np.array(json.dumps(words)), **arrays)
    except OSError as error:
        raise unwritable(f"the trajectory {str(file)!r}", error) from None
    return file


def checked_path(path: str | Path) -> Path:
    """``path``, if a trajectory can be written there; else :class:`UsageError`."""
    return output.checked_path(path, "a trajectory", (".npz",))


# ---------------------------------------------------------------- reading


def load_trajectory(path: str | Path) -> Trajectory:
    """Read what :func:`save_trajectory` wrote.

    :class:`UsageError` if it is not there, or is something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive)
            words = json.loads(str(_read_array(archive, "about", "U")))
            if words["format"] != FORMAT:
                raise UsageError(f"it is in format {words['format']!r}; this version reads {FORMAT!r}")
            arrays = {name: _read_array(archive, name, "f") for name in ARRAYS}
        return Trajectory(facts_from(words["facts"]), course_from(words["course"]), _model(words["model"]), **arrays)
    except FileNotFoundError:
        raise UsageError(
            f"there is no trajectory {str(path)!r}; make one with: myorun run --save {Path(path).name}"
        ) from None
    except IsADirectoryError:
        raise UsageError(f"{str(path)!r} is a folder; a trajectory is a file ending in .npz") from None
    except _BROKEN as error:
        raise UsageError(
            f"{str(path)!r} is not a trajectory of this package: {_reason(error)}; myorun run --save FILE.npz makes one"
        ) from None


def _reason(error: Exception) -> str:
    missing = isinstance(error, KeyError)
    return f"{error.args[0]!r} is missing" if missing else str(error) or type(error).__name__


def _check_size(archive: zipfile.ZipFile) -> None:
    """Only what numpy writes: other ways of packing can be unpacked in one gulp only, whatever the size."""
    members = archive.infolist()
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise UsageError("it is packed in another way than numpy packs")
    size = sum(member.file_size for member in members)
    if size > MAX_BYTES:
        raise UsageError(f"it would unpack to {size / 2**20:,.0f} MiB; at most {MAX_BYTES // 2**20} are read")


def _read_array(archive: zipfile.ZipFile, name: str, kind: str) -> np.ndarray[Any, Any]:
    """One array of the archive; its header is held against the bytes that are there before memory is taken."""
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise KeyError(name) from None
    with archive.open(member) as stream:
        data = stream.read(member.file_size)
    header = io.BytesIO(data)
    if npy.read_magic(header) != (1, 0):
        raise ValueError(f"{name} is written in another way than numpy writes numbers")
    shape, by_columns, dtype = npy.read_array_header_1_0(header)
    if dtype.kind != kind or (kind == "f" and dtype != np.dtype("<f8")):
        raise ValueError(f"{name} holds {dtype}")
    if math.prod(shape) * dtype.itemsize != len(data) - header.tell():
        raise ValueError(f"{name} is cut off, or longer than its shape {shape}")
    array = np.frombuffer(data, dtype, offset=header.tell()).reshape(shape, order="F" if by_columns else "C")
    return array.copy()


def _model(text: str) -> Model:
    return validate(read_toml(text, "its model"), "its model")
