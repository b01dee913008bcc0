"""Movements in a browser. The library side of ``myorun view`` and ``myorun run --web``."""

from __future__ import annotations

import time
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from rich.console import Console
from rich.markup import escape

from myorun.errors import UsageError
from myorun.trajectory import Trajectory, load_trajectory

if TYPE_CHECKING:
    from myorun.env import LearningToRunEnv
    from myorun.view.web import Replay, ViewerServer
    from myorun.view.web.live import LiveRun

_FIRST_LOOK = 8.0  # s that a run waits for a page to be there
_LATE = 0.25  # s behind real time; more is forgiven rather than caught up


@dataclass(frozen=True, slots=True)
class Web:
    """How a page is served."""

    port: int = 0  # on 127.0.0.1; 0 takes any that is free
    browser: bool = True  # whether a browser is opened


def view_files(files: Sequence[Path], web: Web, *, export: Path | None, replay: Path | None, console: Console) -> None:
    """Show trajectories or replays in a browser until interrupted, or keep them as one page or as a replay.

    Raises:
        UsageError: if a file cannot be read or written, or ``replay`` is asked for of several files.
    """
    from myorun.view.web import export_page, save_replay

    replays = [_read(file) for file in files]
    if replay is not None and len(replays) != 1:
        raise UsageError(f"{len(replays)} files were given; --replay keeps one: call it once a file")
    if export is not None:
        _say(console, "page", export_page(replays, export))
    if replay is not None:
        _say(console, "replay", save_replay(replays[0], replay))
    if export is None and replay is None:
        _serve(replays, web, console)


def _read(file: Path) -> Replay:
    from myorun.view.web import load_replay, replay_of
    from myorun.view.web.replay import SUFFIX

    if file.suffix.lower() == SUFFIX:
        return load_replay(file)
    trajectory = load_trajectory(file)
    return replay_of(trajectory, title=f"{file.stem} · {_length(trajectory)}")


def _length(trajectory: Trajectory) -> str:
    return f"{trajectory.distance:.2f} m in {trajectory.duration:.2f} s"


def _say(console: Console, what: str, path: Path) -> None:
    size = path.stat().st_size / 1000
    console.print(f"{what}: {escape(str(path.resolve()))} ({size:,.0f} kB)", highlight=False, soft_wrap=True)


def _serve(replays: Sequence[Replay], web: Web, console: Console) -> None:
    from myorun.view.web import ViewerServer

    with ViewerServer(replays, port=web.port) as server:
        _open(server, web, console)
        _wait(server)


def _open(server: ViewerServer, web: Web, console: Console) -> None:
    console.print(f"watch: {server.url} — Ctrl-C ends", highlight=False, soft_wrap=True)
    if web.browser:
        webbrowser.open(server.url)


def _wait(server: ViewerServer) -> None:
    try:
        server.wait()
    except KeyboardInterrupt:
        return


class WebWatcher:
    """Shows an episode in any number of browser tabs as it happens, in real time. A slow page does not slow it."""

    def __init__(self, web: Web, console: Console) -> None:
        self._web, self._console = web, console
        self._server: ViewerServer | None = None
        self._live: LiveRun | None = None
        self._began = 0.0  # wall clock at time 0, s

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        from myorun.view.web.recording import frame_of

        if self._live is None:
            self._start(env)
        else:
            self._live.add(frame_of(env.simulator))
        self._keep_pace(env.simulator.time)
        return True

    def show_again(self, trajectory: Trajectory) -> None:
        """Tell the pages how it ended, and let them play it until the program is interrupted."""
        if self._live is not None and self._server is not None:
            self._live.finish({"score": trajectory.facts.score, "fallen": trajectory.facts.fallen})
            _wait(self._server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.finish({})
        if self._server is not None:
            self._server.close()

    def _start(self, env: LearningToRunEnv) -> None:
        from myorun.view.web import ViewerServer
        from myorun.view.web.live import LiveRun

        self._live = LiveRun(_opening(env))
        self._server = ViewerServer(live=self._live, port=self._web.port)
        _open(self._server, self._web, self._console)
        self._live.wait_for_reader(_FIRST_LOOK)
        self._began = time.monotonic() - env.simulator.time

    def _keep_pace(self, simulated: float) -> None:
        """Sleep until the wall clock reaches ``simulated``; a simulation slower than life is not hurried."""
        ahead = self._began + simulated - time.monotonic()
        if ahead > 0.0:
            time.sleep(ahead)
        elif ahead < -_LATE:
            self._began -= ahead


def _opening(env: LearningToRunEnv) -> Replay:
    """The replay of a run that has just begun: its first state."""
    from myorun.view.web import Replay
    from myorun.view.web.recording import channels_of, course_words, frame_of, title_of
    from myorun.view.web.scene import figure_on, scene_of

    model, course = env.simulator.model, env.course
    words: dict[str, Any] = {"title": title_of("live", course), **course_words(course), "rules": env.rules.version}
    frame = {name: np.atleast_2d(row) for name, row in frame_of(env.simulator).items()}
    frame["times"] = frame["times"].ravel()
    return Replay(words, figure_on(course, model), scene_of(course), channels_of(model, frame))
