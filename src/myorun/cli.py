"""The command ``myorun``: parsing only; every command is one call of the library.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from myorun.cli_challenge import app as challenge_app
from myorun.cli_challenge import submit
from myorun.cli_course import app as course_app
from myorun.cli_evaluate import evaluate
from myorun.cli_gait import figures, gait
from myorun.cli_model import app as model_app
from myorun.cli_pictures import plot, render
from myorun.cli_record import export, import_
from myorun.cli_train import train
from myorun.cli_web import view
from myorun.errors import MyorunError
from myorun.version import __version__

app = typer.Typer(
    name="myorun",
    help="Learn to run with human muscles: a human of 9 degrees of freedom and 18 muscles on a course of obstacles.",
    epilog="Begin with: [bold]myorun run[/bold]",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(model_app, name="model")
app.add_typer(course_app, name="course")
app.command()(train)
app.command()(evaluate)
app.add_typer(challenge_app, name="challenge")
app.command()(submit)


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


@app.command()
def run(
    seed: Annotated[int, typer.Option(help="Of the course, 0 to 2⁶³−1; below 2³² the courses of 2017.")] = 0,
    difficulty: Annotated[int, typer.Option(help="0 flat, 1 obstacles, 2 also a weak psoas on each side.")] = 2,
    obstacles: Annotated[int, typer.Option(help="At most so many, 0 to 20.")] = 3,
    course: Annotated[Path | None, typer.Option(help="A course file, instead of a seed's; see myorun course.")] = None,
    controller: Annotated[str | None, typer.Option(help="reflex | random | constant | zero: no policy.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Folder of a policy, or champion, which runs by default.")] = None,
    physics: Annotated[str, typer.Option(help="native, or opensim (needs the extra of that name).")] = "native",
    steps: Annotated[int | None, typer.Option(help="At most so many steps of 10 ms; by default all 1000.")] = None,
    video: Annotated[Path | None, typer.Option(help="Film it to this .mp4 or .gif; no window.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the whole trajectory in this .npz.")] = None,
    web: Annotated[bool, typer.Option("--web", help="Watch it in a browser, as it happens.")] = False,
    port: Annotated[int, typer.Option(help="Of --web, on 127.0.0.1; 0 takes any that is free.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Let --web open the browser.")] = True,
) -> None:
    """Watch the human move through a course: in a window, or in a film where there is no display.

    In the window, space pauses and q quits.

    Examples:

      myorun run  [dim]# the champion on the first course[/dim]

      myorun run --controller reflex  [dim]# a hand-made walker, without training[/dim]

      myorun run --difficulty 0  [dim]# on flat ground[/dim]

      myorun run --seed 7 --obstacles 10 --video 7.mp4  [dim]# film another course[/dim]

      myorun run --course mine.toml  [dim]# steps, ice, a backpack: what myorun course wrote[/dim]

      myorun run --controller random --save fall.npz  [dim]# keep every state[/dim]

      myorun run --web  [dim]# watch it in a browser, in 3-D, as it happens[/dim]

      myorun run --physics opensim --steps 100  [dim]# the same in OpenSim, slowly[/dim]
    """
    from myorun.browse import Web
    from myorun.show import show_episode

    show_episode(
        seed=seed,
        difficulty=difficulty,
        max_obstacles=obstacles,
        course=course,
        controller=controller,
        policy=policy,
        physics=physics,
        steps=steps,
        video=video,
        save=save,
        web=Web(port, browser) if web else None,
        console=Console(),
    )


app.command()(render)
app.command()(plot)
app.command()(view)
app.command()(export)
app.command("import")(import_)
app.command()(gait)
challenge_app.command("figures")(figures)


@app.command()
def info() -> None:
    """Print what is installed here: versions, instruction sets, the model, optional extras."""
    from myorun.installed import installed_table

    Console().print(installed_table())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process. An error made for the user is one line, exit status 2."""
    try:
        app(args=arguments)
    except MyorunError as error:
        Console(stderr=True).print(f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
