"""What numbers, names and texts of a model may be: small checks, of which :mod:`~myorun.anatomy.validate` is made."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from myorun.anatomy.problems import problem, unknown
from myorun.errors import ModelError

LARGEST = 1e12  # of any number in a model: beyond, products overflow and no unit makes sense
SMALLEST = 1e-9  # of anything that is divided by
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # XML or TOML could not hold these
_NAME = re.compile(r"\w[\w.:\-]{0,99}")


class Checks:
    """Each raises :class:`~myorun.errors.ModelError`, which names ``source``, for what it does not let pass."""

    def __init__(self, source: str) -> None:
        self.source = source

    def wrong(self, key: str, value: object, allowed: str) -> ModelError:
        return problem(self.source, key, value, allowed)

    def number(self, key: str, value: object, low: float = -LARGEST, high: float = LARGEST) -> None:
        """A finite number from ``low`` to ``high``."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.wrong(key, value, "a finite number is wanted")
        if not low <= value <= high:
            raise self.wrong(key, value, f"a number from {low:g} to {high:g} is wanted")

    def positive(self, key: str, value: object) -> None:
        self.number(key, value, SMALLEST)

    def not_negative(self, key: str, value: object) -> None:
        self.number(key, value, 0.0)

    def vector(self, key: str, value: Iterable[object], length: int = 3) -> None:
        values = tuple(value)
        if len(values) != length:
            raise self.wrong(key, values, f"{length} numbers are wanted")
        for i, x in enumerate(values):
            self.number(f"{key}[{i}]", x)

    def increasing(self, key: str, pair: tuple[float, float]) -> None:
        self.vector(key, pair, 2)
        if not pair[0] < pair[1]:
            raise self.wrong(key, list(pair), "the first must be less than the second")

    def known(self, key: str, name: str, names: Iterable[str]) -> None:
        if name not in set(names):
            raise unknown(self.source, f"{key} = {name!r}", name, names)

    def text(self, key: str, text: object, *, one_line: bool) -> None:
        """Text that every file format can hold, without white space at its ends."""
        if not isinstance(text, str) or (one_line and not text.isprintable()):
            raise self.wrong(key, text, "text on one line is wanted")
        if _CONTROL.search(text):
            raise self.wrong(key, text, "text without control characters is wanted")
        if text != text.strip():
            raise self.wrong(key, text, "text without white space at its ends is wanted")

    def unique(self, section: str, names: Iterable[str], taken: Iterable[str] = ()) -> None:
        """Names that are well-formed, and different from each other and from those ``taken``."""
        seen = set(taken)
        for name in names:
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                allowed = "a name of at most 100 letters, digits and _ - . : is wanted, the first a letter, digit or _"
                raise self.wrong(section, name, allowed)
            if name in seen:
                raise self.wrong(section, name, "this name is taken; every name must be different")
            seen.add(name)
