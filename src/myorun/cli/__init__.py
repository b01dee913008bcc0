"""The command ``myorun``: parsing only; every command is one call of the library.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import errno
import io
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from myorun.cli.challenge import app as challenge_app
from myorun.cli.course import app as course_app
from myorun.cli.doctor import doctor
from myorun.cli.evaluate import evaluate
from myorun.cli.gait import figures, gait
from myorun.cli.model import app as model_app
from myorun.cli.options import Json
from myorun.cli.pictures import plot, render
from myorun.cli.playoff import app as playoff_app
from myorun.cli.record import export, import_
from myorun.cli.redis import redis_grade
from myorun.cli.run import run
from myorun.cli.submit import submit
from myorun.cli.train import train
from myorun.cli.web import view
from myorun.errors import FAILED, INTERRUPTED, MISUSED, MyorunError
from myorun.version import __version__

app = typer.Typer(
    name="myorun",
    help="Learn to run with human muscles: a human of 9 degrees of freedom and 18 muscles on a course of obstacles.",
    epilog="Begin with: [bold]myorun run[/bold]; see what works here with: [bold]myorun doctor[/bold]\n\n"
    "Exit status: 0 done, 1 failed or a check does not hold, 2 impossible words, 130 interrupted.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"myorun {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def info(json: Json = False) -> None:
    """Print what is installed here: versions, instruction sets, the model, optional extras.

    Examples:

      myorun info

      myorun info --json
    """
    from myorun.commands.installed import installed_json, installed_table

    if json:
        typer.echo(installed_json())
    else:
        Console().print(installed_table())


# By panel of ``--help``, in the order that a newcomer needs them.
_COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Watch": {"run": run, "view": view, "render": render, "plot": plot},
    "Learn": {"train": train, "evaluate": evaluate},
    "Understand": {"gait": gait, "export": export, "import": import_},
    "Compete": {"submit": submit},
    "This installation": {"doctor": doctor, "info": info},
}
_GROUPS = {
    "Compete": {"challenge": challenge_app, "playoff": playoff_app},
    "Understand": {"model": model_app, "course": course_app},
}

for _panel, _commands in _COMMANDS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_panel)(_command)
for _panel, _groups in _GROUPS.items():
    for _name, _group in _groups.items():
        app.add_typer(_group, name=_name, rich_help_panel=_panel)
challenge_app.command("figures")(figures)
challenge_app.command("redis-grade")(redis_grade)


_PATHS = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP)

# typer brings click along in some versions, and needs it in others
_ParseError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process. An error is one line; its exit status, :mod:`myorun.errors` says.

    With ``MYORUN_TRACEBACK=1`` in the environment it comes with all that led to it.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _print_anywhere()
        sys.exit(app(args=words, standalone_mode=False))
    except _ParseError as error:
        _leave(_misread(error, words), MISUSED)
    except (MyorunError, OSError) as error:
        if os.environ.get("MYORUN_TRACEBACK"):
            raise
        _leave(str(error) or type(error).__name__, _status_of(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)


def _print_anywhere() -> None:
    """Print ? for what the encoding of the place has no character for, or a path that is no text."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _status_of(error: MyorunError | OSError) -> int:
    """What the system says of a path that was typed is a matter of words; a full disk is not."""
    if isinstance(error, MyorunError):
        return error.exit_status
    return MISUSED if error.errno in _PATHS else FAILED


def _misread(error: Any, words: Sequence[str]) -> str:
    """What was typed, what of it could not be read, and where the right words are."""
    if not words or type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(MISUSED)
    command = error.ctx.command_path if getattr(error, "ctx", None) else "myorun"
    return f"{error.format_message().rstrip('.')}; typed was: {shlex.join(words)[:200]}; see: {command} --help"


def _leave(message: str, status: int) -> NoReturn:
    line = escape(" ".join(message.split()))
    Console(stderr=True).print(f"[red]error:[/red] {line}", highlight=False, soft_wrap=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
