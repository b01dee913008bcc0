"""A trajectory comes back from its file as it was, needs no compiled core and no trust in the file."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myorun.anatomy import load_model
from myorun.course import Course
from myorun.errors import UsageError
from myorun.run import run_episode
from myorun.trajectory import Trajectory, load_trajectory, save_trajectory
from myorun.trajectory.trajectory import ARRAYS


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return run_episode("random", seed=5, steps=30).trajectory


@pytest.fixture(scope="module")
def saved(trajectory: Trajectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_trajectory(trajectory, tmp_path_factory.mktemp("saved") / "run.npz")


# ---------------------------------------------------------------- the value


def test_states_stand_before_between_and_after_the_steps(trajectory: Trajectory) -> None:
    assert trajectory.steps == 30
    assert all(len(getattr(trajectory, name)) == 31 for name in ARRAYS if name not in ("excitations", "strengths"))
    # sums of 0.01 s, each rounded
    assert trajectory.times == pytest.approx(np.arange(31) * 0.01, abs=1e-12)
    assert trajectory.duration == pytest.approx(0.3, abs=1e-12)


def test_distance_is_that_of_the_pelvis(trajectory: Trajectory) -> None:
    assert trajectory.coordinate_names[1] == "pelvis_tx"
    assert trajectory.distance == trajectory.coordinates[-1, 1] - trajectory.coordinates[0, 1]


def test_names_are_as_many_as_columns(trajectory: Trajectory) -> None:
    assert len(trajectory.coordinate_names) == trajectory.speeds.shape[1]
    assert len(trajectory.muscle_names) == trajectory.tendon_forces.shape[1]
    assert len(trajectory.sphere_names) == trajectory.contact_forces.shape[1]
    assert len(trajectory.body_names) == trajectory.body_angles.shape[1]


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_another_shape_is_refused(trajectory: Trajectory, name: str) -> None:
    array = getattr(trajectory, name)
    with pytest.raises(UsageError, match="of the trajectory has shape"):
        replace(trajectory, **{name: array[:-1]})


def test_times_must_increase_and_poses_be_finite(trajectory: Trajectory) -> None:
    for times in (trajectory.times[::-1], np.full(31, np.nan), np.zeros(31)):
        with pytest.raises(UsageError, match="must increase"):
            replace(trajectory, times=times)
    with pytest.raises(UsageError, match="body_angles of the trajectory must be finite"):
        replace(trajectory, body_angles=np.full_like(trajectory.body_angles, np.inf))


# ---------------------------------------------------------------- there and back


def test_it_comes_back_bit_by_bit(trajectory: Trajectory, saved: Path) -> None:
    back = load_trajectory(saved)
    assert back.facts == trajectory.facts
    assert back.course == trajectory.course
    assert back.model == trajectory.model
    for name in ARRAYS:
        assert np.array_equal(getattr(back, name), getattr(trajectory, name)), name


def test_a_course_by_hand_a_model_of_ones_own_and_the_unknown_come_back_too(
    trajectory: Trajectory, tmp_path: Path
) -> None:
    human = load_model()
    strong = replace(human.muscles[0], max_isometric_force=1234.5)
    model = replace(human, name="strong", muscles=(strong, *human.muscles[1:]))
    unknown = np.full_like(trajectory.activations, np.nan)
    changed = replace(
        trajectory,
        course=Course(strengths=(("vasti_r", 0.5),)),
        model=model,
        activations=unknown,
        facts=replace(trajectory.facts, score=None),
    )
    back = load_trajectory(save_trajectory(changed, tmp_path / "run.npz"))
    assert (back.course, back.model, back.facts.score) == (changed.course, model, None)
    assert np.isnan(back.activations).all()


def test_columns_first_is_no_other_order(trajectory: Trajectory, tmp_path: Path) -> None:
    turned = replace(trajectory, coordinates=np.asfortranarray(trajectory.coordinates))
    back = load_trajectory(save_trajectory(turned, tmp_path / "run.npz"))
    assert np.array_equal(back.coordinates, trajectory.coordinates)


def test_the_file_holds_no_pickle(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)


def test_it_is_read_without_the_compiled_core(saved: Path) -> None:
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; sys.modules['myorun._core'] = None; import myorun; "
        f"print(myorun.load_trajectory({str(saved)!r}).steps)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "30"


# ---------------------------------------------------------------- other files


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.npz", None, "there is no trajectory"),
        ("text.npz", b"hello", "is not a trajectory"),
        ("cut.npz", b"PK\x03\x04", "is not a trajectory"),
        ("empty.npz", b"", "is not a trajectory"),
    ],
)
def test_other_files_are_refused_in_words(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        load_trajectory(tmp_path / name)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        load_trajectory(tmp_path)


def test_foreign_arrays_and_pickles_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "foreign.npz", times=np.zeros(3))
    np.savez(tmp_path / "pickle.npz", about=np.array([{"format": 1}], dtype=object))
    for name, reason in (("foreign.npz", "'about' is missing"), ("pickle.npz", "about holds object")):
        with pytest.raises(UsageError, match=f"is not a trajectory of this package: {reason}"):
            load_trajectory(tmp_path / name)


@pytest.mark.parametrize("version", [1, 9])
def test_another_format_is_named(version: int, tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", about=np.array(json.dumps({"format": f"myorun-trajectory-{version}"})))
    with pytest.raises(UsageError, match=f"'myorun-trajectory-{version}'; this version reads 'myorun-trajectory-2'"):
        load_trajectory(tmp_path / "other.npz")


Members = dict[str, bytes]


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version=(1, 0), allow_pickle=True)
    return stream.getvalue()


def with_words(members: Members, change: Callable[[dict[str, object]], object]) -> Members:
    words = json.loads(str(np.load(io.BytesIO(members["about.npy"]))))
    change(words)
    return members | {"about.npy": npy(json.dumps(words))}


# name: (what is done to the members, what the message says)
ATTACKS: dict[str, tuple[Callable[[Members], Members], str]] = {
    "array missing": (lambda m: {k: v for k, v in m.items() if k != "speeds.npy"}, "'speeds' is missing"),
    "wrong shape": (lambda m: m | {"speeds.npy": npy(np.zeros((3, 3)))}, r"speeds .* has shape \(3, 3\)"),
    "no dimensions": (lambda m: m | {"times.npy": npy(1.0)}, "times of a trajectory"),
    "integers": (lambda m: m | {"speeds.npy": npy(np.zeros((31, 9), int))}, "speeds holds int64"),
    "pickle": (lambda m: m | {"speeds.npy": npy(np.array([None]))}, "speeds holds object"),
    "not an array": (lambda m: m | {"speeds.npy": b"junk"}, "magic"),
    "cut": (lambda m: m | {"speeds.npy": m["speeds.npy"][:-8]}, "speeds is cut off"),
    "shape beyond the bytes": (
        lambda m: m | {"speeds.npy": m["speeds.npy"].replace(b"(31, 9)", b"(31, 9999999999)")},
        "longer than its shape|cut off|header",
    ),
    "not finite": (lambda m: m | {"coordinates.npy": npy(np.full((31, 9), np.nan))}, "coordinates .* be finite"),
    "about is a list": (lambda m: m | {"about.npy": npy("[]")}, "is not a trajectory"),
    "about is deep": (lambda m: m | {"about.npy": npy("[" * 100_000)}, "recursion|is not a trajectory"),
    "about is no text": (lambda m: m | {"about.npy": npy(np.zeros(3))}, "about holds float64"),
    "a fact too many": (lambda m: with_words(m, lambda w: w["facts"].update(x="1")), "unexpected keyword"),
    "a fact of a wrong kind": (lambda m: with_words(m, lambda w: w["facts"].update(score="1")), "score is '1'"),
    "a ball of no size": (
        lambda m: with_words(m, lambda w: w["course"].update(obstacles=[{"x": 1, "y": 0, "radius": 0}])),
        "radius is 0.0",
    ),
    "a seed of words": (lambda m: with_words(m, lambda w: w["course"].update(seed="x")), "seed is 'x'"),
    "another anatomy": (lambda m: with_words(m, lambda w: w.update(model="x = 1")), "model"),
    "no anatomy": (lambda m: with_words(m, lambda w: w.update(model=None)), "is not a trajectory"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_files_are_refused_in_words(attack: str, saved: Path, tmp_path: Path) -> None:
    harm, message = ATTACKS[attack]
    path = write_members(tmp_path / "hostile.npz", harm(members_of(saved)))
    with pytest.raises(UsageError, match=message):
        load_trajectory(path)


def test_a_bomb_is_refused_before_it_is_unpacked(saved: Path, tmp_path: Path) -> None:
    path = write_members(tmp_path / "bomb.npz", members_of(saved))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as stream:
        for _ in range(513):
            stream.write(bytes(2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(UsageError, match="would unpack to 513 MiB; at most 512"):
        load_trajectory(path)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(saved: Path, tmp_path: Path, packing: int) -> None:
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in members_of(saved).items():
            archive.writestr(name, content)
    with pytest.raises(UsageError, match="packed in another way than numpy packs"):
        load_trajectory(path)


def test_a_size_that_lies_unpacks_to_no_more_than_it_says(saved: Path, tmp_path: Path) -> None:
    zeros = 200 * 2**20
    members = members_of(saved) | {"speeds.npy": members_of(saved)["speeds.npy"] + bytes(zeros)}
    path = write_members(tmp_path / "liar.npz", members)
    honest, small = (len(members["speeds.npy"])).to_bytes(4, "little"), (100).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, small))
    tracemalloc.start()
    with pytest.raises(UsageError, match="is not a trajectory"):
        load_trajectory(path)
    assert tracemalloc.get_traced_memory()[1] < zeros / 4
    tracemalloc.stop()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_never_more(data: st.DataObject, saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = saved.parent / "damaged.npz"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content))
    with suppress(UsageError):  # anything else fails the test
        load_trajectory(path)


@pytest.mark.parametrize(("name", "message"), [("run.csv", "ends in .npz"), ("no/run.npz", "create it first")])
def test_a_path_it_cannot_be_written_to_is_refused(
    trajectory: Trajectory, name: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        save_trajectory(trajectory, tmp_path / name)
