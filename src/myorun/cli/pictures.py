"""``myorun render`` and ``myorun plot``: a recorded trajectory made visible."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from myorun.cli.options import PLOTS, From, To, choice

_FILE = typer.Argument(metavar="FILE.npz", help="A trajectory, as `myorun run --save FILE.npz` keeps it.")


def render(
    file: Annotated[Path, _FILE],
    out: Annotated[
        Path | None,
        typer.Argument(metavar="[OUT]", help="OUT.mp4 or .gif for a film, .png or .jpg for a picture; else FILE.mp4."),
    ] = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels; else 1280x720.")] = None,
    fps: Annotated[float | None, typer.Option(help="Pictures a second; else 50, in a .gif 25.")] = None,
    speed: Annotated[float | None, typer.Option(help="0.25 is slow motion, 2 twice as fast as life.")] = None,
    start: From = None,
    end: To = None,
    follow: Annotated[bool, typer.Option("--follow/--still", help="Go with the runner, or show the whole way.")] = True,
    hud: Annotated[bool, typer.Option("--numbers/--no-numbers", help="Time, distance, speed, activations.")] = True,
    at: Annotated[float | None, typer.Option(help="Picture of this second.")] = None,
    filmstrip: Annotated[int | None, typer.Option(help="Picture of a stride in so many poses, 2 to 24.")] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="The poses in one scene instead of side by side.")] = False,
    thumbnail: Annotated[bool, typer.Option("--thumbnail", help="A small picture, 320x180, without numbers.")] = False,
) -> None:
    """Make a film or a picture of a recorded trajectory. Needs no display.

    A picture shows the widest step, or the second given by --at.
    A filmstrip shows the longest stride, or what lies between --from and --to.

    Examples:

      myorun run --save walk.npz  [dim]# record one[/dim]

      myorun render walk.npz  [dim]# film it: walk.mp4[/dim]

      myorun render walk.npz slow.mp4 --from 2 --to 4 --speed 0.25  [dim]# two seconds in slow motion[/dim]

      myorun render walk.npz walk.gif --size 480x270 --from 2 --to 4  [dim]# small, for a page[/dim]

      myorun render walk.npz step.png --at 2.8  [dim]# one instant[/dim]

      myorun render walk.npz stride.png --filmstrip 6  [dim]# one stride, six poses[/dim]

      myorun render walk.npz stride.png --filmstrip 6 --overlay  [dim]# the same in one scene[/dim]

      myorun render walk.npz --thumbnail  [dim]# walk-thumbnail.png, small[/dim]
    """
    from myorun.commands.render import Wishes, render_file, size_from

    wishes = Wishes(
        size=None if size is None else size_from(size),
        fps=fps,
        speed=speed,
        start=start,
        end=end,
        follow=follow,
        hud=hud,
        at=at,
        filmstrip=filmstrip,
        overlay=overlay,
        thumbnail=thumbnail,
    )
    render_file(file, out, wishes, Console())


def plot(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE.npz... [OUT]", help="Up to six trajectories, then OUT.png, .pdf or .svg."),
    ],
    what: Annotated[str, choice(PLOTS)] = "all",
    start: From = None,
    end: To = None,
) -> None:
    """Draw graphs of recorded trajectories: joint angles, activations, forces, distance. Needs no display.

    One trajectory is drawn with its right side red, its left side blue.
    Several are drawn each in a colour of its own, the left side dashed.

    Examples:

      myorun plot walk.npz  [dim]# everything, in walk-plot.png[/dim]

      myorun plot walk.npz angles.pdf --what kinematics --from 2 --to 4  [dim]# two seconds, for print[/dim]

      myorun plot walk.npz --what forces  [dim]# ground reaction and muscles, in walk-forces.png[/dim]

      myorun plot walk.npz other.npz both.svg  [dim]# one over the other[/dim]
    """
    from myorun.plots import plot

    sources, out = _sources_and_out(files, what)
    plot(sources, out, what=what, start=start, end=end)
    Console().print(f"plot: {escape(str(out.resolve()))}", highlight=False, soft_wrap=True)


def _sources_and_out(files: list[Path], what: str) -> tuple[list[Path], Path]:
    """The last word is the file to write, unless it is a trajectory or the only one."""
    if len(files) > 1 and files[-1].suffix.lower() != ".npz":
        return files[:-1], files[-1]
    ending = "plot" if what == "all" else what
    return files, files[0].with_name(f"{files[0].stem}-{ending}.png")
