"""``myorun view``: movements in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from myorun.cli.options import Browser, Port


def view(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Trajectories (.npz, from run --save) or replays (.replay).")
    ],
    export: Annotated[Path | None, typer.Option(help="Write one page (.html) that opens from disk, and end.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Keep the one FILE as a compact .replay, and end.")] = None,
    port: Port = 0,
    browser: Browser = True,
) -> None:
    """Play movements in the browser, in 3-D: muscles by activation, forces of the ground, graphs; two can be compared.

    The page is served on this machine only, until Ctrl-C. Keys are listed by ? on the page.

    Examples:

      myorun run --save walk.npz  [dim]# record one[/dim]

      myorun view walk.npz  [dim]# watch it[/dim]

      myorun view mine.npz yours.npz  [dim]# side by side, or one as the other's ghost[/dim]

      myorun view walk.npz --export walk.html  [dim]# one file to send to a friend[/dim]

      myorun view walk.npz --replay walk.replay  [dim]# some 50 kB for ten seconds[/dim]
    """
    from myorun.commands.browse import Web, view_files

    view_files(files, Web(port, browser), export=export, replay=replay, console=Console())
