"""Readable names, and which of them are the right and the left of one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from myorun.anatomy.model import Model

_MUSCLES = {
    "hamstrings": "hamstrings",
    "bifemsh": "biceps femoris",
    "glut_max": "gluteus",
    "iliopsoas": "iliopsoas",
    "rect_fem": "rectus femoris",
    "vasti": "vasti",
    "gastroc": "gastrocnemius",
    "soleus": "soleus",
    "tib_ant": "tibialis anterior",
}
_COORDINATES = {
    "pelvis_tilt": "pelvis tilt",
    "pelvis_tx": "pelvis forward",
    "pelvis_ty": "pelvis height",
    "hip_flexion": "hip flexion",
    "knee_angle": "knee extension",
    "ankle_angle": "ankle dorsiflexion",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing on both sides of the body; what lies in the middle counts as right."""

    name: str  # readable
    right: int | None  # index
    left: int | None  # index


def muscle_pairs(model: Model) -> list[Pair]:
    """The muscles, in the order of the model."""
    return _pairs([muscle.name for muscle in model.muscles], _MUSCLES)


def coordinate_pairs(model: Model) -> list[Pair]:
    """The free coordinates, in the order of the model."""
    return _pairs([coordinate.name for coordinate in model.free_coordinates], _COORDINATES)


def _pairs(names: Sequence[str], readable: dict[str, str]) -> list[Pair]:
    index = {name: i for i, name in enumerate(names)}
    stems = dict.fromkeys(name[:-2] if name.endswith(("_r", "_l")) else name for name in names)
    return [_pair(readable.get(stem, stem.replace("_", " ")), stem, index) for stem in stems]


def _pair(name: str, stem: str, index: dict[str, int]) -> Pair:
    return Pair(name, right=index.get(f"{stem}_r", index.get(stem)), left=index.get(f"{stem}_l"))
