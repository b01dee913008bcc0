"""How well gait analysis does: foot strikes against the ground's own word, moments and power against OpenSim's.

Run: ``python benchmarks/gait.py``. Needs ``pip install 'myorun[gait,opensim]'``; without OpenSim, the events only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from myorun.controllers import load_policy
from myorun.errors import MissingExtraError
from myorun.gait.dynamics import inverse_dynamics
from myorun.gait.events import BothFeet, EventSettings, contacts, contacts_from_feet, contacts_from_signal
from myorun.gait.joint_loads import external_pushes
from myorun.gait.metabolics import UCHIDA_2016, UMBERGER_2010, metabolic_powers
from myorun.gait.motion import Motion, motion_of, side_of
from myorun.gait.muscles import muscles_of
from myorun.physics import Simulator, State
from myorun.run import run_episode
from myorun.trajectory import Trajectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "reference"))

Array = NDArray[np.float64]
SETTINGS = EventSettings()
FINE = 2.5e-4  # s between samples of the truth


def main(
    policy: Annotated[str, typer.Option(help="Who walks or runs: reflex, champion, or a policy's folder.")] = "reflex",
    walks: Annotated[int, typer.Option(min=1, help="Walks of 10 s, each on a course of its own.")] = 10,
    states: Annotated[int, typer.Option(min=1, help="States of the first walk compared with OpenSim.")] = 200,
) -> None:
    """Print the errors of event detection, inverse dynamics and metabolic power."""
    console = Console()
    records = [
        run_episode(policy if policy == "reflex" else load_policy(policy), seed=seed).trajectory
        for seed in track(range(walks), "walking", console=console, transient=True)
    ]
    console.print(_events(records, console))
    try:
        console.print(_against_opensim(records[0], states))
    except MissingExtraError as error:
        console.print(str(error))


# ---------------------------------------------------------------- events


@dataclass(frozen=True)
class Way:
    """A way of finding events."""

    name: str
    find: Callable[[Trajectory, np.random.Generator], BothFeet]


def _with_noise(degrees: float, metres: float, slow: float = 0.0) -> Callable[..., BothFeet]:
    """Cameras: errors of so many degrees and metres, white, or wandering slower than ``slow`` Hz."""

    def find(record: Trajectory, random: np.random.Generator) -> BothFeet:
        from myorun.gait.events import low_pass

        noise = random.normal(size=record.coordinates.shape)
        if slow:
            noise = low_pass(record.times, noise, slow)
            noise /= noise.std(axis=0)
        translations = [c.motion == "translational" for c in record.model.free_coordinates]
        noise *= np.where(translations, metres, np.deg2rad(degrees))
        motion: Motion = replace(motion_of(record), coordinates=record.coordinates + noise, speeds=None)
        return contacts_from_feet(motion, noisy=True)

    return find


WAYS = (
    Way("forces, and between samples by simulation", lambda record, _: contacts(motion_of(record))),
    Way("forces, 10 ms", lambda record, _: contacts(replace(motion_of(record), record=None))),
    Way("motion, 10 ms", lambda record, _: contacts_from_feet(motion_of(record), noisy=False)),
    Way("motion with white noise, 0.5° and 5 mm", _with_noise(0.5, 0.005)),
    Way("motion with white noise, 2° and 10 mm", _with_noise(2.0, 0.010)),
    Way("motion with noise below 6 Hz, 2° and 10 mm (markerless)", _with_noise(2.0, 0.010, slow=6.0)),
)


def _events(records: list[Trajectory], console: Console) -> Table:
    truths = [_truth(record) for record in track(records, "looking closely", console=console, transient=True)]
    table = Table(title=f"foot strikes and toe offs of {len(records)} walks against forces {1000 * FINE:.2f} ms apart")
    for head in ("found from", "event", "of", "missed", "extra", "median error", "99 %", "within 10 ms"):
        table.add_column(head, justify="left" if head in ("found from", "event") else "right")
    random = np.random.default_rng(0)
    for way in WAYS:
        found = [way.find(record, random) for record in records]
        for kind, label in (("strikes", "foot strike"), ("offs", "toe off")):
            table.add_row(way.name, label, *_row(found, truths, kind))
    return table


def _truth(record: Trajectory) -> BothFeet:
    """Contacts from the forces of the same motion, continued in small steps from every state recorded."""
    simulator = Simulator(record.model)
    simulator.set_course(obstacles=record.course.obstacle_array(), strengths=record.strengths)
    times, forces, fine = [], [], round(0.01 / FINE)
    for k in range(record.steps):
        state = (a[k] for a in (record.coordinates, record.speeds, record.activations, record.fiber_lengths))
        simulator.set_state(State(float(record.times[k]), *state))
        for j in range(fine):
            times.append(record.times[k] + j * FINE)
            forces.append(simulator.get("contact_forces")[:, 1])
            simulator.step(record.excitations[k], FINE)
    sides = np.array([side_of(name) for name in record.sphere_names])
    right, left = (
        contacts_from_signal(
            np.array(times), np.array(forces)[:, sides == side].sum(axis=1) - SETTINGS.threshold, SETTINGS
        )
        for side in (0, 1)
    )
    return right, left


def _row(found: list[BothFeet], truths: list[BothFeet], kind: str) -> list[str]:
    """Events further than 100 ms from any of the other kind are missed, or extra."""
    errors, extra, count = [], 0, 0
    for mine, true in zip(found, truths, strict=True):
        for foot, truth in zip(mine, true, strict=True):
            got, wanted = (v[np.isfinite(v)] for v in (getattr(foot, kind), getattr(truth, kind)))
            count += len(wanted)
            errors += [float(np.abs(got - moment).min(initial=np.inf)) for moment in wanted]
            extra += sum(float(np.abs(wanted - moment).min(initial=np.inf)) > 0.1 for moment in got)
    near = np.array([e for e in errors if e <= 0.1])
    share = np.mean(np.array(errors) <= 0.010)
    return [
        str(count),
        str(count - len(near)),
        str(extra),
        f"{1000 * np.median(near):.1f} ms",
        f"{1000 * np.quantile(near, 0.99):.1f} ms",
        f"{100 * share:.1f} %",
    ]


# ---------------------------------------------------------------- OpenSim


def _against_opensim(record: Trajectory, states: int) -> Table:
    from gait_oracle import probed_powers, solved_forces

    motion, samples = motion_of(record), np.linspace(0, record.steps - 1, states).astype(int)
    muscles = muscles_of(motion)
    assert muscles is not None
    pushes = external_pushes(motion, record.coordinates)
    moments = inverse_dynamics(record.model, record.coordinates, record.speeds, muscles.accelerations, pushes)
    table = Table(title=f"against OpenSim 4.6, {states} states of a walk among obstacles")
    for head in ("quantity", "OpenSim's", "scale", "largest error"):
        table.add_column(head, justify="left" if head in ("quantity", "OpenSim's") else "right")
    theirs = solved_forces(record, muscles.accelerations, samples)
    table.add_row("joint moments", "InverseDynamicsSolver", *_largest(moments[samples], theirs, "N m"))
    for settings in (UCHIDA_2016, UMBERGER_2010):
        theirs = probed_powers(muscles, record, settings, samples)
        ours = metabolic_powers(muscles, settings)[samples]
        table.add_row(settings.name, "Umberger2010MuscleMetabolicsProbe", *_largest(ours, theirs, "W"))
    return table


def _largest(ours: Array, theirs: Array, unit: str) -> tuple[str, str]:
    return f"{np.abs(theirs).max():.0f} {unit}", f"{np.abs(ours - theirs).max():.1e} {unit}"


if __name__ == "__main__":
    typer.run(main)
