"""Files of cameras and plates: whatever the laboratory's habits, the same forces and cycles come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")
pytest.importorskip("ezc3d")

from myorun.errors import UsageError
from myorun.gait import Motion, analyse, read_laboratory

from .c3d_writer import RATE, Habits, write_c3d
from .synthetic import Runner

RUNNER = Runner(limp=0.8)
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
TURNED = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # forward is y
BACKWARD = np.diag([-1.0, -1, 1])
SPELLED = tuple(f"Ann:{side} {joint} Angle" for side in ("Right", "Left") for joint in ("Hip", "Knee", "Ankle"))
MARKERS = ("RHEE", "LHEE", "RTOE", "LTOE")
KNEE = 1  # index of the right knee's angles


def read(folder: Path, **habits: Any) -> Motion:
    return read_laboratory(write_c3d(folder / "run.c3d", RUNNER, Habits(**habits)), mass=RUNNER.mass)


def rewritten(file: Path, change: Any) -> Path:
    import ezc3d

    data = ezc3d.c3d(str(file))
    change(data)
    data.write(str(file))
    return file


@pytest.mark.parametrize(
    "habits",
    [{}, {"unit": "m"}, {"axes": Y_UP}, {"axes": TURNED}, {"axes": BACKWARD}, {"labels": (*SPELLED, *MARKERS)},
     {"labels": (*SPELLED, "R_HEEL", "L_HEEL", "RTOE", "LTOE")}, {"first_frame": 250}],
    ids=["usual", "metres", "y up", "forward is y", "facing back", "other labels", "other markers", "cut at its start"],
)  # fmt: skip
def test_plates_that_both_feet_use_give_each_foot_its_forces(habits: dict[str, Any], tmp_path: Path) -> None:
    """Contacts are given to the foot whose heel is there; plates that say what they bear are turned round."""
    motion = read(tmp_path, **habits)
    assert motion.forces is not None and motion.force_times is not None
    # single precision of some 2 kN
    assert np.abs(motion.forces - RUNNER.forces(motion.force_times)).max() < 0.1
    gait = analyse(motion, protocol="all")
    contact, peak, knee = (gait.measure(k) for k in ("contact_time", "peak_vertical_force", "knee_peak_flexion"))
    assert contact is not None and peak is not None and knee is not None
    assert contact.right > contact.left
    assert peak.value == pytest.approx(2.5, abs=0.01)
    assert knee.value == pytest.approx(100.0, abs=0.1)


@pytest.mark.parametrize("first_frame", [0, 250])
def test_marked_events(first_frame: int, tmp_path: Path) -> None:
    runner = Runner()
    habits = Habits(plates=False, marked=True, first_frame=first_frame)
    gait = analyse(read_laboratory(write_c3d(tmp_path / "run.c3d", runner, habits)), protocol="all")
    assert gait.strides[0].start == pytest.approx(runner.first_strike, abs=1e-5)
    for key, expected in (("stride_time", 0.7), ("contact_time", 0.24), ("knee_peak_flexion_time", 65.0)):
        measure = gait.measure(key)
        assert measure is not None
        # events are kept in single precision
        assert measure.value == pytest.approx(expected, abs=1e-5 if key != "knee_peak_flexion_time" else 0.5)


def test_events_that_name_their_side_themselves(tmp_path: Path) -> None:
    """RHS and LTO, as some programs write, without contexts."""

    def rename(data: Any) -> None:
        event = data["parameters"]["EVENT"]
        sides, words = event["CONTEXTS"]["value"], event["LABELS"]["value"]
        event["LABELS"]["value"] = [
            s[0] + {"Foot Strike": "HS", "Foot Off": "TO"}[w] for s, w in zip(sides, words, strict=True)
        ]
        event["CONTEXTS"]["value"] = ["General"] * len(words)

    file = write_c3d(tmp_path / "run.c3d", Runner(), Habits(plates=False, marked=True))
    gait = analyse(read_laboratory(rewritten(file, rename)), protocol="all")
    contact = gait.measure("contact_time")
    assert contact is not None and contact.value == pytest.approx(0.24, abs=1e-5)


def test_short_gaps_are_filled_and_long_ones_refused(tmp_path: Path) -> None:
    whole = read(tmp_path)
    filled = read(tmp_path, lost=(KNEE, slice(200, 215)))
    assert np.abs(filled.angles - whole.angles).max() < 0.2  # degrees, of a knee that moves by 30 in that time
    with pytest.raises(UsageError, match=r"rkneeangle is missing between 0\.99 and 1\.50 s"):
        read(tmp_path, lost=(KNEE, slice(200, 300)))


def test_where_the_person_is_not_yet_in_sight_nothing_is_made_up(tmp_path: Path) -> None:
    motion = read(tmp_path, lost=(KNEE, slice(0, 100)))
    assert motion.times[0] == pytest.approx(100 / RATE)
    assert np.isfinite(motion.angles).all()
    starts = [s.start for s in analyse(motion, protocol="all").strides]
    assert min(starts) >= motion.times[0]


def test_plates_without_a_word_on_whose_foot_are_refused(tmp_path: Path) -> None:
    unlabelled = (*Habits().labels[:6], "M1", "M2", "M3", "M4")
    with pytest.raises(UsageError, match="markers of both heels"):
        read(tmp_path, labels=unlabelled)
    assert read(tmp_path, labels=unlabelled, marked=True).forces is None


@pytest.mark.parametrize("kept", [0.9, 0.5])
def test_a_file_that_ends_early_is_refused(kept: float, tmp_path: Path) -> None:
    file = write_c3d(tmp_path / "run.c3d", RUNNER)
    data = file.read_bytes()
    file.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(UsageError, match="of its 600 frames"):
        read_laboratory(file)


@pytest.mark.parametrize("content", [b"", b"not a c3d" * 200, b"\x02\x50" + b"\xff" * 2000])
def test_what_is_no_c3d_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.c3d").write_bytes(content)
    for name in ("a.c3d", "none.c3d"):
        with pytest.raises(UsageError):
            read_laboratory(tmp_path / name)


def test_without_joint_angles_the_way_to_them_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="RHipAngles"):
        read(tmp_path, labels=(*(f"P{k}" for k in range(6)), *MARKERS))
