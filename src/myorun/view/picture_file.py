"""A picture as a file, by its ending."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myorun.output import checked_path, whole_file

PICTURES = (".png", ".jpg")


def checked_picture_path(path: str | Path | None) -> Path | None:
    """``path``, if a picture can be written there; ``None`` stays ``None``."""
    return None if path is None else checked_path(path, "a picture", PICTURES)


def write_picture(picture: NDArray[np.uint8], path: Path | None) -> NDArray[np.uint8]:
    """Write a picture where a path is given, and return it."""
    from myorun.view.sdl import from_rgb, pygame

    if path is not None:
        data = io.BytesIO()  # SDL would not tell of a full disk
        pygame.image.save(from_rgb(picture), data, path.name)
        with whole_file(path) as part:
            part.write_bytes(data.getvalue())
    return picture
