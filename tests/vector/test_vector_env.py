"""Thousands at once do what each does alone: to the bit in float64, and in any company in float32."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import NormalizeObservation, RecordEpisodeStatistics
from singles import Array, assert_same_step, courses_of, lively_actions, pair

import myorun
from myorun.env import LearningToRunEnv
from myorun.physics import instruction_sets
from myorun.processors import available_processors
from myorun.registration import LEARNING_TO_RUN
from myorun.vector import LearningToRunVectorEnv

TASKS: dict[str, dict[str, Any]] = {
    "2017": {},
    "flat": {"difficulty": 0},
    "obstacles": {"difficulty": 1, "max_obstacles": 20},
    "weak": {"max_obstacles": 0, "max_episode_steps": 40},
    "release 1.5, extended": {"rules": "2017-1.5", "observation": "extended", "max_obstacles": 20},
    "chosen quantities": {"observation": ["activations", "obstacle_forces"], "accuracy": "default"},
}


# ---------------------------------------------------------------- the single environment's bits


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP], ids=["next-step", "same-step"])
@pytest.mark.parametrize("options", TASKS.values(), ids=TASKS)
def test_float64_is_the_single_environments_bit_for_bit_over_several_episodes(
    options: dict[str, Any], mode: AutoresetMode
) -> None:
    n = 5
    batch, singles = pair(n, mode, **options)
    assert_same_step(batch.reset(seed=5), singles.reset(seed=5))
    ends = np.zeros(n, int)
    for actions in lively_actions(n):
        step = singles.step(actions)
        assert_same_step(batch.step(actions), step)
        assert [batch.course(i) for i in range(n)] == courses_of(singles)
        ends += step[2] | step[3]
        if ends.min() >= 2:
            break


def test_spaces_and_names_are_the_single_environments() -> None:
    for options in TASKS.values():
        single = gymnasium.make(LEARNING_TO_RUN, **options).unwrapped
        assert isinstance(single, LearningToRunEnv)
        batch = LearningToRunVectorEnv(3, precision="float64", **options)
        assert batch.single_observation_space == single.observation_space
        assert batch.single_action_space == single.action_space
        assert batch.observation_names == single.observation_names
        assert batch.action_names == single.action_names
        assert batch.observation_space.shape == (3, len(single.observation_names))
        assert batch.action_space.shape == (3, 18)


# ---------------------------------------------------------------- in any company


class Story:
    """Seeds of first courses and excitations of n humans; what becomes of any of them, in any batch."""

    def __init__(self, n: int, steps: int = 60) -> None:
        self.seeds = list(range(1000, 1000 + n))
        self.plan = list(islice(lively_actions(n, seed=3), steps))

    def fates(self, who: Any = slice(None), **options: Any) -> list[str]:
        """For each in ``who``, in this order, a digest of every bit it was told."""
        humans = np.arange(len(self.seeds))[who]
        env = LearningToRunVectorEnv(len(humans), max_episode_steps=45, **options)
        told = [env.reset(seed=[self.seeds[i] for i in humans])[0]]
        for actions in self.plan:
            told += env.step(actions[humans])[:4]
        return [hashlib.sha256(b"".join(row[k].tobytes() for row in told)).hexdigest() for k in range(len(humans))]


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(37)


def test_the_digest_tells_humans_apart(story: Story) -> None:
    assert len(set(story.fates())) == 37


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("mode", ["next-step", "same-step"])
def test_batch_size_place_and_threads_change_no_bit(story: Story, precision: str, mode: str) -> None:
    options = {"precision": precision, "autoreset_mode": mode}
    together = story.fates(threads=1, **options)
    for threads in (2, 5):
        assert story.fates(threads=threads, **options) == together
    for who in ([0], [36], [7, 8, 9], [16, 3, 11, 0, 5], list(range(36, -1, -1))):
        assert story.fates(who, threads=2, **options) == [together[i] for i in who], who


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_what_neighbours_do_changes_no_bit(precision: str) -> None:
    quiet, wild = Story(9), Story(9)
    wild.seeds[1:] = range(5000, 5008)
    for actions in wild.plan:
        actions[1:] = actions[1:].round()
    before, after = (s.fates(precision=precision, threads=2, max_obstacles=20) for s in (quiet, wild))
    assert before[0] == after[0]
    assert not set(before[1:]) & set(after[1:])


@pytest.mark.parametrize("isa", instruction_sets())
def test_in_float64_every_instruction_set_gives_the_same_bits(story: Story, isa: str) -> None:
    who = slice(0, 11)
    assert story.fates(who, precision="float64", instruction_set=isa) == story.fates(who, precision="float64")


def test_float32_errs_less_than_the_integration_does() -> None:
    """On the same courses: float32 against float64, and float64's accuracy of learning against a reference."""

    def observed(**options: Any) -> Array:
        env = LearningToRunVectorEnv(48, **options)
        env.reset(seed=0)
        for actions in islice(lively_actions(48), 20):
            observations = env.step(actions)[0]
        kinematic: Array = observations[:, :36]
        return kinematic

    double = observed(precision="float64")
    rounding = np.abs(observed(precision="float32") - double)
    integration = np.abs(observed(precision="float64", accuracy="reference") - double)
    assert 0 < np.median(rounding) < np.median(integration)


