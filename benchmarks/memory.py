"""What a batch of environments holds in memory, and whether that grows.

Run: ``python benchmarks/memory.py``. Counted is resident memory from after the imports (and a batch of one, which loads
what is loaded once) to after the first steps of the batch, its random actions and what its step returns included.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

import myorun
from workloads import THREE, RandomHands

SETTLED = 50  # steps after which everything has its size


def resident() -> float:
    """Resident memory of this process [MB]; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def play(n: int, steps: tuple[int, int]) -> tuple[float, float]:
    """Resident memory after the first so many steps and after so many more [MB]."""
    env = myorun.make_vec(num_envs=n, **THREE.options)
    hands = RandomHands(n, 0, env.single_action_space.dtype)
    env.reset(seed=0)
    marks = []
    for leg in steps:
        for _ in range(leg):
            told = env.step(hands.draw())
        marks.append(resident())
    del told
    return marks[0], marks[1]


def main(
    envs: Annotated[int, typer.Option(min=1, help="Environments.")] = 10_000,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each after everything has its size.")] = 150,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Measure the resident memory of a batch."""
    play(1, (SETTLED, 1))
    before = resident()
    settled, after = play(envs, (SETTLED, steps))
    figures = {"held": settled - before, "growth": after - settled, "steps": steps * envs}
    if as_json:
        print(json.dumps(figures))
    else:
        held, growth = figures["held"], figures["growth"]
        print(f"{envs:,} environments: {held:.1f} MB, {growth:+.1f} MB after {figures['steps']:,} steps")


if __name__ == "__main__":
    typer.run(main)
