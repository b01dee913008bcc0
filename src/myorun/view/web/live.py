"""A run under way, for any number of pages: one writer that never waits, readers that take what has come.

Everything that was seen is kept until the end, so a page that comes late sees the run from its beginning, and a slow
one catches up when it can. An episode is at most some thousand frames of half a kilobyte.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.view.web.replay import Channel, Replay, encode

_HEARTBEAT = 5.0  # s without news after which a sign of life is sent


class LiveRun:
    """The frames of a run so far.

    Args:
        replay: its words and geometry, and its first frames; later ones come by :meth:`add`.
    """

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._rows: list[NDArray[np.float64]] = list(_rows_of(replay))
        self._news = threading.Condition()
        self._end: dict[str, Any] | None = None
        self._readers = 0

    def add(self, frame: Mapping[str, NDArray[np.float64]]) -> None:
        """Append a frame: one array for each channel of the replay."""
        row = np.concatenate([np.ravel(frame[name]) for name in self._replay.channels])
        with self._news:
            self._rows.append(row)
            self._news.notify_all()

    def finish(self, about: Mapping[str, Any]) -> None:
        """The run is over; ``about`` replaces words of the replay, such as its score."""
        with self._news:
            self._end = dict(about)
            self._news.notify_all()

    def wait_for_reader(self, seconds: float) -> bool:
        """Wait until somebody reads, at most so long; whether somebody does."""
        with self._news:
            return self._news.wait_for(lambda: self._readers > 0, seconds)

    def events(self) -> Iterator[bytes]:
        """Server-sent events: ``start`` with a replay so far, ``frames`` as they come, ``end``."""
        with self._news:
            self._readers += 1
            self._news.notify_all()
            count = len(self._rows)
        yield _event("start", encode(self._so_far(count)))
        while True:
            fresh, end = self._after(count)
            count += len(fresh)
            if fresh:
                yield _event("frames", np.array(fresh, dtype="<f4").tobytes())
            elif end is not None:
                yield _event("end", json.dumps(end).encode(), plain=True)
                return
            else:
                yield b": still here\n\n"

    def _after(self, count: int) -> tuple[list[NDArray[np.float64]], dict[str, Any] | None]:
        """The frames after so many, once there are some or the run is over; none if nothing happens for a while."""
        with self._news:
            self._news.wait_for(lambda: len(self._rows) > count or self._end is not None, _HEARTBEAT)
            return self._rows[count:], self._end

    def _so_far(self, count: int) -> Replay:
        rows, channels, start = np.array(self._rows[:count]), {}, 0
        for name, channel in self._replay.channels.items():
            stop = start + len(channel.columns)
            channels[name] = Channel(channel.columns, channel.unit, rows[:, start:stop], channel.bits)
            start = stop
        return Replay(self._replay.about, self._replay.figure, self._replay.scene, channels)


def _rows_of(replay: Replay) -> Iterator[NDArray[np.float64]]:
    return iter(np.hstack([channel.values for channel in replay.channels.values()]))


def _event(name: str, data: bytes, *, plain: bool = False) -> bytes:
    text = data if plain else base64.b64encode(data)
    return b"event: " + name.encode() + b"\ndata: " + text + b"\n\n"