# ---------------------------------------------------------------- what is handed out


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_all_numbers_are_of_the_precision_and_within_the_spaces(precision: str) -> None:
    env = LearningToRunVectorEnv(4, precision=precision, observation="extended", max_episode_steps=20)  # type: ignore[arg-type]
    observations, _ = env.reset(seed=0)
    assert observations in env.observation_space
    env.action_space.seed(0)
    for _ in range(30):
        observations, rewards, terminations, truncations, infos = env.step(env.action_space.sample())
        assert observations in env.observation_space
        assert observations.dtype == rewards.dtype == infos["distance"].dtype == np.dtype(precision)
        assert terminations.dtype == truncations.dtype == np.bool_


def test_what_is_handed_out_is_the_callers() -> None:
    env = LearningToRunVectorEnv(2, autoreset_mode="same-step", max_episode_steps=3)
    first, infos = env.reset(seed=0)
    kept = [first, *infos.values()]
    for actions in islice(lively_actions(2), 4):
        *arrays, infos = env.step(actions)
        kept += [*arrays, *(v for v in infos.values() if isinstance(v, np.ndarray))]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(kept) for b in kept[:i])


def test_without_copies_every_step_writes_into_the_same_arrays() -> None:
    env = LearningToRunVectorEnv(3, copy=False)
    copying = LearningToRunVectorEnv(3)
    copying.reset(seed=0)
    observations, _ = env.reset(seed=0)
    arrays: Any = env.step(np.zeros((3, 18)))[:4]
    assert np.shares_memory(arrays[0], observations)
    copying.step(np.zeros((3, 18)))
    for actions in islice(lively_actions(3), 20):
        again, expected = env.step(actions)[:4], copying.step(actions)[:4]
        for before, after, copied in zip(arrays, again, expected, strict=True):
            assert before.ctypes.data == after.ctypes.data
            assert before.tobytes() == copied.tobytes()


def test_torch_sees_the_arrays_without_a_copy() -> None:
    torch = pytest.importorskip("torch", reason="needs torch")
    env = LearningToRunVectorEnv(3, copy=False)
    env.reset(seed=0)
    tensors = [torch.from_numpy(array) for array in env.step(np.zeros((3, 18)))[:4]]
    assert [str(t.dtype) for t in tensors] == ["torch.float32", "torch.float32", "torch.bool", "torch.bool"]
    before = tensors[0].clone()
    observations, *_ = env.step(torch.full((3, 18), 0.5))
    assert not torch.equal(tensors[0], before)
    assert tensors[0].tolist() == observations.tolist()


