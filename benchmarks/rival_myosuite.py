"""MyoSuite's legs (80 muscles, 34 degrees of freedom, MuJoCo) walking on flat ground, in the best way found here.

Run: ``python benchmarks/rival_myosuite.py`` with the Python of an environment that has ``pip install myosuite``. It
needs an older Gymnasium than ours, so give it an environment of its own; ``rival.measure_elsewhere`` reaches it there.
Excitations are uniform in [0, 1]; humans that fall are reset, which happens every few dozen steps.
"""

from __future__ import annotations

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
)

NAME = "myoLegWalk-v0"
STEP_SECONDS = 0.01  # ten physics steps of 1 ms
EPISODE = 40  # control steps a rollout of physics alone, about those to a fall


def make_one() -> Any:
    """One environment, without the checker that ``gymnasium.make`` would wrap around it."""
    import gymnasium
    import myosuite  # noqa: F401 - registers its environments

    return gymnasium.make(NAME, disable_env_checker=True)


def steps_per_second(n: int, seconds: float, processors: int | None = None) -> Figures:
    """Control steps per second of ``n`` pairs of legs the best way, each way measured for ``seconds``."""
    workers = processors or available_processors()
    rival = GymRival(make_one, 0.0, 1.0)
    rates = {"plain loop": rival.loop(n, seconds), "SyncVectorEnv": rival.sync(n, seconds)}
    if n > 1 and workers > 1:
        rates[f"AsyncVectorEnv of {workers} loops"] = rival.bundles(n, seconds, workers)
    way, rate, words = best_of(rates)
    physics = _physics_alone(n, seconds, workers)
    note = f"best: {way}; steps/s on {workers} processors: {words}; mujoco.rollout, physics alone: {physics:,.0f}"
    return Figures(name=f"MyoSuite {NAME}", steps_per_second=rate, step_seconds=STEP_SECONDS, note=note)


def _physics_alone(n: int, seconds: float, threads: int) -> float:
    env = make_one()
    env.reset(seed=0)
    model = env.unwrapped.model
    start = physics_state(model, env.unwrapped.data)
    controls = np.random.default_rng(0).uniform(0.0, 1.0, (n, EPISODE, model.nu))
    rate = rollout_rate(model, start, controls, env.unwrapped.frame_skip, seconds, threads)
    env.close()
    return rate


if __name__ == "__main__":
    options = option_parser(__doc__, n=16).parse_args()
    limit_processors(options.processors)
    tell(steps_per_second(options.n, options.seconds, options.processors), as_json=options.json)
