"""A score depends on policy, rules and seed alone, and is what the single environment says."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest
from tests.policy.examples import random_file, random_policy

from myorun.cli import main
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from myorun.evaluate import EpisodeScore, Evaluation, evaluate
from myorun.policy.files import save_policy
from myorun.summation import total
from myorun.trajectory import load_trajectory

SEEDS = [3, 4, 5, 6, 7, 2**33]


def test_the_same_scores_whatever_the_batch_and_the_threads() -> None:
    expected = evaluate(random_policy(), seeds=SEEDS, max_obstacles=10).episodes
    assert len({episode.score for episode in expected}) == len(SEEDS)
    for side_by_side, threads in ((1, 1), (2, 2), (4, 1), (100, 3)):
        again = evaluate(random_policy(), seeds=SEEDS, max_obstacles=10, side_by_side=side_by_side, threads=threads)
        assert again.episodes == expected


def test_a_score_is_the_sum_of_what_the_single_environment_rewards() -> None:
    policy = random_policy()
    found = evaluate(policy, seeds=[5], max_obstacles=10).episodes[0]
    env, alone = LearningToRunEnv(max_obstacles=10), random_policy()
    observation, _ = env.reset(seed=5)
    rewards, fell = [], False
    while not fell and len(rewards) < 1000:
        observation, reward, fell, _, _ = env.step(alone(observation[None])[0])
        rewards.append(reward)
    assert (found.steps, found.fell) == (len(rewards), fell)
    assert found.score == total(rewards)
    assert found.forward + found.ligaments == pytest.approx(found.score, abs=1e-12)
    assert found.ligaments < 0.0


def test_the_rules_decide_the_score() -> None:
    """Under the rules of 2017 a weak left psoas weakens another muscle."""
    ours, theirs = (evaluate(random_policy(), seeds=SEEDS, rules=rules) for rules in ("v1", "2017-1.5"))
    assert ours.rules == "v1" and theirs.rules == "2017-1.5"
    assert ours.episodes != theirs.episodes


def test_who_stands_for_an_episode_is_not_said_to_have_fallen() -> None:
    """A policy that answers with what the human is seen to need: nothing here falls within one step's time."""

    def rest(observations: np.ndarray) -> np.ndarray:
        return np.zeros((len(observations), 18))

    found = evaluate(rest, seeds=[1, 2])
    assert all(episode.fell and episode.steps < 1000 for episode in found.episodes)
    assert found.falls == 1.0 and np.isnan(found.completed)


def evaluation_of(*scores: float) -> Evaluation:
    episodes = tuple(EpisodeScore(i, s, s, 0.0, 1000, fell=s < 2.0) for i, s in enumerate(scores))
    return Evaluation("p", "v1", "native", "fast", 2, 10, episodes)


def test_statistics_are_those_of_the_scores() -> None:
    found = evaluation_of(1.0, 2.0, 3.0, 6.0)
    assert found.mean == 3.0
    assert found.std == pytest.approx((14.0 / 3.0) ** 0.5)  # of a sample: 4 + 1 + 0 + 9 over 3
    assert found.falls == 0.25 and found.completed == pytest.approx(11.0 / 3.0)
    low, high = found.interval
    assert high - 3.0 == pytest.approx(1.959964 * found.std / 2.0) and 3.0 - low == pytest.approx(high - 3.0)
    assert evaluation_of(4.0).interval == (4.0, 4.0)


def test_the_confidence_interval_covers_the_true_mean_19_times_in_20() -> None:
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(1000):
        low, high = evaluation_of(*random.normal(7.0, 2.0, 50)).interval
        covered += low <= 7.0 <= high
    assert covered / 1000 == pytest.approx(0.945, abs=0.02)  # binomial deviation 0.007; t with 49 degrees: 0.944


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seeds": []}, "seeds is empty"),
        ({"seeds": [-1]}, "seed is -1"),
        ({"seeds": [1.5]}, "seed is 1.5"),
        ({"physics": "bullet"}, "physics is 'bullet'"),
        ({"rules": "v0"}, "rules are 'v0'"),
        ({"difficulty": 3}, "difficulty is 3"),
        ({"max_obstacles": 21}, "max_obstacles is 21"),
        ({"side_by_side": 0}, "side_by_side is 0"),
        ({"threads": -1}, "threads is -1"),
        ({"accuracy": "best"}, "accuracy is 'best'"),
    ],
)
def test_impossible_settings_are_refused_in_words(options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        evaluate(random_policy(), **{"seeds": [1], **options})


# ---------------------------------------------------------------- command


def test_the_command_prints_one_json_object(tmp_path, capsys) -> None:
    folder = save_policy(random_file(), tmp_path / "policy")
    with pytest.raises(SystemExit) as left:
        main(["evaluate", str(folder), "--episodes", "3", "--first-seed", "4", "--obstacles", "10", "--json"])
    assert not left.value.code
    told = json.loads(capsys.readouterr().out)
    expected = evaluate(random_policy(), seeds=[4, 5, 6], max_obstacles=10)
    assert told["episodes"] == 3
    assert (told["mean"], told["std"], told["falls"]) == (expected.mean, expected.std, expected.falls)
    assert [row["score"] for row in told["per_episode"]] == expected.scores.tolist()


def test_the_command_prints_a_table(tmp_path, capsys) -> None:
    folder = save_policy(random_file(), tmp_path / "policy")
    with pytest.raises(SystemExit):
        main(["evaluate", str(folder), "--episodes", "2"])
    out = capsys.readouterr().out
    assert "2 episodes, difficulty 2, up to 10 obstacles, rules v1, native" in out


def test_the_command_that_it_names_shows_the_lowest_episode_as_it_was_scored(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = save_policy(random_file(), tmp_path / "a policy")
    with pytest.raises(SystemExit):
        main(["evaluate", str(folder), "--episodes", "3", "--first-seed", "4", "--difficulty", "1", "--obstacles", "9"])
    line = capsys.readouterr().out.splitlines()[-1]
    words = shlex.split(line.partition("the lowest: myorun ")[2])
    with pytest.raises(SystemExit):
        main([*words, "--save", "lowest.npz"])
    lowest = load_trajectory("lowest.npz")
    scored = evaluate(random_policy(), seeds=[4, 5, 6], difficulty=1, max_obstacles=9)
    assert lowest.facts.score == pytest.approx(scored.scores.min(), abs=1e-12)


def test_one_episode_has_no_interval_and_a_fall_completes_nothing(tmp_path, capsys) -> None:
    folder = save_policy(random_file(), tmp_path / "policy")
    with pytest.raises(SystemExit):
        main(["evaluate", str(folder), "--episodes", "1"])
    out = capsys.readouterr().out
    assert "falls 100.00 % · 1 episode, difficulty 2" in out
    assert "interval" not in out and "nan" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "policy 'nobody' is not there"),
        (["POLICY", "--episodes", "0"], "episodes is 0"),
        (["POLICY", "--seed", "-1"], "seed is -1"),
        (["POLICY", "--seed", str(2**63 - 1)], "for 100 episodes"),
        (["POLICY", "--physics", "bullet"], "physics is 'bullet'"),
        (["POLICY", "--obstacles", "21"], "max_obstacles is 21"),
    ],
)
def test_the_command_answers_mistakes_in_a_line(tmp_path, capsys, arguments: list[str], said: str) -> None:
    folder = str(save_policy(random_file(), tmp_path / "policy"))
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *(folder if word == "POLICY" else word for word in arguments)])
    assert left.value.code == 2
    assert said in capsys.readouterr().err
