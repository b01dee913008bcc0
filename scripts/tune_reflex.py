"""Search the numbers of the reflex walker (:class:`myorun.reflex.Gains`) by evolution of a normal distribution.

Run: ``python scripts/tune_reflex.py --minutes 10 --out gains.json [--start gains.json]``; it prints the best numbers as
they stand in the source. The search is CMA-ES with a full covariance: N. Hansen (2016), The CMA Evolution Strategy:
A Tutorial, arXiv:1604.00772.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from myorun.course import draw_course
from myorun.physics import BatchSimulator, Simulator
from myorun.reflex import Gains, ReflexLaw

Array = NDArray[np.float64]
MAX_SIGMA = 0.5
UPRIGHT = -0.1  # rad of the pelvis
WALK = 1.6  # m/s; faster is not better
LAG = 50  # steps: what was covered in the last half second may be the fall
PACE, HEAD_START = 0.6, 1.2  # m/s, s: who falls behind this walker is out
NAMES = tuple(f.name for f in fields(Gains))


@dataclass(frozen=True)
class Trial:
    """What a set of gains is tried on."""

    courses: int = 2  # a candidate
    difficulty: int = 0
    obstacles: int = 0
    launched: int = 1  # of the courses, from a step under way
    steps: int = 1000
    accuracy: int = 10


class Evolution:
    """A multivariate normal distribution that moves towards what scored well."""

    def __init__(self, mean: Array, sigma: float, scale: Array, size: int, seed: int) -> None:
        n = mean.size
        self.mean, self.sigma, self.scale, self.size = np.zeros(n), sigma, scale, size
        self.origin = mean
        self.random = np.random.default_rng(seed)
        half = size // 2
        weights = np.log(half + 0.5) - np.log(np.arange(1, half + 1))
        self.weights = weights / weights.sum()
        self.mass = 1.0 / (self.weights**2).sum()
        self.c_sigma = (self.mass + 2) / (n + self.mass + 5)
        self.damping = 1 + 2 * max(0.0, np.sqrt((self.mass - 1) / (n + 1)) - 1) + self.c_sigma
        self.c_path = (4 + self.mass / n) / (n + 4 + 2 * self.mass / n)
        self.c_one = 2 / ((n + 1.3) ** 2 + self.mass)
        self.c_mu = min(1 - self.c_one, 2 * (self.mass - 2 + 1 / self.mass) / ((n + 2) ** 2 + self.mass))
        self.expected = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))
        self.covariance, self.path, self.sigma_path = np.eye(n), np.zeros(n), np.zeros(n)

    def ask(self) -> Array:
        """Candidates, shape (size, n)."""
        values, self.axes = np.linalg.eigh(self.covariance)
        self.lengths = np.sqrt(np.maximum(values, 1e-20))
        normal = self.random.standard_normal((self.size, self.mean.size))
        self.steps = normal * self.lengths @ self.axes.T
        return self.origin + self.scale * (self.mean + self.sigma * self.steps)

    def tell(self, scores: Array) -> None:
        """Move, given the score of every candidate (higher is better)."""
        best = np.argsort(-scores)[: self.weights.size]
        step = self.weights @ self.steps[best]
        self.mean = self.mean + self.sigma * step
        whitened = self.axes @ ((self.axes.T @ step) / self.lengths)
        self.sigma_path = (1 - self.c_sigma) * self.sigma_path
        self.sigma_path += np.sqrt(self.c_sigma * (2 - self.c_sigma) * self.mass) * whitened
        self.path = (1 - self.c_path) * self.path + np.sqrt(self.c_path * (2 - self.c_path) * self.mass) * step
        spread = (self.steps[best].T * self.weights) @ self.steps[best]
        self.covariance = (1 - self.c_one - self.c_mu) * self.covariance
        self.covariance += self.c_one * np.outer(self.path, self.path) + self.c_mu * spread
        length = np.linalg.norm(self.sigma_path) / self.expected
        self.sigma *= float(np.exp(self.c_sigma / self.damping * (length - 1)))
        self.sigma = min(self.sigma, MAX_SIGMA)

    def center(self) -> Array:
        """The middle of the distribution."""
        return self.origin + self.scale * self.mean


def courses_of(trial: Trial, first: int) -> tuple[Array, Array]:
    """Obstacles (courses, k, 3) and psoas strengths (courses, 2: right, left) of seeds from ``first`` on."""
    obstacles = np.zeros((trial.courses, max(trial.obstacles, 1), 3))
    strengths = np.ones((trial.courses, 2))
    for i in range(trial.courses):
        course = draw_course(first + i, difficulty=trial.difficulty, max_obstacles=trial.obstacles)
        rows = course.obstacle_array()
        obstacles[i, : len(rows)] = rows
        strengths[i] = course.strength("iliopsoas_r"), course.strength("iliopsoas_l")
    return obstacles, strengths


def try_out(candidates: Array, trial: Trial, first: int) -> dict[str, Array]:
    """Distance, time and costs of every candidate on every course, each of shape (candidates, courses)."""
    n, c = len(candidates), trial.courses
    obstacles, strengths = courses_of(trial, first)
    sim = BatchSimulator(n * c, precision="float32", accuracy=trial.accuracy)
    factors = np.ones((n * c, len(sim.model.muscles)))
    names = [m.name for m in sim.model.muscles]
    factors[:, [names.index("iliopsoas_r"), names.index("iliopsoas_l")]] = np.tile(strengths, (n, 1))
    balls = np.tile(obstacles, (n, 1, 1))
    sim.set_courses(obstacles=balls, strengths=factors)
    states = sim.states
    states[[i for i in range(n * c) if i % c < trial.launched]] = launched_state()
    sim.states = states
    rows = np.repeat(candidates, c, axis=0)
    law = ReflexLaw(sim.model, Gains(**{name: rows[:, i : i + 1] for i, name in enumerate(NAMES)}))
    return {name: total.reshape(n, c) for name, total in _run(sim, law, trial.steps).items()}


def launched_state() -> Array:
    """A state in the middle of a step: right leg ahead, left leg behind, 1.3 m/s."""
    sim = Simulator()
    names = [c.name for c in sim.model.free_coordinates]
    pose = {"pelvis_tilt": -0.1, "hip_flexion_r": 0.40, "knee_angle_r": -0.15, "hip_flexion_l": -0.15}
    pose |= {"knee_angle_l": -0.35, "ankle_angle_l": 0.05, "pelvis_ty": 0.90}
    sim.coordinates = np.array([pose.get(name, 0.0) for name in names])
    sim.speeds = np.array([1.3 * (name == "pelvis_tx") for name in names])
    sim.equilibrate()
    state = sim.state
    return np.concatenate([state.coordinates, state.speeds, state.activations, state.fiber_lengths])


def _run(sim: BatchSimulator, law: ReflexLaw, steps: int) -> dict[str, Array]:
    alive = np.ones(sim.n, dtype=bool)
    totals = {name: np.zeros(sim.n) for name in ("distance", "time", "effort", "ligaments", "trunk", "hips")}
    trail: list[Array] = []
    frozen = np.zeros((sim.n, len(sim.model.muscles)))
    for i in range(steps):
        e = law.excitations(sim)
        sim.step(np.where(alive[:, None], e, frozen))
        q = sim.get("coordinates")
        alive &= q[:, 2] > 0.65
        alive &= np.abs(q[:, 0]) < 1.0
        alive &= q[:, 1] > PACE * (0.01 * i - HEAD_START)
        if not alive.any():
            break
        trail.append(np.minimum(q[:, 1], sim.get("center_of_mass")[:, 0]))
        done = totals["distance"] if len(trail) <= LAG else trail[-1 - LAG]
        totals["distance"] = np.where(alive, done, totals["distance"])
        totals["time"] += alive * 0.01
        totals["effort"] += alive * (e**2).mean(axis=1) * 0.01
        totals["trunk"] += alive * np.abs(q[:, 0] - UPRIGHT) * 0.01
        hips = q[:, [3, 6]]
        totals["hips"] += alive * (np.maximum(hips - 0.7, 0.0) + np.maximum(-0.25 - hips, 0.0)).sum(axis=1) * 0.01
        totals["ligaments"] += alive * np.abs(sim.get("limit_torques")).sum(axis=1) * 0.01
    return totals


def score_of(result: dict[str, Array], weight: float) -> Array:
    """Metres up to a walker's pace, less what looks unnatural: ligaments, effort, a bent trunk, long strides."""
    mean = {name: total / np.maximum(result["time"], 0.5) for name, total in result.items()}
    cost = mean["effort"] / 0.1 + mean["ligaments"] / 40.0 + mean["trunk"] / 0.1 + mean["hips"] / 0.1
    scores = np.minimum(result["distance"], WALK * result["time"]) / (1.0 + weight * cost)
    middle: Array = scores.mean(axis=1)
    return middle


