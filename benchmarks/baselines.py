"""What each way of learning reaches: trains the baselines and scores them, the champion and those who learn nothing.

Run: ``python benchmarks/baselines.py --out runs/baselines``: minutes for each; a run that is there already is scored,
not trained again. ``--curve docs/images/training.png`` draws score over minutes and steps, ``--reached 20.083,30,40``
says when scores were reached. Needs ``pip install 'myorun[train]'``, the picture ``'myorun[gait]'``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from myorun.anatomy import load_model
from myorun.evaluate import Evaluation, evaluate
from myorun.policy.files import load_policy
from myorun.policy.reflexes import ReflexFile, ReflexPolicy
from myorun.reflex import Gains
from myorun.train.run_folder import RunFolder
from myorun.train.start import HOMES, train
from tables import markdown

FIRST_SEED = 500_000  # of the courses scored on, which no learner and no assessment meets
HEADINGS = ("what", "score m ± 95 %", "falls", "steps", "minutes", "steps/s", "command")


class RandomPolicy:
    """Fresh excitations every step, from the seed of the course."""

    name = "random"

    def begin(self, rows: Any, seeds: Any, steps: Any) -> None:
        self._random = [np.random.default_rng(int(seed)) for seed in seeds]

    def __call__(self, observations: Any) -> Any:
        return np.array([random.uniform(size=18) for random in self._random])


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/baselines"),
    minutes: Annotated[float, typer.Option(help="For each baseline that is not there yet.")] = 10.0,
    only: Annotated[str, typer.Option(help="Some baselines, with commas between.")] = ",".join(sorted(HOMES)),
    episodes: Annotated[int, typer.Option(help="To score each on.")] = 200,
    curve: Annotated[Path | None, typer.Option(help="Draw the runs' curves here instead.")] = None,
    reached: Annotated[str, typer.Option(help="Tell when runs had these scores instead, with commas between.")] = "",
) -> None:
    """Print the table, or draw the curves."""
    names = only.split(",")
    if curve is not None:
        draw(curve, [(name, RunFolder(out / name, resume=True).rows()) for name in names])
        return
    if reached:
        marks = [float(mark) for mark in reached.split(",")]
        print(markdown(("what", "score m", "minutes", "million steps"), reached_rows(out, names, marks)))
        return
    rows = [*still_rows(episodes), *(row_of(name, out / name, minutes, episodes) for name in names)]
    print(markdown(HEADINGS, rows))


def still_rows(episodes: int) -> Iterator[tuple[str, ...]]:
    """Those who learn nothing here."""
    reflexes = ReflexPolicy(ReflexFile("reflex", Gains()), load_model("human"))
    for policy, way in ((RandomPolicy(), "controller"), (reflexes, "controller"), (load_policy("champion"), "policy")):
        found = scored(policy, policy.name, episodes)
        yield policy.name, *told(found), "", "", "", f"`myorun run --{way} {policy.name}`"


def row_of(name: str, folder: Path, minutes: float, episodes: int) -> tuple[str, ...]:
    """Train, unless that was done, and score what was best on the assessment's courses."""
    if not (folder / "best").exists():
        with Console(stderr=True).status(f"{name}: training for {minutes:g} minutes"):
            train(name, out=folder, minutes=minutes, resume=folder.exists())
    last = RunFolder(folder, resume=True).rows()[-1]
    found = scored(load_policy(folder / "best"), name, episodes)
    speed = last["steps"] / last["minutes"] / 60.0
    command = f"`myorun train {name} --minutes {last['minutes']:.0f}`"
    return name, *told(found), f"{last['steps'] / 1e6:.1f} M", f"{last['minutes']:.1f}", f"{speed:,.0f}", command


def reached_rows(out: Path, names: Sequence[str], marks: Sequence[float]) -> Iterator[tuple[str, ...]]:
    """When an assessment first had a score, on a straight line from the assessment before."""
    for name in names:
        rows = [dict.fromkeys(("score", "minutes", "steps"), 0.0), *RunFolder(out / name, resume=True).rows()]
        for mark in marks:
            k = next((k for k, row in enumerate(rows) if row["score"] >= mark), None)
            if k is None:
                yield name, f"{mark:g}", "", ""
                continue
            share = (mark - rows[k - 1]["score"]) / (rows[k]["score"] - rows[k - 1]["score"])
            minutes, steps = (rows[k - 1][x] + share * (rows[k][x] - rows[k - 1][x]) for x in ("minutes", "steps"))
            yield name, f"{mark:g}", f"{minutes:.1f}", f"{steps / 1e6:.0f}"


def scored(policy: Any, name: str, episodes: int) -> Evaluation:
    """On the same unseen courses of ten obstacles for all."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=episodes)
        return evaluate(
            policy,
            seeds=range(FIRST_SEED, FIRST_SEED + episodes),
            max_obstacles=10,
            progress=lambda over, of: progress.update(task, completed=over),
        )


def told(found: Evaluation) -> tuple[str, str]:
    """Mean with its confidence interval, and falls."""
    return f"{found.mean:.2f} ± {(found.interval[1] - found.interval[0]) / 2:.2f}", f"{100 * found.falls:.1f} %"


def draw(file: Path, runs: Sequence[tuple[str, list[dict[str, float]]]]) -> None:
    """Score over minutes and over steps, side by side."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), sharey=True, layout="constrained")
    for axis, key, scale, label in ((axes[0], "minutes", 1.0, "minutes"), (axes[1], "steps", 1e-6, "million steps")):
        for name, rows in runs:
            axis.plot([r[key] * scale for r in rows], [r["score"] for r in rows], label=name)
        for height, what in ((20.083, "organisers' baseline"), (43.53, "winner of 2017")):
            axis.axhline(height, color="grey", linewidth=0.8, linestyle=":")
            place = {"xy": (0.01, height), "xycoords": ("axes fraction", "data"), "va": "bottom"}
            axis.annotate(what, fontsize=8, color="grey", **place)
        axis.set_xlabel(label)
    axes[0].set_ylabel("score on ten obstacles, m")
    axes[1].legend(frameon=False)
    figure.savefig(file, dpi=110)


if __name__ == "__main__":
    typer.run(main)
