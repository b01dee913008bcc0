"""Anatomy: a planar human as a frozen, validated :class:`Model`, read from and written to files."""

from myorun.anatomy.files import load_model, save_model
from myorun.anatomy.model import Model

__all__ = ["Model", "load_model", "save_model"]
