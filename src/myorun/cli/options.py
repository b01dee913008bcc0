"""Options that several commands share, so that the same thing has the same name, letter and meaning everywhere.

Words that complete on TAB are kept here too, as numbers and names of the library would take seconds to import.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from myorun.errors import UsageError

MOST_NUMBERED = 2**63 - 1  # what a ledger numbers its rows with
MOST_WORKERS = 256  # of a process: each is a thread, and a container beside it

PHYSICS = ("native", "opensim")
ACCURACIES = ("fast", "default", "accurate", "reference")
RULES = ("v1", "2017-1.5")
CONTROLLERS = ("reflex", "random", "constant", "zero")
GENERATORS = ("2017", "steps-1", "ice-1", "weakness-1", "everything-1")
PROTOCOLS = ("paper", "last5", "all")
CONTENTS = ("states", "coordinates", "controls", "forces", "loads")
PLOTS = ("all", "kinematics", "activations", "forces", "distance")
ALGORITHMS = ("champion", "ppo", "trpo", "ddpg", "td3", "sac", "cmaes-reflex")


def words(*known: str) -> Callable[[str], list[str]]:
    """Completion on TAB by some words."""

    def beginning_with(incomplete: str) -> list[str]:
        return [word for word in known if word.startswith(incomplete)]

    return beginning_with


def choice(known: tuple[str, ...], about: str = "", **more: Any) -> Any:
    """An option that takes one of some words: listed in the help, completed on TAB."""
    listed = " | ".join(known)
    return typer.Option(help=f"{listed}{about}.", autocompletion=words(*known), **more)


def numbers_from(text: str) -> list[int]:
    """The numbers of ``--seeds 11,22,33``; :class:`UsageError` for other words."""
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise UsageError(f"--seeds is {text[:80]!r}; it must be whole numbers with commas, such as 11,22,33") from None


Difficulty = Annotated[int, typer.Option(help="0 flat, 1 obstacles, 2 also a psoas of another strength on each side.")]
Obstacles = Annotated[int, typer.Option(help="At most so many, 0 to 20.")]
Physics = Annotated[str, choice(PHYSICS, " (slow; needs the extra of that name)")]
Accuracy = Annotated[str, choice(ACCURACIES, " of the engine; evaluate scores at fast")]
Rules = Annotated[str, choice(RULES)]
Seeds = Annotated[str, typer.Option(help="Of the courses, such as 11,22,33.")]
Port = Annotated[int, typer.Option(help="On 127.0.0.1; 0 takes any that is free.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the browser.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite what is there.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
From = Annotated[float | None, typer.Option("--from", help="From this second on.")]
To = Annotated[float | None, typer.Option("--to", help="Up to this second.")]
Bins = Annotated[str | None, typer.Option(help="Scores that part a figure's columns; else 15,25,35.")]
Url = Annotated[
    str, typer.Option("--url", envvar="MYORUN_URL", help="Of the challenge, such as https://run.example.org.")
]
Token = Annotated[
    str, typer.Option("--token", envvar="MYORUN_TOKEN", help="Yours; the site's page 'Account' gives you one.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the challenge.", show_default=False)]
