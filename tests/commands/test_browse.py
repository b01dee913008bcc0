"""Claims about ``myorun view`` and ``myorun run --web``, without a browser."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from myorun.cli import app
from myorun.commands.browse import Web, WebWatcher, view_files
from myorun.errors import UsageError
from myorun.run import run_episode
from myorun.trajectory import save_trajectory
from myorun.view.web import decode, load_replay
from started import PATIENCE

QUIET = Console(file=io.StringIO())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short walk in a file."""
    trajectory = run_episode(seed=0, steps=50).trajectory
    return save_trajectory(trajectory, tmp_path_factory.mktemp("kept") / "walk.npz")


def test_a_trajectory_becomes_a_replay_and_a_page_and_the_command_says_where(kept: Path, tmp_path: Path) -> None:
    replay, page = tmp_path / "walk.replay", tmp_path / "walk.html"
    done = CliRunner().invoke(app, ["view", str(kept), "--replay", str(replay), "--export", str(page)])
    assert done.exit_code == 0
    told = done.output.replace("\n", "")
    assert f"replay: {replay}" in told and f"page: {page}" in told
    assert load_replay(replay).about["title"].startswith("walk · ")
    assert page.read_text().startswith("<!doctype html>")


def test_a_replay_can_be_viewed_like_its_trajectory(kept: Path, tmp_path: Path) -> None:
    replay, again = tmp_path / "walk.replay", tmp_path / "again.replay"
    view_files([kept], Web(), export=None, replay=replay, console=QUIET)
    view_files([replay], Web(), export=None, replay=again, console=QUIET)
    assert load_replay(again).about == load_replay(replay).about


def test_one_replay_holds_one_run(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 files were given; --replay keeps one"):
        view_files([kept, kept], Web(), export=None, replay=tmp_path / "both.replay", console=QUIET)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("nothing.npz", "nothing.replay"):
        with pytest.raises(UsageError, match=name):
            view_files([tmp_path / name], Web(), export=None, replay=None, console=QUIET)


def test_it_is_served_until_it_is_interrupted(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    seen: list[bytes] = []

    def look_and_interrupt(server: object, seconds: float = 0.0) -> None:
        url = re.search(r"http://\S+", said.getvalue())
        assert url is not None
        seen.append(urllib.request.urlopen(f"{url[0]}0.replay", timeout=PATIENCE).read())
        raise KeyboardInterrupt

    monkeypatch.setattr("myorun.view.web.server.ViewerServer.wait", look_and_interrupt)
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    view_files([kept], Web(), export=None, replay=None, console=Console(file=said))
    assert decode(seen[0]).frames == 51
    assert opened == [re.search(r"http://\S+", said.getvalue())[0]]  # type: ignore[index]


def test_a_browser_is_opened_only_if_it_is_wanted(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("myorun.view.web.server.ViewerServer.wait", lambda server: None)
    view_files([kept], Web(browser=False), export=None, replay=None, console=QUIET)
    assert opened == []


class Reader(threading.Thread):
    """A page that watches a live run."""

    def __init__(self, said: io.StringIO) -> None:
        super().__init__(daemon=True)
        self.said, self.text = said, b""

    def run(self) -> None:
        while not (url := re.search(r"http://\S+", self.said.getvalue())):
            time.sleep(0.01)
        with urllib.request.urlopen(f"{url[0]}live", timeout=PATIENCE) as stream:
            self.text = stream.read()


def test_a_run_is_streamed_in_real_time_from_its_first_state_to_its_end() -> None:
    said = io.StringIO()
    reader = Reader(said)
    reader.start()
    with WebWatcher(Web(browser=False), Console(file=said)) as watcher:
        began = time.monotonic()
        outcome = run_episode(seed=0, steps=60, watchers=[watcher])
        spent = time.monotonic() - began
    reader.join(PATIENCE)
    assert spent >= 0.59  # 60 steps of 10 ms
    events = re.findall(rb"event: (\w+)\ndata: (.*)\n", reader.text)
    assert [events[0][0], events[-1][0]] == [b"start", b"end"]
    frames = decode(base64.b64decode(events[0][1])).frames
    assert frames + sum(_rows(data) for name, data in events if name == b"frames") == outcome.trajectory.steps + 1
    assert json.loads(events[-1][1]) == {}  # nobody told how it ended


def _rows(data: bytes) -> float:
    """Frames in an event: 1 time, 9 coordinates, 18 activations, 18 lengths, and x and y of 4 spheres, twice."""
    return len(data) * 3 / 4 // 4 / (1 + 9 + 18 + 18 + 8 + 8)
