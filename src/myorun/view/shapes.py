"""What a picture is made of: flat shapes in metres, back to front.

No pixels here: a window, a video, a filmstrip and a web page can all draw these.
Space is shown in oblique projection: what lies further to the right of the runner
(towards the viewer) is drawn a little lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from myorun.view.palette import Color
from myorun.view.pose import Array

OBLIQUE = 0.2  # metres down in the picture per metre towards the viewer
LIGHT = (-0.6, 0.8)  # direction the light comes from, in the picture plane


class Layer(IntEnum):
    """Depth order. Within a layer, later shapes cover earlier ones."""

    FAR = 0  # the left leg
    OBSTACLE = 1
    NEAR = 2  # trunk, head and the right leg
    OVERLAY = 3  # arrows


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """A filled outline of one colour."""

    layer: Layer
    points: Array  # (n, 2) m, in the picture plane
    color: Color
    opacity: float = 1.0
    casts: bool = False  # a shadow on the ground


@dataclass(frozen=True, slots=True)
class Ball:
    """An obstacle: a ball at depth 0, of which the ground hides what lies below it."""

    x: float  # m
    y: float  # m
    radius: float  # m
    floor: float = 0.0  # m, height of the ground there


def project(points: Array) -> Array:
    """World points (…, 3) m to the picture plane (…, 2) m."""
    return np.stack([points[..., 0], points[..., 1] - OBLIQUE * points[..., 2]], axis=-1)
