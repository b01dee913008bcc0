"""The loads of a foot do to it what its contacts do, at the center of pressure."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from myorun.anatomy import load_model
from myorun.course import Course
from myorun.errors import UsageError
from myorun.physics import Simulator
from myorun.trajectory import Recorder, Trajectory
from myorun.trajectory.loads import Load, calc_loads, external_loads_xml, feet_of, loads_table, sphere_centers

ROUNDING = 1e-9  # N or N m, of sums of forces below 1e4 N at places below 10 m


@pytest.fixture(scope="module")
def loads(run: Trajectory) -> dict[str, Load]:
    return {load.name: load for load in calc_loads(run)}


def wrench(points: np.ndarray, forces: np.ndarray) -> np.ndarray:
    """Moment about the origin, summed over the spheres one by one, (states, 3)."""
    moment = np.zeros((len(points), 3))
    for k in range(points.shape[1]):
        (x, y, z), (fx, fy) = points[:, k].T, forces[:, k].T
        moment += np.column_stack([-z * fy, z * fx, x * fy - y * fx])
    return moment


def test_the_run_touches_what_is_tested_here(run: Trajectory) -> None:
    assert np.abs(run.contact_forces).max() > 100.0
    assert np.abs(run.obstacle_forces).max() > 10.0


@pytest.mark.parametrize(("side", "spheres"), [("r", [0, 1]), ("l", [2, 3])])
def test_force_and_moment_of_the_ground_are_those_of_its_spheres(
    run: Trajectory, loads: dict[str, Load], side: str, spheres: list[int]
) -> None:
    load = loads[f"ground_force_{side}"]
    forces = run.contact_forces[:, spheres]
    points = sphere_centers(run)[:, spheres]
    points[..., 1] = -(0.05 - points[..., 1]) / 2  # half the depth of a sphere of 5 cm; docs/physics.md
    assert np.allclose(load.force[:, :2], forces.sum(axis=1), atol=ROUNDING)
    moment = np.cross(load.point, load.force) + load.torque
    assert np.allclose(moment, wrench(points, forces), atol=ROUNDING)


@pytest.mark.parametrize(("side", "spheres"), [("r", [0, 1]), ("l", [2, 3])])
def test_force_and_moment_of_obstacles_are_those_of_the_spheres(
    run: Trajectory, loads: dict[str, Load], side: str, spheres: list[int]
) -> None:
    load = loads[f"obstacle_force_{side}"]
    forces = run.obstacle_forces[:, spheres]
    assert np.allclose(load.force[:, :2], forces.sum(axis=1), atol=ROUNDING)
    moment = np.cross(load.point, load.force) + load.torque
    assert np.allclose(moment, wrench(sphere_centers(run)[:, spheres], forces), atol=ROUNDING)


def test_the_center_of_pressure_lies_on_the_floor_under_the_foot(run: Trajectory, loads: dict[str, Load]) -> None:
    centers = sphere_centers(run)
    for side, spheres in (("r", [0, 1]), ("l", [2, 3])):
        load = loads[f"ground_force_{side}"]
        assert not load.point[:, 1].any()
        # friction 0.8 at a dent of at most 5 cm moves it by less than 4 cm
        assert (load.point[:, 0] >= centers[:, spheres, 0].min(axis=1) - 0.04).all()
        assert (load.point[:, 0] <= centers[:, spheres, 0].max(axis=1) + 0.04).all()
        assert not load.torque[:, [0, 2]].any()


def test_spheres_are_as_deep_in_the_ground_as_its_force_at_rest_says(run: Trajectory) -> None:
    """f = (4/3) k d sqrt(R k d), k = E^(2/3)/2; docs/physics.md, Ground contact."""
    simulator, recorder = Simulator(), Recorder()
    for height in (0.86, 0.88, 0.9):  # m, of the pelvis, at rest
        simulator.coordinates = np.array([0.1, 3.0, height, 0.2, -0.1, 0.05, -0.1, -0.2, -0.05])
        recorder.note_state(simulator)
        simulator.time += 0.01
        recorder.note_excitations(np.zeros(18))
    recorder._excitations.pop()
    still = recorder.finish(run.facts, Course(), simulator, np.ones(18))
    depth = np.maximum(0.05 - sphere_centers(still)[..., 1], 0.0)
    k = 6e5 ** (2 / 3) / 2
    assert (depth > 0).sum() >= 6
    assert np.allclose(still.contact_forces[..., 1], 4 / 3 * k * depth * np.sqrt(0.05 * k * depth), rtol=1e-9)


def test_without_obstacles_there_are_no_loads_of_obstacles(run: Trajectory) -> None:
    flat = replace(run, course=Course())
    assert [load.name for load in calc_loads(flat)] == ["ground_force_r", "ground_force_l"]
    assert loads_table(flat).labels[:9] == (
        *("ground_force_r_vx", "ground_force_r_vy", "ground_force_r_vz"),
        *("ground_force_r_px", "ground_force_r_py", "ground_force_r_pz"),
        *("ground_torque_r_x", "ground_torque_r_y", "ground_torque_r_z"),
    )


def test_the_setup_names_columns_that_are_there_and_bodies_of_the_model(run: Trajectory) -> None:
    labels = loads_table(run).labels
    root = ElementTree.fromstring(external_loads_xml(run, "grf.mot"))
    assert root.findtext(".//datafile") == "grf.mot"
    forces = root.findall(".//ExternalForce")
    assert len(forces) == 4
    for force in forces:
        assert force.findtext("applied_to_body") in run.body_names
        for key in ("force_identifier", "point_identifier", "torque_identifier"):
            assert all(f"{force.findtext(key)}{axis}" in labels for axis in "xyz")


def test_a_foot_whose_toes_move_has_a_load_for_each_piece() -> None:
    human = load_model()
    assert [(f.name, f.body, f.spheres) for f in feet_of(human)] == [("r", "calcn_r", (0, 1)), ("l", "calcn_l", (2, 3))]
    toes = next(joint for joint in human.joints if joint.child == "toes_r")
    ankle = next(joint for joint in human.joints if joint.child == "talus_r")
    free = replace(toes, kind="pin", coordinates=("mtp_angle_r",), rotation=ankle.rotation)
    joints = tuple(free if joint is toes else joint for joint in human.joints)
    extra = replace(human.coordinates[0], name="mtp_angle_r")
    pieces = feet_of(replace(human, joints=joints, coordinates=(*human.coordinates, extra)))
    assert [(f.name, f.spheres) for f in pieces] == [("r_calcn_r", (0,)), ("r_toes_r", (1,)), ("l", (2, 3))]


def test_unknown_contacts_are_no_loads(run: Trajectory) -> None:
    unknown = replace(run, contact_forces=np.full_like(run.contact_forces, np.nan))
    with pytest.raises(UsageError, match="does not know its contact forces"):
        loads_table(unknown)
