"""Motions brought to gait analysis: recorded files, and controllers that are made to run first.

The library side of ``myorun gait``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from myorun.anatomy import load_model
from myorun.controllers import CONTROLLERS, load_policy
from myorun.errors import UsageError
from myorun.gait import Gait, Motion, analyse, human_running, motion_of, read_laboratory, remarks
from myorun.gait.definitions import DEFINITIONS
from myorun.policy.files import SHIPPED
from myorun.run import run_episode
from myorun.trajectory import load_trajectory

_LONGEST_NAME = 255  # of a file, on any system; longer ones are an error to look for


@dataclass(frozen=True)
class Outputs:
    """Files to write; ``None`` where not wanted."""

    json: Path | None = None
    csv: Path | None = None
    parquet: Path | None = None
    html: Path | None = None
    figure: Path | None = None


@dataclass(frozen=True)
class Laboratory:
    """What is known of a recording besides its file."""

    forces: Path | None = None  # file of ground forces
    mass: float | None = None  # kg
    model: str | None = None  # name or path
    belt: float = 0.0  # m/s


def study(
    sources: Sequence[str],
    outputs: Outputs,
    console: Console,
    *,
    protocol: str = "paper",
    human: Path | None = None,
    human_speed: float | None = None,
    seed: int = 0,
    bins: Sequence[float] | None = None,
    laboratory: Laboratory | None = None,
) -> list[Gait]:
    """Analyse every source, print what was found and write what is wanted.

    Args:
        sources: recordings (``.npz``, ``.mot``, ``.sto``, ``.c3d``), names of controllers, or folders or names of
            policies; those that are no recordings run on flat ground first.
        outputs: files to write.
        console: to print on.
        protocol: name of the part that is analysed.
        human: folder of human tables, instead of those of the package.
        human_speed: m/s to compare with, instead of each gait's own.
        seed: of the runs.
        bins: scores that part the columns of a figure of many gaits.
        laboratory: what recordings of a laboratory do not say themselves.

    Raises:
        UsageError: for a source that is no gait, or a file that cannot be written.
        MissingExtraError: without ``pip install 'myorun[gait]'``.
    """
    if not sources:
        raise UsageError("nothing to analyse; give a trajectory, such as one of: myorun run --save walk.npz")
    _check_outputs(outputs)
    reference = human_running(human)
    gaits = []
    with _progress(console, len(sources)) as progress:
        task = progress.add_task("analysing", total=len(sources))
        for source in sources:
            motion = motion_from(source, seed=seed, laboratory=laboratory)
            gaits.append(analyse(motion, protocol=protocol, human=reference, human_speed=human_speed))
            progress.advance(task)
    for gait in gaits:
        console.print(gait_table(gait))
        _print_remarks(gait, console)
    _write(gaits, outputs, bins, console)
    return gaits


def motion_from(source: str, *, seed: int = 0, laboratory: Laboratory | None = None) -> Motion:
    """The motion that a word on the command line names.

    :class:`UsageError` if it names none.
    """
    path = Path(source)
    if path.suffix.lower() == ".npz":
        return motion_of(load_trajectory(path), name=path.stem)
    if path.suffix.lower() in (".mot", ".sto", ".c3d"):
        return _recorded(path, laboratory or Laboratory())
    if source in CONTROLLERS:
        return motion_of(run_episode(source, seed=seed, difficulty=0).trajectory)
    if source in SHIPPED or (len(path.name) <= _LONGEST_NAME and path.is_dir()):
        return motion_of(run_episode(load_policy(source), seed=seed, difficulty=0).trajectory, name=path.name)
    raise UsageError(
        f"{source!r} is neither a recording (.npz, .mot, .sto, .c3d) nor the folder of a policy, nor one of "
        f"{', '.join([*SHIPPED, *CONTROLLERS])}"
    )


def _recorded(path: Path, wishes: Laboratory) -> Motion:
    model = None if wishes.model is None else load_model(wishes.model)
    return read_laboratory(path, forces=wishes.forces, mass=wishes.mass, model=model, belt=wishes.belt)


def bins_from(words: str) -> tuple[float, ...]:
    """Ascending scores from words such as ``15,25,35``.

    :class:`UsageError` if they are not.
    """
    try:
        edges = tuple(float(word) for word in words.split(","))
    except ValueError:
        edges = ()
    if not edges or list(edges) != sorted(set(edges)) or not all(map(math.isfinite, edges)):
        raise UsageError(f"--bins is {words!r}; ascending scores with commas between are wanted, such as 15,25,35")
    return edges


def _check_outputs(outputs: Outputs) -> None:
    """Before anything takes time: that every file can be written."""
    from myorun.gait.style import checked_figure_path
    from myorun.gait.tables import checked_path

    for suffix in ("json", "csv", "parquet", "html"):
        path = getattr(outputs, suffix)
        if path is not None:
            checked_path(path, f".{suffix}")
    if outputs.figure is not None:
        checked_figure_path(outputs.figure)


def _progress(console: Console, count: int) -> Progress:
    hidden = not console.is_terminal or count < 3
    return Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True, disable=hidden)


# ---------------------------------------------------------------- on the terminal


def gait_table(gait: Gait) -> Table:
    """The measures of a gait, by group."""
    from myorun.gait.tables import measure_row

    title = f"{gait.name}: {len(gait.strides)} strides, {gait.protocol.description}"
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("")
    for head in ("mean", "±", "right", "left", "humans"):
        table.add_column(head, justify="right")
    group = ""
    for measure in gait.measures:
        definition, row = DEFINITIONS[measure.key], measure_row(gait, measure.key)
        if definition.group != group:
            group = definition.group
            table.add_row(f"[bold]{group}[/bold]")
        unit = f" [dim]{escape(definition.unit)}[/dim]" if definition.unit else ""
        cells = [_cell(row[k], definition.decimals) for k in ("value", "deviation", "right", "left", "human")]
        speed = f" [dim]at {row['human_speed']:g} m/s[/dim]" if row["human_speed"] else ""
        table.add_row(f"  {definition.label}{unit}", *cells[:-1], cells[-1] + speed)
    return table


def _cell(value: float | None, decimals: int) -> str:
    return "" if value is None or value != value else f"{value:.{decimals}f}"


def _print_remarks(gait: Gait, console: Console) -> None:
    for remark in remarks(gait):
        mark = "[green]✓[/green]" if remark.human else "[red]✗[/red]"
        console.print(f"{mark} {escape(remark.text)}", highlight=False)
    console.print()


# ---------------------------------------------------------------- files


def _viewer(gaits: Sequence[Gait]) -> str:
    """The page of the 3-D viewer with the recorded motions inside; empty where there are none."""
    from myorun.view.web import replay_of
    from myorun.view.web.page import single_page
    from myorun.view.web.replay import encode

    records = [(gait.name, gait.motion.record) for gait in gaits if gait.motion.record is not None]
    return single_page([encode(replay_of(record, title=name)) for name, record in records]) if records else ""


def _write(gaits: Sequence[Gait], outputs: Outputs, bins: Sequence[float] | None, console: Console) -> None:
    from myorun.gait import tables
    from myorun.gait.figures import SCORE_BINS, kinematics_figure, overview_figure
    from myorun.gait.report import write_html
    from myorun.gait.style import save_figure

    written: list[Path] = []
    if outputs.json is not None:
        written.append(tables.write_json(gaits, outputs.json))
    if outputs.csv is not None:
        written += tables.write_csv(gaits, outputs.csv)
    if outputs.parquet is not None:
        written += tables.write_parquet(gaits, outputs.parquet)
    if outputs.html is not None:
        written.append(write_html(gaits, outputs.html, _viewer(gaits)))
    if outputs.figure is not None:
        one = len(gaits) == 1
        figure = overview_figure(gaits[0]) if one else kinematics_figure(gaits, bins or SCORE_BINS)
        written.append(save_figure(figure, outputs.figure))
    for path in written:
        console.print(f"{path.suffix[1:]}: {escape(str(path.resolve()))}", highlight=False, soft_wrap=True)
