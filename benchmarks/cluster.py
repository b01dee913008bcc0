"""Episodes on several nodes of Ray, one of which is killed in the middle, against one process that plays them all.

Run: ``python benchmarks/cluster.py``. Needs ``pip install 'myorun[cluster]'``. Every node has processes of its own, as
if it were a machine. One is killed, all at once and without a word, while its worker is in the middle of its episodes;
Ray says much about that on the terminal, and the table comes last.
The exit status is 1 unless every episode is there once and equal, bit by bit, to that of the one process.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from myorun.cluster import Cluster, Episode
from myorun.cluster.episodes import play_episodes
from myorun.cluster.worker import make_batch

Array = NDArray[Any]
OPTIONS = {"precision": "float64", "max_obstacles": 10}
MEMORY = 100 * 2**20  # bytes of shared memory a node


class Noisy:
    """Random excitations, held for five steps; those of an episode come from its seed."""

    def begin(self, rows: Array, seeds: Array, steps: Array) -> None:
        if rows.all():
            self._noise, self._held = [np.random.default_rng()] * len(rows), np.zeros((len(rows), 18))
            self._steps = steps.copy()
        for row in np.flatnonzero(rows):
            self._noise[row], self._steps[row] = np.random.default_rng((seeds[row], steps[row])), 0

    def __call__(self, observations: Array) -> Array:
        for row in np.flatnonzero(self._steps % 5 == 0):
            self._held[row] = self._noise[row].random(18)
        self._steps += 1
        return self._held.copy()


class Doomed(Noisy):
    """The same; but on one node, after 20 steps, it says so in a file and waits for the end."""

    def __init__(self, node: str, sign: Path) -> None:
        self._node, self._sign, self._calls = node, sign, 0

    def __call__(self, observations: Array) -> Array:
        import ray

        self._calls += 1
        if self._calls == 20 and ray.get_runtime_context().get_node_id() == self._node:
            self._sign.touch()
            time.sleep(600.0)
        return super().__call__(observations)


def main(
    nodes: Annotated[int, typer.Option(min=2, help="Nodes of Ray, with one worker each.")] = 3,
    num_envs: Annotated[int, typer.Option(min=1, help="Environments of a worker.")] = 64,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes, of the seeds 0, 1, 2, …")] = 2000,
) -> None:
    """Play, kill a node, and compare."""
    began = time.perf_counter()
    expected = play_episodes(make_batch(num_envs, 1, OPTIONS), Noisy(), range(episodes))
    alone = time.perf_counter() - began
    machines, doomed = _machines(nodes)
    try:
        with Cluster(nodes, num_envs, address=machines.address, **OPTIONS) as cluster:
            began = time.perf_counter()
            played = _play(cluster, machines, doomed, episodes)
            together = time.perf_counter() - began
            counts = _counts(played, expected) | {"workers lost": cluster.deaths, "episodes redone": cluster.redone}
    finally:
        machines.shutdown()
    Console().print(_table(counts, alone, together, nodes))
    sys.exit(counts["duplicates"] + counts["missing"] + counts["not equal"] > 0 or counts["workers lost"] != 1)


def _machines(nodes: int) -> tuple[Any, Any]:
    """That many nodes with a processor each, and the last of them."""
    from ray.cluster_utils import Cluster as Machines

    head = {"num_cpus": 1, "object_store_memory": MEMORY, "include_dashboard": False}
    machines = Machines(initialize_head=True, head_node_args=head)
    others = [machines.add_node(num_cpus=1, object_store_memory=MEMORY) for _ in range(nodes - 1)]
    return machines, others[-1]


def _play(cluster: Cluster, machines: Any, doomed: Any, count: int) -> list[Episode]:
    with tempfile.TemporaryDirectory() as folder:
        sign = Path(folder) / "in the middle"
        threading.Thread(target=_kill, args=(machines, doomed, sign), daemon=True).start()
        return list(cluster.play(Doomed(doomed.node_id, sign), range(count)))


def _kill(machines: Any, node: Any, sign: Path) -> None:
    """SIGKILL to all processes of a node, once the sign is there."""
    while not sign.exists():
        time.sleep(0.01)
    machines.remove_node(node, allow_graceful=False)


def _counts(played: list[Episode], expected: list[Episode]) -> dict[str, int]:
    times = Counter(episode.seed for episode in played)
    return {
        "episodes": len(played),
        "duplicates": sum(times.values()) - len(times),
        "missing": len({episode.seed for episode in expected} - times.keys()),
        "not equal": len(set(played) ^ set(expected)),
    }


def _table(counts: dict[str, int], alone: float, together: float, nodes: int) -> Table:
    table = Table(title=f"{nodes} nodes, one killed in the middle", show_header=False)
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    table.add_row("one process", f"{alone:.1f} s")
    table.add_row("the nodes, death and replacement included", f"{together:.1f} s")
    return table


if __name__ == "__main__":
    typer.run(main)
