"""A recorded trajectory made into a file to look at: film, picture, thumbnail or filmstrip.

The library side of ``myorun render``: what is made follows from the suffix and the options.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from myorun.errors import UsageError
from myorun.trajectory import load_trajectory

FILMS = (".mp4", ".gif")
PICTURES = (".png", ".jpg")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Options of ``myorun render``; ``None`` where nothing was said."""

    size: tuple[int, int] | None = None  # px
    fps: float | None = None  # pictures per second
    speed: float | None = None  # times real time
    start: float | None = None  # s
    end: float | None = None  # s
    follow: bool = True
    hud: bool = True
    at: float | None = None  # s
    filmstrip: int | None = None  # poses
    overlay: bool = False
    thumbnail: bool = False


def render_file(source: Path, out: Path | None, wishes: Wishes, console: Console) -> Path:
    """Make ``out`` from the trajectory in ``source``, and say where it is.

    Left out, ``out`` is beside ``source`` and called after it.

    Raises:
        UsageError: The options contradict each other or the file, or one of them is not possible.
        MyorunError: The file could not be made.
    """
    out = out or _usual_out(source, wishes)
    _check(wishes, out)
    if out.suffix.lower() in FILMS:
        _film(source, out, wishes, console)
    else:
        _still(source, out, wishes, console)
    kind = "film" if out.suffix.lower() in FILMS else "picture"
    console.print(f"{kind}: {escape(str(out.resolve()))}", highlight=False, soft_wrap=True)
    return out


def size_from(words: str) -> tuple[int, int]:
    """Width and height from words such as ``1280x720``; :class:`UsageError` for anything else."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*[x×*,]\s*(\d{1,6})\s*", words.lower())
    if match is None:
        raise UsageError(f"size is {words!r}; it must be WIDTHxHEIGHT in pixels, such as 1280x720")
    return int(match[1]), int(match[2])


# ---------------------------------------------------------------- what is wanted


def _usual_out(source: Path, wishes: Wishes) -> Path:
    if wishes.filmstrip is not None:
        return source.with_name(f"{source.stem}-filmstrip.png")
    if wishes.thumbnail:
        return source.with_name(f"{source.stem}-thumbnail.png")
    return source.with_suffix(".mp4" if wishes.at is None else ".png")


def _wants_picture(wishes: Wishes) -> bool:
    return bool(wishes.thumbnail or wishes.filmstrip is not None or wishes.at is not None)


def _check(wishes: Wishes, out: Path) -> None:
    suffix = out.suffix.lower()
    if suffix not in (*FILMS, *PICTURES):
        known = f"a film ends in {' or '.join(FILMS)}, a picture in {' or '.join(PICTURES)}"
        raise UsageError(f"{known}; {out.name!r} does neither")
    if wishes.filmstrip is not None and (wishes.thumbnail or wishes.at is not None):
        raise UsageError("--filmstrip is a picture of its own; leave --thumbnail and --at out")
    if suffix in FILMS and _wants_picture(wishes):
        raise UsageError(f"--at, --thumbnail and --filmstrip make pictures (.png, .jpg); {out.name!r} is a film")
    idle = _idle(wishes, film=suffix in FILMS)
    if idle:
        raise UsageError(f"{' and '.join(idle)} would change nothing in {out.name!r}; see: myorun render --help")


def _idle(wishes: Wishes, *, film: bool) -> list[str]:
    """Options that were given and mean nothing for what is made."""
    strip = wishes.filmstrip is not None
    meaningless = {
        "--fps": not film and wishes.fps is not None,
        "--speed": not film and wishes.speed is not None,
        "--still": not film and not wishes.follow,
        "--overlay": not strip and wishes.overlay,
        "--from": not film and not strip and wishes.start is not None,
        "--to": not film and not strip and wishes.end is not None,
    }
    return [option for option, is_idle in meaningless.items() if is_idle]


# ---------------------------------------------------------------- making it


def _film(source: Path, out: Path, wishes: Wishes, console: Console) -> None:
    from myorun.view import film

    trajectory = load_trajectory(source)
    with _bar(console, "pictures") as progress:
        film(
            trajectory,
            out,
            size=wishes.size or (1280, 720),
            fps=_usual(wishes.fps, 50.0 if out.suffix.lower() == ".mp4" else 25.0),
            speed=_usual(wishes.speed, 1.0),
            start=wishes.start,
            end=wishes.end,
            follow=wishes.follow,
            hud=wishes.hud,
            progress=progress,
        )


def _still(source: Path, out: Path, wishes: Wishes, console: Console) -> None:
    from myorun.view import filmstrip, picture, thumbnail
    from myorun.view.stills import Layout

    start, end = wishes.start, wishes.end
    if wishes.filmstrip is not None:
        layout: Layout = "overlay" if wishes.overlay else "side"
        poses, size = wishes.filmstrip, wishes.size
        with _bar(console, "poses") as progress:
            filmstrip(source, out, poses=poses, layout=layout, start=start, end=end, size=size, progress=progress)
    elif wishes.thumbnail:
        thumbnail(source, out, at=wishes.at, size=wishes.size or (320, 180))
    else:
        picture(source, out, at=wishes.at, size=wishes.size or (1280, 720), hud=wishes.hud)


def _usual(wish: float | None, usual: float) -> float:
    return usual if wish is None else wish


@contextmanager
def _bar(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, as what moves it: told how many are done, of how many."""
    columns = (BarColumn(None), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
