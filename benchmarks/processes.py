"""Batches in processes of their own that play a round when told; shared by benchmarks that compare builds or processes.

Run as a script it is such a process: options as JSON on the command line, a line in, seconds a step out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from turns import Array, take_turns

ROUND = 10  # steps


class Apart:
    """A batch under random moves in a process of its own, of the package that lies in ``folder`` if one is named."""

    def __init__(self, n: int, *, folder: Path | None = None, **options: Any) -> None:
        environment = dict(os.environ) if folder is None else dict(os.environ, PYTHONPATH=str(folder))
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps({"num_envs": n, **options})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def begin(self) -> None:
        """Tell it to play a round."""
        assert self._process.stdin
        print(file=self._process.stdin, flush=True)

    def end(self) -> float:
        """Seconds a step of one environment in the round begun, once it is through."""
        assert self._process.stdout
        return float(self._process.stdout.readline())

    def __call__(self) -> float:
        self.begin()
        return self.end()

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


class Together:
    """Several batches apart that play at the same time; seconds a step of all of them together."""

    def __init__(self, count: int, n: int, **options: Any) -> None:
        self._stack = ExitStack()
        self._players = [self._stack.enter_context(Apart(n, **options)) for _ in range(count)]

    def __call__(self) -> float:
        for player in self._players:
            player.begin()
        return max(player.end() for player in self._players) / len(self._players)

    def __enter__(self) -> Together:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def build(source: Path, folder: Path, *settings: str) -> Path:
    """The package of a tree, built into ``folder`` with settings of CMake such as ``NAME=ON``."""
    chosen = [f"--config-settings=cmake.define.{setting}" for setting in settings]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *chosen]
    subprocess.run([*command, str(source)], check=True)
    return folder


def time_builds(
    folders: Mapping[str, Path], n: int, rounds: int, tick: Callable[[], Any], **options: Any
) -> dict[str, Array]:
    """Seconds a step of the package in each folder, by round; ``tick`` is called after every round."""
    with ExitStack() as stack:
        clocks = {
            name: stack.enter_context(Apart(n, folder=folder, threads=1, **options)) for name, folder in folders.items()
        }
        return take_turns(clocks, rounds, tick)


def _serve(options: dict[str, Any]) -> None:
    import time

    import numpy as np

    import myorun

    envs = myorun.make_vec(**options)
    envs.reset(seed=0)
    moves = np.random.default_rng(0).random((30, *envs.action_space.shape)).astype(envs.action_space.dtype)
    turn = 0
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(ROUND):
            envs.step(moves[turn % len(moves)])
            turn += 1
        print((time.perf_counter() - began) / (ROUND * envs.num_envs), flush=True)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
