"""Does it run like a human? Joint ranges, ligaments, ground reactions and muscle powers of a policy over some courses.

Run: ``python benchmarks/champion.py``: half a minute. ``--policy FOLDER`` looks at another one. With ``--opensim 5``
five courses are run in OpenSim too, as many at once as there are processors: minutes for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import track

from myorun.anatomy import load_model
from myorun.controllers import load_policy as load_controller
from myorun.env import LearningToRunEnv
from myorun.evaluate import EpisodeScore, evaluate
from myorun.policy.files import load_policy
from myorun.run import run_episode
from rival import available_processors
from tables import markdown

FIRST_SEED = 700_000
JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")
JOINT_HEADINGS = ("joint", "lowest °", "5 %", "median", "95 %", "highest", "ligaments from", "beyond")
MUSCLE_HEADINGS = ("muscle, both legs", "force, share of maximum, 95 %", "mean power W", "peak power W")
QUANTITIES = ("coordinates", "ground_reaction", "fiber_powers", "tendon_forces")


class Notes:
    """Keeps quantities of every state."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Any]] = {name: [] for name in QUANTITIES}

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        for name, rows in self.kept.items():
            rows.append(np.array(env.simulator.get(name)))
        return True


def main(
    policy: Annotated[str, typer.Option(help="Folder, or champion.")] = "champion",
    courses: Annotated[int, typer.Option(help="Of ten obstacles.")] = 20,
    opensim: Annotated[int, typer.Option(help="Compare so many of them with OpenSim.")] = 0,
) -> None:
    """Print the tables."""
    if opensim:
        print(markdown(("course", "native m", "OpenSim m", "difference"), beside_opensim(policy, opensim)))
        return
    notes = {name: np.concatenate(rows) for name, rows in record(policy, courses).items()}
    print(markdown(JOINT_HEADINGS, joints(notes)))
    print(f"\n{ground(notes)}\n")
    print(markdown(MUSCLE_HEADINGS, muscles(notes)))


def record(policy: str, courses: int) -> dict[str, list[Any]]:
    """Quantities of all states of all courses."""
    kept: dict[str, list[Any]] = {name: [] for name in QUANTITIES}
    for i in track(range(courses), console=Console(stderr=True), transient=True):
        notes = Notes()
        run_episode(load_controller(policy), seed=FIRST_SEED + i, max_obstacles=10, accuracy="fast", watchers=[notes])
        for name, rows in notes.kept.items():
            kept[name].append(np.array(rows))
    return kept


def joints(notes: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Both sides together, beside where ligaments begin to pull."""
    model = load_model("human")
    names = [c.name for c in model.free_coordinates]
    limits = {limit.coordinate: limit for limit in model.limits}
    for joint in JOINTS:
        angles = np.rad2deg(notes["coordinates"][:, [names.index(f"{joint}_{side}") for side in "rl"]]).ravel()
        low, high = np.rad2deg([limits[f"{joint}_r"].lower_limit, limits[f"{joint}_r"].upper_limit])
        beyond = ((angles < low) | (angles > high)).mean()
        shown = np.quantile(angles, [0.0, 0.05, 0.5, 0.95, 1.0])
        yield joint, *(f"{a:.0f}" for a in shown), f"{low:.0f} … {high:.0f}", f"{100 * beyond:.1f} %"


def ground(notes: dict[str, Any]) -> str:
    """Vertical ground reactions, in a sentence."""
    model = load_model("human")
    vertical = notes["ground_reaction"][:, 1] / model.weight
    air = 100 * (vertical < 0.01).mean()
    high = f"95 % {np.quantile(vertical, 0.95):.2f}, highest {vertical.max():.2f}"
    return f"Vertical ground reaction in body weights: {high}; in the air {air:.0f} % of the time."


def muscles(notes: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Force and power of each pair."""
    model = load_model("human")
    half = len(model.muscles) // 2
    for i in range(half):
        pair = [i, i + half]
        share = notes["tendon_forces"][:, pair] / model.muscles[i].max_isometric_force
        power = notes["fiber_powers"][:, pair]
        name = model.muscles[i].name.removesuffix("_r")
        yield name, f"{np.quantile(share, 0.95):.2f}", f"{power.mean():.0f}", f"{power.max():.0f}"


def beside_opensim(policy: str, courses: int) -> Iterator[tuple[str, ...]]:
    """The same courses in both, as many at once as there are processors."""
    seeds = range(FIRST_SEED, FIRST_SEED + courses)
    with ProcessPoolExecutor(min(courses, available_processors())) as pool:
        played = pool.map(partial(in_both, policy), seeds)
        pairs = list(track(played, "OpenSim", courses, console=Console(stderr=True), transient=True))
    for one, other in pairs:
        ours, theirs = (f"{episode.score:.2f}{' (fell)' * episode.fell}" for episode in (one, other))
        yield str(one.seed), ours, theirs, f"{100 * (other.score / one.score - 1):+.1f} %"
    ours, theirs = (np.mean([episode.score for episode in episodes]) for episodes in zip(*pairs, strict=True))
    yield "mean", f"{ours:.2f}", f"{theirs:.2f}", f"{100 * (theirs / ours - 1):+.1f} %"


def in_both(policy: str, seed: int) -> tuple[EpisodeScore, EpisodeScore]:
    """One course, native and in OpenSim."""
    native, opensim = (
        evaluate(load_policy(policy), physics=physics, seeds=[seed], max_obstacles=10).episodes[0]
        for physics in ("native", "opensim")
    )
    return native, opensim


if __name__ == "__main__":
    typer.run(main)
