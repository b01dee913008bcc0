"""A whole play-off with real containers: three agents, built, handed in, graded by three workers, ranked, drawn.

    python benchmarks/playoff.py                          ten courses each, as the final of 2017
    python benchmarks/playoff.py --courses 2 --out here   quicker, and Figure 6 into a folder

Every step is a command that people type. Needs Podman or Docker and redis-server; the agents' image stands on one
packed from this Python, so no registry is needed. The champion's score must equal `myorun evaluate`'s on the same
seeds, to the bit; else the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hostile import make_base
from myorun.challenge import ranking
from myorun.challenge.certainty import certainty_of
from myorun.challenge.playoff.engine import Engine
from myorun.challenge.server import open_challenge
from myorun.evaluate import evaluate
from myorun.policy.files import load_policy
from served import served

FIRST_SEED = 2017
STEP = "client.env_step(policy(np.array([observation]))[0].tolist())"
AGENTS = {  # name → what is played instead of the champion's step
    "champion": STEP,
    "unsteady": "client.env_step(shaken(policy(np.array([observation]))[0]))",
    "standing": "client.env_step([0.05] * 18)",
}
SHAKEN = '''
draw = np.random.default_rng(1)


def shaken(excitations):
    """One muscle in ten does the opposite."""
    wrong = draw.random(18) < 0.1
    return np.where(wrong, 1.0 - excitations, excitations).tolist()

'''


def myorun(*words: str, **more: str) -> str:
    """What a command printed on stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "myorun", *words], env={**os.environ, **more}, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SystemExit(f"myorun {' '.join(words)} ended with status {done.returncode}: {done.stdout}")
    return done.stdout


def write_challenge(folder: Path, courses: int) -> None:
    """One stage that takes containers."""
    myorun("challenge", "init", str(folder))
    file = folder / "challenge.toml"
    seeds = [FIRST_SEED + number for number in range(courses)]
    text = file.read_text(encoding="utf-8").replace("courses = 3 ", f"seeds = {seeds} #")
    text = re.sub(r"(?m)^max_obstacles = 3 ", 'agents = "containers"\nmax_obstacles = 10 ', text)
    text = text.replace("quota = 5 ", "quota = 3 ").replace("window_hours = 24 ", "window_hours = 0 ")
    file.write_text(text + "\n[playoff]\ncpus = 1.0\nmemory_mb = 1024\n", encoding="utf-8")


def build_agent(folder: Path, name: str, base: str) -> str:
    """The image of an agent, by the template; its name."""
    image, place = f"myorun-agent-{name}", folder / name
    myorun("playoff", "build", str(place), "--template-only")
    agent = place / "agent.py"
    text = agent.read_text(encoding="utf-8").replace(STEP, AGENTS[name])
    agent.write_text(text.replace("\nclient = ", f"{SHAKEN}\nclient = ", 1), encoding="utf-8")
    myorun("playoff", "build", str(place), "--base", base, "--name", image)
    return image


def hold(folder: Path, images: dict[str, str], workers: int) -> dict[str, dict[str, object]]:
    """Serve the challenge while everybody hands in and waits; submissions by team."""
    with served(folder, "--workers", str(workers)) as server:
        handed_in = []
        for team, image in images.items():
            token = myorun("challenge", "user", str(folder), team).split()[-1]
            words = ["playoff", "submit", image, "--url", server.url, "--token", token]
            handed_in.append((team, subprocess.Popen([sys.executable, "-m", "myorun", *words], stdout=subprocess.PIPE)))
        return {team: json.loads(waiting.communicate()[0]) for team, waiting in handed_in}


def main() -> int:
    """Hold it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--courses", type=int, default=10)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--base", help="image that the agents stand on; by default one packed from this Python")
    parser.add_argument("--out", type=Path, default=None, help="folder for the figures")
    chosen = parser.parse_args()
    console, began = Console(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="myorun-final-") as place:
        folder = Path(place) / "challenge"
        write_challenge(folder, chosen.courses)
        with Engine() as engine:
            base = chosen.base or make_base(engine)
            images = {name: build_agent(Path(place), name, base) for name in AGENTS}
            told = hold(folder, images, chosen.workers)
            for image in images.values():
                engine.remove_image(image)
        places = _places(folder)
        if chosen.out is not None:
            chosen.out.mkdir(parents=True, exist_ok=True)
            myorun("challenge", "figures", str(folder), str(chosen.out))
    for team, submission in told.items():
        console.print(f"{team}: {submission['says']}", highlight=False)
    show(console, places)
    seeds = [FIRST_SEED + number for number in range(chosen.courses)]
    home = evaluate(load_policy("champion"), seeds=seeds, max_obstacles=10).mean
    console.print(f"champion graded {told['champion']['score']!r}, myorun evaluate {home!r}", highlight=False)
    console.print(f"{time.monotonic() - began:.0f} s in all, on {os.cpu_count()} processors", highlight=False)
    return int(told["champion"]["score"] != home)


def _places(folder: Path) -> list[ranking.Place]:
    settings, ledger = open_challenge(folder)
    try:
        return ledger.read(lambda connection: ranking.leaderboard(connection, settings.stages[0]))
    finally:
        ledger.close()


def show(console: Console, places: list[ranking.Place]) -> None:
    """The ranking, and how certain it is."""
    table = Table(
        "rank", "team", "score", "95 % of means", "beats the next", *(f"is {n + 1}." for n in range(len(places)))
    )
    for one in certainty_of(places):
        low, high = one.interval
        ahead = "" if one.ahead is None else f"{one.ahead:.1%}"
        score = f"{one.place.submission.score:.3f}"
        shares = [f"{share:.1%}" for share in one.ranks]
        table.add_row(str(one.place.rank), one.place.submission.team, score, f"{low:.3f} … {high:.3f}", ahead, *shares)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
