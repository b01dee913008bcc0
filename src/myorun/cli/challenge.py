"""``myorun challenge``: hold a challenge."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Column, Table

from myorun.cli.options import MOST_NUMBERED, MOST_WORKERS, Folder
from myorun.errors import UsageError
from myorun.extras import library

app = typer.Typer(
    help="Hold a challenge: hidden courses over HTTP, a ledger, a leaderboard.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog="Begin with: [bold]myorun challenge init my_challenge[/bold]",
)


def challenge_library(module: str = "organise") -> ModuleType:
    """The organiser's part of the library; :class:`MissingExtraError` where its packages are not installed."""
    return library(f"myorun.challenge.{module}", "a challenge", "challenge")


@app.command()
def init(
    folder: Folder,
    name: Annotated[str, typer.Option(help="What participants read.")] = "Learning to Run",
) -> None:
    """Write a commented challenge.toml and an empty ledger.

    Examples:

      myorun challenge init spring

      myorun challenge init spring --name "Spring run"
    """
    file = challenge_library().init(folder, name)
    typer.echo(f"wrote {file}; read it, then run: myorun challenge serve {folder}")


@app.command()
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 8017,
    log: Annotated[bool, typer.Option(help="A line of JSON for every request.")] = False,
    workers: Annotated[
        int, typer.Option(min=0, max=MOST_WORKERS, help="Agents in containers to grade here at a time.")
    ] = 1,
) -> None:
    """Serve interfaces, site and jobs, in one process, until Ctrl-C.

    The ledger is an SQLite file in DIR, or DATABASE_URL=postgresql+psycopg://user:password@host/name, which several
    servers may share. It is safe to kill a server at any moment.

    Examples:

      myorun challenge serve spring

      myorun challenge serve spring --host 0.0.0.0 --port 80

      myorun challenge serve spring --workers 0  [dim]# others grade: myorun challenge worker spring[/dim]
    """
    challenge_library()
    from myorun.challenge.server import serve as run

    run(folder, host, port, log=log, workers=workers, begun=_says(f"http://{host}:{port}"))


@app.command()
def worker(
    folder: Folder,
    count: Annotated[
        int, typer.Option("--count", "--workers", min=1, max=MOST_WORKERS, help="Agents to grade here at a time.")
    ] = 1,
) -> None:
    """Grade the agents in containers that wait in a challenge, until Ctrl-C; then give back what is under way.

    The server does so too, unless told not to. Workers on other machines need the folder, DATABASE_URL, and to be
    woken at once JOBS_URL=redis://:password@host:6379/0; without it they look for work every few seconds. It is safe
    to kill a worker at any moment: what it was grading is begun again by another one, and not charged.

    Examples:

      myorun challenge worker spring

      JOBS_URL=redis://:secret@10.0.0.7:6379/0 myorun challenge worker spring --count 4
    """
    challenge_library()
    from myorun.challenge.server import work

    work(folder, count, begun=_says(f"works for {folder}"))


def _says(what: str) -> Callable[[], None]:
    """To be called once a server or worker has begun."""
    return lambda: Console(stderr=True).print(f"{escape(what)}  [dim]Ctrl-C stops[/dim]", highlight=False)


@app.command()
def user(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="Of the participant and of their team.")],
    organiser: Annotated[bool, typer.Option("--organiser", help="May see the organiser's page.")] = False,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password for the site, or read it from stdin.")
    ] = False,
) -> None:
    """Add a participant. The last line printed is their token, which is shown only now.

    Examples:

      myorun challenge user spring ann

      echo 'a long password' | myorun challenge user spring me --organiser --password
    """
    secret = _asked_password() if password else None
    token = challenge_library().enter_user(folder, name, organiser=organiser, password=secret)
    typer.echo(f"{name} may take part; the token is shown only now:")
    typer.echo(token)