def test_actions_are_not_written_to() -> None:
    env = LearningToRunVectorEnv(2, precision="float64")
    env.reset(seed=0)
    actions = np.full((2, 18), 2.0)
    env.step(actions)
    assert (actions == 2.0).all()


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(
    "alike",
    [
        np.full((2, 18), 7.0),
        np.full((2, 18), np.inf),
        np.full((2, 18), 1e300),
        np.ones((2, 18), int),
        np.ones((2, 18), bool),
        np.ones((2, 18), np.float16),
        np.ones((18, 2)).T,
        np.ones((4, 36))[::2, ::2],
        [[1] * 18] * 2,
    ],
    ids=["7", "inf", "1e300", "int", "bool", "float16", "transposed", "strided", "list"],
)
def test_whatever_means_one_is_one(precision: str, alike: Any) -> None:
    env = LearningToRunVectorEnv(2, precision=precision)  # type: ignore[arg-type]
    env.reset(seed=4)
    full = env.step(np.ones((2, 18)))[0]
    env.reset(seed=4)
    assert env.step(alike)[0].tobytes() == full.tobytes()


# ---------------------------------------------------------------- Gymnasium


def test_gymnasium_makes_it_by_name_and_so_does_myorun() -> None:
    options: dict[str, Any] = {"num_envs": 3, "difficulty": 1, "max_obstacles": 7, "max_episode_steps": 9}
    for env in (gymnasium.make_vec(LEARNING_TO_RUN, **options), myorun.make_vec(LEARNING_TO_RUN, **options)):
        assert isinstance(env, LearningToRunVectorEnv)
        assert (env.num_envs, env.difficulty, env.max_obstacles, env.max_episode_steps) == (3, 1, 7, 9)
        assert env.spec is not None and env.spec.id == LEARNING_TO_RUN
    assert myorun.make_vec(num_envs=2).num_envs == 2


def test_the_rules_limit_the_steps_unless_someone_else_does() -> None:
    assert myorun.make_vec().max_episode_steps == 1000  # type: ignore[attr-defined]
    assert LearningToRunVectorEnv().max_episode_steps == 1000
    endless = LearningToRunVectorEnv(max_episode_steps=0, max_obstacles=0)
    endless.reset(seed=0)
    assert not any(endless.step(np.full((1, 18), 0.05))[3] for _ in range(1100))


def test_threads_are_as_many_as_processors_unless_told() -> None:
    assert LearningToRunVectorEnv(threads=0).threads == available_processors() >= 1
    assert LearningToRunVectorEnv(threads=3).threads == 3


def test_episode_statistics_are_recorded() -> None:
    env = RecordEpisodeStatistics(LearningToRunVectorEnv(3, max_episode_steps=5, autoreset_mode="same-step"))
    env.reset(seed=0)
    rewards = [env.step(np.full((3, 18), 0.05)) for _ in range(5)]
    told = rewards[-1][4]["episode"]
    assert told["l"].tolist() == [5, 5, 5]
    # sums of five rewards of some 1e-3 in float32
    np.testing.assert_allclose(told["r"], sum(step[1].astype(float) for step in rewards), atol=1e-6)


def test_observations_can_be_normalised_by_a_wrapper() -> None:
    env: Any = NormalizeObservation(LearningToRunVectorEnv(8))
    env.reset(seed=0)
    for actions in islice(lively_actions(8), 30):
        observations = env.step(actions)[0]
    assert np.isfinite(observations).all() and np.abs(observations).max() < 100


def test_tensors_can_be_had_by_a_wrapper() -> None:
    torch = pytest.importorskip("torch", reason="needs torch")
    pytest.importorskip("array_api_compat", reason="the wrapper needs it")
    from gymnasium.wrappers.vector import NumpyToTorch

    env: Any = NumpyToTorch(LearningToRunVectorEnv(3, autoreset_mode="same-step", max_episode_steps=2))
    plain = LearningToRunVectorEnv(3)
    assert env.reset(seed=0)[0].tolist() == plain.reset(seed=0)[0].tolist()
    for _ in range(2):
        observations, rewards, _, truncations, infos = env.step(torch.full((3, 18), 0.5))
    assert torch.is_tensor(observations) and rewards.dtype == torch.float32 and truncations.all()
    assert torch.is_tensor(infos["final_obs"]) and infos["final_obs"].shape == (3, 41)
