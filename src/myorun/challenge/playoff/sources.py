"""Where the image of an agent comes from: the engine, an archive that was handed in, or a registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from myorun.challenge.playoff.cell import AgentError, Cell
from myorun.challenge.playoff.engine import Engine
from myorun.errors import UsageError


class ImageSource(Protocol):
    """Something that an engine can have an image from."""

    def bring(self, engine: Engine, cell: Cell) -> str:
        """The image's name, once the engine has it."""
        ...


@dataclass(frozen=True)
class LocalImage:
    """An image that the engine has."""

    reference: str

    def bring(self, engine: Engine, cell: Cell) -> str:
        engine.image(self.reference)
        return self.reference
