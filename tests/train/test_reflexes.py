"""The gradient-free baseline: reflexes feel through observations what they feel in a simulator; the search resumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myorun.anatomy import load_model
from myorun.controllers import load_policy as load_controller
from myorun.controllers import make_controller
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from myorun.evaluate import evaluate
from myorun.policy.files import DESCRIPTION, load_policy, save_policy
from myorun.policy.reflexes import QUANTITIES, ReflexFile, ReflexPolicy
from myorun.reflex import Gains
from myorun.run import run_episode
from myorun.train.run_folder import RunFolder

MODEL = load_model("human")


def policy(**gains: float) -> ReflexPolicy:
    return ReflexPolicy(ReflexFile("reflexes", Gains(**gains)), MODEL)


def test_reflexes_read_from_observations_what_a_simulator_tells() -> None:
    env = LearningToRunEnv(observation=QUANTITIES)
    controller = make_controller("reflex", MODEL)
    observation, _ = env.reset(seed=1)
    for _ in range(100):
        told = policy()(observation[None])[0]
        felt = controller._law.excitations(env.simulator)  # type: ignore[attr-defined]
        assert np.array_equal(told, felt)
        observation, *_ = env.step(felt)


def test_reflexes_score_the_same_in_any_batch() -> None:
    seeds = [1, 2, 3, 4, 5]
    scores = evaluate(policy(), seeds=seeds, difficulty=0, max_obstacles=0)
    again = evaluate(policy(), seeds=seeds, difficulty=0, max_obstacles=0, side_by_side=2)
    assert scores.episodes == again.episodes
    assert scores.mean > 10.0  # the walker walks


def test_reflexes_without_forces_are_told_what_is_missing() -> None:
    with pytest.raises(UsageError, match="tendon_forces"):
        policy()(np.zeros((2, 41)))


def test_gains_survive_the_disk_and_move_the_human(tmp_path: Path) -> None:
    folder = save_policy(ReflexFile("mine", Gains(speed=1.25)), tmp_path / "p")
    kept = load_policy(folder)
    assert isinstance(kept, ReflexPolicy) and kept.file.gains == Gains(speed=1.25)
    moved = run_episode(load_controller(folder), difficulty=0, steps=50).trajectory
    usual = run_episode("reflex", difficulty=0, steps=50).trajectory
    assert not np.array_equal(moved.coordinates, usual.coordinates)


@pytest.mark.parametrize("value", ["inf", "nan", "1e9", "'fast'", "true", "[1.0]"])
def test_gains_that_are_no_numbers_are_refused(tmp_path: Path, value: str) -> None:
    folder = save_policy(ReflexFile("mine", Gains(speed=1.25)), tmp_path / "p")
    text = (folder / DESCRIPTION).read_text(encoding="utf-8")
    (folder / DESCRIPTION).write_text(text.replace("speed = 1.25", f"speed = {value}", 1), encoding="utf-8")
    with pytest.raises(UsageError, match="the gain speed is"):
        load_policy(folder)


# ---------------------------------------------------------------- the search


def test_a_search_told_its_scores_again_is_the_same_search(tmp_path: Path) -> None:
    pytest.importorskip("cma")
    from myorun.train.reflexes import Config, Reflexes

    config = Config(population=4, courses=2)
    first = Reflexes(config, threads=1)
    for _ in range(3):
        first.advance()
    folder = RunFolder(tmp_path / "run", resume=False)
    folder.save_checkpoint(first.state())
    second = Reflexes(config, threads=1)
    second.restore(folder.load_checkpoint())
    assert second.steps == first.steps
    assert first.advance() == second.advance()
    assert first.policy().gains == second.policy().gains


def test_metrics_are_kept_where_tensorboard_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myorun.train.run_folder.find_spec", lambda name: None)
    folder = RunFolder(tmp_path / "run", resume=False)
    folder.log({"steps": 1.0, "score": 2.0})
    assert folder.rows() == [{"steps": 1.0, "score": 2.0}]
    assert not (folder.path / "tensorboard").exists()
