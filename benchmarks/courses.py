"""What each part of a course does, measured beside its closed form; and what the variants cost.

Run: ``python benchmarks/courses.py``. Prints two tables in Markdown; ``--picture FILE`` also draws every part.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import gymnasium
import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

import myorun
from myorun.anatomy import Model, load_model
from myorun.anatomy.model import GROUND, Body, Constant, ContactSphere, Coordinate, GroundContact, Joint, Linear, Motion
from myorun.course import MUSCLES, Course, Load, Patch, Slope, Step, add_motor_noise
from myorun.physics import Simulator
from myorun.registration import LEARNING_TO_RUN, VARIANTS
from tables import markdown

MASS, RADIUS, G, MU = 30.0, 0.05, 9.80665, 0.8
HERTZ = 4 / 3 * 6e5 / 2**1.5 * RADIUS**0.5  # N/m^1.5
Row = tuple[str, float, float]


# ---------------------------------------------------------------- what each part does


def block_model() -> Model:
    """A sphere of 30 kg that slides in the plane and does not turn, over the human's own floor."""
    still, origin = Motion(Constant(0.0)), (0.0, 0.0, 0.0)
    moves = (Motion(Linear(1.0), "x"), Motion(Linear(1.0), "y"), still)
    joint = Joint("floor", "custom", GROUND, "block", origin, 0.0, origin, 0.0, ("x", "y"), still, moves)
    contact = GroundContact("floor", ("tread",), 6e5, 1.5, MU, MU, 0.0, 0.1)
    return Model(
        "block", "", "", (0.0, -G), (Body("block", MASS, origin, (0.0, 0.0, 0.1, 0.0, 0.0, 0.0)),), (joint,),
        (Coordinate("x", "translational"), Coordinate("y", "translational", 1.0)), (),
        (ContactSphere("tread", "block", origin, RADIUS),), (contact,), (),
    )  # fmt: skip


def block(x: float, y: float, speed: float = 0.0, **course: Any) -> Simulator:
    """The block at a place of a course."""
    s = Simulator(block_model(), accuracy="accurate")
    s.set_course(surroundings=Course(**course).surroundings())
    s.coordinates, s.speeds = [x, y], [speed, 0.0]
    return s


def settle(s: Simulator, seconds: float) -> Simulator:
    for _ in range(round(100 * seconds)):
        s.step(np.zeros(len(s.model.muscles)))
    return s


def block_rows() -> Iterator[Row]:
    """Steps, patches and slopes under a block."""
    sink = (MASS * G / HERTZ) ** (2 / 3)
    on_step = settle(block(1.5, 0.2 + RADIUS, steps=[Step(1.0, 0.2)]), 2.0)
    yield "depth at rest on a step's top [mm]", 1e3 * (0.2 + RADIUS - on_step.coordinates[1]), 1e3 * sink
    for factor in (0.05, 1.0, 2.0):
        s = settle(block(2.0, RADIUS - sink, 4.0, patches=[Patch(1.0, 20.0, factor)]), 0.1)
        before = s.speeds[0]
        slowed = (before - settle(s, 0.1).speeds[0]) / 0.1
        yield f"deceleration on a patch of friction {factor:g} [m/s²]", slowed, MU * factor * G
    soft = settle(block(2.0, RADIUS, patches=[Patch(1.0, 3.0, stiffness=0.2)]), 3.0)
    yield "depth on a patch of stiffness 0.2 [mm]", 1e3 * (RADIUS - soft.coordinates[1]), 1e3 * sink * 0.2 ** (-2 / 3)
    for grade in (0.79, 0.81):
        angle = np.arctan(grade)
        start = np.array([-np.sin(angle), np.cos(angle)]) * (RADIUS - 2e-4)
        s = settle(block(*start, slopes=[Slope(-50.0, 50.0, 100.0 * grade)]), 3.0)
        if grade < MU:
            yield f"creep on a slope of {grade:.0%} at μ = 0.8 [m/s]", float(np.hypot(*s.speeds)), 0.1 * grade / MU
        else:
            before = np.hypot(*s.speeds)
            slide = (np.hypot(*settle(s, 0.5).speeds) - before) / 0.5
            yield f"acceleration on a slope of {grade:.0%} [m/s²]", slide, (np.sin(angle) - MU * np.cos(angle)) * G
    laden = settle(block(0.0, RADIUS, load=Load(12.0, 0.0, 0.0)), 3.0)
    yield "ground reaction at rest under 12 kg more [N]", laden.get("ground_reaction")[1], (MASS + 12.0) * G


def human_rows() -> Iterator[Row]:
    """Weakness, noise, delay and load on the human."""
    forces = []
    for factor in (1.0, 0.6):
        s = Simulator()
        s.set_course(strengths=np.r_[np.full(9, factor), np.ones(9)])
        forces.append(s.get("tendon_forces")[0])
    yield "isometric force of a muscle of strength 0.6, share", forces[1] / forces[0], 0.6
    rows = np.full((4000, 18), 0.5)
    for step, row in enumerate(rows):
        add_motor_noise(Course(motor_noise=0.1, seed=1), step, row)
    yield "standard deviation of excitations of 0.5 at noise 0.1", float(rows.std()), 0.05
    yield "delay of observations [steps]", measured_delay(3), 3.0
    weights = []
    for load in (Load(), Load(20.0)):
        s = Simulator()
        s.set_course(surroundings=Course(load=load).surroundings())
        weights.append(s.get("potential_energy")[0] / s.get("center_of_mass")[1])
    yield "weight of a backpack of 20 kg [N]", weights[1] - weights[0], 20.0 * 9.80665


