"""Motions of other programs as trajectories: OpenSim's states and coordinates.

What the file tells is taken to the last digit, at its own times: nothing is resampled, filtered or made up. Where
bodies are, and which forces belong to a state, the native core says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from myorun.anatomy import Model, load_model
from myorun.course import Course
from myorun.errors import StateError, UsageError
from myorun.physics import BatchSimulator
from myorun.trajectory.storage import Table, read_storage
from myorun.trajectory.trajectory import Array, Facts, Trajectory
from myorun.trajectory.words import course_from
from myorun.version import __version__

_AT_ONCE = 1024  # states the core looks at together
_AGREE = 1e-9  # s, of times that are the same in two files
_KINDS = {"value": "coordinates", "speed": "speeds", "activation": "activations", "fiber_length": "fiber_lengths"}


@dataclass(frozen=True, eq=False)
class Imported:
    """A motion, and what a person should know of how it was read."""

    trajectory: Trajectory
    notes: tuple[str, ...]


def import_motion(
    path: str | Path,
    *,
    model: Model | str | None = None,
    like: Trajectory | None = None,
    controls: str | Path | None = None,
    degrees: bool | None = None,
) -> Imported:
    """Read a .sto or .mot file of states, or of coordinates alone, of OpenSim 3 or 4.

    All free coordinates must be there. Speeds, activations and fiber lengths may each be missing as a whole; they,
    and the forces that cannot be known without them, are NaN then.

    Args:
        path: of the file.
        model: whose motion it is, by default the human; a model, or the name or path of one.
        like: a trajectory whose model, course and strengths to take. Without it, those of the file's header are
            taken if this package wrote it, else flat ground and full strength.
        controls: a file of excitations at the same times.
        degrees: whether angles are in degrees, where the file does not say so, or says it wrongly.

    Raises:
        UsageError: naming line or column of what is missing, twice there, or no number.
        ModelError: for a model that cannot be simulated.
        StateError: for a state beyond all anatomy.
    """
    table = read_storage(path)
    body = _model(model, like, table, str(path))
    course, strengths = _course(like, table, body, str(path))
    columns, notes = _columns(table, body, str(path))
    known = _in_radians(columns, body, _degrees(table, degrees, str(path)))
    excitations = _unknown(len(table.times) - 1, body) if controls is None else _controls(controls, table, body)
    facts = Facts("imported", "", __version__, "", Path(path).stem, None, False)
    try:
        arrays = known | _calc_quantities(body, course, strengths, known, table.times)
    except StateError as error:
        raise StateError(f"{str(path)!r}: {error}; are its units as its header says?") from None
    trajectory = Trajectory(
        facts, course, body, times=table.times, excitations=excitations, strengths=strengths, **arrays
    )
    return Imported(trajectory, (*notes, *_gaps(known), *_doubts(trajectory)))


# ---------------------------------------------------------------- what it belongs to


def _model(model: Model | str | None, like: Trajectory | None, table: Table, source: str) -> Model:
    if like is not None:
        if model is not None:
            raise UsageError("model and like were both given; the trajectory it is to be like has a model already")
        return like.model
    found = model if isinstance(model, Model) else load_model(model or "human")
    name = table.provenance.get("model", found.name)
    if name != found.name:
        raise UsageError(f"{source!r} is a motion of {name!r}, not of {found.name!r}; give its model")
    return found


def _course(like: Trajectory | None, table: Table, model: Model, source: str) -> tuple[Course, Array]:
    if like is not None:
        return like.course, like.strengths
    course, strengths = Course(), np.ones(len(model.muscles))
    try:
        if "course" in table.provenance:
            course = course_from(table.provenance["course"])
        if "strengths" in table.provenance:
            strengths = np.array(table.provenance["strengths"], dtype=np.float64)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise UsageError(f"the line myorun= in the header of {source!r} is damaged: {error}; remove it") from None
    return course, strengths


def _degrees(table: Table, wish: bool | None, source: str) -> bool:
    """State variables of OpenSim 4, to be known by their paths, are in radians where nothing else is said."""
    found = table.in_degrees if wish is None else wish
    if found is not None:
        return found
    if any(label.endswith("/value") for label in table.labels):
        return False
    raise UsageError(f"the header of {source!r} does not say inDegrees=yes or inDegrees=no; say --degrees or --radians")


# ---------------------------------------------------------------- columns


def _columns(table: Table, model: Model, source: str) -> tuple[dict[str, Array], list[str]]:
    """The known arrays of a trajectory, as in the file, and notes on what was left out."""
    found = _found(table, model, source)
    coordinates, muscles = [c.name for c in model.free_coordinates], [m.name for m in model.muscles]
    arrays: dict[str, Array] = {}
    for kind, array in _KINDS.items():
        names = coordinates if kind in ("value", "speed") else muscles
        missing = [name for name in names if (kind, name) not in found]
        if not missing:
            columns = [table.labels.index(found[kind, name]) for name in names]
            arrays[array] = table.values[:, columns]
        elif kind == "value" or len(missing) < len(names):
            raise UsageError(f"{source!r} has no {_shown(kind)} of {_few(missing)}; its columns: {_few(table.labels)}")
    used = set(found.values())
    return arrays, _left_out([label for label in table.labels if label not in used])


def _found(table: Table, model: Model, source: str) -> dict[tuple[str, str], str]:
    """The labels of the model's own columns by (kind, name)."""
    coordinates = {c.name for c in model.free_coordinates}
    muscles = {m.name for m in model.muscles}
    found: dict[tuple[str, str], str] = {}
    for label in table.labels:
        meaning = meaning_of(label, coordinates)
        if meaning[1] not in (coordinates if meaning[0] in ("value", "speed") else muscles):
            continue
        if meaning in found:
            raise UsageError(f"{source!r} has {label!r} and {found[meaning]!r}, which are the same; leave one out")
        found[meaning] = label
    return found


