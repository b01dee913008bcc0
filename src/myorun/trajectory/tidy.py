"""A trajectory as one tidy table of comma-separated values: a row per instant, a column per variable."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np

from myorun.trajectory.storage import stacked
from myorun.trajectory.trajectory import Array, Trajectory


def csv_text(trajectory: Trajectory) -> str:
    """Every array of the trajectory, SI units and radians; what is not known is an empty field.

    The excitations of a row are held from its time on; the last row has none.
    """
    labels, values = stacked(tidy_columns(trajectory))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(labels)
    writer.writerows(["" if value != value else value for value in row] for row in values.tolist())
    return stream.getvalue()


def tidy_columns(trajectory: Trajectory) -> Iterator[tuple[str, Array]]:
    """Labels, such as hip_flexion_r.speed, and values over the states."""
    t = trajectory
    excitations = np.vstack([t.excitations, np.full((1, len(t.muscle_names)), np.nan)])
    yield "time", t.times
    yield from _named(t.coordinate_names, {"value": t.coordinates, "speed": t.speeds})
    of_muscles = {"activation": t.activations, "fiber_length": t.fiber_lengths, "tendon_force": t.tendon_forces}
    yield from _named(t.muscle_names, of_muscles | {"excitation": excitations})
    of_bodies = {"x": t.body_positions[..., 0], "y": t.body_positions[..., 1], "angle": t.body_angles}
    yield from _named(t.body_names, of_bodies)
    ground = {f"ground_force_{axis}": t.contact_forces[..., i] for i, axis in enumerate("xy")}
    obstacle = {f"obstacle_force_{axis}": t.obstacle_forces[..., i] for i, axis in enumerate("xy")}
    yield from _named(t.sphere_names, ground | obstacle)


def _named(names: tuple[str, ...], parts: dict[str, Array]) -> Iterator[tuple[str, Array]]:
    for i, name in enumerate(names):
        for part, values in parts.items():
            yield f"{name}.{part}", values[:, i]
