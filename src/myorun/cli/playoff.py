"""``myorun playoff``: agents in containers, made, tried and handed in."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from myorun.cli.options import MOST_NUMBERED, Difficulty, Obstacles, Seeds, Token, Url, numbers_from
from myorun.extras import library

app = typer.Typer(
    help="Hand in an agent as a container: build it, try it exactly as it will be graded, submit it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog="Begin with: [bold]myorun playoff build my_agent[/bold]",
)

_IMAGE = typer.Argument(metavar="IMAGE", help="Name of an image that the container engine has.")
_ENGINE = typer.Option(help="Address of Podman's or Docker's API, such as unix:///run/podman/podman.sock.")


def _playoff() -> ModuleType:
    """The library's part; :class:`MissingExtraError` where its packages are not installed."""
    return library("myorun.commands.playoff", "the play-off", "challenge")


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Of the agent; a new one gets the template.")],
    policy: Annotated[
        str, typer.Option(help="For a new folder: a policy's folder, or the shipped champion.")
    ] = "champion",
    base: Annotated[str | None, typer.Option(help="Image that the agent's stands on.")] = None,
    name: Annotated[str | None, typer.Option(help="Of the image; by default the folder's.")] = None,
    template_only: Annotated[bool, typer.Option("--template-only", help="Write the files, and build nothing.")] = False,
    engine: Annotated[str, _ENGINE] = "auto",
) -> None:
    """Make a container of an agent.

    A new folder gets a Dockerfile, an agent of ten lines, its requirements.txt and a policy; all of it is yours to
    change. The packages that requirements.txt names are fetched here: the build itself needs no network.

    Examples:

      myorun playoff build my_agent

      myorun playoff build my_agent --policy runs/best --base localhost/python

      myorun playoff build my_agent --template-only
    """
    _playoff().build(folder, policy=policy, base=base, name=name, template_only=template_only, address=engine)


@app.command("test")
def grade(  # "test" would look like one to linters and to pytest
    image: Annotated[str, _IMAGE],
    seeds: Seeds = "1,2,3,4,5,6,7,8,9,10",
    difficulty: Difficulty = 2,
    obstacles: Obstacles = 10,
    challenge: Annotated[Path | None, typer.Option(metavar="DIR", help="Take the limits of this challenge.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Also print what the agent printed.")] = False,
    engine: Annotated[str, _ENGINE] = "auto",
) -> None:
    """Grade a container here exactly as the server will, on courses that you choose.

    The same isolation, limits and verdicts; prints a table, and on stdout the verdict as JSON. Exit code 1 where the
    agent did not finish.

    Examples:

      myorun playoff test my_agent

      myorun playoff test my_agent --seeds 11,22,33 --obstacles 3 --log

      myorun playoff test my_agent --engine unix:///run/podman/podman.sock
    """
    done = _playoff().grade(
        image,
        seeds=numbers_from(seeds),
        difficulty=difficulty,
        obstacles=obstacles,
        challenge=challenge,
        show_log=log,
        address=engine,
    )
    if not done:
        raise typer.Exit(1)


_STAGE = typer.Option(help="By default the play-off that is open.")
_NUMBER = typer.Argument(metavar="SUBMISSION", min=1, max=MOST_NUMBERED, help="Its number.")


@app.command()
def submit(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="Of the engine; or an archive, or a registry's.")],
    url: Url,
    token: Token = "",
    stage: Annotated[str | None, _STAGE] = None,
    archive: Annotated[bool, typer.Option("--archive", help="IMAGE is a file: an OCI or docker archive.")] = False,
    registry: Annotated[bool, typer.Option("--registry", help="IMAGE is a name with @sha256:… in a registry.")] = False,
    wait: Annotated[bool, typer.Option(help="Watch it until its verdict.")] = True,
    engine: Annotated[str, _ENGINE] = "auto",
) -> None:
    """Hand in a container. What broke off goes on where it was when the same command is given again.

    Ctrl-C while it is watched takes nothing back. On stdout: the submission as JSON. Exit code 1 if the agent failed.

    Examples:

      myorun playoff submit my_agent --url https://run.example.org

      myorun playoff submit my_agent.tar --archive --url https://run.example.org --no-wait

      myorun playoff submit registry.example.org/me/agent@sha256:… --registry --url https://run.example.org
    """
    words = {"url": url, "token": token, "stage": stage, "archive": archive, "registry": registry}
    if not _playoff().submit(image, **words, wait=wait, address=engine):
        raise typer.Exit(1)


@app.command()
def status(
    url: Url,
    submission: Annotated[
        int | None, typer.Argument(min=1, max=MOST_NUMBERED, help="Its number; by default all.")
    ] = None,
    token: Token = "",
    stage: Annotated[str | None, _STAGE] = None,
) -> None:
    """How your submissions stand: queued, running with its score so far, finished, failed by whose fault.

    Examples:

      myorun playoff status --url https://run.example.org

      myorun playoff status 17 --url https://run.example.org
    """
    _playoff().status(submission, url=url, token=token, stage=stage)


@app.command()
def cancel(submission: Annotated[int, _NUMBER], url: Url, token: Token = "") -> None:
    """Take a submission back. One that has made a step counts as it stands.

    Examples:

      myorun playoff cancel 17 --url https://run.example.org
    """
    _playoff().cancel(submission, url=url, token=token)


@app.command()
def log(submission: Annotated[int, _NUMBER], url: Url, token: Token = "") -> None:
    """Print the last of what your agent printed, when its run is over.

    Examples:

      myorun playoff log 17 --url https://run.example.org
    """
    _playoff().log(submission, url=url, token=token)