def _scale(values: Array) -> Array:
    return np.maximum(np.abs(values), 0.1)


def main(
    minutes: float = 5.0,
    out: Path = Path("gains.json"),
    start: Annotated[Path | None, typer.Option(help="Gains to begin with.")] = None,
    size: int = 96,
    sigma: float = 0.25,
    seed: int = 0,
    courses: int = 2,
    difficulty: int = 0,
    obstacles: int = 0,
    launched: int = 1,
    accuracy: Annotated[int, typer.Option(help="Substeps in a step of 10 ms.")] = 10,
    weight: Annotated[float, typer.Option(help="Of effort and ligaments.")] = 0.1,
) -> None:
    """Search for some minutes and write the middle of the last distribution."""
    gains = Gains() if start is None else Gains(**json.loads(start.read_text()))
    first = np.array([float(v) for v in asdict(gains).values()])
    trial = Trial(courses, difficulty, obstacles, launched, accuracy=accuracy)
    evolution = Evolution(first, sigma, _scale(first), size, seed)
    end, generation = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < end:
        fresh = 10_000 + (generation // 10) * courses
        result = try_out(evolution.ask(), trial, fresh)
        scores = score_of(result, weight)
        evolution.tell(scores)
        generation += 1
        if generation % 10 == 0:
            best = int(scores.argmax())
            print(
                f"{generation:5d} sigma {evolution.sigma:.3f} best {scores[best]:7.3f} mean {scores.mean():7.3f} "
                f"x {result['distance'][best].mean():6.2f} m t {result['time'][best].mean():5.2f} s "
                f"mean x {result['distance'].mean():6.2f} best of each {result['distance'].max(axis=0).round(1)}",
                flush=True,
            )
            _write(out, evolution.center())
    _write(out, evolution.center())
    print(replace(gains, **_as_gains(evolution.center())))


def _as_gains(values: Array) -> dict[str, Any]:
    return {name: round(float(v), 4) for name, v in zip(NAMES, values, strict=True)}


def _write(out: Path, values: Array) -> None:
    out.write_text(json.dumps(_as_gains(values), indent=1))


if __name__ == "__main__":
    typer.run(main)
