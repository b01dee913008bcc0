"""Each table holds the numbers of the trajectory under the names that OpenSim gives them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myorun.errors import UsageError
from myorun.trajectory import Trajectory
from myorun.trajectory.tables import controls_table, coordinates_table, forces_table, states_table


def test_states_stand_under_their_paths_in_radians(run: Trajectory) -> None:
    table = states_table(run)
    assert len(table.labels) == 2 * 9 + 2 * 18
    assert table.in_degrees is False
    knee = run.coordinate_names.index("knee_angle_l")
    assert np.array_equal(table.column("/jointset/knee_l/knee_angle_l/value"), run.coordinates[:, knee])
    assert np.array_equal(table.column("/jointset/knee_l/knee_angle_l/speed"), run.speeds[:, knee])
    soleus = run.muscle_names.index("soleus_r")
    assert np.array_equal(table.column("/forceset/soleus_r/activation"), run.activations[:, soleus])
    assert np.array_equal(table.column("/forceset/soleus_r/fiber_length"), run.fiber_lengths[:, soleus])


def test_coordinates_stand_under_their_names_in_degrees_and_metres(run: Trajectory) -> None:
    table = coordinates_table(run)
    assert table.in_degrees
    assert table.labels == run.coordinate_names
    assert np.array_equal(table.column("hip_flexion_r"), np.degrees(run.coordinates[:, 3]))
    assert np.array_equal(table.column("pelvis_tx"), run.coordinates[:, 1])


def test_controls_are_held_and_the_last_stands_again(run: Trajectory) -> None:
    table = controls_table(run)
    assert np.array_equal(table.times, run.times)
    assert np.array_equal(table.values[:-1], run.excitations)
    assert np.array_equal(table.values[-1], run.excitations[-1])
    assert table.labels[0] == f"/forceset/{run.muscle_names[0]}"


def test_forces_are_those_of_the_tendons(run: Trajectory) -> None:
    table = forces_table(run)
    assert table.labels == run.muscle_names
    assert np.array_equal(table.values, run.tendon_forces)


def test_every_table_says_where_it_comes_from(run: Trajectory) -> None:
    for table in (states_table(run), coordinates_table(run), controls_table(run), forces_table(run)):
        assert table.provenance["facts"]["controller"] == "random"
        assert table.provenance["model"] == run.model.name
        assert table.provenance["strengths"] == run.strengths.tolist()
        assert len(table.provenance["course"]["obstacles"]) == 2


def test_what_is_not_known_has_no_column_and_no_table(run: Trajectory) -> None:
    unknown = np.full_like(run.activations, np.nan)
    partly = replace(run, activations=unknown, tendon_forces=unknown, excitations=unknown[:-1])
    assert len(states_table(partly).labels) == 2 * 9 + 18
    with pytest.raises(UsageError, match="does not know its muscle forces"):
        forces_table(partly)
    with pytest.raises(UsageError, match="does not know its excitations"):
        controls_table(partly)


def test_a_run_without_a_step_has_no_controls(run: Trajectory) -> None:
    first = {name: getattr(run, name)[:1] for name in ("times", "coordinates", "speeds", "activations")}
    first |= {name: getattr(run, name)[:1] for name in ("fiber_lengths", "tendon_forces", "body_positions")}
    first |= {name: getattr(run, name)[:1] for name in ("body_angles", "contact_forces", "obstacle_forces")}
    start = replace(run, excitations=run.excitations[:0], **first)
    assert len(states_table(start).times) == 1
    with pytest.raises(UsageError, match="does not know its excitations"):
        controls_table(start)
