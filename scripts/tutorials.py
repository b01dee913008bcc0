"""Make pages and notebooks of the tutorials: ``python scripts/tutorials.py [NAME…]``, of all or some of TUTORIALS.

A tutorial is a script, examples/NAME.py, in cells: ``# %% [markdown]`` begins words, ``# %%`` begins code. It is run
here, cell by cell. docs/tutorials/NAME.md gets the cells with what they printed and drew, docs/tutorials/NAME.ipynb the
cells alone, as a notebook to be run. The script is the one source: a test compares.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS, PAGES = ROOT / "examples", ROOT / "docs" / "tutorials"
TUTORIALS = ("hello_human", "first_runner", "weak_calf")

_CELL = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A piece of a tutorial."""

    kind: str  # markdown or code
    text: str


def main(names: list[str]) -> None:
    for name in names or TUTORIALS:
        began = time.monotonic()
        cells = cells_of(SCRIPTS / f"{name}.py")
        (PAGES / f"{name}.md").write_text(page_of(name, cells, run(name, cells)), encoding="utf-8")
        (PAGES / f"{name}.ipynb").write_text(notebook_of(cells), encoding="utf-8")
        print(f"{name:14} {time.monotonic() - began:5.0f} s", flush=True)


# ---------------------------------------------------------------- reading, running


def cells_of(script: Path) -> list[Cell]:
    """The cells of a script, in order, empty lines around each taken off."""
    _, *parts = _CELL.split(script.read_text(encoding="utf-8"))
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [Cell("markdown", _uncommented(text)) if words else Cell("code", text.strip("\n")) for words, text in pairs]


def _uncommented(text: str) -> str:
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.strip("\n").splitlines())


def run(name: str, cells: list[Cell]) -> list[str]:
    """What each cell shows, as Markdown; figures go to docs/images/. Files it writes go to an empty folder."""
    import matplotlib as mpl

    mpl.use("agg")
    module = ModuleType("__main__")
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return [_shown(name, number, cell, vars(module)) for number, cell in enumerate(cells)]
        finally:
            os.chdir(here)


def _shown(name: str, number: int, cell: Cell, names: dict[str, Any]) -> str:
    if cell.kind == "markdown":
        return ""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(cell.text, f"{name}, cell {number}", "exec"), names)
    text = f"\n```text\n{printed.getvalue().rstrip()}\n```\n" if printed.getvalue().strip() else ""
    return text + "".join(f"\n![{_words_of(cell)}](../images/{file})\n" for file in _figures(name, number))


def _words_of(cell: Cell) -> str:
    """What a figure shows: the comment that its cell begins with."""
    return cell.text.splitlines()[0].removeprefix("# ")


def _figures(name: str, number: int) -> list[str]:
    """Keep the figures that a cell left open, and close them."""
    import matplotlib.pyplot as plt

    kept = []
    for k in plt.get_fignums():
        file = f"tutorial-{name}-{number}.png"
        plt.figure(k).savefig(ROOT / "docs" / "images" / file, dpi=110)
        kept.append(file)
    plt.close("all")
    return kept


# ---------------------------------------------------------------- writing


def page_of(name: str, cells: list[Cell], shown: list[str]) -> str:
    """The page of a tutorial."""
    made = f"<!-- Made by scripts/tutorials.py from examples/{name}.py, which is to be edited in its place. -->\n"
    title, *rest = (_markdown(cell) + output for cell, output in zip(cells, shown, strict=True))
    source = f"\n*[The script](../../examples/{name}.py) · [the notebook]({name}.ipynb)*\n"
    return "\n".join([made, title, source, *rest])


def _markdown(cell: Cell) -> str:
    return f"{cell.text}\n" if cell.kind == "markdown" else f"```python\n{cell.text}\n```\n"


def notebook_of(cells: list[Cell]) -> str:
    """A notebook of the cells, nbformat 4.5, without outputs."""
    made = [
        {"cell_type": "markdown", "id": f"cell-{k}", "metadata": {}, "source": cell.text.splitlines(keepends=True)}
        if cell.kind == "markdown"
        else {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{k}",
            "metadata": {},
            "outputs": [],
            "source": cell.text.splitlines(keepends=True),
        }
        for k, cell in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