def _asked_password() -> str:
    """Of a person, twice and unseen; else a line of stdin."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\n")


@app.command()
def password(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="Of the participant.")],
) -> None:
    """Set a participant's password for the site, forgotten or never had; it is asked for, or a line of stdin.

    Examples:

      myorun challenge password spring ann

      echo 'a long password' | myorun challenge password spring ann
    """
    challenge_library().set_password(folder, name, _asked_password())
    typer.echo(f"{name} has a new password, and is signed out everywhere")


@app.command()
def token(
    folder: Folder,
    name: Annotated[str, typer.Argument(help="Of the participant.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "another",
    revoke: Annotated[str | None, typer.Option(help="Revoke the tokens that begin like this, instead.")] = None,
) -> None:
    """Give a participant another token (the last line printed), or revoke some.

    Examples:

      myorun challenge token spring ann

      myorun challenge token spring ann --revoke myo_Ab3x
    """
    if revoke is None:
        typer.echo(challenge_library().new_token(folder, name, label))
        return
    if not revoke:
        raise UsageError("--revoke needs the first characters of a token, such as myo_Ab3x; 'myo_' revokes all")
    typer.echo(f"revoked {challenge_library().revoke_tokens(folder, name, revoke)}")


@app.command()
def invite(folder: Folder) -> None:
    """Print an invitation with which one person may sign up, for sign_up = "invitation".

    Example:

      myorun challenge invite spring
    """
    typer.echo(challenge_library().invitation(folder))


@app.command()
def stage(
    folder: Folder,
    name: Annotated[str | None, typer.Argument(help="Of the stage to change.")] = None,
    opens: Annotated[str | None, typer.Option(help="'now', or a time such as 2026-12-01T12:00:00Z.")] = None,
    closes: Annotated[str | None, typer.Option(help="The same.")] = None,
) -> None:
    """List the stages, or change when one opens and closes; a running server must be restarted.

    Examples:

      myorun challenge stage spring

      myorun challenge stage spring open --closes now
    """
    times = {key: value for key, value in (("opens", opens), ("closes", closes)) if value is not None}
    if times and name is None:
        raise UsageError("name the stage to change: myorun challenge stage DIR STAGE --closes now")
    if name is not None:
        challenge_library().change_stage(folder, name, **times)
    rows = challenge_library().stage_table(folder)
    table = Table(*(Column(name, overflow="fold") for name in rows[0]))
    for row in rows:
        table.add_row(*("yes" if value is True else "no" if value is False else str(value) for value in row.values()))
    Console().print(table)


@app.command()
def rescore(
    folder: Folder,
    run: Annotated[int | None, typer.Argument(min=1, max=MOST_NUMBERED, help="Only this run.")] = None,
) -> None:
    """Compute scores again from the ledger, to the bit; exit status 1 if one does not hold.

    Of runs of another version of this package only the seals are checked; install that version to compute them again.

    Examples:

      myorun challenge rescore spring

      myorun challenge rescore spring 12
    """
    table = Table(*(Column(name, overflow="fold") for name in ("run", "recorded", "recomputed", "verdict")))
    failed = 0
    with _bar("computing again") as progress:
        for audit in challenge_library("audits").rescore(folder, run, progress):
            failed += not audit.holds
            scores = ("–" if score is None else repr(score) for score in (audit.recorded, audit.recomputed))
            table.add_row(str(audit.run), *scores, audit.problem or _verdict(audit.engine))
    Console().print(table)
    if failed:
        raise typer.Exit(1)


def _verdict(engine: str) -> str:
    return f"seals hold; version {engine} can compute it again" if engine else "holds"


@app.command()
def refund(folder: Folder, run: Annotated[int, typer.Argument(min=1, max=MOST_NUMBERED, help="Its number.")]) -> None:
    """Give a run's charge back and take it off the leaderboard, as the fault was ours.

    Example:

      myorun challenge refund spring 12
    """
    challenge_library().refund(folder, run)
    typer.echo(f"run {run} is not charged and does not rank")


@app.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="A new .zip file.")],
    stage: Annotated[str | None, typer.Option(help="Only this stage; by default all.")] = None,
) -> None:
    """Write closed stages as an open data set: rules, seeds, leaderboards, every excitation.

    Example:

      myorun challenge export spring spring.zip
    """
    typer.echo(f"wrote {challenge_library('exports').export(folder, out, stage)}")


@app.command()
def backup(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="A new file.")],
    images: Annotated[
        Path | None,
        typer.Option(help="Folder to copy uploaded images into; one folder for all backups, only new ones are copied."),
    ] = None,
) -> None:
    """Copy the SQLite ledger while the server runs; 'restore' takes it back.

    The ledger holds everything but challenge.toml and the images of a play-off, which may take gigabytes.

    Examples:

      myorun challenge backup spring spring-2026-12-01.sqlite3

      myorun challenge backup spring spring-2026-12-01.sqlite3 --images spring-images
    """
    file = challenge_library("backups").backup(folder, out)
    typer.echo(f"wrote {file}: the ledger; keep {folder / 'challenge.toml'} with it")
    if images is not None:
        with _bar("copying images") as progress:
            new = challenge_library("image_copies").save_images(folder, file, images, progress)
        typer.echo(f"copied {new} new images into {images}")
        return
    kept = challenge_library("image_copies").images_of(folder, file)
    if kept.there:
        megabytes = kept.size / 1e6
        typer.echo(f"not in it: {len(kept.there)} images of submissions, {megabytes:.1f} MB; add --images FOLDER")


@app.command()
def restore(
    folder: Folder,
    backup: Annotated[Path, typer.Argument(help="A file that 'backup' wrote.")],
    images: Annotated[Path | None, typer.Option(help="Folder that 'backup --images' copied images into.")] = None,
) -> None:
    """Put a backup in the ledger's place, while no server runs. The ledger of before is kept beside it.

    Examples:

      myorun challenge restore spring spring-2026-12-01.sqlite3

      myorun challenge restore spring spring-2026-12-01.sqlite3 --images spring-images
    """
    aside = challenge_library("backups").restore(folder, backup)
    typer.echo(f"restored; the ledger of before is in {aside}. Look it through with: myorun challenge rescore {folder}")
    if images is not None:
        with _bar("copying images") as progress:
            new = challenge_library("image_copies").bring_images(folder, backup, images, progress)
        typer.echo(f"put {new} images back")
    elif missing := challenge_library("image_copies").images_of(folder, backup).missing:
        typer.echo(f"missing: {len(missing)} images of submissions, the first is {missing[0]}; give --images FOLDER")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on the standard error, as what moves it: told how much is done, of how much."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
