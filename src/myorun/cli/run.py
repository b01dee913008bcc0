"""``myorun run``: parsing only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from myorun.cli.options import CONTROLLERS, Accuracy, Browser, Difficulty, Obstacles, Physics, Port, choice


def run(
    seed: Annotated[int, typer.Option(help="Of the course, 0 to 2⁶³−1; below 2³² the courses of 2017.")] = 0,
    difficulty: Difficulty = 2,
    obstacles: Obstacles = 3,
    course: Annotated[Path | None, typer.Option(help="A course file, instead of a seed's; see myorun course.")] = None,
    controller: Annotated[str | None, choice(CONTROLLERS, "; no policy")] = None,
    policy: Annotated[str | None, typer.Option(help="Folder of a policy, or champion, which runs by default.")] = None,
    physics: Physics = "native",
    accuracy: Accuracy = "default",
    steps: Annotated[int | None, typer.Option(help="At most so many steps of 10 ms; by default all 1000.")] = None,
    video: Annotated[Path | None, typer.Option(help="Film it to this .mp4 or .gif; no window.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the whole trajectory in this .npz.")] = None,
    web: Annotated[bool, typer.Option("--web", help="Watch it in a browser, as it happens.")] = False,
    port: Port = 0,
    browser: Browser = True,
) -> None:
    """Watch the human move through a course: in a window, or in a film where there is no display.

    In the window, space pauses and q quits. Without a display, --save keeps the run and films nothing, unless --video
    says where.

    Examples:

      myorun run  [dim]# the champion on the first course[/dim]

      myorun run --controller reflex  [dim]# a hand-made walker, without training[/dim]

      myorun run --difficulty 0  [dim]# on flat ground[/dim]

      myorun run --seed 7 --obstacles 10 --video 7.mp4  [dim]# film another course[/dim]

      myorun run --policy runs/first/best --seed 7 --obstacles 10 --accuracy fast  [dim]# as evaluate scored it[/dim]

      myorun run --course mine.toml  [dim]# steps, ice, a backpack: what myorun course wrote[/dim]

      myorun run --controller random --save fall.npz  [dim]# keep every state[/dim]

      myorun run --web  [dim]# watch it in a browser, in 3-D, as it happens[/dim]

      myorun run --physics opensim --steps 100  [dim]# the same in OpenSim, slowly[/dim]
    """
    from myorun.commands.browse import Web
    from myorun.commands.show import show_episode

    show_episode(
        seed=seed,
        difficulty=difficulty,
        max_obstacles=obstacles,
        course=course,
        controller=controller,
        policy=policy,
        physics=physics,
        accuracy=accuracy,
        steps=steps,
        video=video,
        save=save,
        web=Web(port, browser) if web else None,
        console=Console(),
    )
