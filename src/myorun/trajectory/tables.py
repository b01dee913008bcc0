"""A trajectory as OpenSim's tables: states, coordinates, controls and muscle forces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from myorun.errors import UsageError
from myorun.trajectory.storage import Table, stacked
from myorun.trajectory.trajectory import Array, Trajectory
from myorun.trajectory.words import provenance_of

Columns = Iterator[tuple[str, Array]]


def states_table(trajectory: Trajectory) -> Table:
    """Every state variable under its path in OpenSim 4, SI units and radians.

    What the trajectory does not know (see :class:`Trajectory`) has no column.
    """
    known = [(label, values) for label, values in _state_columns(trajectory) if not np.isnan(values).any()]
    return table_of(trajectory, "states", known)


def _state_columns(trajectory: Trajectory) -> Columns:
    joints = {name: joint.name for joint in trajectory.model.joints for name in joint.coordinates}
    for i, name in enumerate(trajectory.coordinate_names):
        yield f"/jointset/{joints[name]}/{name}/value", trajectory.coordinates[:, i]
        yield f"/jointset/{joints[name]}/{name}/speed", trajectory.speeds[:, i]
    for i, name in enumerate(trajectory.muscle_names):
        yield f"/forceset/{name}/activation", trajectory.activations[:, i]
        yield f"/forceset/{name}/fiber_length", trajectory.fiber_lengths[:, i]


def coordinates_table(trajectory: Trajectory) -> Table:
    """Coordinates under their short names, degrees and m: what inverse kinematics gives, and what is easy to read."""
    turning = rotational(trajectory)
    degrees = np.where(turning, np.degrees(trajectory.coordinates), trajectory.coordinates)
    columns = [(name, degrees[:, i]) for i, name in enumerate(trajectory.coordinate_names)]
    return table_of(trajectory, "Coordinates", columns, in_degrees=True)


def rotational(trajectory: Trajectory) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which coordinates are angles, (coordinates,)."""
    return np.array([c.motion == "rotational" for c in trajectory.model.free_coordinates])


def controls_table(trajectory: Trajectory) -> Table:
    """Excitations under the paths of their muscles, each from its time on; the last stands once more at the end.

    :class:`UsageError` if they are not known.
    """
    held = np.concatenate([trajectory.excitations, trajectory.excitations[-1:]])
    require_known("excitations", held, len(trajectory.times))
    columns = [(f"/forceset/{name}", held[:, i]) for i, name in enumerate(trajectory.muscle_names)]
    return table_of(trajectory, "controls", columns)


def forces_table(trajectory: Trajectory) -> Table:
    """Tendon forces [N] under the names of the muscles. :class:`UsageError` if they are not known."""
    require_known("muscle forces", trajectory.tendon_forces, len(trajectory.times))
    columns = [(name, trajectory.tendon_forces[:, i]) for i, name in enumerate(trajectory.muscle_names)]
    return table_of(trajectory, "muscle forces", columns)


def require_known(what: str, values: Array, rows: int) -> None:
    """:class:`UsageError` unless there are numbers, and for every instant."""
    if len(values) != rows or not values.size or np.isnan(values).any():
        raise UsageError(f"this trajectory does not know its {what}; what is imported has only what its file told")


def table_of(
    trajectory: Trajectory, name: str, columns: Sequence[tuple[str, Array]], *, in_degrees: bool = False
) -> Table:
    """Named columns over the times of a trajectory."""
    labels, values = stacked(columns)
    provenance = provenance_of(trajectory) | {
        "model": trajectory.model.name,
        "strengths": trajectory.strengths.tolist(),
    }
    return Table(name, labels, trajectory.times, values, in_degrees, provenance)


TABLES: Mapping[str, Callable[[Trajectory], Table]] = MappingProxyType(
    {"states": states_table, "coordinates": coordinates_table, "controls": controls_table, "forces": forces_table}
)
