"""OpenSim 4.6 opens every file of a run without a word and finds in it the same movement and the same forces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myorun.course import Course, Load, Obstacle, Slope
from myorun.physics import Simulator, State
from myorun.run import run_episode
from myorun.trajectory import Trajectory, export_all
from myorun.trajectory.loads import loads_table
from myorun.trajectory.motion import import_motion
from myorun.trajectory.tables import states_table

osim = pytest.importorskip("opensim")

EVERY = 4  # state that is looked at: OpenSim takes its time
TABLES = ["states.sto", "controls.sto", "forces.sto", "coordinates.mot", "loads.mot"]


@pytest.fixture(scope="module")
def run() -> Trajectory:
    """Two seconds of walking into a ball, with a weak psoas."""
    course = Course(obstacles=(Obstacle(0.9, 0.0, 0.1), Obstacle(3.0, 0.02, 0.15)), strengths=(("iliopsoas_r", 0.8),))
    return run_episode("reflex", course=course, steps=200).trajectory


@pytest.fixture(scope="module")
def folder(run: Trajectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    export_all(run, folder, "run")
    return folder


@pytest.fixture(autouse=True)
def _speaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are printed, and logs fall into a folder that goes away."""
    monkeypatch.chdir(tmp_path)
    osim.Logger.setLevelString("warn")


class Replay:
    """The exported states in the exported model."""

    def __init__(self, folder: Path) -> None:
        self.model = osim.Model(str(folder / "run.osim"))
        self.table = osim.TimeSeriesTable(str(folder / "run_states.sto"))

    def states(self) -> list[Any]:
        self.model.initSystem()
        states = osim.StatesTrajectory.createFromStatesTable(self.model, self.table)
        return [self._realized(osim.State(states.get(i))) for i in range(0, states.getSize(), EVERY)]

    def _realized(self, state: Any) -> Any:
        self.model.realizeAcceleration(state)
        return state


@pytest.fixture(scope="module")
def replay(folder: Path) -> Replay:
    return Replay(folder)


@pytest.fixture(scope="module")
def states(replay: Replay) -> list[Any]:
    return replay.states()


def test_the_run_has_what_is_tested_here(run: Trajectory) -> None:
    assert run.steps == 200
    assert np.abs(run.obstacle_forces[::EVERY]).max() > 10.0
    assert np.abs(run.contact_forces[::EVERY]).max() > 500.0


