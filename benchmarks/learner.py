"""What a step of the champion's optimiser costs: products in float32 or bfloat16, the gradient at once or in pieces.

Run: ``python benchmarks/learner.py``: half a minute. All take turns on one processor. Needs ``pip install
'myorun[train]'``.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import product
from typing import Annotated

import torch
import typer
from torch import Tensor

from myorun.train import ppo
from tables import markdown
from turns import Clock, ratio_by_round, take_turns

FEATURES, MUSCLES, HIDDEN = 67, 18, (192, 128)
PRECISIONS = {"float32": "highest", "bfloat16": "medium"}
PIECES = {"at once": 10**9, "in pieces": ppo._ROWS}
HEADINGS = ("products", "gradient", "ms a step", "times faster")


def main(
    rows: Annotated[int, typer.Option(help="Decisions of a minibatch.")] = 6144,
    rounds: Annotated[int, typer.Option(help="Turns of each.")] = 30,
) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    batch = batch_of(rows)
    ways = list(product(PRECISIONS, PIECES))
    clocks: dict[str, Clock] = {" ".join(way): partial(seconds_of, *way, learner(), *batch) for way in ways}
    found = take_turns(clocks, rounds, lambda: None)
    slow = found[" ".join(ways[0])]
    figures = {way: found[" ".join(way)] for way in ways}
    table = ((*way, f"{1e3 * min(f):.1f}", f"{ratio_by_round(slow, f):.2f}") for way, f in figures.items())
    print(markdown(HEADINGS, table))


def batch_of(rows: int) -> tuple[Tensor, list[Tensor]]:
    """Features; decisions, log probabilities, advantages and returns."""
    decisions = (torch.rand(rows, MUSCLES) < 0.5).float()
    chance = torch.full((rows,), -MUSCLES * 0.693)
    return torch.randn(rows, FEATURES), [decisions, chance, torch.randn(rows), torch.randn(rows)]


def learner() -> ppo.Learner:
    return ppo.Learner(FEATURES, MUSCLES, HIDDEN, 3e-4, seed=1)


def seconds_of(precision: str, pieces: str, learner: ppo.Learner, x: Tensor, data: list[Tensor]) -> float:
    """One step."""
    torch.set_float32_matmul_precision(PRECISIONS[precision])
    ppo._ROWS = PIECES[pieces]
    began = time.perf_counter()
    learner._step(x, data, ppo.Settings())
    return time.perf_counter() - began


if __name__ == "__main__":
    typer.run(main)
