"""``myorun submit``: take part in a challenge."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from myorun.cli.options import MOST_NUMBERED, Token, Url


def submit(
    policy: Annotated[
        str,
        typer.Argument(help="Folder of a policy, champion, random, constant, zero, or a .py with act()."),
    ],
    url: Url,
    token: Token = "",
    stage: Annotated[str | None, typer.Option(help="By default the one that is open.")] = None,
    resume: Annotated[
        int | None, typer.Option(min=1, max=MOST_NUMBERED, help="Go on with this run instead of a new one.")
    ] = None,
) -> None:
    """Run a policy on the hidden courses of a challenge, and hand in the score.

    A server that is away for a while is waited for; a run that was cut off goes on with --resume.

    Examples:

      MYORUN_TOKEN=myo_… myorun submit random --url http://127.0.0.1:8017

      myorun submit runs/first/best --url https://run.example.org --token myo_… --resume 12
    """
    from myorun.client.submit import submit_policy

    result = submit_policy(policy, url, token, stage=stage, resume=resume, console=Console())
    typer.echo(f"run {result.run}: score {result.score:.6f}, receipt {result.receipt}")
