"""``myorun export`` and ``myorun import``: carry a movement to OpenSim and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from myorun.cli.options import CONTENTS, Force, choice
from myorun.errors import UsageError


def export(
    trajectory: Annotated[Path, typer.Argument(metavar="FILE.npz", help="What myorun run --save kept.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT.sto | OUT.mot | OUT.osim | OUT.csv, or a folder.")],
    what: Annotated[str | None, choice(CONTENTS, ", in .sto or .mot")] = None,
    force: Force = False,
) -> None:
    """Write a recorded run for OpenSim 4, or for a spreadsheet.

    .sto holds the states, .mot the coordinates in degrees, .osim the human among the obstacles of the run, .csv
    everything. A folder gets all of them, with controls, muscle forces and external loads (a .mot and its .xml).
    Columns, units and conventions: docs/files.md.

    Examples:

      myorun export run.npz run/  [dim]# everything into a folder[/dim]

      myorun export run.npz run.osim  [dim]# open this in OpenSim, then ...[/dim]

      myorun export run.npz run.sto  [dim]# ... load this as its motion[/dim]

      myorun export run.npz grf.mot --what loads  [dim]# ground reaction, with grf.xml[/dim]
    """
    from myorun.trajectory import Exported, export_all, export_trajectory, load_trajectory

    whole = out.is_dir() or not out.suffix
    if whole and what is not None:
        raise UsageError(f"--what {what} chooses the content of one file, and {str(out)!r} is a folder")
    with Console(stderr=True).status(f"writing {escape(str(out))}"):
        run = load_trajectory(trajectory)
        if whole:
            exported = export_all(run, out, trajectory.stem, overwrite=force)
        else:
            exported = Exported(tuple(export_trajectory(run, out, what=what, overwrite=force)), ())
    _say(*(f"wrote {file}" for file in exported.files), *exported.notes)


def import_(
    motion: Annotated[Path, typer.Argument(metavar="FILE", help="States or coordinates: FILE.sto or FILE.mot.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.npz", help="The trajectory to write.")],
    model: Annotated[str | None, typer.Option(help="Whose motion: 'human', or a .toml or .osim file.")] = None,
    like: Annotated[Path | None, typer.Option(help="Take model and course from this .npz.")] = None,
    controls: Annotated[Path | None, typer.Option(help="Excitations at the same times: a .sto file.")] = None,
    degrees: Annotated[bool | None, typer.Option("--degrees/--radians", help="If the header does not say.")] = None,
    force: Force = False,
) -> None:
    """Read a motion from OpenSim 3 or 4, to be looked at, plotted and compared like any other.

    Its own times are kept; nothing is resampled. Speeds, activations and fiber lengths may be missing.

    Examples:

      myorun import run_states.sto run.npz

      myorun import ik.mot ik.npz --model my_human.osim  [dim]# coordinates from inverse kinematics[/dim]

      myorun import run_states.sto run.npz --controls run_controls.sto
    """
    from myorun.trajectory import checked_path, load_trajectory, save_trajectory
    from myorun.trajectory.motion import import_motion

    if checked_path(out).exists() and not force:
        raise UsageError(f"{str(out)!r} is there already; choose another name, or overwrite it with --force")
    with Console(stderr=True).status(f"reading {escape(str(motion))}"):
        run = None if like is None else load_trajectory(like)
        found = import_motion(motion, model=model, like=run, controls=controls, degrees=degrees)
        save_trajectory(found.trajectory, out)
    _say(*found.notes, f"wrote {out}: {len(found.trajectory.times)} states, {found.trajectory.duration:g} s")


def _say(*lines: str) -> None:
    console = Console()
    for line in lines:
        console.print(escape(line), highlight=False, soft_wrap=True)
