"""The rules: reward, fall, and which muscle a weakness hits."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.anatomy import load_model
from myorun.course import Course
from myorun.errors import UsageError
from myorun.task import RULES, Rules, has_fallen, reward_of, rules_of

MODEL = load_model("human")
V1, RELEASE_15 = RULES["v1"], RULES["2017-1.5"]
TORQUES = st.lists(st.floats(-1e4, 1e4), min_size=6, max_size=6)


def factors(rules: Rules, course: Course) -> dict[str, float]:
    names = [muscle.name for muscle in MODEL.muscles]
    return {n: f for n, f in zip(names, rules.strengths(course, MODEL).tolist(), strict=True) if f != 1.0}


def test_v1_weakens_the_true_psoas_of_each_side() -> None:
    course = Course(strengths=(("iliopsoas_l", 0.6), ("iliopsoas_r", 0.7)))
    assert factors(V1, course) == {"iliopsoas_r": 0.7, "iliopsoas_l": 0.6}


def test_release_15_hits_the_left_gluteus_instead_of_the_left_psoas() -> None:
    course = Course(strengths=(("iliopsoas_l", 0.6), ("iliopsoas_r", 0.7)))
    assert factors(RELEASE_15, course) == {"iliopsoas_r": 0.7, "glut_max_l": 0.6}
    assert factors(RELEASE_15, course) != factors(V1, course), "the wrong variant is wrong"


def test_the_defect_is_the_index_eleven_of_the_released_code() -> None:
    strengths = RELEASE_15.strengths(Course(strengths=(("iliopsoas_l", 0.6), ("iliopsoas_r", 0.7))), MODEL)
    assert strengths[3] == 0.7 and strengths[11] == 0.6 and np.count_nonzero(strengths != 1.0) == 2


def test_any_muscle_can_be_weakened_and_an_unknown_one_is_refused() -> None:
    assert factors(V1, Course(strengths=(("soleus_r", 0.5),))) == {"soleus_r": 0.5}
    with pytest.raises(UsageError, match=r"weakens 'biceps'; model .* has hamstrings_r, "):
        V1.strengths(Course(strengths=(("biceps", 0.5),)), MODEL)


@given(before=st.floats(-10, 100), after=st.floats(-10, 100), torques=TORQUES)
def test_the_reward_is_progress_minus_a_ten_millionth_of_the_norm_of_ligament_torques(
    before: float, after: float, torques: list[float]
) -> None:
    reward = reward_of(V1, before, after, torques)
    assert reward.forward == after - before
    # 1e-15 relative: two roundings more or fewer than math.hypot; 1e-162: squares that underflow
    assert reward.ligaments == pytest.approx(-1e-7 * math.hypot(*torques), rel=1e-15, abs=1e-162)
    assert reward.forward + reward.ligaments == (after - before) - 1e-7 * math.sqrt(_squares(torques))


def _squares(torques: list[float]) -> float:
    """Left to right, the order that every engine must follow."""
    total = 0.0
    for torque in torques:
        total += torque * torque
    return total


def test_free_joints_cost_nothing() -> None:
    assert math.copysign(1.0, reward_of(V1, 0.0, 1.0, [0.0] * 6).ligaments) == 1.0, "plain zero, not minus zero"


@pytest.mark.parametrize(("height", "fallen"), [(0.9, False), (0.65, False), (0.6499999, True), (float("nan"), True)])
def test_a_fall_is_a_pelvis_below_65_centimetres(height: float, fallen: bool) -> None:
    assert has_fallen(V1, height) is fallen


@pytest.mark.parametrize("version", list(RULES))
def test_both_versions_share_every_number_of_2017(version: str) -> None:
    rules = rules_of(version)
    assert (rules.version, rules.step_duration, rules.max_steps) == (version, 0.01, 1000)
    assert (rules.fall_height, rules.ligament_weight) == (0.65, 1e-7)
    assert pickle.loads(pickle.dumps(rules)) == rules


@pytest.mark.parametrize("version", ["2017", "V1", None, 1])
def test_an_unknown_version_is_refused_with_the_known_ones(version: Any) -> None:
    with pytest.raises(UsageError, match=r"known versions: 2017-1\.5, v1"):
        rules_of(version)
