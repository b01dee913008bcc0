"""How far the drawing is, told to whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Progress = Callable[[int, int], object]  # pictures done, of how many
Thing = TypeVar("Thing")


def counted(things: Iterable[Thing], total: int, progress: Progress | None) -> Iterator[Thing]:
    """The things one by one; ``progress`` is told after each how many of ``total`` are dealt with."""
    for done, thing in enumerate(things, start=1):
        yield thing
        if progress is not None:
            progress(done, total)
