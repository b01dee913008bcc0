"""Stable-Baselines3 learns on a batch, and is told of ends as it expects."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

from myorun.errors import MissingExtraError, UsageError
from myorun.vector import LearningToRunVectorEnv


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    monkeypatch.setitem(sys.modules, "stable_baselines3.common.vec_env", None)
    monkeypatch.delitem(sys.modules, "myorun.stable_baselines", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'myorun\[train\]'"):
        importlib.import_module("myorun.stable_baselines")


@pytest.mark.parametrize(("limit", "truncated"), [(20, True), (1000, False)], ids=["time", "fall"])
def test_steps_are_the_batchs_and_ends_are_told(limit: int, truncated: bool) -> None:
    pytest.importorskip("stable_baselines3", reason="needs pip install 'myorun[train]'")
    from myorun.stable_baselines import StableBaselinesVecEnv

    env = StableBaselinesVecEnv(6, max_episode_steps=limit)
    batch = LearningToRunVectorEnv(6, autoreset_mode="same-step", max_episode_steps=limit)
    env.seed(3)
    assert env.reset().tolist() == batch.reset(seed=3)[0].tolist()
    rng, ends = np.random.default_rng(0), set()
    for _ in range(300):
        actions = rng.random((6, 18)).round()
        observations, rewards, dones, infos = env.step(actions)
        expected = batch.step(actions)
        assert observations.tolist() == expected[0].tolist() and rewards.tolist() == expected[1].tolist()
        assert dones.tolist() == (expected[2] | expected[3]).tolist()
        for i in np.flatnonzero(dones):
            assert infos[i]["terminal_observation"].tolist() == expected[4]["final_obs"][i].tolist()
            assert infos[i]["TimeLimit.truncated"] is bool(expected[3][i] and not expected[2][i])
            ends.add(infos[i]["TimeLimit.truncated"])
        assert all(not info for info, done in zip(infos, dones, strict=True) if not done)
    assert ends == {truncated}


def test_attributes_are_those_of_the_whole_batch() -> None:
    pytest.importorskip("stable_baselines3", reason="needs pip install 'myorun[train]'")
    from myorun.stable_baselines import StableBaselinesVecEnv

    env = StableBaselinesVecEnv(3)
    env.set_attr("difficulty", 1)
    assert env.get_attr("difficulty") == [1, 1, 1] and env.get_attr("difficulty", [0, 2]) == [1, 1]
    with pytest.raises(UsageError, match="members share one batch"):
        env.set_attr("difficulty", 0, indices=1)
    assert env.batch.difficulty == 1


@pytest.mark.filterwarnings("default")  # of the package's own
def test_ppo_learns_on_it() -> None:
    pytest.importorskip("stable_baselines3", reason="needs pip install 'myorun[train]'")
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecMonitor

    from myorun.stable_baselines import StableBaselinesVecEnv

    model = PPO("MlpPolicy", VecMonitor(StableBaselinesVecEnv(32, threads=2)), n_steps=64, n_epochs=1, device="cpu")
    before = [p.clone() for p in model.policy.parameters()]
    model.learn(2 * 32 * 64)
    assert model.num_timesteps == 4096 and len(model.ep_info_buffer or []) > 0
    assert any((a != b).any() for a, b in zip(before, model.policy.parameters(), strict=True))
