"""Random states that visit every regime of the physics, and every named quantity at them.

A case is a state on a course. The regimes are mixed independently, so that most cases sit in several at once:
feet in the ground and in obstacles, joints beyond their limits and their splines, path points at the edge of
their range, fibers at their lower bound and far beyond their length, activations below the minimum, high speeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from myorun.anatomy.model import ConditionalPoint, Model
from myorun.physics.state import Array, State

QUANTITIES = (
    "coordinates",
    "speeds",
    "activations",
    "fiber_lengths",
    "accelerations",
    "musculotendon_lengths",
    "musculotendon_velocities",
    "moment_arms",
    "pennation_angles",
    "fiber_velocities",
    "active_fiber_forces",
    "passive_fiber_forces",
    "tendon_forces",
    "fiber_powers",
    "activation_rates",
    "contact_forces",
    "obstacle_forces",
    "ground_reaction",
    "limit_torques",
    "center_of_mass",
    "center_of_mass_velocity",
    "body_positions",
    "body_velocities",
    "body_angles",
    "kinetic_energy",
    "potential_energy",
)


@dataclass(frozen=True)
class Course:
    """What a group of cases has in common: obstacles, strengths and the excitations held."""

    obstacles: Array  # (n, 3) m
    strengths: Array  # (muscles,)
    excitations: Array  # (muscles,)
    states: tuple[State, ...] = ()


def draw_courses(simulator: Any, *, states: int, courses: int = 10, seed: int = 0) -> Iterator[Course]:
    """``courses`` courses with together at least ``states`` random states, reproducible from ``seed``.

    ``simulator`` tells where the feet are and how long the muscles; it is left on the last course.
    """
    each = -(-states // courses)
    for index, generator in enumerate(np.random.default_rng(seed).spawn(courses)):
        course = _draw_course(generator, simulator.model, obstacles=0 if index == 0 else 1 + index % 4)
        simulator.set_course(obstacles=course.obstacles, strengths=course.strengths)
        drawn = tuple(_draw_state(generator, simulator, course.obstacles) for _ in range(each))
        yield replace(course, states=drawn)


def evaluate(simulator: Any, course: Course) -> dict[str, Array]:
    """Every named quantity at every state of a course, stacked along a first axis of states."""
    simulator.reset()
    simulator.set_course(obstacles=course.obstacles, strengths=course.strengths)
    simulator.step(course.excitations, 1e-4)  # a simulator holds its latest excitations: activation_rates need them
    rows = [_quantities(simulator, state) for state in course.states]
    return {name: np.array([row[name] for row in rows]) for name in QUANTITIES}


def _quantities(simulator: Any, state: State) -> dict[str, Array]:
    simulator.set_state(state)
    return {name: simulator.get(name) for name in QUANTITIES}


# ---------------------------------------------------------------- drawing


def _draw_course(rng: np.random.Generator, model: Model, *, obstacles: int) -> Course:
    radius = 0.05 + rng.exponential(0.05, obstacles)
    x, y = 1.0 + rng.uniform(0.5, 3.0, obstacles).cumsum(), radius * rng.uniform(-0.25, 0.25, obstacles)
    muscles = len(model.muscles)
    strengths = np.where(rng.random(muscles) < 0.5, 1.0, rng.uniform(0.5, 1.0, muscles))
    excitations = rng.choice([0.0, 1.0, -1.0], muscles)
    excitations = np.where(excitations < 0.0, rng.random(muscles), excitations)
    return Course(np.column_stack([x, y, radius]), strengths, excitations)


def _draw_state(rng: np.random.Generator, simulator: Any, obstacles: Array) -> State:
    model: Model = simulator.model
    posed = State(0.0, _draw_pose(rng, model), _draw_speeds(rng, model), _draw_activations(rng, model), _rest(model))
    placed = replace(posed, coordinates=_placed(rng, simulator, posed, obstacles))
    simulator.set_state(placed)
    return replace(placed, fiber_lengths=_draw_fibers(rng, model, simulator.get("musculotendon_lengths")))


def _rest(model: Model) -> Array:
    return np.array([m.optimal_fiber_length for m in model.muscles])


def _draw_pose(rng: np.random.Generator, model: Model) -> Array:
    """Joint angles from everyday to beyond limits and spline knots; some at the edge of a path point, some flat-footed.

    With heel and toe both in the ground, a sphere that leaves it may silence the other: Simbody's quirk of contacts.
    """
    names = [c.name for c in model.free_coordinates]
    pose = {name: _draw_angle(rng, name) for name in names}
    if rng.random() < 0.25:
        coordinate, edge = _edges(model)[rng.integers(len(_edges(model)))]
        pose[coordinate] = edge + rng.choice([-1, 1]) * 1e-5 + rng.choice([-1e-6, -1e-9, 1e-9, 1e-6])
    if rng.random() < 0.35:
        side = rng.choice(["r", "l"])
        leg = pose["pelvis_tilt"] + pose[f"hip_flexion_{side}"] + pose[f"knee_angle_{side}"]
        pose[f"ankle_angle_{side}"] = rng.normal(0.0, 0.05) - leg
    return np.array([pose[name] for name in names])


def _draw_angle(rng: np.random.Generator, name: str) -> float:
    usual, extreme = {
        "pelvis_tilt": ((-0.6, 0.6), (-4.0, 4.0)),
        "pelvis_tx": ((-1.0, 6.0), (-1.0, 6.0)),
        "pelvis_ty": ((0.8, 1.2), (0.8, 1.2)),
        "hip": ((-0.5, 1.6), (-1.8, 2.6)),
        "knee": ((-2.0, 0.15), (-3.1, 2.4)),
        "ankle": ((-0.7, 0.4), (-1.4, 1.0)),
    }[name if name.startswith("pelvis") else name.split("_")[0]]
    return float(rng.uniform(*(extreme if rng.random() < 0.25 else usual)))


def _edges(model: Model) -> list[tuple[str, float]]:
    points = [p for muscle in model.muscles for p in muscle.path if isinstance(p, ConditionalPoint)]
    return [(p.coordinate, edge) for p in points for edge in p.range]


def _draw_speeds(rng: np.random.Generator, model: Model) -> Array:
    """At rest, slow, running, and falling over itself."""
    return rng.normal(0.0, rng.choice([0.0, 0.05, 2.0, 20.0]), len(model.free_coordinates))


def _draw_activations(rng: np.random.Generator, model: Model) -> Array:
    """Mostly between 0 and 1, some below the minimum of .01, which OpenSim's state leaves freely."""
    count = len(model.muscles)
    return np.where(rng.random(count) < 0.2, rng.uniform(-0.2, 0.02, count), rng.uniform(0.0, 1.0, count))


