"""Write a model as an OpenSim 4.6 document."""

from __future__ import annotations

from .model import Model


def to_osim(model: Model) -> str:
    raise NotImplementedError
