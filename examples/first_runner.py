"""Your first runner, in five minutes: from a human that falls to one that runs on flat ground.

    pip install 'myorun[train]'
    python examples/first_runner.py              five minutes
    python examples/first_runner.py --minutes 1  a shorter try: it will hardly learn to stand

Every part is one call of the library; read from top to bottom.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from myorun.evaluate import evaluate
from myorun.policy.files import load_policy
from myorun.train.loop import Standing
from myorun.train.start import train

# The champion's way of learning, cut down: flat ground only, a smaller network, smaller batches that teach sooner.
CHANGES = [
    "hidden=[128, 128]",
    "runners=256",
    "minibatch=1024",
    "obstacles.0=1.0",
    "obstacles.10=0.0",
    "obstacles.20=0.0",
    "reward.joints=0.0005",
]


def main() -> None:
    """Teach, score, and say how to watch."""
    wishes = wished()
    train(
        "champion",
        out=wishes.out,
        changes=[*CHANGES, *wishes.set],
        minutes=wishes.minutes,
        show=say,
        plan={"assess_minutes": 0.5, "assess_episodes": 20, "assess_obstacles": 0},
    )

    # A score is made in double precision, on courses that learning never met. Seeds make it the same everywhere.
    runner = load_policy(wishes.out / "best")
    found = evaluate(runner, seeds=range(100), difficulty=0, max_obstacles=0)
    print(f"flat ground: {found.mean:.1f} m on average, {100 * found.falls:.0f} % fall before ten seconds are over")
    print(f"watch it: myorun run --policy {wishes.out / 'best'} --difficulty 0")


def wished() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0, help="of learning")
    parser.add_argument("--out", type=Path, default=Path("runs/first"), help="a new folder for the run")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another change of settings")
    return parser.parse_args()


class Say:
    """A line whenever there is a new score."""

    def __init__(self) -> None:
        self._said: object = None

    def __call__(self, standing: Standing) -> None:
        found = standing.evaluation
        if found is not None and found is not self._said:
            self._said = found
            print(f"{standing.minutes:5.1f} min {standing.steps / 1e6:6.1f} M steps {found.mean:7.2f} m", flush=True)


say = Say()

if __name__ == "__main__":
    main()
