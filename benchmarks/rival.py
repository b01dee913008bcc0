"""What the rivals in ``benchmarks/rival_*.py`` share: how one is timed, and how its figures are told.

Needs NumPy alone, and Gymnasium or MuJoCo where a rival lives in them, so that a rival can run in an environment of its
own if its packages cannot live beside ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Figures(TypedDict):
    """How fast a rival is."""

    name: str
    steps_per_second: float  # of control steps, all environments together
    step_seconds: float  # simulated seconds a control step
    note: str


# ---------------------------------------------------------------- timing


def time_steps(step: Callable[[], int], seconds: float) -> float:
    """Steps per second of ``step``, which returns how many it made; its first call only warms up."""
    step()
    count, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds or count == 0:
        count += step()
    return count / elapsed


def time_play(env: Any, actions: Array, n: int, seconds: float) -> float:
    """Steps per second of ``env``, which holds ``n``, under ``actions``, over and over; closes it."""
    endless = cycle(actions)

    def step() -> int:
        env.step(next(endless))
        return n

    try:
        return time_steps(step, seconds)
    finally:
        env.close()


def measure_elsewhere(script: str, *options: str, python: str = sys.executable) -> Figures:
    """The figures of ``benchmarks/<script>`` in a process of its own, whose Python may be that of another environment.

    Raises:
        RuntimeError: with the last line of its complaint, if it fails.
    """
    command = [python, str(Path(__file__).with_name(script)), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        complaint = done.stderr.strip().splitlines() or ["no complaint"]
        raise RuntimeError(f"{script} ended with status {done.returncode}: {complaint[-1]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


# ---------------------------------------------------------------- command line


def option_parser(description: str | None, *, n: int) -> argparse.ArgumentParser:
    """The options every rival has; ``n`` is its default number of environments."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--n", type=int, default=n, help=f"environments (default {n})")
    parser.add_argument("--seconds", type=float, default=3.0, help="to measure for, each way (default 3)")
    parser.add_argument("--processors", type=int, default=available_processors(), help="to use (default all)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser


def tell(figures: Figures, *, as_json: bool) -> None:
    """Print figures for a program or for a person."""
    if as_json:
        print(json.dumps(figures))
        return
    rate, step = figures["steps_per_second"], figures["step_seconds"]
    print(f"{figures['name']}: {rate:,.0f} steps/s of {step * 1e3:g} ms, {rate * step:,.1f} simulated s/s")
    print(figures["note"])


def available_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_processors(count: int) -> None:
    """Keep this process and its later threads and children to ``count`` processors, where the system allows it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


# ---------------------------------------------------------------- rivals in Gymnasium


@dataclass(frozen=True)
class GymRival:
    """An environment registered with Gymnasium, driven by uniformly random actions."""

    make: Callable[[], Any]
    low: float  # of every action
    high: float

    def loop(self, n: int, seconds: float) -> float:
        """Steps per second of a plain loop over ``n`` environments in this process; resets do not count as steps."""
        return self._run(_bundle([self.make] * n), n, seconds)

    def sync(self, n: int, seconds: float) -> float:
        """Of Gymnasium's SyncVectorEnv; a reset counts as a step, as Gymnasium has it."""
        from gymnasium.vector import SyncVectorEnv

        return self._run(SyncVectorEnv([self.make] * n), n, seconds)

    def asynchronous(self, n: int, seconds: float) -> float:
        """Of Gymnasium's AsyncVectorEnv: a process for each environment, observations in shared memory."""
        from gymnasium.vector import AsyncVectorEnv

        return self._run(AsyncVectorEnv([self.make] * n), n, seconds)

    def bundles(self, n: int, seconds: float, workers: int) -> float:
        """Of Gymnasium's AsyncVectorEnv with ``workers`` processes, each a plain loop over its share of ``n``."""
        from gymnasium.vector import AsyncVectorEnv

        share = max(1, n // workers)
        makers = [partial(_bundle, [self.make] * share)] * workers
        return self._run(AsyncVectorEnv(makers), share * workers, seconds)

    def _run(self, env: Any, n: int, seconds: float) -> float:
        draw = np.random.default_rng(0).uniform
        actions = draw(self.low, self.high, (50, *env.action_space.shape)).astype(env.action_space.dtype)
        env.reset(seed=0)
        return time_play(env, actions, n, seconds)


def _bundle(makers: Sequence[Callable[[], Any]]) -> Any:
    """Several environments as one that steps them in turn and resets those that end.

    What Gymnasium would carry beside the observations (rewards, ends) goes among them, and infos, the dearest to carry,
    go nowhere: all in favour of the rival.
    """
    import gymnasium
    from gymnasium.vector.utils import batch_space

    class Bundle(gymnasium.Env[Any, Any]):
        def __init__(self) -> None:
            self.envs = [make() for make in makers]
            n, (first, *_) = len(self.envs), self.envs
            self.action_space = batch_space(first.action_space, n)
            numbers = gymnasium.spaces.Box(-np.inf, np.inf, (n, 2))
            self.observation_space = gymnasium.spaces.Tuple((batch_space(first.observation_space, n), numbers))
            self.observations = np.zeros((n, *first.observation_space.shape), first.observation_space.dtype)
            self.numbers = np.zeros((n, 2), numbers.dtype)

        def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
            for i, env in enumerate(self.envs):
                self.observations[i], _ = env.reset(seed=None if seed is None else seed + i)
            return (self.observations, self.numbers), {}

        def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
            for i, env in enumerate(self.envs):
                observation, reward, terminated, truncated, _ = env.step(action[i])
                self.numbers[i] = reward, terminated
                self.observations[i] = env.reset()[0] if terminated or truncated else observation
            return (self.observations, self.numbers), 0.0, False, False, {}

        def close(self) -> None:
            for env in self.envs:
                env.close()

    return Bundle()


# ---------------------------------------------------------------- rivals in MuJoCo


def rollout_rate(model: Any, start: Array, controls: Array, substeps: int, seconds: float, threads: int) -> float:
    """Control steps per second of MuJoCo's own thread pool: physics alone, no observations, rewards or resets.

    Args:
        model: a ``mujoco.MjModel``.
        start: full physics state from which every rollout begins, shape (state,).
        controls: shape (n, control steps of a rollout, controls).
        substeps: physics steps a control step.
        seconds: how long to measure.
        threads: of the pool.
    """
    import mujoco
    from mujoco.rollout import Rollout

    n, length = map(int, controls.shape[:2])
    data = [mujoco.MjData(model) for _ in range(threads)]
    starts, held = np.tile(start, (n, 1)), np.repeat(controls, substeps, axis=1)
    with Rollout(nthread=threads) as pool:

        def step() -> int:
            pool.rollout([model] * n, data, starts, held)
            return n * length

        return time_steps(step, seconds)


def physics_state(model: Any, data: Any) -> Array:
    """The full physics state of a ``mujoco.MjData``, shape (state,)."""
    import mujoco

    kind = mujoco.mjtState.mjSTATE_FULLPHYSICS
    state = np.empty(mujoco.mj_stateSize(model, kind))
    mujoco.mj_getState(model, data, state, kind)
    return state


def best_of(rates: dict[str, float]) -> tuple[str, float, str]:
    """The quickest way, its rate, and all rates in words."""
    way = max(rates, key=rates.__getitem__)
    return way, rates[way], ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
