"""Files of laboratories: a motion that leaves as OpenSim's files comes back with the same measures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

from myorun.anatomy import load_model
from myorun.errors import UsageError
from myorun.gait import Gait, analyse, motion_of, read_laboratory
from myorun.run import run_episode
from myorun.trajectory.export import export_all

from .synthetic import Runner

NO_ANGLES = "x\nendheader\ntime\ta\n" + "".join(f"{n}\t1\n" for n in range(30))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("laboratory")
    export_all(run_episode("reflex", difficulty=0).trajectory, place, "walk")
    return place


@pytest.fixture(scope="module")
def gait() -> Gait:
    motion = motion_of(run_episode("reflex", difficulty=0).trajectory)
    return analyse(replace(motion, record=None), protocol="all")  # a file does not tell what was between samples


def test_coordinates_and_loads_tell_what_the_trajectory_told(folder: Path, gait: Gait) -> None:
    mass = load_model("human").mass
    motion = read_laboratory(folder / "walk_coordinates.mot", forces=folder / "walk_loads.mot", mass=mass)
    again = analyse(motion, protocol="all")
    keys = [m.key for m in again.measures]
    assert {"speed", "duty_factor", "knee_peak_flexion", "peak_vertical_force", "flight_time"} <= set(keys)
    # a trunk and a centre of mass need a model
    for key in set(keys) - {"trunk_lean", "vertical_oscillation"}:
        before, after = gait.measure(key), again.measure(key)
        assert before is not None and after is not None
        assert after.value == pytest.approx(before.value, rel=1e-9, abs=1e-9), key
    assert again.measure("cost_of_transport") is None


def test_states_bring_muscles_along(folder: Path, gait: Gait) -> None:
    again = analyse(read_laboratory(folder / "walk_states.sto"), protocol="all")
    before, after = gait.measure("peak_vertical_force"), again.measure("peak_vertical_force")
    assert before is not None and after is not None
    assert after.value == pytest.approx(before.value, rel=1e-9)


def test_with_a_model_strikes_are_found_without_forces(folder: Path, gait: Gait) -> None:
    motion = read_laboratory(folder / "walk_coordinates.mot", model=load_model("human"))
    again = analyse(motion, protocol="all")
    before, after = gait.measure("stride_time"), again.measure("stride_time")
    assert before is not None and after is not None
    assert after.value == pytest.approx(before.value, rel=0.02)


def write(path: Path, labels: list[str], rows: np.ndarray, *, degrees: str = "inDegrees=yes") -> Path:
    head = f"Coordinates\nversion=1\nnRows={len(rows)}\nnColumns={len(labels)}\n{degrees}\nendheader\n"
    text = "\n".join("\t".join(f"{value:.9g}" for value in row) for row in rows)
    path.write_text(head + "\t".join(labels) + "\n" + text + "\n")
    return path


def recorded(tmp_path: Path, runner: Runner, *, knee: float = -1.0, header: str = "inDegrees=yes") -> Path:
    times = np.arange(0, 3, 0.005)
    angles = runner.angles(times)
    labels = ["time", *(f"{c}_{s}" for s in "rl" for c in ("hip_flexion", "knee_angle", "ankle_angle"))]
    signs = np.array([1, knee, 1])
    return write(tmp_path / "ik.mot", labels, np.column_stack([times, (angles * signs).reshape(len(times), 6)]),
                 degrees=header)  # fmt: skip


def plates(tmp_path: Path, runner: Runner, names: tuple[str, str]) -> Path:
    times = np.arange(0, 3, 0.001)
    forces = runner.forces(times)
    labels = ["time"] + [f"{name}{axis}" for name in names for axis in ("vx", "vy", "vz", "px", "py", "pz")]
    none = np.zeros(len(times))
    columns = [c for s in (0, 1) for c in (forces[:, s, 0], forces[:, s, 1], none, none, none, none)]
    return write(tmp_path / "grf.mot", labels, np.column_stack([times, *columns]))


@pytest.mark.parametrize("knee", [-1.0, 1.0])
@pytest.mark.parametrize("names", [("ground_force_r_", "ground_force_l_"), ("ground_force_", "1_ground_force_")])
def test_either_sign_of_the_knee_and_either_naming_of_plates(
    knee: float, names: tuple[str, str], tmp_path: Path
) -> None:
    runner = Runner()
    file = recorded(tmp_path, runner, knee=knee)
    gait = analyse(read_laboratory(file, forces=plates(tmp_path, runner, names), mass=runner.mass), protocol="all")
    knee_range, time = gait.measure("knee_peak_flexion"), gait.measure("stride_time")
    assert knee_range is not None and time is not None
    assert knee_range.value == pytest.approx(100, abs=0.1)
    assert time.value == pytest.approx(0.7, abs=1e-4)
    assert gait.measure("speed") is None


def test_radians_are_seen_where_the_header_is_silent(tmp_path: Path) -> None:
    motion = read_laboratory(recorded(tmp_path, Runner(), header="note=none"))
    assert motion.angles[:, 0, 1].max() == pytest.approx(100, abs=0.1)


def test_a_treadmill_adds_its_speed(folder: Path) -> None:
    still, moving = (read_laboratory(folder / "walk_coordinates.mot", belt=belt) for belt in (0.0, 3.0))
    gain = (moving.pelvis - still.pelvis)[-1, 1]
    assert gain == pytest.approx(3.0 * still.times[-1])


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "endheader"), (NO_ANGLES, "no joint angles"), ("endheader\ntime\n", "no row")],
)
def test_files_without_angles_are_refused(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.mot").write_text(content)
    with pytest.raises(UsageError, match=message):
        read_laboratory(tmp_path / "a.mot")


def test_forces_of_one_foot_are_too_few(folder: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one.mot", ["time", "ground_force_r_vx", "ground_force_r_vy", "ground_force_r_px"],
                np.array([[0, 0, 0, 0], [1, 0, 0, 0]]))  # fmt: skip
    with pytest.raises(UsageError, match="forces of both feet"):
        read_laboratory(folder / "walk_coordinates.mot", forces=one)


@pytest.mark.parametrize(("wish", "message"), [({"mass": -1.0}, "a mass of"), ({"belt": np.nan}, "belt")])
def test_impossible_wishes_are_refused(wish: dict[str, float], message: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=message):
        read_laboratory(folder / "walk_coordinates.mot", **wish)  # type: ignore[arg-type]


# ---------------------------------------------------------------- what goes wrong in laboratories


def test_a_header_that_names_the_wrong_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inDegrees=yes"):
        read_laboratory(recorded(tmp_path, Runner(), header="inDegrees=no"))
    times, runner = np.arange(0, 3, 0.005), Runner()
    angles = np.deg2rad(runner.angles(times)[:, 0])
    labels = ["time", "hip_flexion_r", "knee_angle_r", "ankle_angle_r"]
    with pytest.raises(UsageError, match="inDegrees=no"):
        read_laboratory(write(tmp_path / "rad.mot", labels, np.column_stack([times, angles])))


def test_a_short_gap_is_filled_and_a_long_one_refused(tmp_path: Path) -> None:
    """Knees are missing for 50 ms, in which a cubic spline strays from the sine by some hundredths of a degree."""
    whole = read_laboratory(recorded(tmp_path, Runner()))
    lines = (tmp_path / "ik.mot").read_text().splitlines()

    def without(first: int, last: int) -> Path:
        cells = [line.split("\t") for line in lines[7:]]
        text = ["\t".join([*c[:2], "NaN", *c[3:]]) if first <= k < last else "\t".join(c) for k, c in enumerate(cells)]
        (tmp_path / "gap.mot").write_text("\n".join([*lines[:7], *text]) + "\n")
        return tmp_path / "gap.mot"

    assert np.abs(read_laboratory(without(100, 110)).angles - whole.angles).max() < 0.1
    with pytest.raises(UsageError, match=r"knee_angle_r is missing between 0\.49 and 0\.75 s"):
        read_laboratory(without(100, 150))
    (tmp_path / "rows.mot").write_text("\n".join([lines[0], *lines[3:107], *lines[157:]]) + "\n")
    with pytest.raises(UsageError, match=r"every column is missing between 0\.49 and 0\.75 s"):
        read_laboratory(tmp_path / "rows.mot")
    cut = read_laboratory(without(0, 150))
    assert cut.times[0] == pytest.approx(0.75) and len(cut.times) == len(whole.times) - 150


def test_forces_that_point_down_are_turned_round(tmp_path: Path) -> None:
    runner = Runner()
    file, loads = recorded(tmp_path, runner), plates(tmp_path, runner, ("ground_force_r_", "ground_force_l_"))
    up = read_laboratory(file, forces=loads)
    table = np.array([[float(w) for w in line.split()] for line in loads.read_text().splitlines()[7:]])
    table[:, 1:] *= -1
    down = read_laboratory(file, forces=write(tmp_path / "down.mot", loads.read_text().splitlines()[6].split(), table))
    assert up.forces is not None and down.forces is not None
    assert np.array_equal(up.forces, down.forces)


def test_forces_of_another_trial_or_of_no_foot_are_refused(tmp_path: Path) -> None:
    runner = Runner()
    file, loads = recorded(tmp_path, runner), plates(tmp_path, runner, ("ground_force_r_", "ground_force_l_"))
    labels = loads.read_text().splitlines()[6].split()
    table = np.array([[float(w) for w in line.split()] for line in loads.read_text().splitlines()[7:]])
    later, giant = table.copy(), table.copy()
    later[:, 0] += 100
    giant[:, 1:] *= 1e9
    for rows, message in ((later, "same trial"), (giant, "no foot bears")):
        with pytest.raises(UsageError, match=message):
            read_laboratory(file, forces=write(tmp_path / "bad.mot", labels, rows))


def test_forces_beyond_the_motion_make_no_strides(tmp_path: Path) -> None:
    """Angles end after 2 s, forces after 3: no cycle is made up where there are no angles."""
    runner = Runner()
    lines = recorded(tmp_path, runner).read_text().splitlines()
    (tmp_path / "ik.mot").write_text("\n".join([*lines[:2], "nRows=400", *lines[3 : 7 + 400]]) + "\n")
    loads = plates(tmp_path, runner, ("ground_force_r_", "ground_force_l_"))
    gait = analyse(read_laboratory(tmp_path / "ik.mot", forces=loads, mass=runner.mass))
    assert max(stride.end for stride in gait.strides) <= gait.motion.times[-1]
    knee = gait.measure("knee_peak_flexion")
    assert knee is not None and knee.value == pytest.approx(100, abs=0.1)


def test_what_an_obstacle_pushes_is_not_the_grounds(tmp_path: Path) -> None:
    """The loads of a run over obstacles, as exported, hold both; only the ground's are a gait's forces."""
    trajectory = run_episode("reflex", seed=3, steps=300).trajectory
    assert trajectory.course.obstacles
    export_all(trajectory, tmp_path, "walk")
    read = read_laboratory(tmp_path / "walk_coordinates.mot", forces=tmp_path / "walk_loads.mot")
    felt = motion_of(trajectory)
    assert read.forces is not None and felt.forces is not None
    assert np.allclose(read.forces, felt.forces, rtol=1e-12, atol=1e-9)


def test_plates_of_the_same_side_are_taken_together(tmp_path: Path) -> None:
    """Half of every force on a second plate of the same foot, told as what the foot does to it: the same motion."""
    runner = Runner()
    file, loads = recorded(tmp_path, runner), plates(tmp_path, runner, ("ground_force_r_", "ground_force_l_"))
    labels = loads.read_text().splitlines()[6].split()
    table = np.array([[float(w) for w in line.split()] for line in loads.read_text().splitlines()[7:]])
    of_force = ["_v" in label for label in labels]
    table[:, of_force] /= 2
    second = table[:, 1:] * np.where(of_force[1:], -1.0, 1.0)
    more = [label.replace("ground_force", "fp2") for label in labels[1:]]
    both = write(tmp_path / "both.mot", [*labels, *more], np.column_stack([table, second]))
    one, two = read_laboratory(file, forces=loads), read_laboratory(file, forces=both)
    assert one.forces is not None and two.forces is not None
    assert one.pressures is not None and two.pressures is not None
    assert np.allclose(one.forces, two.forces, rtol=1e-6)  # of the digits that a file has
    loaded = one.forces[..., 1] > 0
    assert np.allclose(one.pressures[loaded], two.pressures[loaded], rtol=1e-6)
