"""What each tool of the champion is worth, alone: it learns for as many steps without one of them, all else the same.

Run: ``python benchmarks/ablations.py --out runs/ablations``: about three minutes for each on two quiet processors. A
run that is there already is scored, not trained again. ``--only`` picks some. Needs ``pip install 'myorun[train]'``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from baselines import scored, told
from myorun.policy.files import load_policy
from myorun.train.run_folder import RunFolder
from myorun.train.start import train
from tables import markdown

ON_OFF = {"PPO of the library, muscles on or off": [], "PPO of the library, muscles graded": ["on_off=false"]}
# Changes to the settings of the champion, or of ppo.
VARIANTS: dict[str, list[str]] = {
    "all tools": [],
    "all tools, another seed": ["seed=3"],
    "positions as told, not from the pelvis": ["sense.frame=false"],
    "a decision every 10 ms, not 50": ["hold=1", "gamma=0.998"],
    "a decision every 20 ms": ["hold=2", "gamma=0.996"],
    "no memory of obstacles passed": ["sense.passed=0"],
    "no mirror": ["sense.mirror=false"],
    "features not normalised": ["normalise=false"],
    "no curriculum: ten obstacles from the start": ["obstacles.0=0.0", "obstacles.10=1.0", "obstacles.20=0.0"],
    "start posture varied by 3°": ["sway=0.05"],
    "nothing for being alive": ["reward.alive=0.0"],
    "a leading leg costs nothing": ["reward.lead=0.0"],
    "joints beyond their range cost nothing": ["reward.joints=0.0"],
    "effort costs": ["reward.effort=0.002"],
    "trunk off a lean of 6° costs": ["reward.lean=0.005"],
    "products of matrices in float32": ["matmul=highest"],
    **ON_OFF,
}
HEADINGS = ("the champion's way, but", "score m ± 95 %", "falls", "steps", "settings changed")


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/ablations"),
    steps: Annotated[float, typer.Option(help="Of each run, in millions.")] = 20.0,
    episodes: Annotated[int, typer.Option(help="To score each on.")] = 200,
    only: Annotated[str, typer.Option(help="Numbers of some rows from 0, with commas between.")] = "",
) -> None:
    """Train what is missing, and print the table."""
    names = list(VARIANTS)
    wanted = [names[int(number)] for number in only.split(",")] if only else names
    print(markdown(HEADINGS, (row_of(name, out / str(names.index(name)), steps, episodes) for name in wanted)))


def row_of(name: str, folder: Path, millions: float, episodes: int) -> tuple[str, ...]:
    """One run, scored on the same unseen courses of ten obstacles as every other."""
    changes = VARIANTS[name]
    if not (folder / "policy").exists():
        algorithm = "ppo" if name in ON_OFF else "champion"
        train(algorithm, out=folder, changes=[*changes, f"steps={int(millions * 1e6)}"], plan={"assess_episodes": 20})
    last = RunFolder(folder, resume=True).rows()[-1]
    found = told(scored(load_policy(folder / "policy"), name, episodes))
    shown = " ".join(f"`{change}`" for change in changes)
    return name, *found, f"{last['steps'] / 1e6:.0f} M", shown


if __name__ == "__main__":
    typer.run(main)
