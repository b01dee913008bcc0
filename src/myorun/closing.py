"""What is to be closed: :class:`Closing`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Is closed when the block of its ``with`` is left, whatever happened there."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is held."""

    def __enter__(self) -> Self:
        """The thing itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
