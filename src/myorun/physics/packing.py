"""What the tables of the core share: their type, and how many of a kind lie side by side."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

Table = npt.NDArray[Any]
NONE = -1  # where there is nothing to point at
PACK = 8  # path points, muscles and splines that a lone environment treats together
