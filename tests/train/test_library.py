"""The library's algorithms on the training field: each learns, is kept on disk, and goes on after a stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myorun.errors import UsageError

torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")
pytest.importorskip("tensorboard")

from myorun.policy.files import at_work, load_policy, save_policy  # noqa: E402
from myorun.policy.perception import Sense  # noqa: E402
from myorun.train.field import Field, Ground  # noqa: E402
from myorun.train.library import Config, Library  # noqa: E402
from myorun.train.library_env import FieldVecEnv  # noqa: E402
from myorun.train.networks import Normaliser  # noqa: E402
from myorun.train.rewards import RewardTerms  # noqa: E402
from myorun.train.run_folder import RunFolder  # noqa: E402
from myorun.train.settings import checked, words_of  # noqa: E402

METHODS = ("ppo", "trpo", "ddpg", "td3", "sac")
SMALL = {"runners": 4, "decisions": 8, "hidden": [8]}
OPTIONS = {"batch_size": 16, "n_epochs": 1, "buffer_size": 1000, "learning_starts": 16, "gradient_steps": 1}


def small(algorithm: str) -> Library:
    words = words_of(algorithm) | SMALL
    words["options"] = {k: OPTIONS.get(k, v) for k, v in words["options"].items()}
    return Library(checked(Config, words), threads=1)


@pytest.mark.filterwarnings("ignore")  # the libraries' own
@pytest.mark.parametrize("algorithm", METHODS)
def test_an_algorithm_changes_its_policy_and_its_policy_survives_the_disk(algorithm: str, tmp_path: Path) -> None:
    trainee = small(algorithm)
    before = trainee.policy().network
    for _ in range(3):
        trainee.advance()
    after = trainee.policy()
    assert trainee.steps == 3 * 4 * 8 * 5
    assert not np.array_equal(before.weights[0], after.network.weights[0])
    kept = load_policy(save_policy(after, tmp_path / "p"))
    features = np.random.default_rng(0).normal(size=(5, 67))
    assert np.array_equal(kept.file.network.decide(features), at_work(after).file.network.decide(features))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("algorithm", METHODS)
def test_the_policy_on_disk_decides_as_the_library_s_own(algorithm: str) -> None:
    trainee = small(algorithm)
    trainee.advance()
    features = trainee._env.reset()
    theirs, _ = trainee._model.predict(features, deterministic=True)
    network = trainee.policy().network
    raw = features.astype(np.float64) * network.deviation + network.mean
    inside = (np.abs(features) < 5.0).all(axis=1)  # what was clipped cannot be undone
    assert inside.any()
    assert network.decide(raw)[inside] == pytest.approx(theirs[inside], abs=1e-4)  # float32 beside float64


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("algorithm", ["ppo", "sac"])
def test_a_restored_algorithm_has_the_same_networks_and_memories(algorithm: str, tmp_path: Path) -> None:
    first = small(algorithm)
    for _ in range(3):
        first.advance()
    folder = RunFolder(tmp_path / "run", resume=False)
    folder.save_checkpoint(first.state())
    second = small(algorithm)
    second.restore(folder.load_checkpoint())
    assert second.steps == first.steps
    for a, b in zip(first._model.policy.parameters(), second._model.policy.parameters(), strict=True):
        assert torch.equal(a, b)
    buffers = [getattr(t._model, "replay_buffer", None) for t in (first, second)]
    if buffers[0] is not None:
        assert buffers[0].pos == buffers[1].pos > 0
        assert np.array_equal(buffers[0].observations[: buffers[0].pos], buffers[1].observations[: buffers[1].pos])
    second.advance()


def test_an_impossible_option_is_answered_in_words() -> None:
    with pytest.raises(UsageError, match="does not take these settings"):
        Library(Config(**SMALL, options={"wings": 2}), threads=1)
    with pytest.raises(UsageError, match="method is 'A3C'"):
        Library(Config(**SMALL, method="A3C"), threads=1)


def test_the_library_is_told_a_time_limit_from_a_fall() -> None:
    field = Field(8, sense=Sense(), terms=RewardTerms(), ground=Ground(), seed=0, episode_steps=400)
    env = FieldVecEnv(field, Normaliser(67), on_off=True)
    env.reset()
    random, seen = np.random.default_rng(0), set()
    for _ in range(60):
        env.step_async(random.integers(0, 2, (8, 18)))
        shown, _, over, infos = env.step_wait()
        for i in range(8):
            assert bool(infos[i]) == over[i]
            if over[i]:
                limit = infos[i]["TimeLimit.truncated"]
                seen.add(limit)
                assert np.array_equal(infos[i]["terminal_observation"], shown[i]) != limit
    assert seen == {True, False}
