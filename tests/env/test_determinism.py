"""The same seed and actions give the same bits: twice, in another process, copied or pickled midway."""

from __future__ import annotations

import copy
import hashlib
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from myorun.env import LearningToRunEnv


def run(env: LearningToRunEnv, steps: int, actions_seed: int) -> str:
    """A digest of every bit of observation, reward and end of an episode."""
    digest, random = hashlib.sha256(), np.random.RandomState(actions_seed)
    for _ in range(steps):
        observation, reward, terminated, _, info = env.step(random.uniform(0, 1, 18))
        digest.update(observation.tobytes() + np.float64(reward).tobytes() + bytes([terminated]))
        digest.update(np.array(list(info.values())).tobytes())
        if terminated:
            break
    return digest.hexdigest()


def episode(seed: int) -> str:
    env = LearningToRunEnv(observation="extended", max_obstacles=10)
    observation, _ = env.reset(seed=seed)
    return hashlib.sha256(observation.tobytes()).hexdigest() + run(env, 40, seed)


def test_the_same_seed_and_actions_give_the_same_bits_twice() -> None:
    assert episode(3) == episode(3) != episode(4)


def test_an_episode_leaves_no_trace_in_the_next() -> None:
    env = LearningToRunEnv()
    env.reset(seed=7)
    first = run(env, 40, 1)
    env.reset(seed=8, options={"max_obstacles": 20})
    run(env, 10, 2)
    env.reset(seed=7)
    assert run(env, 40, 1) == first


def test_another_process_gives_the_same_bits() -> None:
    here = Path(__file__)
    paths = [*filter(None, sys.path), str(here.parent)]
    code = f"import sys; sys.path[:] = {paths!r}; import {here.stem}; print({here.stem}.episode(3))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == episode(3)


@pytest.mark.parametrize(
    "twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))], ids=["copy", "pickle"]
)
def test_a_copy_midway_goes_on_identically_and_independently(
    twin_of: Callable[[LearningToRunEnv], LearningToRunEnv],
) -> None:
    env = LearningToRunEnv(max_obstacles=10)
    env.reset(seed=11)
    run(env, 15, 1)
    twin = twin_of(env)
    assert run(twin, 20, 2) == run(env, 20, 2)
    assert twin.reset()[1]["course_seed"] == env.reset()[1]["course_seed"], "the generator is copied too"
    before = env.simulator.get("coordinates").tolist()
    twin.step(np.ones(18))
    assert env.simulator.get("coordinates").tolist() == before
