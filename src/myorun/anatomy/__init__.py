"""Anatomy: a planar human as a frozen, validated :class:`Model`, read from and written to files."""

from .files import load_model, save_model
from .model import Model

__all__ = ["Model", "load_model", "save_model"]
