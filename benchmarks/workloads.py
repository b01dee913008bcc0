"""The motions that the benchmarks of speed play, for one environment and for batches: recorded walks and random moves.

A recorded walk cannot be replayed blindly for long: walking is unstable, and tiny errors of a replay end in a fall. So
every round begins in the recorded state, and all contenders move alike, whatever their accuracy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

import myorun
from myorun.controllers import Sight
from myorun.physics import State
from myorun.run import run_episode
from myorun.trajectory import Trajectory
from turns import Clock

Array = NDArray[Any]

OURS = "myorun/LearningToRun-v1"
MUSCLES = 18
HELD = 10  # steps that a random excitation is held at most
BURN_IN = 100  # steps after which humans that began together are in all phases of moving and falling


@dataclass(frozen=True)
class Ground:
    """What courses are drawn from."""

    difficulty: int
    max_obstacles: int

    @property
    def options(self) -> dict[str, int]:
        """For the environments."""
        return {"difficulty": self.difficulty, "max_obstacles": self.max_obstacles}


FLAT, THREE, TEN = Ground(0, 0), Ground(2, 3), Ground(2, 10)


class RandomHands:
    """Uniformly random excitations; every human's are held for 1 to 10 steps. Also a controller of one human."""

    def __init__(self, n: int, seed: int, dtype: Any = np.float64) -> None:
        self._rng = np.random.default_rng(seed)
        self._held = np.zeros((n, MUSCLES), dtype)
        self._left = np.zeros(n, int)

    def draw(self) -> Array:
        """Excitations of the next step, shape (n, muscles); overwritten by the next draw."""
        due = np.flatnonzero(self._left == 0)
        self._held[due] = self._rng.random((len(due), MUSCLES))
        self._left[due] = self._rng.integers(1, HELD + 1, len(due))
        self._left -= 1
        return self._held

    def excite(self, sight: Sight) -> Array:
        """As a controller of :func:`myorun.run_episode`."""
        return self.draw()[0].astype(float)


# ---------------------------------------------------------------- recordings


def record_walk(ground: Ground, steps: int, seed: int) -> Trajectory:
    """The reflex walker on the course of a seed."""
    return run_episode("reflex", seed=seed, steps=steps, **ground.options).trajectory


def record_random(ground: Ground, episodes: int, seed: int) -> list[Trajectory]:
    """Episodes of random moves, each until the fall."""
    seeds = range(seed, seed + episodes)
    return [run_episode(RandomHands(1, s), seed=s, **ground.options).trajectory for s in seeds]


def rows_of(walk: Trajectory) -> Array:
    """Every state of a recording as a row, shape (steps + 1, state)."""
    return np.hstack([walk.coordinates, walk.speeds, walk.activations, walk.fiber_lengths])


def state_of(walk: Trajectory, step: int) -> State:
    """The state before a step."""
    return State(
        float(walk.times[step]),
        walk.coordinates[step],
        walk.speeds[step],
        walk.activations[step],
        walk.fiber_lengths[step],
    )


# ---------------------------------------------------------------- one environment


def replay_one(walk: Trajectory, ground: Ground, rounds: int, *, repeats: int = 1, **options: Any) -> Clock:
    """A clock of one of ours, or of OpenSim, on a recorded walk: the rounds together play it once, then again.

    Every round begins in the recorded state, and is played ``repeats`` times; only the steps are timed.
    """
    env: Any = gymnasium.make(OURS, **ground.options, **options)
    env.reset(options={"course": walk.course})
    length = walk.steps // rounds
    turn = count()

    def clock() -> float:
        first, seconds = next(turn) % rounds * length, 0.0
        for _ in range(repeats):
            env.unwrapped.simulator.set_state(state_of(walk, first))
            seconds += sum(_seconds(env.step, walk.excitations[first + k]) for k in range(length))
        return seconds / (repeats * length)

    return clock


def wander_one(ground: Ground, steps: int, seed: int, **options: Any) -> Clock:
    """A clock of one of ours, or of OpenSim, under random moves, episode by episode: ``steps`` of them a round."""
    hands = RandomHands(1, seed)
    play = play_one(gymnasium.make(OURS, **ground.options, **options), lambda: (hands.draw()[0] for _ in count()), seed)
    return lambda: sum(next(play) for _ in range(steps)) / steps


def play_one(env: Any, draw_actions: Callable[[], Iterable[Array]], seed: int) -> Iterator[float]:
    """Seconds of every step, without resets: the actions over and over, from the start after a fall or at their end."""
    for episode in count():
        env.reset(seed=seed + episode)
        for action in draw_actions():
            began = time.perf_counter()
            _, _, terminated, truncated, _ = env.step(action)
            yield time.perf_counter() - began
            if terminated or truncated:
                break


def _seconds(step: Callable[[Array], Any], actions: Array) -> float:
    began = time.perf_counter()
    step(actions)
    return time.perf_counter() - began


# ---------------------------------------------------------------- batches


def wander_batch(n: int, ground: Ground, steps: int, seed: int, burn_in: int = BURN_IN, **options: Any) -> Clock:
    """A clock of a batch in the thick of learning: random moves, courses and phases of its own in every environment.

    Same-step resets: work that is timed, and no step is theirs alone.
    """
    env = myorun.make_vec(num_envs=n, autoreset_mode="same-step", **ground.options, **options)
    hands = RandomHands(n, seed, env.single_action_space.dtype)
    env.reset(seed=seed)
    for _ in range(burn_in):
        env.step(hands.draw())
    return lambda: sum(_seconds(env.step, hands.draw()) for _ in range(steps)) / (steps * n)


def replay_batch(n: int, walk: Trajectory, ground: Ground, rounds: int, *, in_step: bool, **options: Any) -> Clock:
    """A clock of a batch in which all play a recorded walk.

    In step they play it as :func:`replay_one` does, else each at a phase of its own: registers full of equal humans
    would flatter an integrator that goes at the pace of the slowest.
    """
    env: Any = myorun.make_vec(
        num_envs=n, autoreset_mode="disabled", max_episode_steps=0, copy=False, **ground.options, **options
    )
    env.reset(options={"course": walk.course})
    rows, excitations = rows_of(walk), walk.excitations.astype(env.single_action_space.dtype)
    length = walk.steps // rounds
    lead = np.zeros(n, int) if in_step else np.random.default_rng(0).integers(0, rounds, n)
    turn = count()

    def clock() -> float:
        first = (next(turn) + lead) % rounds * length
        env.simulator.states = rows[first]
        return sum(_seconds(env.step, excitations[first + k]) for k in range(length)) / (length * n)

    return clock
