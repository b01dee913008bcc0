"""A motion of another program becomes a trajectory to the digits written, at its own times, or is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from myorun.anatomy import load_model
from myorun.errors import StateError, UsageError
from myorun.trajectory import Trajectory, export_trajectory
from myorun.trajectory.motion import import_motion
from myorun.trajectory.storage import Table, storage_text
from myorun.trajectory.tables import states_table
from myorun.trajectory.trajectory import ARRAYS

COORDINATES = ["pelvis_tilt", "pelvis_tx", "pelvis_ty"]
COORDINATES += [f"{name}_{side}" for side in "rl" for name in ("hip_flexion", "knee_angle", "ankle_angle")]


@pytest.fixture
def states(run: Trajectory, tmp_path: Path) -> Path:
    return export_trajectory(run, tmp_path / "run_states.sto")[0]


def write(path: Path, table: Table) -> Path:
    path.write_text(storage_text(table))
    return path


def renamed(table: Table, rename: Callable[[str], str]) -> Table:
    return replace(table, labels=tuple(map(rename, table.labels)), provenance={})


def without(table: Table, *gone: str) -> Table:
    keep = [i for i, label in enumerate(table.labels) if not any(part in label for part in gone)]
    return replace(table, labels=tuple(table.labels[i] for i in keep), values=table.values[:, keep])


# ---------------------------------------------------------------- there and back


def test_states_and_all_that_follows_from_them_come_back_bit_by_bit(run: Trajectory, states: Path) -> None:
    controls = export_trajectory(run, states.with_name("c.sto"), what="controls")[0]
    found = import_motion(states, controls=controls)
    assert found.notes == ()
    for name in ARRAYS:
        assert np.array_equal(getattr(found.trajectory, name), getattr(run, name)), name
    assert (found.trajectory.course, found.trajectory.model) == (run.course, run.model)


def test_what_is_imported_does_not_pretend_to_be_a_run(run: Trajectory, states: Path) -> None:
    facts = import_motion(states).trajectory.facts
    assert (facts.physics, facts.rules, facts.score, facts.controller) == ("imported", "", None, "run_states")


def test_excitations_are_unknown_without_a_file_of_controls(states: Path) -> None:
    assert np.isnan(import_motion(states).trajectory.excitations).all()


def test_more_states_than_the_core_looks_at_together(run: Trajectory, tmp_path: Path) -> None:
    repeats = 30  # of 41 states, more than 1024
    table = states_table(run)
    long = replace(table, times=np.arange(41.0 * repeats), values=np.tile(table.values, (repeats, 1)))
    found = import_motion(write(tmp_path / "long.sto", long)).trajectory
    assert np.array_equal(found.tendon_forces, np.tile(run.tendon_forces, (repeats, 1)))


# ---------------------------------------------------------------- units and names


def old_name(label: str) -> str:
    """As OpenSim 3 writes it."""
    *_, name, kind = label.split("/")
    return {"value": name, "speed": f"{name}_u"}.get(kind, f"{name}.{kind}")


@pytest.mark.parametrize(
    "rename", [old_name, lambda label: label.removeprefix("/jointset/"), lambda label: f"/m{label}"]
)
def test_names_of_opensim_3_and_other_paths_mean_the_same(
    run: Trajectory, tmp_path: Path, rename: Callable[[str], str]
) -> None:
    path = write(tmp_path / "old.sto", renamed(states_table(run), rename))
    found = import_motion(path).trajectory
    assert np.array_equal(found.coordinates, run.coordinates)
    assert np.array_equal(found.fiber_lengths, run.fiber_lengths)


def in_degrees(run: Trajectory) -> Table:
    table = states_table(run)
    turns = np.array(["/jointset" in label and "pelvis_t" not in label.split("/")[3][:9] for label in table.labels])
    turns |= np.array(["pelvis_tilt" in label for label in table.labels])
    return replace(table, values=np.where(turns, np.degrees(table.values), table.values), in_degrees=True)


def test_degrees_turn_angles_and_their_speeds_only(run: Trajectory, tmp_path: Path) -> None:
    found = import_motion(write(tmp_path / "degrees.sto", in_degrees(run))).trajectory
    for name in ("coordinates", "speeds", "activations", "fiber_lengths"):
        # two roundings
        assert np.allclose(getattr(found, name), getattr(run, name), rtol=1e-15, atol=0), name


def test_units_can_be_told_where_the_header_is_silent_or_wrong(run: Trajectory, tmp_path: Path) -> None:
    text = storage_text(renamed(in_degrees(run), old_name))
    (tmp_path / "silent.sto").write_text(text.replace("inDegrees=yes\n", ""))
    (tmp_path / "wrong.sto").write_text(text.replace("inDegrees=yes", "inDegrees=no"))
    with pytest.raises(UsageError, match="does not say inDegrees=yes or inDegrees=no; say --degrees or --radians"):
        import_motion(tmp_path / "silent.sto")
    for name in ("silent.sto", "wrong.sto"):
        found = import_motion(tmp_path / name, degrees=True).trajectory
        assert np.allclose(found.coordinates, run.coordinates, rtol=1e-15, atol=0)


def test_paths_of_states_are_in_radians_where_nothing_is_said(run: Trajectory, tmp_path: Path) -> None:
    (tmp_path / "silent.sto").write_text(storage_text(states_table(run)).replace("inDegrees=no\n", ""))
    assert np.array_equal(import_motion(tmp_path / "silent.sto").trajectory.coordinates, run.coordinates)


def test_joints_that_turn_too_far_are_doubted_aloud(run: Trajectory, tmp_path: Path) -> None:
    (tmp_path / "wrong.sto").write_text(storage_text(in_degrees(run)).replace("inDegrees=yes", "inDegrees=no"))
    assert (
        "if the file is in degrees and does not say so, give --degrees"
        in import_motion(tmp_path / "wrong.sto").notes[0]
    )


# ---------------------------------------------------------------- what may be missing


def test_coordinates_alone_show_where_bodies_are_and_leave_the_rest_unknown(run: Trajectory, tmp_path: Path) -> None:
    path = export_trajectory(run, tmp_path / "run.mot")[0]
    found = import_motion(path)
    assert "does not tell speeds, activations, fiber lengths" in found.notes[0]
    assert np.allclose(found.trajectory.body_positions, run.body_positions, rtol=0, atol=1e-14)
    for name in ("speeds", "activations", "fiber_lengths", "tendon_forces", "contact_forces", "obstacle_forces"):
        assert np.isnan(getattr(found.trajectory, name)).all(), name


@pytest.mark.parametrize(
    ("gone", "unknown"),
    [
        ("speed", {"speeds", "contact_forces", "obstacle_forces"}),
        ("activation", {"activations"}),
        ("fiber_length", {"fiber_lengths", "tendon_forces"}),
    ],
)
def test_only_what_needs_the_missing_is_unknown(run: Trajectory, tmp_path: Path, gone: str, unknown: set[str]) -> None:
    found = import_motion(write(tmp_path / "part.sto", without(states_table(run), gone))).trajectory
    nan = {name for name in ARRAYS if np.isnan(getattr(found, name)).any()}
    assert nan == unknown | {"excitations"}


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (
            ("knee_angle_l/value",),
            "has no value of knee_angle_l; its columns: /jointset/ground_pelvis/pelvis_tilt/value",
        ),
        (("knee_angle_l/speed",), "has no speed of knee_angle_l"),
        (
            ("soleus_r/act", "vasti_l/act"),
            "has no activation of vasti_l, soleus_r|has no activation of soleus_r, vasti_l",
        ),
        (("soleus_r/fiber",), "has no fiber length of soleus_r"),
        (("value",), "and 3 more"),
    ],
)
def test_a_gap_is_named(run: Trajectory, tmp_path: Path, gone: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        import_motion(write(tmp_path / "gap.sto", without(states_table(run), *gone)))


def test_other_columns_are_left_out_and_named(run: Trajectory, tmp_path: Path) -> None:
    table = states_table(run)
    more = replace(
        table, labels=("lumbar_extension", *table.labels), values=np.column_stack([table.times, table.values])
    )
    found = import_motion(write(tmp_path / "more.sto", more))
    assert found.notes == ("left out, as the model does not move or has no such part: lumbar_extension",)
    assert np.array_equal(found.trajectory.coordinates, run.coordinates)


def test_two_names_of_one_column_are_refused(run: Trajectory, tmp_path: Path) -> None:
    table = states_table(run)
    twice = replace(table, labels=("pelvis_tx", *table.labels), values=np.column_stack([table.times, table.values]))
    with pytest.raises(
        UsageError, match="has '/jointset/ground_pelvis/pelvis_tx/value' and 'pelvis_tx', which are the"
    ):
        import_motion(write(tmp_path / "twice.sto", twice))


def test_a_state_beyond_all_anatomy_is_refused(run: Trajectory, tmp_path: Path) -> None:
    table = states_table(run)
    with pytest.raises(StateError, match=r"far.sto': coordinate pelvis_tilt is .*; are its units as its header says"):
        import_motion(write(tmp_path / "far.sto", replace(table, values=table.values * 1e6)))


# ---------------------------------------------------------------- model, course, controls


def test_another_model_and_another_course_can_be_given(run: Trajectory, states: Path, tmp_path: Path) -> None:
    plain = write(tmp_path / "plain.sto", replace(states_table(run), provenance={}))
    flat = import_motion(plain).trajectory
    assert (flat.course.obstacles, flat.strengths.tolist()) == ((), [1.0] * 18)
    assert np.array_equal(import_motion(plain, like=run).trajectory.obstacle_forces, run.obstacle_forces)
    human = load_model()
    strong = replace(human.muscles[0], max_isometric_force=2 * human.muscles[0].max_isometric_force)
    stronger = import_motion(plain, model=replace(human, muscles=(strong, *human.muscles[1:]))).trajectory
    assert np.allclose(stronger.tendon_forces[:, 0], 2 * flat.tendon_forces[:, 0], rtol=1e-14)
    with pytest.raises(UsageError, match="model and like were both given"):
        import_motion(plain, model="human", like=run)


def test_a_motion_of_another_model_is_refused_by_name(run: Trajectory, tmp_path: Path) -> None:
    other = replace(run, model=replace(run.model, name="somebody"))
    path = export_trajectory(other, tmp_path / "other.sto")[0]
    with pytest.raises(UsageError, match="is a motion of 'somebody', not of 'gait9dof18musc"):
        import_motion(path)
    assert import_motion(path, model=other.model).trajectory.model == other.model


def test_a_model_without_a_pelvis_comes_as_far_as_its_first_body(tmp_path: Path) -> None:
    (tmp_path / "crab.toml").write_text("""
        format = "myorun-model-1"
        name = "crab"
        gravity = [0, -10]
        body.shell = { mass = 2, mass_center = [0, 0, 0], inertia = [0.1, 0.1, 0.1] }
        joint.floor = { kind = "planar", parent = "ground", child = "shell", coordinates = ["turn", "x", "y"] }
        coordinate.turn = {}
        coordinate.x = { motion = "translational" }
        coordinate.y = { motion = "translational" }
    """)
    (tmp_path / "walk.mot").write_text("walk\ninDegrees=yes\nendheader\ntime y x turn\n0 1 2 90\n1.5 1 5 180\n")
    crab = import_motion(tmp_path / "walk.mot", model=str(tmp_path / "crab.toml")).trajectory
    assert (crab.distance, crab.duration) == (3.0, 1.5)
    assert crab.body_angles[:, 0] == pytest.approx([np.pi / 2, np.pi], rel=1e-15)


@pytest.mark.parametrize(
    "words",
    [{"course": 3}, {"course": {}}, {"course": {"obstacles": [[1, 2]], "strengths": []}}, {"strengths": "x"}]
    + [{"strengths": [1.0]}, {"strengths": [[1.0] * 18]}, {"strengths": [-1.0] * 18}, {"course": {"obstacles": 1}}],
)
def test_a_damaged_header_of_ours_is_refused(run: Trajectory, tmp_path: Path, words: dict[str, object]) -> None:
    path = write(tmp_path / "damaged.sto", replace(states_table(run), provenance=words))
    with pytest.raises(UsageError, match=r"damaged|strengths"):
        import_motion(path)


def test_controls_of_other_times_or_without_a_muscle_are_refused(run: Trajectory, states: Path) -> None:
    controls = export_trajectory(run, states.with_name("c.sto"), what="controls")[0]
    half = replace(states_table(run), times=run.times[::2], values=states_table(run).values[::2])
    with pytest.raises(UsageError, match="has other times than the states"):
        import_motion(write(states.with_name("half.sto"), half), controls=controls)
    controls.write_text(controls.read_text().replace("/forceset/soleus_l", "/forceset/nobody"))
    with pytest.raises(UsageError, match="has no control of soleus_l"):
        import_motion(states, controls=controls)


def test_forces_are_no_controls(run: Trajectory, states: Path) -> None:
    forces = export_trajectory(run, states.with_name("f.sto"), what="forces")[0]
    with pytest.raises(UsageError, match="excitations are within 0 and 1"):
        import_motion(states, controls=forces)


def test_the_names_in_this_test_are_the_models(run: Trajectory) -> None:
    assert list(run.coordinate_names) == COORDINATES
