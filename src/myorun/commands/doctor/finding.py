"""What a look at one part of the installation finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: what is there, what it is good for, and what brings it."""

    part: str  # its name on the command line
    state: State  # "missing" is nobody's fault; "broken" is there and does not work
    found: str  # version or place, or what is wrong
    gives: str  # what works with it, and not without
    remedy: str = ""  # what to run or do where it is not ok
    needed: bool = False  # whether nothing at all works without it


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of a part before looking."""

    name: str
    gives: str
    remedy: str
    needed: bool = False

    def ok(self, found: str) -> Finding:
        """It is there and works."""
        return Finding(self.name, "ok", found, self.gives, "", self.needed)

    def missing(self, found: str, remedy: str = "") -> Finding:
        """It is not there; ``remedy``: where another than the usual one helps."""
        return Finding(self.name, "missing", found, self.gives, remedy or self.remedy, self.needed)

    def broken(self, found: str, remedy: str = "") -> Finding:
        """It is there and does not work."""
        return Finding(self.name, "broken", found, self.gives, remedy or self.remedy, self.needed)
