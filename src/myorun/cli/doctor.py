"""``myorun doctor``: parsing only."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from myorun.cli.options import Json, words
from myorun.errors import FAILED

PARTS = (
    *("python", "core", "instructions", "compiler", "ffmpeg", "display", "browser", "gpu", "opensim"),
    *("train", "gait", "lab", "challenge", "cluster", "container", "redis", "postgresql"),
)


def doctor(
    parts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PART]…", help=f"Only these: {', '.join(PARTS)}.", autocompletion=words(*PARTS)),
    ] = None,
    json: Json = False,
) -> None:
    """Look at this installation: what works, what is missing, what that would give, and what brings it.

    The exit status is 1 if something that everything needs does not work, if something is there and broken, or if a
    PART that was named is missing.

    Examples:

      myorun doctor

      myorun doctor redis container  [dim]# in a script: may the play-off begin?[/dim]

      myorun doctor --json
    """
    from myorun.commands.doctor import examine, findings_json, is_well, print_findings

    with Console(stderr=True).status("looking"):
        findings = examine(parts or ())
    well = is_well(findings, parts or ())
    if json:
        typer.echo(findings_json(findings, well=well))
    else:
        print_findings(findings, Console())
    if not well:
        raise typer.Exit(FAILED)
