"""The replay file: a movement as a web page plays it, with everything needed to draw it.

A replay is a header in JSON (words, geometry, scene) and channels: named tables of numbers over time, stored as whole
multiples of a step. ``docs/viewer.md`` has the layout byte by byte; the reader in JavaScript is ``static/replay.js``.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError, unreadable, unwritable

Array = NDArray[np.float64]

MAGIC = b"\x89MYORUN\n"
VERSION = 1
SUFFIX = ".replay"
MAX_PAYLOAD = 64 * 2**20  # bytes once inflated; ten minutes take some 5 MB

_PREFIX = struct.Struct("<8sHHI")  # magic, version, 0, CRC-32 of the inflated payload
_LENGTH = struct.Struct("<I")  # of the header, at the start of the payload
_TYPES: dict[int, np.dtype[Any]] = {8: np.dtype("<u1"), 16: np.dtype("<u2"), 32: np.dtype("<u4")}


@dataclass(frozen=True, eq=False)
class Channel:
    """A table of numbers over time. Stored, each is a whole multiple of its column's step above the column's least."""

    columns: tuple[str, ...]  # their names
    unit: str
    values: Array  # (frames, columns)
    bits: int = 16  # 8, 16 or 32: how finely it is stored

    @property
    def steps(self) -> Array:
        """What one unit of the stored numbers is worth, (columns,): the range over ``2**bits - 1``."""
        return np.asarray(np.ptp(self.values, axis=0) / (2**self.bits - 1))

    @property
    def error(self) -> float:
        """How far a stored number may be off: half of the largest step."""
        return 0.5 * float(self.steps.max(initial=0.0))


@dataclass(frozen=True, eq=False)
class Replay:
    """What is to be seen of one movement. Everything but the channels is JSON."""

    about: Mapping[str, Any]  # title, rules, score …: words for people
    figure: Mapping[str, Any]  # see myorun.view.web.figure
    scene: Sequence[Mapping[str, Any]]  # shapes that do not move, see myorun.view.web.solids
    channels: Mapping[str, Channel] = field(default_factory=dict)  # "times" among them

    @property
    def frames(self) -> int:
        """Number of instants."""
        return len(self.channels["times"].values)


# ---------------------------------------------------------------- bytes


def encode(replay: Replay) -> bytes:
    """The bytes of a replay file.

    :class:`UsageError` if a channel is not finite, or not as long as ``times``.
    """
    _check(replay)
    described = [_description(name, channel) for name, channel in replay.channels.items()]
    header = json.dumps(
        {
            "about": dict(replay.about),
            "figure": dict(replay.figure),
            "scene": list(replay.scene),
            "frames": replay.frames,
            "channels": described,
        },
        separators=(",", ":"),
        allow_nan=False,
    ).encode()
    body = b"".join(_pack(channel) for channel in replay.channels.values())
    payload = _LENGTH.pack(len(header)) + header + body
    return _PREFIX.pack(MAGIC, VERSION, 0, zlib.crc32(payload)) + zlib.compress(payload, 9)


def decode(data: bytes) -> Replay:
    """The replay in ``data``; :class:`UsageError` if it is none, is damaged, or is of a later version."""
    payload = _inflated(data)
    try:
        (length,) = _LENGTH.unpack_from(payload)
        header = json.loads(payload[_LENGTH.size : _LENGTH.size + length])
        channels = _unpack(header["channels"], _checked_frames(header["frames"]), payload[_LENGTH.size + length :])
        return Replay(dict(header["about"]), dict(header["figure"]), list(header["scene"]), channels)
    except (KeyError, TypeError, ValueError, ArithmeticError, RecursionError, struct.error) as error:
        raise UsageError(f"its header makes no sense ({error}); make the replay anew from its trajectory") from None


def _check(replay: Replay) -> None:
    if "times" not in replay.channels or not replay.frames:
        raise UsageError("a replay needs a channel 'times' with one instant or more")
    for name, channel in replay.channels.items():
        if channel.values.shape != (replay.frames, len(channel.columns)):
            wanted = (replay.frames, len(channel.columns))
            raise UsageError(f"{name} has shape {channel.values.shape}; this replay needs {wanted}")
        if not np.isfinite(channel.values).all():
            raise UsageError(f"{name} is not finite everywhere; a replay can only be made from finite numbers")


def _description(name: str, channel: Channel) -> dict[str, Any]:
    least = channel.values.min(axis=0, initial=np.inf)
    return {
        "name": name,
        "columns": list(channel.columns),
        "unit": channel.unit,
        "bits": channel.bits,
        "least": least.tolist(),
        "step": channel.steps.tolist(),
    }


def _pack(channel: Channel) -> bytes:
    """Column by column: the first number, then differences modulo 2**bits, which compress well."""
    kind, step = _TYPES[channel.bits], channel.steps
    least = channel.values.min(axis=0, initial=np.inf)
    whole = np.rint((channel.values - least) / np.where(step > 0.0, step, 1.0)).astype(np.int64)
    packed: bytes = np.diff(whole, axis=0, prepend=0).T.astype(kind).tobytes()
    return packed


def _inflated(data: bytes) -> bytes:
    if len(data) < _PREFIX.size or not data.startswith(MAGIC):
        raise UsageError("it is not a replay of this package; myorun view FILE.npz --replay OUT.replay makes one")
    _, version, _, checksum = _PREFIX.unpack_from(data)
    if version != VERSION:
        raise UsageError(
            f"it is a replay of version {version}; this package reads version {VERSION}: update one of them"
        )
    inflater = zlib.decompressobj()
    try:
        payload = inflater.decompress(data[_PREFIX.size :], MAX_PAYLOAD)
    except zlib.error:
        payload = b""
    if not inflater.eof or zlib.crc32(payload) != checksum:
        raise UsageError("it is damaged or cut short; copy it again, or make it anew from its trajectory")
    return bytes(payload)


def _unpack(described: list[dict[str, Any]], frames: int, body: bytes) -> dict[str, Channel]:
    channels, start = {}, 0
    for words in described:
        columns, bits = tuple(map(str, words["columns"])), int(words["bits"])
        count = frames * len(columns)
        raw = np.frombuffer(body, _TYPES[bits], count, start).reshape(len(columns), frames)
        start += raw.nbytes
        whole = np.cumsum(raw, axis=1, dtype=np.uint64) % 2**bits
        least, step = (np.array(words[key], dtype=np.float64).reshape(len(columns), 1) for key in ("least", "step"))
        with np.errstate(all="ignore"):  # what overflows is refused below
            values = (least + step * whole).T
        if not np.isfinite(values).all():
            raise ValueError(f"{words['name']} is not finite")
        channels[str(words["name"])] = Channel(columns, str(words["unit"]), values, bits)
    if "times" not in channels:
        raise ValueError("it has no channel 'times'")
    return channels


def _checked_frames(frames: Any) -> int:
    if not isinstance(frames, int) or frames < 1:
        raise ValueError(f"it has {frames!r} frames")
    return frames


# ---------------------------------------------------------------- files


def save_replay(replay: Replay, path: str | Path) -> Path:
    """Write ``path``, which must end in .replay; :class:`UsageError` if it does not, or cannot be written."""
    file = Path(path)
    if file.suffix.lower() != SUFFIX:
        raise UsageError(f"a replay ends in {SUFFIX}; {file.name!r} does not")
    data = encode(replay)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise unwritable(f"the replay {str(file)!r}", error) from None
    return file


def load_replay(path: str | Path) -> Replay:
    """Read what :func:`save_replay` wrote; :class:`UsageError` if it is not there, or is something else."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise unreadable(f"replay {str(path)!r}", error) from None
    try:
        return decode(data)
    except UsageError as error:
        raise UsageError(f"{str(path)!r} cannot be played: {error}") from None
