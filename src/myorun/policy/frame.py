"""The 41 numbers seen from the runner's own pelvis, so that a stride looks the same wherever it happens.

The winners of 2017 did this: Kidziński et al. (2018), *Learning to Run challenge solutions: adapting reinforcement
learning methods for neuromusculoskeletal environments*, arXiv:1804.00361. Positions along x become relative to the
pelvis, and so does the forward speed of the centre of mass; heights stay absolute, as the ground is where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError
from myorun.observation import BODY_FIELDS

Array = NDArray[Any]

_PELVIS_X, _PELVIS_VELOCITY = "pelvis_tx", "pelvis_tx_velocity"
_DROPPED = (_PELVIS_X, "pelvis_x", "pelvis_y")  # zero in this frame, or told twice
_STRENGTHS = ("psoas_strength_right", "psoas_strength_left")


class PelvisFrame:
    """Body and strengths in the pelvis' frame, for observations of shape (n, 41) or wider.

    Not ``relative``, they are the numbers as told, to see what the frame is worth.

    Raises:
        UsageError: if ``names`` lacks one of the 41.
    """

    def __init__(self, names: Sequence[str], *, relative: bool = True) -> None:
        kept = [f.name for f in BODY_FIELDS if not relative or f.name not in _DROPPED]
        self.names: tuple[str, ...] = (*kept, *_STRENGTHS)
        self._index = np.array([place_of(name, names) for name in self.names], np.intp)
        self._x, self._velocity = place_of(_PELVIS_X, names), place_of(_PELVIS_VELOCITY, names)
        self._relative_x = [i for i, name in enumerate(self.names) if relative and name.endswith("_x")]
        self._relative_velocity = [self.names.index("center_of_mass_x_velocity")] if relative else []

    def see(self, observations: Array) -> Array:
        """Shape (n, len(names)), of the observations' type."""
        seen = observations.take(self._index, axis=1)
        seen[:, self._relative_x] -= observations[:, self._x, None]
        seen[:, self._relative_velocity] -= observations[:, self._velocity, None]
        return seen


def place_of(name: str, names: Sequence[str]) -> int:
    """Where a number lies in an observation; :class:`UsageError` if it is not told."""
    if name not in names:
        raise UsageError(f"the policy wants to see {name!r}, which this environment does not tell")
    return list(names).index(name)
