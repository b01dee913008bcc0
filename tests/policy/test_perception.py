"""What a policy sees is the same wherever it runs and whichever leg leads; it remembers what it is not told."""

from __future__ import annotations

import numpy as np
import pytest
from tests.policy.examples import MUSCLES, NAMES, random_observations

from myorun.errors import UsageError
from myorun.policy.effort import EffortMemory, LeadMemory
from myorun.policy.frame import PelvisFrame
from myorun.policy.mirror import Mirror, mirrored_name
from myorun.policy.obstacles import ObstacleMemory
from myorun.policy.perception import Perception, Sense

ALL = np.ones(1, np.bool_)
POSITIONS = [i for i, name in enumerate(NAMES) if name.endswith("_x") or name == "pelvis_tx"]


def place(name: str) -> int:
    return NAMES.index(name)


def told(pelvis_x: float, obstacle: tuple[float, float, float] | None, **others: float) -> np.ndarray:
    """One observation, zero but for what is given; ``obstacle`` is x, y, radius in the ground frame."""
    observation = np.zeros((1, len(NAMES)))
    observation[0, place("pelvis_tx")] = pelvis_x
    dx, y, radius = (100.0, 0.0, 0.0) if obstacle is None else (obstacle[0] - pelvis_x, *obstacle[1:])
    for name, value in {"obstacle_dx": dx, "obstacle_y": y, "obstacle_radius": radius, **others}.items():
        observation[0, place(name)] = value
    return observation


# ---------------------------------------------------------------- pelvis frame


def test_the_pelvis_frame_does_not_tell_where_on_the_course_the_human_is() -> None:
    observations = random_observations(6)
    moved = observations.copy()
    moved[:, POSITIONS] += 17.0
    frame = PelvisFrame(NAMES)
    assert frame.see(moved) == pytest.approx(frame.see(observations), abs=1e-13)  # 17 m cost some last bits
    assert not np.allclose(moved, observations)


def test_the_speed_of_the_mass_center_is_told_relative_to_the_pelvis() -> None:
    observation = told(0.0, None, pelvis_tx_velocity=4.0, center_of_mass_x_velocity=4.5)
    frame = PelvisFrame(NAMES)
    seen = dict(zip(frame.names, frame.see(observation)[0].tolist(), strict=True))
    assert seen["center_of_mass_x_velocity"] == 0.5
    assert seen["pelvis_tx_velocity"] == 4.0


def test_without_the_frame_the_numbers_are_as_told() -> None:
    observations = np.random.default_rng(5).normal(size=(4, len(NAMES)))
    frame = PelvisFrame(NAMES, relative=False)
    assert "pelvis_tx" in frame.names and len(frame.names) == len(PelvisFrame(NAMES).names) + 3
    for name, seen in zip(frame.names, frame.see(observations).T, strict=True):
        assert np.array_equal(seen, observations[:, NAMES.index(name)])


def test_an_environment_that_does_not_tell_enough_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="wants to see 'pelvis_tilt'"):
        PelvisFrame(NAMES[1:])


# ---------------------------------------------------------------- mirror


def test_a_mirror_image_of_the_mirror_image_is_the_human() -> None:
    perception = Perception(1, NAMES, MUSCLES, Sense())
    mirror = Mirror(perception.names)
    features = np.random.default_rng(0).normal(size=(5, len(perception.names)))
    everyone = np.ones(5, np.bool_)
    assert np.array_equal(mirror.reflect(mirror.reflect(features, everyone), everyone), features)
    assert not np.array_equal(mirror.reflect(features, everyone), features)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("vasti_r", "vasti_l"),
        ("toes_l_x", "toes_r_x"),
        ("psoas_strength_left", "psoas_strength_right"),
        ("tib_ant_l_trace", "tib_ant_r_trace"),
        ("pelvis_tilt", "pelvis_tilt"),
        ("obstacle_next_front", "obstacle_next_front"),
    ],
)
def test_left_and_right_are_told_apart_by_name(name: str, other: str) -> None:
    assert mirrored_name(name) == other


def mirrored(observations: np.ndarray) -> np.ndarray:
    """The same humans with left and right exchanged."""
    return observations[:, [NAMES.index(mirrored_name(name)) for name in NAMES]]


def test_a_human_and_its_mirror_image_look_alike_and_are_moved_alike() -> None:
    observations = random_observations(8)
    hips = observations[:, place("hip_flexion_r")], observations[:, place("hip_flexion_l")]
    assert (hips[0] > hips[1]).any() and (hips[0] < hips[1]).any()
    eyes, twin = (Perception(8, NAMES, MUSCLES, Sense()) for _ in range(2))
    for perception, seen in ((eyes, observations), (twin, mirrored(observations))):
        perception.watch(seen)
    assert np.array_equal(eyes.see(observations), twin.see(mirrored(observations)))
    decisions = np.random.default_rng(1).uniform(size=(8, len(MUSCLES)))
    exchanged = [MUSCLES.index(mirrored_name(name)) for name in MUSCLES]
    assert np.array_equal(eyes.excite(decisions), twin.excite(decisions)[:, exchanged])


def test_without_the_mirror_a_human_and_its_image_differ() -> None:
    observations = random_observations(8)
    eyes = Perception(8, NAMES, MUSCLES, Sense(mirror=False))
    assert not np.allclose(eyes.see(observations), eyes.see(mirrored(observations)))


# ---------------------------------------------------------------- memory of obstacles


def memory_of(passed: int = 2) -> ObstacleMemory:
    return ObstacleMemory(1, NAMES, passed, np.float64)


