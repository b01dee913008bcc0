"""Shapes of a replay, as JSON: what bodies and scenes are drawn of. Metres, in the frame of a body or of the world.

===========  ===================================================================================
``tube``     ``points``: rows x, y, z, radius, joined by a smooth curve
``ball``     ``center`` x, y, z and ``radii`` x, y, z, turned by ``turn`` rad about z
``loft``     ``rings``: rows of a centre and two half axes (9 numbers) of ellipses, joined in order
``box``      ``center``, ``size`` x, y, z, turned by ``turn`` rad about z
===========  ===================================================================================

Each has a ``material``: bone, hollow or skin; in a scene obstacle or ground.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Solid = dict[str, Any]
Row = tuple[float, ...]

_DIGITS = 4  # a tenth of a millimetre


def tube(*points: Row, material: str = "bone") -> Solid:
    """A round rod through rows x, y, z, radius."""
    return {"kind": "tube", "points": [list(p) for p in points], "material": material}


def ball(center: Row, radii: Row, turn: float = 0.0, material: str = "bone") -> Solid:
    """An ellipsoid."""
    return {"kind": "ball", "center": list(center), "radii": list(radii), "turn": turn, "material": material}


def loft(*rings: Row, material: str = "bone") -> Solid:
    """Ellipses, rows of centre, first and second half axis (9 numbers)."""
    return {"kind": "loft", "rings": [list(r) for r in rings], "material": material}


def mirrored(solid: Solid) -> Solid:
    """The same on the other side: every z turned round."""
    flipped = dict(solid)
    for key, places in (("points", (2,)), ("rings", (2, 5, 8)), ("center", (2,))):
        if key in solid:
            rows = np.array(solid[key], dtype=np.float64)
            rows[..., list(places)] *= -1.0
            flipped[key] = rows.tolist()
    return flipped


def rounded(solid: Solid) -> Solid:
    keys = {"points", "rings", "center", "radii", "size"} & set(solid)
    return {**solid, **{key: np.round(np.array(solid[key], dtype=np.float64), _DIGITS).tolist() for key in keys}}
