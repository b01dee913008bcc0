"""Left and right are the same task: what is learned for one leg in front holds for the other.

A runner whose left leg is ahead is shown as its mirror image, and what it decides is mirrored back. Abdolhosseini et
al. (2019), *On Learning Symmetric Locomotion*, compares this with three other ways. The plane in which we run is the
mirror's own, so nothing changes sign but what is a difference of legs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_OTHER = {"r": "l", "l": "r", "right": "left", "left": "right"}
_SIGNED = ("lead",)


class Mirror:
    """The mirror image of arrays whose columns have ``names``; an involution."""

    def __init__(self, names: Sequence[str]) -> None:
        place = {name: i for i, name in enumerate(names)}
        self.permutation = np.array([place[mirrored_name(name)] for name in names], np.intp)
        self.sign = np.array([-1.0 if name in _SIGNED else 1.0 for name in names])
        self._signed = np.flatnonzero(self.sign < 0.0)

    def reflect(self, array: Array, rows: Array) -> Array:
        """A copy with the rows of the mask mirrored; shape (n, len(names))."""
        image = array.copy()
        turned = array[rows][:, self.permutation]
        turned[:, self._signed] *= -1.0
        image[rows] = turned
        return image


def mirrored_name(name: str) -> str:
    """What the same thing on the other side is called; ``name`` itself in the middle of the body."""
    return "_".join(_OTHER.get(part, part) for part in name.split("_"))
