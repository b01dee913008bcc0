"""Gymnasium's Humanoid-v5, vectorised in every way that Gymnasium and its companions offer here; the best counts.

Run: ``python benchmarks/rival_humanoid.py``. Needs ``pip install mujoco``; EnvPool, a vectorisation of the same
environment in C++, takes part if ``pip install envpool`` has been done. Actions are uniform in ±0.4, as the environment
allows; humanoids that fall are reset, which happens every few dozen steps.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from rival import (
    Figures,
    GymRival,
    available_processors,
    best_of,
    limit_processors,
    option_parser,
    physics_state,
    rollout_rate,
    tell,
    time_play,
)

NAME = "Humanoid-v5"
LIMIT = 0.4  # of every action
STEP_SECONDS = 0.015  # five physics steps of 3 ms
EPISODE = 20  # control steps a rollout of physics alone, about those to a fall


def make_one() -> Any:
    """One environment, without the checker that ``gymnasium.make`` would wrap around it."""
    import gymnasium

    return gymnasium.make(NAME, disable_env_checker=True)


def steps_per_second(n: int, seconds: float, processors: int | None = None) -> Figures:
    """Control steps per second of ``n`` Humanoids the best way, each way measured for ``seconds``."""
    workers = processors or available_processors()
    rival = GymRival(make_one, -LIMIT, LIMIT)
    rates = {"plain loop": rival.loop(n, seconds), "SyncVectorEnv": rival.sync(n, seconds)}
    if n > 1 and workers > 1:
        rates[f"AsyncVectorEnv of {workers}"] = rival.asynchronous(workers, seconds)
        rates[f"AsyncVectorEnv of {workers} loops"] = rival.bundles(n, seconds, workers)
    if importlib.util.find_spec("envpool"):
        rates["EnvPool"] = _envpool(n, seconds, workers)
    way, rate, words = best_of(rates)
    physics = _physics_alone(n, seconds, workers)
    note = f"best: {way}; steps/s on {workers} processors: {words}; mujoco.rollout, physics alone: {physics:,.0f}"
    return Figures(name=NAME, steps_per_second=rate, step_seconds=STEP_SECONDS, note=note)


def _envpool(n: int, seconds: float, threads: int) -> float:
    import envpool

    env = envpool.make(NAME, env_type="gymnasium", num_envs=n, num_threads=min(n, threads))
    actions = np.random.default_rng(0).uniform(-LIMIT, LIMIT, (50, n, *env.action_space.shape))
    env.reset()
    return time_play(env, actions, n, seconds)


def _physics_alone(n: int, seconds: float, threads: int) -> float:
    env = make_one()
    env.reset(seed=0)
    model = env.unwrapped.model
    start = physics_state(model, env.unwrapped.data)
    controls = np.random.default_rng(0).uniform(-LIMIT, LIMIT, (n, EPISODE, model.nu))
    rate = rollout_rate(model, start, controls, env.unwrapped.frame_skip, seconds, threads)
    env.close()
    return rate


if __name__ == "__main__":
    options = option_parser(__doc__, n=64).parse_args()
    limit_processors(options.processors)
    tell(steps_per_second(options.n, options.seconds, options.processors), as_json=options.json)
