"""What is written, where, and what is refused."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from myorun.course import Course, Step
from myorun.errors import UsageError
from myorun.trajectory import Trajectory, export_all, export_trajectory, save_trajectory
from myorun.trajectory.storage import read_storage

ALL = ["run.csv", "run.osim", "run_controls.sto", "run_coordinates.mot"]
ALL += ["run_forces.sto", "run_loads.mot", "run_loads.xml", "run_states.sto"]


@pytest.mark.parametrize(
    ("name", "what", "title"),
    [
        ("a.sto", None, "states"),
        ("a.mot", None, "Coordinates"),
        ("a.sto", "controls", "controls"),
        ("a.STO", "forces", "muscle forces"),
        ("a.mot", "loads", "external loads"),
        ("a.mot", "states", "states"),
    ],
)
def test_the_ending_and_what_decide_the_content(
    run: Trajectory, tmp_path: Path, name: str, what: str | None, title: str
) -> None:
    files = export_trajectory(run, tmp_path / name, what=what)
    assert read_storage(files[0]).name == title
    assert [f.name for f in files[1:]] == (["a.xml"] if what == "loads" else [])


def test_a_folder_gets_everything(run: Trajectory, tmp_path: Path) -> None:
    exported = export_all(run, tmp_path / "new" / "folder", "run")
    assert sorted(f.name for f in exported.files) == ALL
    assert all(f.stat().st_size > 1000 for f in exported.files)
    assert exported.notes == ()


def test_a_folder_gets_what_is_known(run: Trajectory, tmp_path: Path) -> None:
    unknown = np.full_like(run.activations, np.nan)
    partly = replace(run, tendon_forces=unknown, excitations=unknown[1:])
    exported = export_all(partly, tmp_path, "run")
    assert {f.name for f in exported.files} == set(ALL) - {"run_forces.sto", "run_controls.sto"}
    assert [note.partition(":")[0] for note in exported.notes] == ["no controls", "no forces"]


def test_a_floor_that_opensim_has_no_place_for_is_told(run: Trajectory, tmp_path: Path) -> None:
    stairs = replace(run, course=Course(steps=(Step(2.0, 0.1),)))
    exported = export_all(stairs, tmp_path, "run")
    assert {f.name for f in exported.files} == set(ALL) - {"run.osim", "run_loads.mot", "run_loads.xml"}
    assert "no loads: external loads act on a level floor; the course of this trajectory has steps" in exported.notes[0]
    assert "no model: the course has steps" in exported.notes[1]


def test_csv_is_one_tidy_table_of_everything(run: Trajectory, tmp_path: Path) -> None:
    unknown = replace(run, activations=np.full_like(run.activations, np.nan))
    (path,) = export_trajectory(unknown, tmp_path / "run.csv")
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 41
    assert len(rows[0]) == 1 + 2 * 9 + 4 * 18 + 3 * 13 + 4 * 4
    assert float(rows[7]["hip_flexion_r.speed"]) == run.speeds[7, 3]
    assert float(rows[7]["head.angle"]) == run.body_angles[7, run.body_names.index("head")]
    assert float(rows[7]["r_heel.obstacle_force_x"]) == run.obstacle_forces[7, 0, 0]
    assert float(rows[39]["hamstrings_r.excitation"]) == run.excitations[39, 0]
    assert (rows[40]["hamstrings_r.excitation"], rows[3]["hamstrings_r.activation"]) == ("", "")


@pytest.mark.parametrize(
    ("name", "what", "message"),
    [
        ("run.c3d", None, r"ends in '.c3d'; it must end in one of .sto, .mot, .osim, .csv"),
        ("run", None, r"ends in ''"),
        ("run.sto", "everything", "what is 'everything'; it must be one of states, controls"),
        ("run.csv", "states", "states go into .sto or .mot; 'run.csv' ends in .csv"),
        ("run.sto", "model", "model go into .osim"),
        ("no/run.sto", None, "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_written_is_refused(
    run: Trajectory, tmp_path: Path, name: str, what: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        export_trajectory(run, tmp_path / name, what=what)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(run: Trajectory, tmp_path: Path) -> None:
    (tmp_path / "grf.xml").write_text("mine")
    with pytest.raises(
        UsageError, match=r"grf\.xml' is there already; choose another name, or overwrite it with --force"
    ):
        export_trajectory(run, tmp_path / "grf.mot", what="loads")
    assert not (tmp_path / "grf.mot").exists()
    export_trajectory(run, tmp_path / "grf.mot", what="loads", overwrite=True)
    assert (tmp_path / "grf.xml").read_text() != "mine"


def test_a_file_in_place_of_the_folder_is_refused(run: Trajectory, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match=r"the folder .* cannot be written"):
        export_all(run, tmp_path / "out", "run")


def test_it_is_exported_without_the_compiled_core(run: Trajectory, tmp_path: Path) -> None:
    path = save_trajectory(run, tmp_path / "run.npz")
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; sys.modules['myorun._core'] = None; "
        "from myorun.trajectory import *; "
        f"print(len(export_all(load_trajectory({str(path)!r}), {str(tmp_path)!r}, 'run').files))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(len(ALL))
