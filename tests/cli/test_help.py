"""Every command teaches by its help, and the same thing has the same name in all of them."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from typer.main import get_command

from myorun.cli import app, options
from myorun.cli.doctor import PARTS


def commands(node: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that can be called, with the words that call it."""
    node = get_command(app) if node is None else node
    for name, child in getattr(node, "commands", {}).items():
        yield from commands(child, (*path, name))
    if not hasattr(node, "commands"):
        yield path, node


COMMANDS = dict(commands())
NAMES = [" ".join(path) for path in COMMANDS]
# The same name may take another type of value where the thing itself is another.
TWO_KINDS = {
    "--resume": {"Path", "int"},  # a folder of training, the number of a run
    "--difficulty": {"int", "float"},  # newer generators know what lies between
    "--json": {"bool", "Path"},  # of a gait, one of several files to write
}


def test_the_walk_finds_the_commands() -> None:
    assert {"run", "challenge serve", "model show", "doctor"} <= set(NAMES)


@pytest.mark.parametrize("path", COMMANDS, ids=NAMES)
def test_a_command_says_what_it_does_and_gives_examples(path: tuple[str, ...]) -> None:
    told = COMMANDS[path].help
    assert told.splitlines()[0].rstrip().endswith(".")
    examples = [line.strip() for line in told.partition("Example")[2].splitlines()]
    assert any(f"myorun {' '.join(path)}" in line for line in examples)


@pytest.mark.parametrize("path", COMMANDS, ids=NAMES)
def test_an_example_uses_options_that_exist(path: tuple[str, ...]) -> None:
    known = {name for _, node in COMMANDS.items() for p in node.params for name in (*p.opts, *p.secondary_opts)}
    for line in COMMANDS[path].help.splitlines():
        words = line.partition("[dim]#")[0].split()
        if "myorun" in words:
            assert {w for w in words if w.startswith("--")} <= known, line


@pytest.mark.parametrize("path", COMMANDS, ids=NAMES)
def test_every_option_and_argument_is_explained(path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        assert getattr(parameter, "help", None), parameter.name


def test_an_option_of_one_name_takes_one_kind_of_value() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for node in COMMANDS.values():
        for parameter in node.params:
            for name in parameter.opts:
                if name.startswith("--"):
                    kinds[name].add(_kind(node, parameter.name))
    several = {name: found for name, found in kinds.items() if len(found) > 1}
    assert several == TWO_KINDS


def _kind(node: Any, name: str) -> str:
    """The type of a value, be it one, several or none: "Path" of ``list[Path] | None``."""
    told = get_type_hints(inspect.unwrap(node.callback)).get(name, bool)  # those of typer itself are flags
    inner = [kind for kind in get_args(told) if kind is not type(None)] or [told]
    return (get_args(inner[0]) or (inner[0],))[0].__name__


def test_words_that_complete_are_those_of_the_library() -> None:
    from myorun.commands.doctor import PARTS as LOOKS
    from myorun.controllers import CONTROLLERS
    from myorun.course.draw import GENERATORS
    from myorun.env import PHYSICS
    from myorun.physics import ACCURACIES
    from myorun.task import RULES
    from myorun.train.settings import algorithms
    from myorun.trajectory.export import CONTENTS

    assert set(options.CONTROLLERS) == set(CONTROLLERS)
    assert set(options.GENERATORS) == set(GENERATORS)
    assert tuple(ACCURACIES) == options.ACCURACIES
    assert set(options.PHYSICS) == set(PHYSICS)
    assert set(options.RULES) == set(RULES)
    assert set(options.ALGORITHMS) == set(algorithms())
    assert set(options.CONTENTS) == {name for name, ends in CONTENTS.items() if ".sto" in ends}
    assert set(PARTS) == set(LOOKS)


def test_words_of_figures_complete_too() -> None:
    pytest.importorskip("scipy")
    pytest.importorskip("matplotlib")
    from myorun.gait.cycles import PROTOCOLS
    from myorun.plots.panels import WHAT

    assert set(options.PROTOCOLS) == set(PROTOCOLS)
    assert options.PLOTS == WHAT


# ---------------------------------------------------------------- completion, in the shells themselves


@pytest.fixture
def on_path(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has a ``myorun`` of this source."""
    program = tmp_path / "myorun"
    program.write_text(
        f"#!{sys.executable}\nimport sys; sys.path[:] = {sys.path!r}\nfrom myorun.cli import main; main()\n"
    )
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}


BASH = """
eval "$(_MYORUN_COMPLETE=source_bash myorun)"
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_myorun_completion myorun
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("myorun ev", {"evaluate"}),
        ("myorun challenge b", {"backup"}),
        ("myorun run --phy", {"--physics"}),
        ("myorun run --controller re", {"reflex"}),
        ("myorun train cm", {"cmaes-reflex"}),
        ("myorun doctor po", {"postgresql"}),
        ("myorun course draw 7 --generator i", {"ice-1"}),
    ],
)
def test_bash_completes(words: str, expected: set[str], on_path: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", BASH.format(words=words)], env=on_path, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == expected


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh here")
@pytest.mark.parametrize(("words", "expected"), [("myorun ev", "evaluate"), ("myorun train cm", "cmaes-reflex")])
def test_zsh_completes(words: str, expected: str, on_path: dict[str, str]) -> None:
    script = f'_TYPER_COMPLETE_ARGS="{words}" _MYORUN_COMPLETE=complete_zsh myorun'
    done = subprocess.run(["zsh", "-fc", script], env=on_path, capture_output=True, text=True, check=True)
    assert expected in done.stdout
    load = 'autoload -Uz compinit; compinit -u; eval "$(_MYORUN_COMPLETE=source_zsh myorun)"; print $_comps[myorun]'
    loaded = subprocess.run(["zsh", "-fc", load], env=on_path, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "_myorun_completion"