def meaning_of(label: str, coordinates: Iterable[str]) -> tuple[str, str]:
    """What a label stands for: value, speed, activation or fiber_length, and of which coordinate or muscle.

    OpenSim 4 writes /jointset/hip_r/hip_flexion_r/speed, OpenSim 3 hip_flexion_r_u and soleus_r.activation.
    """
    *path, last = label.strip("/").split("/")
    if path and last in _KINDS:
        return last, path[-1]
    name, _, kind = last.rpartition(".")
    if name and kind in _KINDS:
        return kind, name
    if last not in coordinates and last.endswith("_u"):
        return "speed", last.removesuffix("_u")
    return "value", last


def _left_out(labels: Sequence[str]) -> list[str]:
    return [f"left out, as the model does not move or has no such part: {_few(labels)}"] if labels else []


def _few(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"{name:.80}" for name in names[:most]) + more


def _shown(kind: str) -> str:
    return kind.replace("_", " ")


def _in_radians(columns: Mapping[str, Array], model: Model, degrees: bool) -> dict[str, Array]:
    if not degrees:
        return dict(columns)
    factor = np.where([c.motion == "rotational" for c in model.free_coordinates], np.pi / 180.0, 1.0)
    return {name: values * factor if name in ("coordinates", "speeds") else values for name, values in columns.items()}


# ---------------------------------------------------------------- excitations


def _unknown(rows: int, model: Model) -> Array:
    return np.full((rows, len(model.muscles)), np.nan)


def _controls(path: str | Path, states: Table, model: Model) -> Array:
    """Excitations, (steps, muscles), of a file that has them at the times of the states, or at all but the last."""
    table = read_storage(path)
    n = len(states.times)
    if len(table.times) not in (n, n - 1) or not np.allclose(table.times, states.times[: len(table.times)], 0, _AGREE):
        raise UsageError(f"{str(path)!r} has other times than the states; sample both at the same times")
    labels = {label.strip("/").split("/")[-1].removesuffix(".excitation"): label for label in table.labels}
    missing = [muscle.name for muscle in model.muscles if muscle.name not in labels]
    if missing:
        raise UsageError(f"{str(path)!r} has no control of {_few(missing)}; its columns: {_few(table.labels)}")
    excitations = table.values[: n - 1, [table.labels.index(labels[muscle.name]) for muscle in model.muscles]]
    far = excitations[(excitations < 0.0) | (excitations > 1.0)]
    if far.size:
        raise UsageError(f"{str(path)!r} has the control {far[0]:g}; excitations are within 0 and 1")
    return excitations


# ---------------------------------------------------------------- what follows from a state

# Quantity of the core: the arrays without which it is not known.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "body_positions": (),
    "body_angles": (),
    "tendon_forces": ("fiber_lengths",),
    "contact_forces": ("speeds",),
    "obstacle_forces": ("speeds",),
}


def _calc_quantities(
    model: Model, course: Course, strengths: Array, known: Mapping[str, Array], times: Array
) -> dict[str, Array]:
    """The other arrays of a trajectory; NaN where they cannot be known."""
    batches = [
        _calc_batch(model, course, strengths, {name: values[i : i + _AT_ONCE] for name, values in known.items()})
        for i in range(0, len(times), _AT_ONCE)
    ]
    calculated = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    for name, needs in _NEEDS.items():
        if not known.keys() >= set(needs):
            calculated[name][:] = np.nan
    return {name: values for name, values in calculated.items() if name not in known}


def _calc_batch(model: Model, course: Course, strengths: Array, known: Mapping[str, Array]) -> dict[str, Array]:
    n = len(known["coordinates"])
    simulator = BatchSimulator(n, model)
    obstacles = np.tile(course.obstacle_array(), (n, 1, 1))
    surroundings = [course.surroundings()] * n
    simulator.set_courses(obstacles=obstacles, strengths=np.tile(strengths, (n, 1)), surroundings=surroundings)
    resting = {
        "coordinates": simulator.coordinates,
        "speeds": simulator.speeds,
        "activations": simulator.activations,
        "fiber_lengths": simulator.fiber_lengths,
    }
    simulator.states = np.hstack([known.get(name, rest) for name, rest in resting.items()])
    unknown: dict[str, Any] = {name: np.full_like(rest, np.nan) for name, rest in resting.items() if name not in known}
    return unknown | {name: np.array(simulator.get(name)) for name in _NEEDS}


def _gaps(known: Mapping[str, Array]) -> list[str]:
    missing = [name.replace("_", " ") for name in _KINDS.values() if name not in known]
    if not missing:
        return []
    return [f"the file does not tell {', '.join(missing)}; they stay unknown, and so do the forces that need them"]


def _doubts(trajectory: Trajectory) -> list[str]:
    """Joints do not turn by more than half a turn; the whole body may, so the first body's angle does not count."""
    first = set(trajectory.model.joints[0].coordinates)
    joints = [c.motion == "rotational" and c.name not in first for c in trajectory.model.free_coordinates]
    largest = np.abs(trajectory.coordinates[:, joints]).max(initial=0.0)
    if largest <= np.pi:
        return []
    return [f"joints turn by up to {largest:.1f} rad: if the file is in degrees and does not say so, give --degrees"]
