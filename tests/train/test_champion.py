"""A run can be killed at any moment and goes on as if it had not been; what it learns is what the formulas say."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.policy.examples import random_observations

from myorun.errors import UsageError
from myorun.policy.files import load_policy
from started import started, wait_until

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard")

from myorun.train import ppo  # noqa: E402
from myorun.train.champion import Champion, Config  # noqa: E402
from myorun.train.networks import InverseSquareRootUnit, Normaliser, Perceptron, as_network  # noqa: E402
from myorun.train.run_folder import RunFolder  # noqa: E402
from myorun.train.start import train  # noqa: E402

SMALL = ["runners=16", "decisions=8", "hidden=[8]", "minibatches=2", "epochs=2"]


def small() -> Config:
    return Config(runners=16, decisions=8, hidden=[8], minibatches=2, epochs=2)


def test_the_unit_has_the_derivative_of_its_formula() -> None:
    x = torch.linspace(-3, 3, 13, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(InverseSquareRootUnit.apply, x)


def test_a_policy_in_numpy_decides_as_the_learner_s_network() -> None:
    torch.manual_seed(0)
    actor, normaliser = Perceptron((67, 16, 18), 1.0), Normaliser(67)
    features = np.random.default_rng(0).normal(3.0, 2.0, (500, 67)).astype(np.float32)
    normaliser.take(features)
    with torch.no_grad():
        logits = actor(torch.from_numpy(normaliser.apply(features))).numpy()
    decisions = as_network(actor, normaliser).decide(features.astype(np.float64))
    clear = np.abs(logits) > 1e-4  # float32 may err about those
    assert np.array_equal(decisions[clear], (logits > 0)[clear])
    assert clear.mean() > 0.99


def test_decisions_are_held_as_long_as_is_due_and_counted_so() -> None:
    trainee = Champion(replace(small(), hold=[[1e-4, 4], [2e-4, 2]], decisions=[[1e-4, 8], [2e-4, 6]]), threads=1)
    try:
        steps = [0]
        for _ in range(3):
            trainee.advance()
            steps.append(trainee.steps)
    finally:
        trainee.close()
    assert np.diff(steps).tolist() == [16 * 8 * 4, 16 * 6 * 2, 16 * 6 * 2]
    assert trainee.policy().sense.hold == 2


def test_the_running_normaliser_has_the_moments_of_all_it_took() -> None:
    normaliser, random = Normaliser(2), np.random.default_rng(0)
    parts = [random.normal(loc, scale, (n, 2)) for loc, scale, n in ((0, 1, 50), (5, 2, 300), (-3, 0.1, 7))]
    for part in parts:
        normaliser.take(part)
    whole = np.concatenate(parts)
    assert normaliser.mean == pytest.approx(whole.mean(axis=0), abs=1e-4)  # it begins with 1e-4 of a row
    assert normaliser.variance == pytest.approx(whole.var(axis=0), rel=1e-4)


def test_a_gradient_taken_in_pieces_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    random = torch.Generator().manual_seed(0)
    x, gains, returns = (torch.randn(shape, generator=random) for shape in ((101, 7), (101,), (101,)))
    data = [(torch.rand((101, 3), generator=random) < 0.5).float(), torch.full((101,), -2.0), gains, returns]
    told, networks = [], []
    for rows in (101, 40):  # the last piece of the second is smaller than the others
        monkeypatch.setattr(ppo, "_ROWS", rows)
        learner = ppo.Learner(7, 3, (8,), 0.01, seed=1)
        told.append(learner._step(x, data, ppo.Settings(max_gradient=1e9)))
        networks.append([p.grad for p in (*learner.actor.parameters(), *learner.critic.parameters())])
    assert told[0] == pytest.approx(told[1], rel=1e-5)
    for whole, pieces in zip(*networks, strict=True):
        assert torch.allclose(whole, pieces, rtol=1e-4, atol=1e-6)
        assert whole.abs().max() > 0


def test_a_precision_that_torch_does_not_have_is_told() -> None:
    with pytest.raises(UsageError, match="matmul is 'low'; it must be one of highest, high, medium"):
        Champion(replace(small(), matmul="low"), threads=1)


def test_learning_makes_rewarded_decisions_more_likely() -> None:
    """The real learner on a made-up reward: a muscle that pays comes on, one that costs goes off."""
    trainee = Champion(replace(small(), epochs=4, minibatches=4, target_kl=1.0, entropy=0.0), threads=1)
    learner, sampler = trainee._learner, trainee._sampler
    for _ in range(60):
        batch = sampler.collect(*learner.frozen(), 8)
        paid = batch.decisions[..., 0] - batch.decisions[..., 1]
        ends = {"terminated": np.ones(paid.shape, bool), "truncated": np.zeros(paid.shape, bool)}
        learner.learn(batch._replace(rewards=paid, last_features=batch.last_features[:0], **ends), trainee._settings())
    share = sampler.collect(*learner.frozen(), 8).decisions.mean(axis=(0, 1))
    trainee.close()
    assert share[0] > 0.7 and share[1] < 0.3


def test_a_restored_trainee_learns_on_with_the_same_numbers() -> None:
    first = Champion(small(), threads=1)
    for _ in range(2):
        first.advance()
    state = first.state()
    second = Champion(small(), threads=1)
    second.restore(state)
    assert second.steps == first.steps
    batch = second._sampler.collect(*second._learner.frozen(), 8)
    told = [t._learner.learn(batch, t._settings()) for t in (first, second)]
    assert told[0] == told[1]
    for a, b in zip(first._learner.actor.parameters(), second._learner.actor.parameters(), strict=True):
        assert torch.equal(a, b)
    first.close(), second.close()


def test_a_state_survives_the_disk(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", resume=False)
    random = np.random.default_rng(0)
    state = {"a": [1, 2.5, "x", None, True], "b": {3: torch.arange(4)}, "c": np.eye(2), "d": random.bit_generator.state,
             "e": np.zeros(())}  # fmt: skip
    folder.save_checkpoint(state)
    back = folder.load_checkpoint()
    assert back["a"] == state["a"] and back["d"] == state["d"]
    assert np.array_equal(back["b"][3], np.arange(4)) and np.array_equal(back["c"], np.eye(2))
    assert back["e"].shape == ()


def test_a_damaged_checkpoint_is_said_to_be(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", resume=False)
    folder.save_checkpoint({"a": np.ones(100)})
    file = tmp_path / "run" / "checkpoint.safetensors"
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(UsageError, match="is damaged"):
        folder.load_checkpoint()


def test_a_run_leaves_policy_settings_and_metrics(tmp_path: Path) -> None:
    out = tmp_path / "run"
    found = train("champion", out=out, changes=[*SMALL, "steps=2000"], plan={"assess_episodes": 3})
    assert len(found.episodes) == 3
    assert load_policy(out / "policy")(random_observations(2)).shape == (2, 18)
    rows = RunFolder(out, resume=True).rows()
    assert rows[-1]["score"] == pytest.approx(found.mean)
    assert (out / "settings.toml").read_text().count("steps = 2000") == 1
    with pytest.raises(UsageError, match="holds a run already"):
        train("champion", out=out)


def test_there_must_be_a_run_to_resume(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run to resume"):
        train(None, out=tmp_path / "none", resume=True)


def test_a_run_killed_without_warning_goes_on_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "run"
    code = (
        "from pathlib import Path; from myorun.train.start import train; "
        f"train('champion', out=Path({str(out)!r}), changes={SMALL!r}, plan={{'checkpoint_seconds': 0.1}})"
    )
    with started([sys.executable, "-c", code]) as process:  # which leaving the block kills
        wait_until((out / "checkpoint.safetensors").exists, process)
        with pytest.raises(UsageError, match="still at work, in another process"):
            train(None, out=out, resume=True)
        time.sleep(0.5)
    before = RunFolder(out, resume=True).load_checkpoint()["trainee"]["steps"]
    assert before > 0
    train(None, out=out, resume=True, changes=[f"steps={before + 3000}"], plan={"assess_episodes": 2})
    after = RunFolder(out, resume=True).load_checkpoint()["trainee"]
    assert after["steps"] >= before + 3000
    assert after["learner"]["optimizer"]["state"][0]["step"] > 8  # Adam's own count went on
    assert [row["steps"] for row in RunFolder(out, resume=True).rows()] == [after["steps"]]


@pytest.mark.parametrize(
    ("algorithm", "change", "said"),
    [
        ("champion", "runners=0", "runners is 0; it must be a whole number, 1"),
        ("champion", "hidden=[]", "hidden is"),
        ("champion", "hidden=[8, 0]", "hidden is 0"),
        ("champion", "hidden=['a']", "hidden is 'a'"),
        ("champion", "hold=0", "hold is 0; it must be 1 to 100"),
        ("champion", "hold='x'", "hold is 'x'"),
        ("champion", "decisions=[[0, 0.2]]", "decisions is 0.2; it must be 1 to 10000"),
        ("champion", "hold=[[0, 5], [600, 200]]", "hold is 200; it must be 1 to 100"),
        ("champion", "reward.joints='x'", "joints is 'x'"),
        ("champion", "reward.joints=inf", "joints is inf"),
        ("champion", "obstacles.10=[[0, -1.0]]", "must not be negative"),
        ("champion", "obstacles.10='many'", "a schedule is 'many'"),
        ("champion", "learning_rate=-1.0", "Invalid learning rate"),
        ("ppo", "obstacles.10=-1", "must not be negative"),
        ("ppo", "learning_rate=-1.0", "Invalid learning rate"),
        ("ppo", "options.batch_size=0", "does not take these settings"),
        ("cmaes-reflex", "population=1", "cannot|nothing can"),
    ],
)
def test_settings_that_cannot_be_are_answered_before_anything_is_written(
    algorithm: str, change: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        train(algorithm, out=tmp_path / "run", changes=[change])
    assert not (tmp_path / "run").exists()
