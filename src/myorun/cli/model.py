"""``myorun model``: look at a model, and carry it between our format and OpenSim's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from myorun.cli.options import Force
from myorun.errors import UsageError

app = typer.Typer(
    help="Look at a model, and carry it between .toml (ours, made to be edited) and .osim (OpenSim).",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_MODEL = typer.Argument(help="'human', or the path of a .toml or .osim file.", show_default=True)


@app.command()
def show(model: Annotated[str, _MODEL] = "human") -> None:
    """Print the muscles, bodies, joints, contacts and ligaments of a model.

    Examples:

      myorun model show

      myorun model show my_human.toml
    """
    from myorun.anatomy import load_model
    from myorun.anatomy.describe import model_tables

    Console().print(model_tables(load_model(model)))


@app.command()
def export(
    model: Annotated[str, _MODEL],
    out: Annotated[Path, typer.Argument(help="The file to write; .osim or .toml decides its format.")],
    force: Force = False,
) -> None:
    """Write a model to a file: .osim for OpenSim 4.6, .toml to edit it by hand.

    Examples:

      myorun model export human human.osim     (then open it in OpenSim)

      myorun model export human my_human.toml  (then edit it and: myorun model show my_human.toml)
    """
    _convert(model, out, force)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OpenSim file, FILE.osim (3.0 or 4.x).")],
    out: Annotated[Path, typer.Argument(help="The file to write, OUT.toml.")],
    force: Force = False,
) -> None:
    """Turn a planar OpenSim model into our own format.

    What this package cannot simulate is refused by name, never left out silently.

    Example:

      myorun model import gait9dof18musc.osim my_human.toml
    """
    for path, suffix in ((file, ".osim"), (out, ".toml")):
        if path.suffix.lower() != suffix:
            raise UsageError(f"{str(path)!r} does not end in {suffix}; give the paths as: FILE.osim OUT.toml")
    _convert(str(file), out, force)


def _convert(model: str, out: Path, force: bool) -> None:
    from myorun.anatomy import load_model, save_model

    save_model(load_model(model), out, overwrite=force)
    typer.echo(f"wrote {out}")
