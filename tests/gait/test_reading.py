"""What is said of a gait follows from its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

from myorun import run_episode
from myorun.gait import Gait, analyse, human_running, remarks
from myorun.gait.motion import Motion, motion_of

from .synthetic import Runner


def said(motion: Motion) -> str:
    return " ".join(r.text for r in remarks(analyse(motion, protocol="all")))


def as_human(runner: Runner) -> Motion:
    """The runner with the joint angles of the human it is compared with."""
    motion = runner.motion(rate=500.0)
    human = human_running().at(4.0)
    angles = np.stack(
        [
            np.stack([np.interp(100 * runner.phase(motion.times, side) / runner.stride_time, np.arange(101.0),
                                human[joint].mean) for joint in ("hip", "knee", "ankle")], axis=1)
            for side in (0, 1)
        ],
        axis=1,
    )  # fmt: skip
    # curves of a mean cycle do not close to the last digit; a spline would ring there
    return replace(motion, angles=angles)


@pytest.fixture(scope="module")
def human_like() -> Gait:
    return analyse(as_human(Runner(peak_force=2.6)), protocol="all")


def test_a_human_is_called_human(human_like: Gait) -> None:
    verdicts = remarks(human_like)
    assert all(r.human for r in verdicts), [r.text for r in verdicts if not r.human]
    assert any("It runs" in r.text for r in verdicts)


def test_the_two_findings_of_2018_are_said() -> None:
    """Knees of the synthetic runner peak at 65 %, as in humans; shifted by 15 % they are late, raised too bent."""
    runner = Runner()
    motion = runner.motion(rate=500.0)
    late = replace(motion, angles=np.roll(motion.angles, round(0.15 * runner.stride_time * 500), axis=0))
    assert "too late" in said(late)
    assert "too late" not in said(motion)
    bent = replace(motion, angles=motion.angles + 40.0)
    assert "too bent" in said(bent)


def test_walking_hopping_in_place_and_limping_are_told_apart() -> None:
    assert "It walks" in said(Runner(contact_time=0.42).motion())
    assert "It gets nowhere" in said(Runner(speed=0.1).motion())
    assert "It limps" in said(Runner(limp=0.7).motion())
    assert "It limps" not in said(Runner().motion())


def test_what_an_unknown_leg_does_not_tell_is_not_said() -> None:
    motion = Runner().motion()
    one = motion.angles.copy()
    one[:, 1] = np.nan
    text = said(replace(motion, angles=one))
    assert "Stride times vary by" in text and "nan" not in text


def test_a_fall_at_the_end_is_said() -> None:
    ran = [motion_of(run_episode("reflex", seed=seed, max_obstacles=10).trajectory) for seed in (1, 4)]
    assert "It falls" not in said(ran[0])
    assert "It falls after 4.69 s" in said(ran[1])
