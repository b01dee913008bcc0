"""Sampling elsewhere gives what sampling here gives; a sweep runs every combination."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myorun.errors import UsageError

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard")

from myorun.policy.perception import Sense  # noqa: E402
from myorun.train.champion import Champion, Config  # noqa: E402
from myorun.train.field import Field, Ground  # noqa: E402
from myorun.train.networks import Normaliser, Perceptron  # noqa: E402
from myorun.train.ppo import Batch, Sampler  # noqa: E402
from myorun.train.remote import merged  # noqa: E402
from myorun.train.rewards import RewardTerms  # noqa: E402
from myorun.train.start import train  # noqa: E402
from myorun.train.sweep import combinations, sweep  # noqa: E402

SMALL = ["runners=16", "decisions=8", "hidden=[8]", "minibatches=2", "epochs=1"]


def field(seed: int) -> dict:
    return {"n": 4, "seed": seed, "sense": Sense(), "terms": RewardTerms(), "ground": Ground(), "episode_steps": 40}


def batch_of(seed: int) -> Batch:
    torch.manual_seed(0)
    return Sampler(Field(**field(seed)), seed + 1).collect(Perceptron((67, 8, 18), 1.0), Normaliser(67), 12)


def test_a_merged_batch_holds_every_runner_s_own_columns() -> None:
    parts = [batch_of(1), batch_of(1000)]
    whole = merged(parts)
    assert whole.rewards.shape == (12, 8)
    for i, part in enumerate(parts):
        pick = slice(4 * i, 4 * i + 4)
        for name in ("features", "decisions", "log_probabilities", "rewards", "terminated", "truncated"):
            assert np.array_equal(getattr(whole, name)[:, pick], getattr(part, name))


def test_last_features_of_a_merged_batch_are_in_the_order_of_its_flags() -> None:
    parts = [batch_of(1), batch_of(1000)]
    whole = merged(parts)
    assert all(part.truncated.sum() > 2 for part in parts)
    dense = np.zeros((*whole.truncated.shape, 67), np.float32)
    dense[whole.truncated] = whole.last_features
    for i, part in enumerate(parts):
        assert np.array_equal(dense[:, 4 * i : 4 * i + 4][part.truncated], part.last_features)
    wrong = np.concatenate([part.last_features for part in parts])  # one after the other is not that order
    assert not np.array_equal(wrong, whole.last_features)


@pytest.mark.slow
def test_workers_of_ray_sample_what_samplers_here_do() -> None:
    pytest.importorskip("ray")
    from myorun.train.remote import RemoteSamplers

    remote = RemoteSamplers("local", [field(1), field(1000)])
    try:
        torch.manual_seed(0)
        found = remote.collect(Perceptron((67, 8, 18), 1.0), Normaliser(67), 12)
    finally:
        remote.close()
    for name, array in merged([batch_of(1), batch_of(1000)])._asdict().items():
        assert np.array_equal(getattr(found, name), array), name


@pytest.mark.slow
def test_runners_are_shared_among_the_workers_of_a_cluster() -> None:
    pytest.importorskip("ray")
    trainee = Champion(Config(runners=10, decisions=4, hidden=[8], minibatches=2, epochs=1), threads=3, cluster="local")
    trainee.advance()
    assert trainee.steps == 10 * 4 * 5
    trainee.close()


def test_a_sweep_is_the_product_of_its_wishes() -> None:
    found = combinations("champion", ["seed=[1, 2]", "gamma=[0.9, [[0, 0.9], [5, 0.99]]]"])
    assert [changes for _, changes in found] == [
        ["seed=1", "gamma=0.9"], ["seed=1", "gamma=[[0, 0.9], [5, 0.99]]"],
        ["seed=2", "gamma=0.9"], ["seed=2", "gamma=[[0, 0.9], [5, 0.99]]"],
    ]  # fmt: skip
    assert len({name for name, _ in found}) == 4


@pytest.mark.parametrize("wish", ["seed=3", "seed=[]", "seed", "sed=[1]", "seed=["])
def test_a_wish_that_lists_nothing_is_refused(wish: str) -> None:
    with pytest.raises(UsageError):
        combinations("champion", [wish])


def test_a_sweep_trains_every_combination(tmp_path: Path) -> None:
    changes = [*SMALL, "steps=700"]
    found = list(sweep("champion", ["seed=[1, 2]"], out=tmp_path, changes=changes, plan={"assess_episodes": 2}))
    assert [name for name, _, _ in found] == ["seed=1", "seed=2"]
    assert all((tmp_path / name / "best" / "policy.toml").exists() for name, _, _ in found)


def test_only_the_champion_samples_on_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="samples in one process"):
        train("ppo", out=tmp_path / "run", cluster="local")
