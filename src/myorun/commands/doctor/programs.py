"""Other programs, asked with a limit of time: one that hangs or crashes is an answer too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

PATIENCE = 60.0  # s; a first import of torch from a slow disk may take half of it


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said."""

    well: bool  # whether it ended with status 0
    text: str  # its last line; the reason, where it did not end well


def ask(*command: str, patience: float = PATIENCE) -> Answer:
    """Run a program without input, and answer what it says last."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=patience,
            env=_environment(), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Answer(False, f"no answer within {patience:g} s, perhaps as the machine is busy; try again")
    except OSError as error:
        return Answer(False, error.strerror or str(error))
    said = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).strip().splitlines()
    if done.returncode < 0:
        return Answer(False, f"killed by signal {-done.returncode}")
    return Answer(done.returncode == 0, said[-1].strip() if said else f"exit status {done.returncode}")


def ask_python(code: str, patience: float = PATIENCE) -> Answer:
    """Run a line of Python in an interpreter of its own, which sees the same packages."""
    return ask(sys.executable, "-c", code, patience=patience)


def first_line(*command: str) -> str | None:
    """The first line that a program prints of itself; ``None`` where it cannot be run."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else None


def major_version(text: str) -> int | None:
    """The 14 of ``clang version 14.0.6``."""
    match = re.search(r"(\d+)\.\d+", text)
    return int(match[1]) if match else None


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONWARNINGS": "ignore"}