def walk_rows() -> Iterator[tuple[str, str, str]]:
    """What becomes of the reflex walker, made for flat ground, on each part: distance and end."""
    courses = {
        "flat ground": Course(),
        "a step up of 6 cm at 2 m": Course(steps=[Step(2.0, 0.06)]),
        "a step down of 6 cm at 2 m": Course(steps=[Step(2.0, -0.06)]),
        "a slope of 10 % from 2 m on": Course(slopes=[Slope(2.0, 12.0, 1.0)]),
        "ice (friction 0.05) from 2 to 4 m": Course(patches=[Patch(2.0, 4.0, 0.05)]),
        "a mat (stiffness 0.1) from 2 to 4 m": Course(patches=[Patch(2.0, 4.0, 1.0, 0.1)]),
        "all muscles at 60 %": Course(strengths=dict.fromkeys(MUSCLES, 0.6)),
        "time constants doubled": Course(activation_time=2.0, deactivation_time=2.0),
        "motor noise of 30 %": Course(motor_noise=0.3, seed=1),
        "a backpack of 15 kg": Course(load=Load(15.0)),
    }
    for name, course in courses.items():
        run = myorun.run_episode("reflex", course=course, steps=600).trajectory
        yield name, f"{run.distance:.2f}", "fell" if run.facts.fallen else "walks on"


def measured_delay(delay: int) -> float:
    """By how many steps the observations of a delayed runner are those of another."""
    actions, told = np.random.default_rng(0).random((12, 18)), []
    for steps in (0, delay):
        env = gymnasium.make(LEARNING_TO_RUN)
        env.reset(options={"course": Course(sensor_delay=steps)})
        told.append([env.step(action)[0] for action in actions])
    now, late = np.array(told)
    return float(next(k for k in range(12) if (late[k:] == now[: 12 - k]).all()))


# ---------------------------------------------------------------- what it costs


def speeds(n: int, rounds: int) -> dict[str, list[float]]:
    """Environment steps a second of processor time of every variant, in turns so that all meet the same neighbours."""
    actions = np.random.default_rng(0).random((20, n, 18)).astype(np.float32)
    envs = {name: myorun.make_vec(name, num_envs=n, threads=1, copy=False) for name in (LEARNING_TO_RUN, *VARIANTS)}
    found: dict[str, list[float]] = {name: [] for name in envs}
    for env in envs.values():
        env.reset(seed=1)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for _ in progress.track(range(rounds), description="variants"):
            for name, env in envs.items():
                began = time.process_time()
                for action in actions:
                    env.step(action)
                found[name].append(n * len(actions) / (time.process_time() - began))
    return found


def draw(path: Path) -> None:
    """A picture with one of each part."""
    import pygame

    from myorun.view import Renderer, snapshot

    course = Course(
        obstacles=((1.15, 0.14, 0.08),),
        steps=[Step(0.35, 0.12), Step(1.5, -0.2)],
        slopes=[Slope(-1.2, -0.4, 0.12)],
        patches=[Patch(-0.3, 0.25, 0.05), Patch(0.45, 0.9, 1.0, 0.2), Patch(1.6, 2.2, 2.0)],
        load=Load(15.0),
    )
    s = Simulator(load_model("human"))
    s.set_course(obstacles=course.obstacle_array(), surroundings=course.surroundings())
    picture = Renderer(1280, 640, hud=False).draw(snapshot(s, obstacles=course.obstacles, course=course))
    pygame.image.save(pygame.image.frombuffer(picture.tobytes(), (1280, 640), "RGB"), path)


def main(
    envs: Annotated[int, typer.Option(min=1, help="Environments of each variant.")] = 512,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of 20 steps each.")] = 8,
    picture: Annotated[Path | None, typer.Option(help="Draw one of each part there.")] = None,
) -> None:
    """Print what each part does and what the variants cost."""
    if picture is not None:
        draw(picture)
        return
    rows = [*block_rows(), *human_rows()]
    print(markdown(("what", "measured", "closed form"), [(what, f"{a:.6g}", f"{b:.6g}") for what, a, b in rows]))
    print()
    print(markdown(("the reflex walker, 6 s, on", "distance [m]", "end"), walk_rows()))
    print()
    found = speeds(envs, rounds)
    base = np.array(found[LEARNING_TO_RUN])
    cells = [(f"`{name}`", f"{max(s):,.0f}", f"{np.median(base / s):.2f}") for name, s in found.items()]
    print(markdown(("float32, one thread", "steps/s at best", "time of LearningToRun, median of turns"), cells))


if __name__ == "__main__":
    typer.run(main)
