"""Comparison with human running: known offsets, lags and distances come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from myorun.errors import UsageError
from myorun.gait.comparison import compare
from myorun.gait.cycles import PERCENT
from myorun.gait.human import PUBLISHED, HumanCurve, human_running, published

TURN = 2 * np.pi * PERCENT / 100
HUMAN = HumanCurve(40 + 30 * np.cos(TURN), np.full(101, 2.0))


def test_a_human_is_like_itself() -> None:
    same = compare(HUMAN.mean, HUMAN)
    assert same.rms_difference == 0.0
    assert same.correlation == pytest.approx(1.0)
    assert same.lag == pytest.approx(0.0, abs=1e-9)
    assert same.inside == 1.0


@pytest.mark.parametrize("percent", [7.0, -12.0, 0.4])
def test_a_curve_that_comes_later_is_said_to(percent: float) -> None:
    late = 40 + 30 * np.cos(TURN - 2 * np.pi * percent / 100)
    # the top of the likeness is fitted by a parabola through three points of a cosine
    assert compare(late, HUMAN).lag == pytest.approx(percent, abs=0.01)


def test_an_offset_counts_unless_it_is_a_convention() -> None:
    strict = compare(HUMAN.mean + 20, HUMAN)
    free = compare(HUMAN.mean + 20, HUMAN, free_offset=True)
    assert strict.rms_difference == pytest.approx(20.0)
    assert strict.inside == 0.0
    assert free.rms_difference == pytest.approx(0.0, abs=1e-9)
    assert free.offset == pytest.approx(20.0)
    assert free.inside == 1.0


def test_the_band_is_two_standard_deviations() -> None:
    assert compare(HUMAN.mean + 3.9, HUMAN).inside == 1.0
    assert compare(HUMAN.mean + 4.1, HUMAN).inside == 0.0


def test_a_curve_that_does_not_move_has_no_correlation() -> None:
    assert np.isnan(compare(np.zeros(101), HUMAN).correlation)


# ---------------------------------------------------------------- human data


def test_the_built_in_human_is_credited_and_runs_at_4_metres_a_second() -> None:
    human = human_running()
    assert "opensim-core" in human.source
    assert human.speeds.tolist() == [4.0]
    knee = human.at(4.0)["knee"]
    assert PERCENT[knee.mean.argmax()] == pytest.approx(66, abs=2)
    assert knee.mean.max() == pytest.approx(105, abs=3)


def table(folder: Path, rows: str) -> Path:
    (folder / "curves.csv").write_text(rows)
    return folder


def test_tables_are_interpolated_between_speeds_and_never_beyond(tmp_path: Path) -> None:
    rows = ["speed_mps,percent,knee_flexion_mean_deg,knee_flexion_sd"]
    rows += [f"{s},{p},{10 * s + p},{s}" for s in (2, 4) for p in range(101)]
    human = human_running(table(tmp_path, "\n".join(rows)))
    between = human.at(2.5)["knee"]
    assert between.mean == pytest.approx(25 + PERCENT)
    assert between.deviation == pytest.approx(np.full(101, 2.5))
    assert human.at(9.0)["knee"].mean == pytest.approx(40 + PERCENT)
    assert human.nearest_speed(0.3) == 2.0


def test_a_thigh_is_hip_and_pelvis_together(tmp_path: Path) -> None:
    rows = ["speed_mps,percent,hip_flexion_mean_deg,hip_flexion_sd,pelvis_tilt_mean_deg,pelvis_tilt_sd"]
    rows += [f"3,{p},{p},3,-12,4" for p in range(101)]
    thigh = human_running(table(tmp_path, "\n".join(rows))).at(3.0)["thigh"]
    assert thigh.mean == pytest.approx(PERCENT - 12)
    assert thigh.deviation == pytest.approx(np.full(101, 5.0))


def cycle(speed: float = 3, spread: float = 1, step: int = 5, last: int = 100) -> str:
    """A table of one speed."""
    rows = [f"{speed},{p},{p},{spread}" for p in range(0, last + 1, step)]
    return "\n".join(["speed_mps,percent,knee_flexion_mean_deg,knee_flexion_sd", *rows])


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    head, *rows = cycle().split("\n")
    human = human_running(table(tmp_path, "\n".join([head, *reversed(rows)])))
    assert human.at(3.0)["knee"].mean == pytest.approx(PERCENT)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "holds no .csv"),
        ("speed_mps,percent\n3,0\n", "holds no .csv"),
        ("speed_mps,percent,knee_flexion_mean_deg,knee_flexion_sd\n3,0,x,1\n", "not a number"),
        ("speed_mps,percent,knee_flexion_mean_deg\n3,0,1\n", "knee_flexion_sd"),
        ("speed_mps,percent,knee_flexion_mean_deg,knee_flexion_sd\n3,0,nan,1\n", "not finite"),
        (cycle(speed=-3), "a speed that is none"),
        (cycle(spread=-1), "below zero"),
        (cycle(step=50), "3 rows"),
        (cycle(last=80), "from 0 to 80 percent"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(rows: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        human_running(table(tmp_path, rows))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        human_running(tmp_path / "none")


def test_published_numbers_are_those_of_the_nearest_speed_and_name_their_source() -> None:
    found = published("stride_time", 2.0)
    assert found is not None and found.speed == 2.5
    assert published("residual_force", 4.0) is None
    assert all(p.source for p in PUBLISHED)
