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


def test_c3d_with_marked_events(tmp_path: Path) -> None:
    pytest.importorskip("ezc3d")
    from .c3d_writer import write_c3d

    gait = analyse(
        read_laboratory(write_c3d(tmp_path / "run.c3d", Runner(), plates=False, marked=True)), protocol="all"
    )
    for key, expected in (("stride_time", 0.7), ("contact_time", 0.24), ("knee_peak_flexion_time", 65.0)):
        measure = gait.measure(key)
        assert measure is not None
        # events are kept in single precision
        assert measure.value == pytest.approx(expected, abs=1e-5 if key != "knee_peak_flexion_time" else 0.5)


def test_c3d_with_plates_that_both_feet_use(tmp_path: Path) -> None:
    """Contacts are given to the foot whose heel is there; plates that say what they bear are turned round."""
    pytest.importorskip("ezc3d")
    from .c3d_writer import write_c3d

    runner = Runner(limp=0.8)
    motion = read_laboratory(write_c3d(tmp_path / "run.c3d", runner), mass=runner.mass)
    assert motion.forces is not None and motion.force_times is not None
    # single precision of some 2 kN
    assert np.abs(motion.forces - runner.forces(motion.force_times)).max() < 0.1
    gait = analyse(motion, protocol="all")
    contact, peak = gait.measure("contact_time"), gait.measure("peak_vertical_force")
    assert contact is not None and peak is not None
    assert contact.right > contact.left
    assert peak.value == pytest.approx(2.5, abs=0.01)


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


def test_what_is_no_c3d_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("ezc3d")
    (tmp_path / "a.c3d").write_bytes(b"not a c3d" * 200)
    for name in ("a.c3d", "none.c3d"):
        with pytest.raises(UsageError):
            read_laboratory(tmp_path / name)


@pytest.mark.parametrize(("wish", "message"), [({"mass": -1.0}, "a mass of"), ({"belt": np.nan}, "belt")])
def test_impossible_wishes_are_refused(wish: dict[str, float], message: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=message):
        read_laboratory(folder / "walk_coordinates.mot", **wish)  # type: ignore[arg-type]