def seen_by(memory: ObstacleMemory, observation: np.ndarray) -> dict[str, float]:
    return dict(zip(memory.names, memory.see(observation)[0].tolist(), strict=True))


def test_an_obstacle_passed_is_remembered_where_it_is() -> None:
    memory = memory_of()
    memory.watch(told(1.0, (1.2, 0.01, 0.1)))
    now = told(1.5, (3.0, 0.02, 0.2))
    memory.watch(now)
    seen = seen_by(memory, now)
    assert seen["obstacle_next_front"] == pytest.approx(3.0 - 0.2 - 1.5)
    assert seen["obstacle_passed_1_front"] == pytest.approx(1.2 - 0.1 - 1.5)
    assert seen["obstacle_passed_1_back"] == pytest.approx(1.2 + 0.1 - 1.5)
    assert seen["obstacle_passed_1_top"] == pytest.approx(0.11)
    assert seen["obstacle_passed_2_top"] == 0.0


def test_the_last_obstacle_is_remembered_when_none_is_ahead() -> None:
    memory = memory_of()
    memory.watch(told(1.0, (1.2, 0.0, 0.1)))
    for x in (1.4, 1.5, 1.6):
        memory.watch(told(x, None))
    seen = seen_by(memory, told(1.6, None))
    assert seen["obstacle_next_top"] == 0.0
    assert seen["obstacle_passed_1_back"] == pytest.approx(1.3 - 1.6)


def test_the_same_obstacle_in_single_precision_is_not_met_twice() -> None:
    """dx and x are rounded anew each step: at 50 m by 4e-6 m."""
    memory = ObstacleMemory(1, NAMES, 2, np.float32)
    for x in np.linspace(47.0, 49.0, 200):
        memory.watch(told(x, (50.123456, 0.0123456, 0.1)).astype(np.float32))
    seen = seen_by(memory, told(49.0, (50.123456, 0.0123456, 0.1)).astype(np.float32))
    assert seen["obstacle_passed_1_top"] == 0.0


def test_who_begins_anew_remembers_nothing_and_others_keep_theirs() -> None:
    memory = ObstacleMemory(2, NAMES, 1, np.float64)
    for x, ball in ((1.0, (1.2, 0.0, 0.1)), (1.5, (3.0, 0.0, 0.1))):
        memory.watch(np.concatenate([told(x, ball)] * 2))
    memory.begin(np.array([True, False]))
    tops = memory.see(np.concatenate([told(0.0, None)] * 2))[:, memory.names.index("obstacle_passed_1_top")]
    assert tops.tolist() == [0.0, pytest.approx(0.1)]


@pytest.mark.parametrize(("foot_x", "ground"), [(2.0, 0.12), (2.06, 0.02 + 0.08), (2.2, 0.0), (1.8, 0.0)])
def test_clearance_is_the_height_of_a_foot_above_ball_or_floor(foot_x: float, ground: float) -> None:
    """A ball of 0.1 m at (2.0, 0.02): its top is at 0.12, and 0.06 m aside it is √(0.1² − 0.06²) = 0.08 high."""
    memory = memory_of()
    observation = told(2.0, (2.0, 0.02, 0.1), toes_r_x=foot_x, toes_r_y=0.3)
    memory.watch(observation)
    assert seen_by(memory, observation)["toes_r_clearance"] == pytest.approx(0.3 - ground)


def test_a_foot_behind_the_pelvis_feels_the_obstacle_the_environment_no_longer_tells_of() -> None:
    memory, forgetful = memory_of(), memory_of(passed=0)
    now = told(2.5, (5.0, 0.0, 0.1), talus_l_x=2.0, talus_l_y=0.2)
    for eyes in (memory, forgetful):
        eyes.watch(told(1.9, (2.0, 0.0, 0.1)))
        eyes.watch(now)
    assert seen_by(memory, now)["talus_l_clearance"] == pytest.approx(0.1)
    assert seen_by(forgetful, now)["talus_l_clearance"] == pytest.approx(0.2)


# ---------------------------------------------------------------- memory of effort and lead


def test_the_trace_of_effort_rises_faster_than_it_falls() -> None:
    memory = EffortMemory(1, ("soleus_r",), np.float64)
    memory.hold(np.ones((1, 1)), 1)
    risen = memory.see().item()
    memory.hold(np.zeros((1, 1)), 1)
    assert risen == pytest.approx(1.0 - np.exp(-1.0), abs=1e-3)
    assert memory.see().item() == pytest.approx(risen * np.exp(-0.25), abs=1e-3)


def test_the_trace_of_a_long_hold_is_that_of_many_short_ones() -> None:
    long, short = (EffortMemory(1, ("soleus_r",), np.float64) for _ in range(2))
    long.hold(np.full((1, 1), 0.7), 5)
    for _ in range(5):
        short.hold(np.full((1, 1), 0.7), 1)
    assert np.array_equal(long.see(), short.see())


def test_the_lead_of_a_leg_always_ahead_comes_to_its_angle_and_that_of_a_stride_to_none() -> None:
    leading, striding = (LeadMemory(1, NAMES, np.float64) for _ in range(2))
    for step in range(1000):
        leading.watch(told(0.0, None, hip_flexion_r=0.5, hip_flexion_l=-0.1))
        striding.watch(told(0.0, None, hip_flexion_r=0.5 * np.sin(0.2 * step)))
    assert leading.lead.item() == pytest.approx(0.6, abs=1e-3)
    assert abs(striding.lead.item()) < 0.05
