"""``myorun course``: draw courses from seeds, look at them, and carry them between files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from myorun.cli.options import GENERATORS, Force, choice
from myorun.errors import UsageError
from myorun.output import checked_path

if TYPE_CHECKING:
    from myorun.course import Course

app = typer.Typer(
    help="Draw courses from seeds, look at them, and carry them between .toml and .json.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_WHERE = typer.Argument(help="A course file (.toml or .json), or a seed.", show_default=False)
_GENERATOR = choice(GENERATORS)
_DIFFICULTY = typer.Option(help="0, 1 or 2 for 2017; any number 0 to 2 for the others.", show_default="the generator's")
_OBSTACLES = typer.Option(help="At most so many parts along the way, 0 to 20.", show_default="the generator's")


@app.command()
def show(
    course: Annotated[str, _WHERE],
    generator: Annotated[str, _GENERATOR] = "2017",
    difficulty: Annotated[float | None, _DIFFICULTY] = None,
    obstacles: Annotated[int | None, _OBSTACLES] = None,
) -> None:
    """Print what a course has in store.

    Examples:

      myorun course show 7 --generator everything-1

      myorun course show my_course.toml
    """
    from myorun.course.describe import course_table

    Console().print(course_table(_course(course, generator, difficulty, obstacles)))


@app.command()
def draw(
    seed: Annotated[int, typer.Argument(help="0 to 2⁶³−1.")],
    out: Annotated[Path | None, typer.Argument(help="A .toml or .json file to write; else it is printed.")] = None,
    generator: Annotated[str, _GENERATOR] = "2017",
    difficulty: Annotated[float | None, _DIFFICULTY] = None,
    obstacles: Annotated[int | None, _OBSTACLES] = None,
    force: Force = False,
) -> None:
    """Draw the course of a seed and write it down, to be changed by hand.

    Examples:

      myorun course draw 7

      myorun course draw 7 seven.toml --generator steps-1 --difficulty 0.5
    """
    from myorun.course.files import course_text

    found = _course(str(seed), generator, difficulty, obstacles)
    if out is None:
        typer.echo(course_text(found), nl=False)
    else:
        _write(found, out, force)


@app.command()
def export(
    course: Annotated[Path, typer.Argument(help="A .toml or .json file.")],
    out: Annotated[Path, typer.Argument(help="The file to write; .toml or .json decides its format.")],
    force: Force = False,
) -> None:
    """Write a course in the other format.

    Example:

      myorun course export seven.toml seven.json
    """
    from myorun.course import load_course

    _write(load_course(course), out, force)


@app.command()
def check(courses: Annotated[list[Path], typer.Argument(help="Course files.")]) -> None:
    """Read courses and say whether they can be; the exit status is 2 at the first that cannot.

    Example:

      myorun course check *.toml
    """
    from myorun.course import load_course
    from myorun.course.describe import course_summary

    for path in courses:
        found = load_course(path)
        typer.echo(f"{path}: {course_summary(found)}")


def _course(where: str, generator: str, difficulty: float | None, obstacles: int | None) -> Course:
    from myorun.course import draw_course, load_course

    if not where.isascii() or not where.isdigit():
        if (generator, difficulty, obstacles) != ("2017", None, None):
            raise UsageError(f"{where!r} is a file; --generator, --difficulty and --obstacles are for seeds")
        return load_course(where)
    level = int(difficulty) if difficulty is not None and difficulty.is_integer() else difficulty
    return draw_course(int(where), generator=generator, difficulty=level, max_obstacles=obstacles)


def _write(course: Course, out: Path, force: bool) -> None:
    from myorun.course import save_course
    from myorun.course.describe import course_summary

    checked_path(out, "a course", (".toml", ".json"))
    if out.exists() and not force:
        raise UsageError(f"{str(out)!r} is there already; --force overwrites it")
    save_course(course, out)
    typer.echo(f"{out}: {course_summary(course)}")
