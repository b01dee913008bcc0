"""Claims about a run that is watched while it happens."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from myorun.view.web import Replay, ViewerServer, decode
from myorun.view.web.live import LiveRun
from started import PATIENCE


def first_frames(replay: Replay, count: int) -> Replay:
    channels = {name: replace(c, values=c.values[:count]) for name, c in replay.channels.items()}
    return replace(replay, channels=channels)


def frame(replay: Replay, i: int) -> dict[str, np.ndarray]:
    return {name: channel.values[i] for name, channel in replay.channels.items()}


def parsed(event: bytes) -> tuple[str, bytes]:
    name, data = event.decode().strip().split("\n")
    return name.removeprefix("event: "), data.removeprefix("data: ").encode()


def rows(data: bytes, replay: Replay) -> np.ndarray:
    width = sum(len(channel.columns) for channel in replay.channels.values())
    return np.frombuffer(base64.b64decode(data), "<f4").reshape(-1, width)


def test_a_page_gets_the_run_so_far_then_frames_then_the_end(replay: Replay) -> None:
    live = LiveRun(first_frames(replay, 1))
    live.add(frame(replay, 1))
    events = live.events()
    name, data = parsed(next(events))
    assert (name, decode(base64.b64decode(data)).frames) == ("start", 2)
    live.add(frame(replay, 2))
    live.add(frame(replay, 3))
    name, data = parsed(next(events))
    found = rows(data, replay)
    assert (name, len(found)) == ("frames", 2)
    assert found[:, 0] == pytest.approx(replay.channels["times"].values[2:4, 0])
    live.finish({"score": 1.5})
    name, data = parsed(next(events))
    assert (name, json.loads(data)) == ("end", {"score": 1.5})
    assert next(events, None) is None


def test_one_that_comes_late_sees_the_run_from_its_beginning(replay: Replay) -> None:
    live = LiveRun(first_frames(replay, 1))
    for i in range(1, 50):
        live.add(frame(replay, i))
    late = decode(base64.b64decode(parsed(next(live.events()))[1]))
    np.testing.assert_allclose(
        late.channels["coordinates"].values, replay.channels["coordinates"].values[:50], atol=2e-4
    )


def test_the_wait_for_a_first_page_ends_when_one_is_there(replay: Replay) -> None:
    live = LiveRun(first_frames(replay, 1))
    assert not live.wait_for_reader(0.01)
    reader = threading.Timer(0.05, lambda: next(live.events()))
    reader.start()
    assert live.wait_for_reader(PATIENCE)
    reader.join()


@pytest.fixture
def live_server(replay: Replay) -> Iterator[tuple[ViewerServer, LiveRun]]:
    live = LiveRun(first_frames(replay, 1))
    with ViewerServer(live=live) as server:
        yield server, live
        live.finish({})


def watch(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    line.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return line


def read_all(line: socket.socket) -> bytes:
    with line:
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_many_pages_watch_one_run(live_server: tuple[ViewerServer, LiveRun], replay: Replay) -> None:
    server, live = live_server
    lines = [watch(server.port) for _ in range(5)]
    for i in range(1, 20):
        live.add(frame(replay, i))
    live.finish({"score": 2.0})
    for text in map(read_all, lines):
        assert text.count(b"event: start") == 1
        assert text.endswith(b'event: end\ndata: {"score": 2.0}\n\n')


def test_a_page_that_does_not_read_does_not_hold_up_the_run(
    live_server: tuple[ViewerServer, LiveRun], replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("myorun.view.web.server._Answer.timeout", 10 * PATIENCE)  # that it could hold up the run for
    server, live = live_server
    with watch(server.port):  # never reads: its line fills up after some hundred kilobytes
        assert live.wait_for_reader(PATIENCE)
        run = threading.Thread(
            target=lambda: [live.add(frame(replay, k % replay.frames)) for k in range(5000)], daemon=True
        )
        run.start()
        run.join(PATIENCE)
        assert not run.is_alive()
        reader = watch(server.port)
        live.finish({})
        assert b"event: end" in read_all(reader)


def test_no_more_pages_than_can_be_served_may_watch(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myorun.view.web.server._MOST_WATCHERS", 1)
    live = LiveRun(first_frames(replay, 1))
    with ViewerServer(live=live) as server:
        first = watch(server.port)
        assert first.recv(12) == b"HTTP/1.1 200"
        second = watch(server.port)
        assert second.recv(12) == b"HTTP/1.1 503"
        live.finish({})
        first.close()
        second.close()