def test_every_file_opens_without_a_word(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    replay = Replay(folder)
    assert len(replay.states()) == 51
    for name in TABLES:
        osim.Storage(str(folder / f"run_{name}"))
        osim.TimeSeriesTable(str(folder / f"run_{name}"))
    loads = osim.ExternalLoads(str(folder / "run_loads.xml"), True)
    assert loads.getSize() == 4
    replay.model.addModelComponent(loads)
    replay.model.initSystem()
    said = capfd.readouterr()
    assert said.out + said.err == ""


@pytest.mark.parametrize("name", TABLES)
def test_opensim_reads_every_number_to_the_last_bit(run: Trajectory, folder: Path, name: str) -> None:
    theirs = osim.TimeSeriesTable(str(folder / f"run_{name}"))
    assert theirs.getNumRows() == 201
    assert np.array_equal(theirs.getIndependentColumn(), run.times)
    table = {"states.sto": states_table, "loads.mot": loads_table}.get(name)
    if table is not None:
        ours = table(run)
        assert theirs.getColumnLabels() == ours.labels
        assert np.array_equal(theirs.getMatrix().to_numpy(), ours.values)


def test_the_unit_of_angles_is_told(folder: Path) -> None:
    assert osim.Storage(str(folder / "run_coordinates.mot")).isInDegrees()
    assert not osim.Storage(str(folder / "run_states.sto")).isInDegrees()


def test_every_state_variable_of_the_model_is_in_the_file(replay: Replay, states: list[Any]) -> None:
    names = replay.model.getStateVariableNames()
    assert {names.get(i) for i in range(names.getSize())} == set(replay.table.getColumnLabels())


def test_bodies_are_at_the_same_places(run: Trajectory, replay: Replay, states: list[Any]) -> None:
    bodies = [replay.model.getBodySet().get(name) for name in run.body_names]
    found = np.array([[body.getPositionInGround(state).to_numpy()[:2] for body in bodies] for state in states])
    assert np.abs(found - run.body_positions[::EVERY]).max() < 1e-9


def test_muscles_pull_alike(run: Trajectory, replay: Replay, states: list[Any]) -> None:
    muscles = [replay.model.getMuscles().get(name) for name in run.muscle_names]
    found = np.array([[muscle.getTendonForce(state) for muscle in muscles] for state in states])
    # the tendon law multiplies roundings of lengths, 1e-15 m, by up to 1e6 N/m
    assert np.allclose(found, run.tendon_forces[::EVERY], rtol=1e-9, atol=1e-8)


def test_the_ground_pushes_alike(run: Trajectory, replay: Replay, states: list[Any]) -> None:
    contacts = [replay.model.getForceSet().get(contact.name) for contact in run.model.ground_contacts]
    records = [[contact.getRecordValues(state) for contact in contacts] for state in states]
    on_ground = np.array([[[record.get(0), record.get(1)] for record in row] for row in records])
    ours = np.stack([run.contact_forces[::EVERY, :2].sum(axis=1), run.contact_forces[::EVERY, 2:].sum(axis=1)], axis=1)
    assert np.allclose(-on_ground, ours, rtol=1e-9, atol=1e-8)


def accelerations(states: list[Any]) -> np.ndarray:
    return np.array([state.getUDot().to_numpy() for state in states])


def without_contacts(folder: Path) -> Replay:
    replay = Replay(folder)
    forces = replay.model.updForceSet()
    for i in range(forces.getSize()):
        if forces.get(i).getConcreteClassName() == "HuntCrossleyForce":
            forces.get(i).set_appliesForce(False)
    return replay


def test_external_loads_take_the_place_of_all_contacts(folder: Path, states: list[Any]) -> None:
    whole = accelerations(states)
    largest = np.abs(whole).max(axis=1, keepdims=True)
    swapped = without_contacts(folder)
    missing = accelerations(swapped.states())
    assert (np.abs(missing - whole) / largest).max() > 0.1  # they matter
    swapped.model.addModelComponent(osim.ExternalLoads(str(folder / "run_loads.xml"), True))
    # OpenSim puts splines through the loads, exact at their knots up to rounding
    assert (np.abs(accelerations(swapped.states()) - whole) / largest).max() < 1e-9


def test_inverse_dynamics_needs_no_hand_at_the_pelvis(run: Trajectory, folder: Path, tmp_path: Path) -> None:
    """The tool takes .mot and loads alone; in smooth stretches its splines find the torques of the muscles."""
    tool = osim.InverseDynamicsTool()
    tool.setModelFileName(str(folder / "run.osim"))
    tool.setCoordinatesFileName(str(folder / "run_coordinates.mot"))
    tool.setExternalLoadsFileName(str(folder / "run_loads.xml"))
    excluded = osim.ArrayStr()
    excluded.append("ALL")
    tool.setExcludedForces(excluded)
    tool.setStartTime(0.0)
    tool.setEndTime(2.0)
    tool.setResultsDir(str(tmp_path))
    tool.setOutputGenForceFileName("torques.sto")
    assert tool.run()
    torques = osim.TimeSeriesTable(str(tmp_path / "torques.sto"))
    residual = np.array([torques.getDependentColumn(f"pelvis_{name}").to_numpy() for name in ("tx_force", "ty_force")])
    weight = 9.80665 * sum(body.mass for body in run.model.bodies)
    assert np.median(np.abs(residual)) < 0.02 * weight


def test_the_analyze_tool_replays_states(run: Trajectory, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "setup.xml").write_text(f"""<?xml version="1.0" encoding="UTF-8" ?>
        <OpenSimDocument Version="40600"><AnalyzeTool name="run">
        <model_file>{folder / "run.osim"}</model_file><results_directory>{tmp_path}</results_directory>
        <states_file>{folder / "run_states.sto"}</states_file>
        <initial_time>0</initial_time><final_time>2</final_time>
        <AnalysisSet><objects><MuscleAnalysis name="muscles"/></objects></AnalysisSet>
        </AnalyzeTool></OpenSimDocument>""")
    assert osim.AnalyzeTool(str(tmp_path / "setup.xml")).run()
    found = osim.TimeSeriesTable(str(tmp_path / "run_muscles_TendonForce.sto"))
    assert found.getColumnLabels() == run.muscle_names
    count = found.getNumRows()
    assert count >= 200  # the tool may stop a step before the end
    # the analysis writes 8 digits
    assert np.allclose(found.getMatrix().to_numpy(), run.tendon_forces[:count], rtol=1e-6, atol=1e-4)


def test_controls_drive_a_prescribed_controller(run: Trajectory, folder: Path) -> None:
    model = osim.Model(str(folder / "run.osim"))
    model.addController(osim.PrescribedController(str(folder / "run_controls.sto"), 0))  # piecewise constant
    state = model.initSystem()
    for step in (10, 55, 140):
        state.setTime(0.5 * (run.times[step] + run.times[step + 1]))
        model.realizeDynamics(state)
        assert np.array_equal(model.getControls(state).to_numpy(), run.excitations[step])


def test_states_that_opensim_writes_come_back(run: Trajectory, replay: Replay, tmp_path: Path) -> None:
    """Saved again by OpenSim, with its own number of digits and without the header's line of ours."""
    trajectory = osim.StatesTrajectory.createFromStatesTable(replay.model, replay.table)
    osim.STOFileAdapter.write(trajectory.exportToTable(replay.model), str(tmp_path / "again.sto"))
    found = import_motion(tmp_path / "again.sto", like=run)
    for name in ("coordinates", "speeds", "activations", "fiber_lengths"):
        assert np.allclose(getattr(found.trajectory, name), getattr(run, name), rtol=1e-13, atol=1e-15), name
    assert np.allclose(found.trajectory.body_positions, run.body_positions, rtol=0, atol=1e-9)


def test_a_simulation_of_opensims_own_comes_in_with_its_own_steps(
    run: Trajectory, folder: Path, tmp_path: Path
) -> None:
    model = osim.Model(str(folder / "run.osim"))
    manager = osim.Manager(model, model.initSystem())
    last = manager.integrate(0.05)
    osim.STOFileAdapter.write(manager.getStatesTable(), str(tmp_path / "fall.sto"))
    found = import_motion(tmp_path / "fall.sto", like=run).trajectory
    assert found.times[-1] == 0.05
    assert len(set(np.diff(found.times).round(12))) > 5  # the integrator's own, nothing resampled
    model.realizeDynamics(last)
    theirs = [model.getMuscles().get(name).getTendonForce(last) for name in found.muscle_names]
    assert np.allclose(found.tendon_forces[-1], theirs, rtol=1e-9, atol=1e-8)


def test_a_run_of_opensims_physics_is_recorded_and_exported_alike(tmp_path: Path) -> None:
    run = run_episode("random", seed=2, steps=3, physics="opensim").trajectory
    export_all(run, tmp_path, "run")
    found = import_motion(tmp_path / "run_states.sto").trajectory
    assert np.array_equal(found.coordinates, run.coordinates)
    for name in ("tendon_forces", "contact_forces", "obstacle_forces", "body_positions"):
        assert np.allclose(getattr(found, name), getattr(run, name), rtol=1e-9, atol=1e-8), name


def test_a_load_slow_muscles_and_an_inclined_slippery_floor_are_in_the_model(tmp_path: Path) -> None:
    """OpenSim's accelerations and activation rates in the states of a run are those of the native physics."""
    slope = Slope(-20.0, 200.0, 6.0)
    course = Course(slopes=(slope,), friction=0.5, stiffness=2.0, activation_time=2.0, load=Load(10.0))
    run = run_episode("random", course=course, seed=4, steps=60).trajectory
    exported = export_all(run, tmp_path, "run")
    assert [note[:9] for note in exported.notes] == ["no loads:"]
    replay = Replay(tmp_path)
    coordinates = [replay.model.getCoordinateSet().get(name) for name in run.coordinate_names]
    native = Simulator()
    native.set_course(strengths=run.strengths, surroundings=course.surroundings())
    for index, state in enumerate(replay.states()):
        i = index * EVERY
        native.set_state(State(0.0, run.coordinates[i], run.speeds[i], run.activations[i], run.fiber_lengths[i]))
        theirs = np.array([coordinate.getAccelerationValue(state) for coordinate in coordinates])
        assert np.abs(theirs - native.get("accelerations")).max() <= 1e-9 * np.abs(theirs).max()
    muscle = osim.Thelen2003Muscle.safeDownCast(replay.model.getMuscles().get("soleus_r"))
    assert muscle.getActivationTimeConstant() == 0.02
    found = import_motion(tmp_path / "run_states.sto").trajectory
    assert np.array_equal(found.contact_forces, run.contact_forces)
