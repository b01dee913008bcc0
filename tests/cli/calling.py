"""The command line, called inside this process."""

from __future__ import annotations

from myorun.cli import main


def called(*words: str) -> int:
    """Exit status of ``myorun words``."""
    try:
        main(words)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0