def _draw_fibers(rng: np.random.Generator, model: Model, lengths: Array) -> Array:
    """One state in two with all fibers in everyday lengths, so that violent muscles do not hide small errors there."""
    choices = 3 if rng.random() < 0.5 else 6
    pairs = zip(model.muscles, lengths, strict=True)
    return np.array([_draw_fiber(rng, muscle, float(length), choices) for muscle, length in pairs])


def _draw_fiber(rng: np.random.Generator, muscle: Any, length: float, choices: int) -> float:
    """With a tendon near its slack length; of six choices also any length, at the lower bound, or below it."""
    width = muscle.optimal_fiber_length * np.sin(muscle.pennation_angle)
    shortest = width / np.sin(muscle.max_pennation_angle)
    tendon = muscle.tendon_slack_length * (1.0 + rng.uniform(-0.01, 1.2 * muscle.tendon_strain))
    lengths = (
        np.hypot(length - tendon, width),
        np.hypot(length - tendon, width),
        np.hypot(length - tendon, width),
        muscle.optimal_fiber_length * rng.uniform(0.3, 1.9),
        shortest * rng.choice([0.7, 0.999, 1.0, 1.0 + 1e-9, 1.001]) + (0.0 if shortest else 0.02),
        shortest,
    )
    fiber = float(lengths[rng.integers(choices)])
    return fiber if fiber > 0.0 else muscle.optimal_fiber_length * 0.3


# ---------------------------------------------------------------- putting feet into things


def _placed(rng: np.random.Generator, simulator: Any, state: State, obstacles: Array) -> Array:
    """The pose shifted so that a foot presses into an obstacle (half), into the ground (a third), or as it was."""
    simulator.set_state(state)
    centers = _sphere_centers(simulator)
    radii = np.array([sphere.radius for sphere in simulator.model.contact_spheres])
    choice = rng.random()
    shift = np.zeros(2)
    if len(obstacles) and choice < 0.45:
        shift = _into_obstacle(rng, centers, radii, obstacles)
    elif choice < 0.95:
        shift[1] = -(centers[:, 1] - radii).min() - _draw_depth(rng)
    return state.coordinates + np.array([0.0, *shift, *np.zeros(len(state.coordinates) - 3)])


def _into_obstacle(rng: np.random.Generator, centers: Array, radii: Array, obstacles: Array) -> Array:
    """Shift of one sphere into one ball, from any side; of a few tries the first that also has a foot in the ground."""
    for _ in range(20):
        shift = _into_ball(rng, centers, radii, obstacles[rng.integers(len(obstacles))])
        if -0.04 < (centers[:, 1] + shift[1] - radii).min() < 0.0:
            break
    return shift


def _into_ball(rng: np.random.Generator, centers: Array, radii: Array, ball: Array) -> Array:
    index = rng.integers(len(centers))
    reach = ball[2] + radii[index] - _draw_depth(rng)
    flat = np.sqrt(max(reach**2 - centers[index][2] ** 2, 1e-4))
    side = rng.uniform(-0.3, np.pi + 0.3)
    return np.array(ball[:2] + flat * np.array([np.cos(side), np.sin(side)]) - centers[index][:2])


def _draw_depth(rng: np.random.Generator) -> float:
    return float(10 ** rng.uniform(-5.0, np.log10(0.04)))


def _sphere_centers(simulator: Any) -> Array:
    """(spheres, 3) m; z counts only for depth and is that of the foot."""
    model: Model = simulator.model
    positions, angles = simulator.get("body_positions"), simulator.get("body_angles")
    index = {body.name: i for i, body in enumerate(model.bodies)}
    return np.array([_center(model, s, positions[index[s.body]], angles[index[s.body]]) for s in model.contact_spheres])


def _center(model: Model, sphere: Any, origin: Array, angle: float) -> tuple[float, float, float]:
    x, y, z = sphere.location
    c, s = np.cos(angle), np.sin(angle)
    return origin[0] + c * x - s * y, origin[1] + s * x + c * y, z + _lateral(model, sphere.body)


def _lateral(model: Model, body: str) -> float:
    """Constant z of a body's origin: the sum of the joints' offsets up to the ground."""
    by_child = {joint.child: joint for joint in model.joints}
    z = 0.0
    while body in by_child:
        joint = by_child[body]
        z += joint.parent_location[2] - joint.child_location[2]
        body = joint.parent
    return z
