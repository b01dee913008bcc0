"""The training field: rewards by their formula, episodes cut where it says, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from myorun.errors import UsageError
from myorun.policy.perception import Sense
from myorun.task import RULES
from myorun.train.field import Field, Ground
from myorun.train.rewards import Rewarder, RewardTerms
from myorun.vector import LearningToRunVectorEnv

NOTHING = RewardTerms(forward=0, alive=0, ligaments=0, joints=0, lead=0)
NAMES = LearningToRunVectorEnv(1).observation_names


def field_of(n: int = 4, terms: RewardTerms = NOTHING, seed: int = 0, **options: object) -> Field:
    return Field(n, sense=Sense(), terms=terms, ground=Ground(((3, 1.0),)), seed=seed, **options)


def decisions(n: int, count: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((count, n, 18)) < 0.5).astype(np.float32)


def test_the_same_seed_gives_the_same_field_whatever_the_threads() -> None:
    first, second = field_of(8), field_of(8, threads=3)
    assert np.array_equal(first.start(), second.start())
    for decision in decisions(8, 60):
        for a, b in zip(first.decide(decision), second.decide(decision), strict=True):
            assert np.array_equal(a, b)
    assert not np.array_equal(field_of(8, seed=1).start(), field_of(8).start())


def test_the_reward_of_progress_is_the_distance_covered() -> None:
    """Nobody falls within half a second: the sum over all steps is where the pelvis came."""
    field = field_of(6, RewardTerms(forward=1.0, alive=0, ligaments=0, joints=0, lead=0), episode_steps=100_000)
    field.start()
    rewards = sum(field.decide(decision).rewards for decision in decisions(6, 8))
    _, _, _, _, infos = field.batch.step(np.zeros((6, 18), np.float32))
    moved = infos["distance"] - infos["reward_forward"]
    assert rewards == pytest.approx(moved, abs=1e-5)  # float32 sums of 40 steps


def test_who_lives_is_paid_until_the_fall_and_the_fall_costs_once() -> None:
    field = field_of(16, RewardTerms(forward=0, alive=1.0, ligaments=0, joints=0, lead=0, fall=1000.0))
    field.start()
    falls = 0
    for decision in decisions(16, 80):
        outcome = field.decide(decision)
        assert np.all(outcome.rewards[~outcome.terminated] == 5.0)
        paid = outcome.rewards[outcome.terminated] + 1000.0
        assert np.all((paid >= 1.0) & (paid <= 5.0))
        falls += outcome.terminated.sum()
    assert falls > 16


def test_episodes_are_cut_at_their_limit_and_differently_long_at_first() -> None:
    field = field_of(64, episode_steps=50)  # ten decisions, before anyone can fall
    field.start()
    cuts = np.array([field.decide(np.zeros((64, 18), np.float32)).truncated for _ in range(10)])
    assert np.array_equal(cuts.sum(axis=0) >= 1, np.ones(64, bool))
    first = cuts.argmax(axis=0)
    assert len(set(first.tolist())) >= 8


def test_a_decision_held_for_fewer_steps_moves_the_human_as_far_as_those_steps() -> None:
    field, twin = field_of(5), field_of(5)
    field.start(), twin.start()
    left = field._left.copy()
    field.hold_for(2)
    assert np.array_equal(field._left, np.maximum(1, left * 5 // 2))
    excitations = decisions(5, 1)[0]
    field.decide(excitations)
    for _ in range(2):
        twin.batch.step(twin.perception.excite(excitations))
    assert np.array_equal(field.batch.simulator.states, twin.batch.simulator.states)


def test_the_last_features_are_those_of_the_state_that_was_cut() -> None:
    """One field with the limit and a twin without: until the cut they are the same field."""
    cut, endless = field_of(3, episode_steps=20), field_of(3, episode_steps=20)
    cut.start(), endless.start()
    endless._left[:] = 10**6
    for decision in decisions(3, 4):
        outcome, twin = cut.decide(decision), endless.decide(decision)
        if outcome.truncated.all():
            break
        first = int(outcome.truncated.argmax())
        if outcome.truncated[first]:
            assert np.array_equal(outcome.last_features[0], twin.features[first])
            assert not np.array_equal(outcome.features[first], twin.features[first])
            return
    raise AssertionError("no episode was cut alone")


# ---------------------------------------------------------------- reward terms


def observation(**values: float) -> np.ndarray:
    row = np.zeros((1, len(NAMES)), np.float32)
    for name, value in values.items():
        row[0, NAMES.index(name)] = value
    return row


def posture(terms: RewardTerms, lead: float = 0.0, excitation: float = 0.0, **values: float) -> float:
    rewarder = Rewarder(terms, RULES["v1"], NAMES)
    return rewarder.of_posture(observation(**values), np.array([lead]), np.full((1, 18), excitation)).item()


@pytest.mark.parametrize(
    ("term", "given", "cost"),
    [
        ({"joints": 2.0}, {"knee_angle_r": 0.1}, 0.2),
        ({"joints": 2.0}, {"knee_angle_r": -0.1}, 0.0),
        ({"joints": 1.0}, {"hip_flexion_l": -np.pi / 6 - 0.25}, 0.25),
        ({"joints": 1.0}, {"ankle_angle_l": np.pi / 9 + 0.5, "ankle_angle_r": np.pi / 9 + 0.5}, 1.0),
        ({"lead": 3.0, "lead_free": 0.1}, {"lead": 0.3}, 0.6),
        ({"lead": 3.0, "lead_free": 0.1}, {"lead": -0.3}, 0.6),
        ({"lead": 3.0, "lead_free": 0.1}, {"lead": 0.05}, 0.0),
        ({"effort": 4.0}, {"excitation": 0.25}, 1.0),
        ({"lean": 5.0, "lean_wanted": -0.1}, {"pelvis_tilt": -0.3}, 1.0),
    ],
)
def test_posture_costs_by_its_terms(term: dict, given: dict, cost: float) -> None:
    nothing = {"forward": 0.0, "alive": 0.0, "ligaments": 0.0, "joints": 0.0, "lead": 0.0}
    assert posture(RewardTerms(**(nothing | term)), **given) == pytest.approx(-cost, abs=1e-6)


def test_ligaments_are_charged_by_their_torque() -> None:
    terms = RewardTerms(forward=0, alive=0, ligaments=1e-3, joints=0, lead=0)
    rewarder = Rewarder(terms, RULES["v1"], NAMES)
    # the rules charge 1e-7 m for a N m: 200 N m cost 2e-5 m
    assert rewarder.of_step(np.zeros(1), np.array([-2e-5]), np.zeros(1)) == pytest.approx([-0.2])


def test_sway_bends_joints_of_those_who_begin_and_of_nobody_else() -> None:
    sway = 0.05
    field = field_of(400, sway=sway, episode_steps=50)
    straight = field_of(1).batch.simulator.coordinates[0]
    field.start()
    bent = field.batch.simulator.coordinates - straight
    turns = [i for i, c in enumerate(field.batch.simulator.model.free_coordinates) if c.motion == "rotational"]
    slides = [i for i in range(bent.shape[1]) if i not in turns]
    assert np.all(bent[:, slides] == 0.0) and len(slides) == 2
    assert bent[:, turns].std(axis=0) == pytest.approx(sway, rel=0.15)
    assert np.abs(bent).max() <= 3.0 * sway + 1e-6
    before = field.batch.simulator.coordinates
    field._bend(np.arange(400) < 3)
    assert np.array_equal(field.batch.simulator.coordinates[3:], before[3:])
    assert not np.array_equal(field.batch.simulator.coordinates[:3], before[:3])


def test_too_much_sway_is_refused() -> None:
    with pytest.raises(UsageError, match=r"sway is 1.0 rad; it must be 0 to 0.2"):
        field_of(sway=1.0)
