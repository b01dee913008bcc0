"""A hundred million steps under actions of every unruly kind: nothing but numbers may come out, and no memory may go.

Run by ``python benchmarks/throughput.py --long``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

import myorun
from memory import resident
from tables import markdown
from workloads import MUSCLES, TEN

Array = NDArray[Any]
HOLD = 20  # steps
SETTLED = 100  # steps after which everything has its size


@dataclass
class Account:
    """What a long run went through."""

    steps: int = 0
    falls: int = 0
    truncations: int = 0
    not_finite: int = 0  # environment steps with an observation or reward that is no number
    failures: int = 0  # steps the integrator gave up
    seconds: float = 0.0  # s in the environments
    start: float = 0.0  # resident memory when everything has its size, MB
    end: float = 0.0


class UnrulyHands:
    """A third of the humans gets fresh random excitations at every step, a third 0 or 1, a third holds for 20 steps."""

    def __init__(self, n: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._actions = np.zeros((n, MUSCLES), np.float32)
        self._kind = np.arange(n) % 3  # neighbours, which share a register, move differently
        self._clock = self._rng.integers(0, HOLD, n)

    def draw(self) -> Array:
        """Excitations of the next step, shape (n, muscles); overwritten by the next draw."""
        fresh = self._rng.random(self._actions.shape, np.float32)
        bang = self._kind == 1
        fresh[bang] = np.round(fresh[bang])
        due = (self._kind < 2) | (self._clock == 0)
        self._actions[due] = fresh[due]
        self._clock = (self._clock + 1) % HOLD
        return self._actions


def endure(name: str, n: int, steps: int, accuracy: str | int, seed: int, advance: Callable[[int], Any]) -> Account:
    """``steps`` environment steps, or a few more, of ``n`` environments in float32 on all threads."""
    env = myorun.make_vec(
        name, num_envs=n, precision="float32", accuracy=accuracy, copy=False, max_obstacles=TEN.options["max_obstacles"]
    )
    given_up = env.unwrapped.rules.failure_reward  # type: ignore[attr-defined]
    hands, account = UnrulyHands(n, seed), Account()
    env.reset(seed=seed)
    for k in range(-(-steps // n)):
        actions = hands.draw()
        began = time.perf_counter()
        observations, rewards, terminated, truncated, _ = env.step(actions)
        account.seconds += time.perf_counter() - began
        account.steps += n
        account.falls += int(terminated.sum())
        account.truncations += int(truncated.sum())
        account.failures += int((rewards == given_up).sum())
        account.not_finite += int((~(np.isfinite(observations).all(axis=1) & np.isfinite(rewards))).sum())
        if k <= SETTLED:
            account.start = resident()
        advance(n)
    account.end = resident()
    return account


class Speed(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """As rich asks for it."""
        return Text(f"{task.speed:,.0f} steps/s" if task.speed else "")


def run(name: str, n: int, steps: int, accuracy: str | int, seed: int) -> Account:
    """:func:`endure` under a bar, and its account printed as a table in Markdown."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Speed(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("enduring", total=-(-steps // n) * n)
        account = endure(name, n, steps, accuracy, seed, lambda count: progress.advance(task, count))
    print(table(account, name, n, accuracy))
    return account


def table(a: Account, name: str, n: int, accuracy: str | int) -> str:
    """The account as a table."""
    cells = {
        "steps": f"{a.steps:,}",
        "not finite": f"{a.not_finite:,}",
        "integrations given up": f"{a.failures:,}",
        "falls": f"{a.falls:,}",
        "truncations": f"{a.truncations:,}",
        "memory": f"{a.start:.1f} → {a.end:.1f} MB",
        "steps/s": f"{a.steps / a.seconds:,.0f}",
    }
    title = (
        f"{n:,} environments of {name}, float32, {accuracy!r}, ten obstacles; random, bang-bang and held excitations"
    )
    return f"{title}\n\n{markdown(list(cells), [list(cells.values())])}"
