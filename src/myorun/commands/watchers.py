"""Who may watch an episode: a window, a film, a progress bar."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape

from myorun.env import LearningToRunEnv
from myorun.onlooker import pose_of

if TYPE_CHECKING:
    from rich.progress import Progress

    from myorun.view import Pose

_FILM_RATE = 50.0  # pictures per second of film
_LAST_LOOK = 0.6  # s that a film rests on its last picture


class WindowWatcher:
    """Shows the episode in a window, in real time; closing it stops the episode."""

    def __init__(self) -> None:
        from myorun.view import Window

        self._window = Window()

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        if self._window.due(env.simulator.time):
            return self._window.show(pose_of(env.simulator, env.course, score))
        return not self._window.closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._window.close()


class FilmWatcher:
    """Films the episode, 50 pictures a simulated second, to .mp4 or .gif; ``console`` is told where the film is.

    An episode that is broken off, by an error or an interrupt, is filmed until then.
    """

    def __init__(self, path: Path, width: int = 1280, height: int = 720, *, console: Console | None = None) -> None:
        from myorun.view import Renderer, VideoWriter

        self._console = console or Console(quiet=True)
        self._film = VideoWriter(path, fps=_FILM_RATE)
        self._renderer = Renderer(width, height)
        self._last: Pose | None = None

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        if env.simulator.time >= self._film.frames / _FILM_RATE - 1e-9:
            self._last = pose_of(env.simulator, env.course, score)
            self._film.write(self._renderer.draw_surface(self._last))
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._console.status("the film is being finished"), self._film:
            if kind is None:
                self._rest()
        if self._film.kept:
            what = "film" if kind is None else "film until then"
            self._console.print(f"{what}: {escape(str(self._film.path.resolve()))}", highlight=False, soft_wrap=True)

    def _rest(self) -> None:
        if self._last is not None:
            for _ in range(round(_LAST_LOOK * _FILM_RATE)):
                self._film.write(self._renderer.draw_surface(self._last))


class ProgressWatcher:
    """Moves a progress bar on, one step a look."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=steps, distance=0.0)

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        step = round(env.simulator.time / env.rules.step_duration)
        self._progress.update(self._task, completed=step, distance=float(env.simulator.get("coordinates")[1]))
        return True
