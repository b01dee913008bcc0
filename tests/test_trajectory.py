"""A trajectory comes back from its file as it was, needs no compiled core and no trust in the file."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from myorun.course import Course
from myorun.errors import UsageError
from myorun.run import run_episode
from myorun.trajectory import Trajectory, load_trajectory, save_trajectory

ARRAYS = [f.name for f in fields(Trajectory) if f.name not in ("facts", "course")]


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return run_episode("random", seed=5, steps=30).trajectory


def test_states_stand_before_between_and_after_the_steps(trajectory: Trajectory) -> None:
    assert trajectory.steps == 30
    assert all(len(getattr(trajectory, name)) == 31 for name in ARRAYS if name != "excitations")
    # sums of 0.01 s, each rounded
    assert trajectory.times == pytest.approx(np.arange(31) * 0.01, abs=1e-12)
    assert trajectory.duration == pytest.approx(0.3, abs=1e-12)


def test_distance_is_that_of_the_pelvis(trajectory: Trajectory) -> None:
    assert trajectory.facts.coordinates[1] == "pelvis_tx"
    assert trajectory.distance == trajectory.coordinates[-1, 1] - trajectory.coordinates[0, 1]


def test_it_comes_back_bit_by_bit(trajectory: Trajectory, tmp_path: Path) -> None:
    back = load_trajectory(save_trajectory(trajectory, tmp_path / "run.npz"))
    assert back.facts == trajectory.facts
    assert back.course == trajectory.course
    for name in ARRAYS:
        assert np.array_equal(getattr(back, name), getattr(trajectory, name)), name


def test_a_course_by_hand_comes_back_too(trajectory: Trajectory, tmp_path: Path) -> None:
    course = Course(strengths=(("vasti_r", 0.5),))
    back = load_trajectory(save_trajectory(replace(trajectory, course=course), tmp_path / "run.npz"))
    assert back.course == course


def test_the_file_holds_no_pickle(trajectory: Trajectory, tmp_path: Path) -> None:
    path = save_trajectory(trajectory, tmp_path / "run.npz")
    with np.load(path, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)


def test_it_is_read_without_the_compiled_core(trajectory: Trajectory, tmp_path: Path) -> None:
    path = save_trajectory(trajectory, tmp_path / "run.npz")
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; sys.modules['myorun._core'] = None; import myorun; "
        f"print(myorun.load_trajectory({str(path)!r}).steps)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "30"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.npz", None, "there is no trajectory"),
        ("text.npz", b"hello", "is not a trajectory"),
        ("cut.npz", b"PK\x03\x04", "is not a trajectory"),
    ],
)
def test_other_files_are_refused_in_words(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        load_trajectory(tmp_path / name)


def test_foreign_arrays_and_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "foreign.npz", times=np.zeros(3))
    np.savez(tmp_path / "pickle.npz", about=np.array([{"format": 1}], dtype=object))
    np.savez(tmp_path / "future.npz", about=np.array('{"format": "myorun-trajectory-9"}'))
    for name in ("foreign.npz", "pickle.npz"):
        with pytest.raises(UsageError, match="is not a trajectory"):
            load_trajectory(tmp_path / name)
    with pytest.raises(UsageError, match=r"format 'myorun-trajectory-9'; this version reads 'myorun-trajectory-1'"):
        load_trajectory(tmp_path / "future.npz")


@pytest.mark.parametrize(("name", "message"), [("run.csv", "ends in .npz"), ("no/run.npz", "create it first")])
def test_a_path_it_cannot_be_written_to_is_refused(
    trajectory: Trajectory, name: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        save_trajectory(trajectory, tmp_path / name)
