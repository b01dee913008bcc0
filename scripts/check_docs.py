"""Run what a page of the documentation tells its reader to type.

    python scripts/check_docs.py docs/start.md   one page
    python scripts/check_docs.py                 all pages that have such blocks, but those of ELSEWHERE

A page is one session at a terminal: its ``sh`` blocks and its ``python`` blocks run in order, in one shell, in an empty
folder, and the first that fails ends it. Python's warnings are errors. A block after ``<!-- needs: MODULE -->`` is
passed over, and said to be, where that module is not installed; one after ``<!-- not run: REASON -->`` is passed over
always. Trainings are cut short and evaluations small, by SHORTER; nothing is installed. Indented commands are not run:
they take long. That they exist, with these options, is tested in tests/test_docs.py.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {  # pages that are typed by tests of their own
    "files.md": "tests/reference/test_files_page.py",
    "pictures.md": "tests/test_pictures_page.py",
    "tutorials": "tests/test_tutorials.py",
}

_BLOCK = re.compile(r"(?:<!-- (needs|not run): ([^>]+?) -->\n)?^```(sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

# What is typed, and what is run in its place: the same command, of less work.
SHORTER = (
    (r"--minutes [\d.]+", "--minutes 0.02"),
    (r"--episodes \d+", "--episodes 4"),
    (r"^(myorun run)$", r"\1 --steps 50"),
    (r"^(myorun run .*--save .*)$", r"\1 --steps 600"),
    (r"^(myorun render\b.*)$", r"\1 --size 320x180"),
    (r"^(myorun view [^-\n]*)$", r"\1 --export view.html"),
    (r"^python3? -m venv .*$", "true"),
    (r"^pip install .*$", "true"),
    (r"^python3? (?=(?:-m|-c|benchmarks|scripts|examples)\b)", f"{shlex.quote(sys.executable)} "),
)


@dataclass(frozen=True)
class Block:
    """Something to type."""

    language: str  # sh or python
    code: str
    left_out: str  # why it is not run; empty if it is


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="a Markdown file; by default all of docs/")
    names = parser.parse_args(words).pages
    if lost := [name for name in names if not Path(name).is_file()]:
        parser.error(f"there is no page {lost[0]!r}; name one such as docs/start.md")
    pages = [Path(name) for name in names] or [ROOT / "docs" / page for page in pages_to_type()]
    wrong = [page for page in pages if not passes(page)]
    return len(wrong)


def passes(page: Path) -> bool:
    """Run a page and print its verdict."""
    began = time.monotonic()
    ran, output = run_page(page)
    print(f"docs: {page.name:<16} {'ok' if ran else 'FAILED':<7} {time.monotonic() - began:5.1f} s", flush=True)
    for block in blocks_of(page):
        if block.left_out:
            print(f"docs: {page.name:<16} left out ({block.left_out}): {block.code.splitlines()[0]}")
    if not ran:
        print(output)
    return ran


def pages_to_type() -> list[str]:
    """Pages of docs/ with something to type that no other test types."""
    docs = ROOT / "docs"
    found = (page.relative_to(docs) for page in sorted(docs.rglob("*.md")) if blocks_of(page))
    return [page.as_posix() for page in found if page.parts[0] not in ELSEWHERE]


def blocks_of(page: Path) -> list[Block]:
    """Everything a page wants typed, in order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(language, code, _left_out(kind, word)) for kind, word, language, code in found]


def _left_out(kind: str, word: str) -> str:
    if kind == "needs":
        return "" if find_spec(word) else f"needs {word}"
    return word


def run_page(page: Path) -> tuple[bool, str]:
    """Whether all of a page ran, and what it printed."""
    script = script_of(blocks_of(page), free_port())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runs").mkdir()
        with subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail", "-c", script],
            cwd=folder,
            env=_environment(Path(folder)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as running:
            try:
                output, _ = running.communicate(timeout=900)
            finally:
                _end(running.pid)
    return running.returncode == 0, output


def script_of(blocks: list[Block], port: int) -> str:
    """All blocks as one script for bash, in which a server listens at ``port``, and ends with the script."""
    commands = [_command(block) for block in blocks if not block.left_out]
    return "\n".join(["trap 'jobs -p | xargs -r kill' EXIT; set -x", *commands, ""]).replace("8017", str(port))


def _command(block: Block) -> str:
    if block.language == "python":
        return f"{shlex.quote(sys.executable)} -W error - <<'END_OF_PYTHON'\n{block.code}END_OF_PYTHON"
    code = block.code
    for typed, run in SHORTER:
        code = re.sub(typed, run, code, flags=re.MULTILINE)
    return re.sub(r"(myorun challenge serve \S+)", r"\1 --port 8017", code)


def _environment(folder: Path) -> dict[str, str]:
    """As at a terminal without a display, with this Python's ``myorun``."""
    bin_folder = folder / ".bin"
    bin_folder.mkdir()
    launcher = bin_folder / "myorun"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m myorun "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    modules = [str(Path(entry).resolve()) for entry in kept.get("PYTHONPATH", "").split(os.pathsep) if entry]
    path = os.pathsep.join([str(bin_folder), kept["PATH"]])
    return kept | {"PATH": path, "PYTHONPATH": os.pathsep.join(modules), "PS4": "$ "}


def _end(group: int) -> None:
    """End what a page left running: it has a group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
