"""``myorun gait``: what a movement means."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from myorun.cli.options import PROTOCOLS, Bins, Folder, choice

_SOURCES = typer.Argument(
    metavar="FILE|POLICY…",
    help="Recordings (.npz, .mot, .sto, .c3d), policies, or controllers such as reflex.",
    show_default=False,
)


def gait(
    sources: Annotated[list[str], _SOURCES],
    protocol: Annotated[str, choice(PROTOCOLS, "; paper: flat ground, last 5 s")] = "paper",
    json: Annotated[Path | None, typer.Option(help="All numbers and curves, to this .json.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Tables: to this .csv, and with -curves and -muscles.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="The same tables as .parquet.")] = None,
    html: Annotated[Path | None, typer.Option(help="A report to read, in one .html.")] = None,
    figure: Annotated[Path | None, typer.Option(help="A figure, .png, .svg or .pdf: all of one gait, or many.")] = None,
    human: Annotated[Path | None, typer.Option(help="Folder of human tables, instead of the built-in one.")] = None,
    human_speed: Annotated[float | None, typer.Option(help="Compare with humans at so many m/s.")] = None,
    seed: Annotated[int, typer.Option(help="Of the runs of policies and controllers.")] = 0,
    forces: Annotated[Path | None, typer.Option(help="Laboratory: ground forces of a .mot, as a file.")] = None,
    mass: Annotated[float | None, typer.Option(help="Laboratory: the person's mass, kg.")] = None,
    model: Annotated[str | None, typer.Option(help="Laboratory: the person's planar model, or 'human'.")] = None,
    belt: Annotated[float, typer.Option(help="Laboratory: speed of the treadmill, m/s.")] = 0.0,
    bins: Bins = None,
) -> None:
    """Analyse a gait and compare it with human running.

    Finds foot strikes, cuts cycles, averages them, measures pace, angles, forces, moments, muscle work and metabolic
    cost, and says where the gait is human and where it is not. Policies and controllers run on flat ground first.

    Examples:

      myorun gait reflex  [dim]# the hand-made walker[/dim]

      myorun run --difficulty 0 --save walk.npz

      myorun gait walk.npz --html walk.html --figure walk.png  [dim]# a report, a figure[/dim]

      myorun gait a.npz b.npz c.npz --figure 7.pdf --bins 15,25,35  [dim]# many, in columns of score[/dim]

      myorun gait ik.mot --forces grf.mot --mass 72.8  [dim]# a person in a laboratory[/dim]

      myorun gait walk.npz --protocol all --json walk.json  [dim]# everything, in numbers[/dim]
    """
    from myorun.commands.study import Laboratory, Outputs, bins_from, study

    study(
        sources,
        Outputs(json=json, csv=csv, parquet=parquet, html=html, figure=figure),
        Console(),
        protocol=protocol,
        human=human,
        human_speed=human_speed,
        seed=seed,
        laboratory=Laboratory(forces=forces, mass=mass, model=model, belt=belt),
        bins=None if bins is None else bins_from(bins),
    )


def figures(
    folder: Folder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write the figures into.")],
    stage: Annotated[str | None, typer.Option(help="Its name; else the first stage.")] = None,
    suffix: Annotated[str, typer.Option(help="png, svg or pdf.")] = "png",
    bins: Bins = None,
) -> None:
    """Draw Figures 5, 6 and 7 of the 2018 paper from a challenge's ledger.

    Figure 5 shows how scores rose and how they are spread, Figure 6 the single simulations of the best, Figure 7 how
    they run, beside humans.

    Examples:

      myorun challenge figures spring .

      myorun challenge figures spring figures --stage playoff --suffix pdf
    """
    from myorun.cli.challenge import challenge_library
    from myorun.commands.study import bins_from

    challenge_library()
    from myorun.commands.challenge_figures import draw_challenge

    wanted = None if bins is None else bins_from(bins)
    draw_challenge(folder, out, Console(), stage=stage, suffix=suffix, bins=wanted)
