"""Make the figures of the pages about physics and the human: ``python scripts/docs_figures.py [NAME…]``.

Each shows what the simulator does, put into one state after the other; where a law has a closed form, its points come
from the tests' oracles, which call nothing of the core. Written to docs/images/.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from myorun import Course, Patch, Simulator, Slope, State, Step  # noqa: E402
from myorun.physics import ACCURACIES  # noqa: E402
from myorun.plots.style import figure_style  # noqa: E402
from myorun.view import snapshot  # noqa: E402
from myorun.view.paths import Paths  # noqa: E402
from oracles import activation as activation_law  # noqa: E402
from oracles import contact, small_models  # noqa: E402

FOLDER = ROOT / "docs" / "images"
COLORS = ("#0072b2", "#d55e00", "#008c69", "#cc79a7", "#787878", "#56b4e9", "#34507a", "#b3871b", "#7a1f5c")
JOINTS = {"hip_flexion_r": "hip flexion °", "knee_angle_r": "knee angle °", "ankle_angle_r": "ankle angle °"}
NO_MUSCLES = np.zeros(0)


def panels(count: int, *, width: float = 8.0, height: float = 2.9) -> tuple[Figure, list[Axes]]:
    """A figure of panels side by side."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, count, squeeze=False)[0]
    return figure, list(axes)


def label(axes: Axes, title: str, x: str, y: str, *, legend: str | None = "best") -> None:
    """Words of one panel."""
    axes.set(title=title, xlabel=x, ylabel=y)
    if legend:
        axes.legend(loc=legend)


# ---------------------------------------------------------------- where bones are


def skeleton() -> Figure:
    """A leg at five knee angles, and how the knee's centre slides."""
    figure, (leg, centre) = panels(2, height=3.4)
    human = Simulator()
    for angle, color in zip(np.radians([-120, -90, -60, -30, 0]), COLORS, strict=False):
        bend(human, "knee_angle_r", angle)
        place = human.get("body_positions")[1:6] - human.get("body_positions")[1]
        leg.plot(*place.T, "o-", color=color, ms=3, label=f"{np.degrees(angle):.0f}°")
    leg.set_aspect("equal")
    label(leg, "thigh, shank, foot", "x m", "y m", legend="upper left")
    leg.set_xlim(-0.95, 0.2)
    angles = np.radians(np.linspace(-120, 10, 131))
    centre.plot(*(1000 * knee_centre(human, angles)).T, color=COLORS[0])
    label(centre, "centre of the knee, on the femur", "x mm", "y mm", legend=None)
    return figure


def bend(human: Simulator, coordinate: str, angle: float) -> None:
    """Set one coordinate, all else being as at the start."""
    human.reset()
    pose = human.coordinates
    pose[index_of(human, coordinate)] = angle
    human.coordinates = pose


def index_of(human: Simulator, coordinate: str) -> int:
    return [c.name for c in human.model.free_coordinates].index(coordinate)


def knee_centre(human: Simulator, angles: Any) -> Any:
    """Origin of the tibia in the frame of the femur, (angles, 2) m."""
    found = []
    for angle in angles:
        bend(human, "knee_angle_r", angle)
        femur, tibia = human.get("body_positions")[1:3]
        turn = human.get("body_angles")[1]
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = tibia - femur
        found.append((cos * x + sin * y, cos * y - sin * x))
    return np.array(found)


def splines() -> Figure:
    """The knee's splines with their knots."""
    figure, axes = panels(2)
    human = Simulator()
    knee = next(joint for joint in human.model.joints if joint.name == "knee_r")
    knots = knee.translation[0].function.x
    angles = np.linspace(knots[0] - 0.2, knots[-1] + 0.2, 200)
    way = knee_centre(human, angles)
    for axis, panel in enumerate(axes):
        knots = knee.translation[axis].function
        panel.plot(np.degrees(angles), way[:, axis], color=COLORS[0], label="simulated")
        panel.plot(np.degrees(knots.x), knots.y, "o", color=COLORS[1], ms=4, label="knots of the model")
        label(panel, f"{'xy'[axis]} of the tibia on the femur", "knee angle °", "m")
    return figure


def paths() -> Figure:
    """Moment arms about hip, knee and ankle."""
    figure, axes = panels(3, height=3.3)
    human = Simulator()
    for panel, (joint, words) in zip(axes, JOINTS.items(), strict=True):
        column = index_of(human, joint)
        angles = np.linspace(*{"hip": (-30, 100), "knee": (-120, 0), "ankle": (-40, 25)}[joint.partition("_")[0]], 90)
        arms = []
        for angle in np.radians(angles):
            bend(human, joint, angle)
            arms.append(100 * human.get("moment_arms")[:9, column])
        for muscle, arm, color in zip(human.model.muscles, np.transpose(arms), COLORS, strict=False):
            if np.abs(arm).max() > 0.05:
                panel.plot(angles, arm, color=color, label=muscle.name.removesuffix("_r"))
        label(panel, "", words, "moment arm cm")
    return figure


# ---------------------------------------------------------------- muscles


def activation() -> Figure:
    """Excitation on for a fifth of a second: the simulator's line, the closed form's points."""
    figure, (panel,) = panels(1, width=6.0)
    held, step = 0.2, 0.005
    for excitation, color in zip((0.3, 0.6, 1.0), COLORS, strict=False):
        muscle = Simulator(small_models.clamped_muscle(0.24), accuracy="reference")
        muscle.activations = [0.02]
        seen = [0.02]
        for k in range(80):
            muscle.step([excitation if k * step < held else 0.02], step)
            seen.append(muscle.activations[0])
        times = step * np.arange(81)
        panel.plot(1000 * times, seen, color=color, label=f"excitation {excitation:g} for 200 ms")
        up = [activation_law.after(0.02, excitation, t) for t in times[2:41:4]]
        down = [activation_law.after(up[-1], 0.02, t - held) for t in times[44:81:4]]
        panel.plot(1000 * np.r_[times[2:41:4], times[44:81:4]], up + down, "o", color=color, ms=3.5)
    label(panel, "", "time ms", "activation")
    return figure


def pulled() -> Simulator:
    """A muscle much like soleus from a wall to a slide, whose coordinate is the length of the path [m]."""
    return Simulator(small_models.hanging_load(1.0, 0.25))


def muscle() -> Figure:
    """Force over length, in equilibrium; force over velocity, at the optimal length."""
    figure, (length, velocity) = panels(2, height=3.2)
    for a, color in zip((0.25, 0.5, 1.0), COLORS, strict=False):
        table = isometric(a)
        length.plot(table[:, 0], table[:, 1], color=color, label=f"active, activation {a:g}")
        speeds, factors = force_velocity(a)
        velocity.plot(speeds, factors, color=color, label=f"activation {a:g}")
    length.plot(table[:, 0], table[:, 2], color=COLORS[4], ls="--", label="passive")
    label(length, "at rest", "fiber length, optimal lengths", "force / F_max")
    length.set(xlim=(0.45, 1.7), ylim=(0, 1.6))
    velocity.axvline(0, color="#9aa5b4", lw=0.8)
    label(velocity, "at the optimal length", "fiber velocity, v_max (shortening < 0)", "factor of force")
    velocity.set(xlim=(-1.05, 0.8), ylim=(0, 1.5))
    return figure


def isometric(a: float) -> Any:
    """Fiber length in optimal lengths, active and passive force in F_max: a row for each length of the path."""
    one, rows = small_models.thelen(), []
    human = pulled()
    for path in np.linspace(0.205, 0.30, 250):
        human.coordinates, human.speeds, human.activations = [path], [0.0], [a]
        human.equilibrate()
        forces = (human.get(f"{kind}_fiber_forces")[0] / one.max_isometric_force for kind in ("active", "passive"))
        rows.append((human.fiber_lengths[0] / one.optimal_fiber_length, *forces))
    return np.array(rows)


def force_velocity(a: float) -> tuple[Any, Any]:
    """Velocity in v_max and factor of force, of a fiber at its optimal length under tendons more and more stretched."""
    one = small_models.thelen()
    human = pulled()
    fastest = one.max_contraction_velocity * one.optimal_fiber_length
    speeds, factors = [], []
    for path in np.linspace(0.2477, 0.262, 800):
        human.coordinates, human.speeds, human.activations = [path], [0.0], [a]
        human.fiber_lengths = [one.optimal_fiber_length]
        speeds.append(human.get("fiber_velocities")[0] / fastest)
        factors.append(human.get("active_fiber_forces")[0] / (a * one.max_isometric_force))
    return np.array(speeds), np.array(factors)


def equilibrium() -> Figure:
    """A tendon's force, and a clamped muscle after excitation."""
    figure, (tendon, settling, force) = panels(3)
    one, human = small_models.thelen(), pulled()
    along = one.optimal_fiber_length * np.cos(one.pennation_angle)
    strains = np.linspace(-0.01, 0.06, 100)
    pulls = []
    for strain in strains:
        human.coordinates = [one.tendon_slack_length * (1 + strain) + along]
        human.fiber_lengths = [one.optimal_fiber_length]
        pulls.append(human.get("tendon_forces")[0] / one.max_isometric_force)
    tendon.plot(100 * strains, pulls, color=COLORS[0])
    label(tendon, "tendon", "strain %", "force / F_max", legend=None)
    clamped = Simulator(small_models.clamped_muscle(0.26), accuracy="reference")
    rows = []
    for k in range(150):
        clamped.step([1.0 if 10 <= k < 90 else 0.01], 0.002)
        rows.append((clamped.fiber_lengths[0] / one.optimal_fiber_length, clamped.get("tendon_forces")[0]))
    lengths, pull = np.transpose(rows)
    times = 2 * np.arange(1, 151)
    settling.plot(times, lengths, color=COLORS[1])
    label(settling, "both ends held, excited 20–180 ms", "time ms", "fiber length, optimal lengths", legend=None)
    force.plot(times, pull / one.max_isometric_force, color=COLORS[2])
    label(force, "", "time ms", "force / F_max", legend=None)
    return figure


def pennation() -> Figure:
    """Angle of the fibers of the three most pennate muscles."""
    figure, (angle, share) = panels(2)
    human = Simulator()
    steepest = sorted(range(9), key=lambda k: -human.model.muscles[k].pennation_angle)[:3]
    lengths = np.linspace(0.4, 1.6, 100)
    optimal = np.array([m.optimal_fiber_length for m in human.model.muscles])
    rows = []
    for length in lengths:
        human.fiber_lengths = length * optimal
        rows.append(human.get("pennation_angles")[steepest])
    for k, angles, color in zip(steepest, np.transpose(rows), COLORS, strict=False):
        name = human.model.muscles[k].name.removesuffix("_r")
        angle.plot(lengths, np.degrees(angles), color=color, label=name)
        share.plot(lengths, np.cos(angles), color=color, label=name)
    label(angle, "pennation", "fiber length, optimal lengths", "°")
    label(share, "share of the fiber's force along the tendon", "fiber length, optimal lengths", "cos φ")
    return figure


# ---------------------------------------------------------------- what pushes


def ball_on_floor(*, gravity: float = 0.0, obstacle: bool = False, z: float = 0.0) -> Simulator:
    """A sphere of 1 kg that slides and does not turn."""
    floor = small_models.ground_contact()
    sphere = small_models.ball(1.0, can_turn=False, gravity=gravity, contact=floor, z=z)
    return Simulator(sphere, accuracy="reference")


def put(simulator: Simulator, q: list[float], u: list[float]) -> None:
    simulator.set_state(State(0.0, np.array(q), np.array(u), NO_MUSCLES, NO_MUSCLES))


def contact_figure() -> Figure:
    """Impacts, their rebound, and friction."""
    figure, (depth, rebound, friction) = panels(3)
    speeds = np.linspace(0.1, 5.0, 15)
    for speed, color in zip((0.5, 1.0, 2.0, 3.0), COLORS, strict=False):
        depth.plot(*impact(speed)[0].T, color=color, label=f"{speed:g} m/s")
    label(depth, "impacts of 1 kg", "depth mm", "force kN")
    rebound.plot(speeds, [contact.rebound_speed(v, 1.5) for v in speeds], color=COLORS[4], label="closed form")
    rebound.plot(speeds, [impact(v)[1] for v in speeds], "o", ms=3.5, color=COLORS[0], label="simulated")
    label(rebound, "speed after an impact", "speed before m/s", "m/s")
    sphere, slips = ball_on_floor(), np.linspace(-0.5, 0.5, 201)
    ratios = []
    for slip in slips:
        put(sphere, [0.0, 0.045], [slip, 0.0])
        x, y = sphere.get("contact_forces")[0]
        ratios.append(x / y)
    friction.plot(slips, ratios, color=COLORS[1])
    label(friction, "friction", "sliding speed m/s", "share of the normal force", legend=None)
    return figure


def impact(speed: float) -> tuple[Any, float]:
    """Depth [mm] and force [kN] on the way, rows, and the speed [m/s] after it."""
    sphere, rows = ball_on_floor(), [(0.0, 0.0)]
    put(sphere, [0.0, 0.05], [0.0, -speed])
    for _ in range(4000):
        sphere.step(NO_MUSCLES, 5e-5)
        deep = 0.05 - sphere.coordinates[1]
        if deep < 0:
            break
        rows.append((1000 * deep, sphere.get("contact_forces")[0, 1] / 1000))
    return np.array(rows), float(sphere.speeds[1])


def obstacles() -> Figure:
    """A foot sphere led past balls, a little too low."""
    figure, (panel,) = panels(1, width=6.0)
    for radius, color in zip((0.05, 0.1, 0.15), COLORS, strict=False):
        sphere = ball_on_floor(z=0.09)
        sphere.set_course(obstacles=[(0.0, 0.0, radius)])
        reach = np.sqrt((radius + 0.05) ** 2 - 0.09**2)
        ways, pushes = np.linspace(-0.08, 0.08, 321), []
        for x in ways:
            put(sphere, [x, max(reach - 0.005, 0.051)], [0.0, 0.0])
            pushes.append(np.hypot(*sphere.get("obstacle_forces")[0]))
        panel.plot(100 * ways, pushes, color=color, label=f"radius {100 * radius:.0f} cm")
    label(panel, "a sphere led past 9 cm beside the middle, half a centimetre too low", "x cm", "push N")
    panel.set_xlim(-8, 8)
    return figure


def uneven_ground() -> Figure:
    """A course, and what presses on a sphere led 1 cm deep along it."""
    figure = Figure(figsize=(8.0, 3.8), layout="constrained")
    ground, pressing = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.6])
    course = Course(
        steps=[Step(0.5, 0.1)],
        slopes=[Slope(1.2, 2.0, 0.1)],
        patches=[Patch(2.4, 2.9, friction=0.1), Patch(3.2, 3.7, stiffness=0.3)],
    )
    ways = np.linspace(0.0, 4.0, 1601)
    sphere = ball_on_floor()
    sphere.set_course(surroundings=course.surroundings())
    forces = []
    for x in ways:
        put(sphere, [x, course.height(x) + 0.04], [1.0, 0.0])
        forces.append(sphere.get("contact_forces")[0])
    ground.fill_between(ways, [course.height(x) for x in ways], -0.05, color="#c9b79c")
    for start, words in ((0.55, "step"), (1.45, "slope"), (2.55, "ice"), (3.35, "rubber")):
        ground.text(start, 0.02, words)
    label(ground, "", "", "height m", legend=None)
    pressing.plot(ways, np.transpose(forces)[1], color=COLORS[0], label="up")
    pressing.plot(ways, np.transpose(forces)[0], color=COLORS[1], label="forward")
    label(
        pressing, "a sphere 1 cm in the ground, sliding at 1 m/s; the face of the step pushes harder", "x m", "force N"
    )
    pressing.set_ylim(-120, 120)
    return figure


def ligaments() -> Figure:
    """Torques of the limits over the angles of their joints."""
    figure, axes = panels(3)
    human = Simulator()
    ranges = {"hip_flexion_r": (-60, 150), "knee_angle_r": (-165, 35), "ankle_angle_r": (-70, 50)}
    for panel, (joint, words), color in zip(axes, JOINTS.items(), COLORS, strict=False):
        number = [limit.coordinate for limit in human.model.limits].index(joint)
        angles = np.linspace(*ranges[joint], 211)
        torques = []
        for angle in np.radians(angles):
            bend(human, joint, angle)
            torques.append(human.get("limit_torques")[number])
        panel.plot(angles, torques, color=color)
        label(panel, "", words, "torque N m", legend=None)
    return figure


# ---------------------------------------------------------------- motion


def dynamics() -> Figure:
    """A struggling human in the air: its centre of mass stays on the parabola, whatever its limbs do."""
    figure, (way, speed) = panels(2)
    human, rows = airborne(), []
    random = np.random.default_rng(4)
    for k in range(60):
        rows.append((0.01 * k, *human.get("center_of_mass"), human.get("center_of_mass_velocity")[0], human.speeds[4]))
        human.step(random.integers(0, 2, 18).astype(float))
    t, x, y, forward, knee = np.transpose(rows)
    gravity, start = human.model.gravity[1], airborne().get("center_of_mass_velocity")
    way.plot(x[0] + start[0] * t, y[0] + start[1] * t + gravity / 2 * t**2, color=COLORS[4], label="parabola")
    way.plot(x[::4], y[::4], "o", ms=3.5, color=COLORS[0], label="centre of mass")
    label(way, "a human thrown, muscles on and off at random", "x m", "y m")
    speed.plot(1000 * t, forward, color=COLORS[0], label="centre of mass, forward m/s")
    speed.plot(1000 * t, knee, color=COLORS[1], label="right knee rad/s")
    label(speed, "meanwhile", "time ms", "speed")
    return figure


def airborne() -> Simulator:
    """A human with bent joints, three metres up, moving forward and up."""
    human = Simulator(accuracy="reference")
    pose = [0.1, 0.0, 3.0, 0.4, -1.0, 0.1, 0.9, -1.2, -0.1]
    speeds = [0.0, 3.0, 2.0, 1.0, -2.0, 1.0, -1.0, 1.5, -1.0]
    human.set_state(State(0.0, np.array(pose), np.array(speeds), np.full(18, 0.4), human.fiber_lengths))
    human.equilibrate()
    return human


def integration() -> Figure:
    """Errors over substeps: in smooth flight, and through a hard landing."""
    figure, (smooth, hard) = panels(2, height=3.2)
    counts = np.array([12, 17, 24, 34, 48, 68, 96])
    truth = flown(20_000)
    errors = [np.abs(flown(n) - truth)[18:36].max() for n in counts]
    lengths = 10.0 / counts
    smooth.loglog(lengths, errors, "o", color=COLORS[0], label="activations after 20 ms")
    smooth.loglog(lengths, errors[0] * (lengths / lengths[0]) ** 3, color=COLORS[4], label="slope three")
    label(smooth, "in the air", "substep ms", "error")
    truth = landed("reference")
    equal = np.array([12, 20, 40, 80, 160, 320])
    hard.loglog(
        10.0 / equal, [np.abs(landed(int(n)) - truth).max() for n in equal], "o-", color=COLORS[0], label="equal"
    )
    for name, color in zip([n for n in ACCURACIES if n != "reference"], COLORS[1:], strict=False):
        hard.axhline(np.abs(landed(name) - truth).max(), color=color, ls="--", label=f'"{name}"')
    for panel, ticks in ((smooth, (0.1, 0.2, 0.4, 0.8)), (hard, (0.04, 0.1, 0.2, 0.4, 0.8))):
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
    label(hard, "50 ms through a hard landing", "equal substeps ms", "error rad or m")
    return figure


def flown(accuracy: int) -> Any:
    """The whole state after 20 ms in the air, excited by 0.6."""
    start, human = airborne().state, Simulator(accuracy=accuracy)
    human.set_state(start)
    human.step(np.full(18, 0.6), 0.02)
    return np.concatenate([human.coordinates, human.speeds, human.activations, human.fiber_lengths])


def landed(accuracy: int | str) -> Any:
    """Coordinates 50 ms after the feet met the ground hard."""
    human = Simulator(accuracy=accuracy)
    human.speeds = np.array([0.0, 1.0, -3.0, 2.0, -6.0, 4.0, -2.0, 3.0, -5.0])
    for _ in range(5):
        human.step(np.full(18, 0.3))
    return human.coordinates


def precision() -> Figure:
    """Errors of the core's own functions, against extended precision."""
    from myorun import _core
    from myorun.physics import instruction_sets

    figure, axes = panels(2)
    random = np.random.default_rng(1)
    functions = (("exp", 0, np.exp, random.uniform(-40, 10, 4000)), ("sin", 1, np.sin, random.uniform(-7, 7, 4000)))
    for panel, (name, number, truth, x) in zip(axes, functions, strict=True):
        got = np.empty_like(x)
        _core.elementary(instruction_sets()[-1], number, x, got)
        # 64 bits of mantissa tell a thousandth of a float64's last place
        off = (got.astype(np.longdouble) - truth(x.astype(np.longdouble))) / np.spacing(np.abs(got))
        panel.plot(x, off.astype(float), ".", ms=1.5, color=COLORS[0])
        label(panel, name, "argument", "error, last places", legend=None)
    return figure


# ---------------------------------------------------------------- the human


def human_muscles() -> Figure:
    """The right leg's nine muscles, one a panel."""
    figure = Figure(figsize=(8.0, 2.9), layout="constrained")
    axes = figure.subplots(1, 9)
    human = Simulator()
    lines = Paths(human.model).place(snapshot(human))
    bones = human.get("body_positions")
    for panel, muscle_, line in zip(axes, human.model.muscles, lines, strict=False):
        panel.plot(*bones[[0, 1, 2, 3, 4, 5]].T, "o-", color="#c2c9d3", ms=4, lw=4, solid_capstyle="round")
        panel.plot(*bones[[0, 11]].T, "-", color="#c2c9d3", lw=4)
        panel.plot(line[:, 0], line[:, 1], color="#c53b3b", lw=2.5)
        panel.set_title(muscle_.name.removesuffix("_r"), fontsize=8)
        panel.set(xlim=(-0.33, 0.2), ylim=(-0.1, 1.08), aspect="equal")
        panel.axis("off")
    return figure


def gait_reflex() -> Figure:
    """The gait of the reflex walker, as ``myorun gait reflex --figure gait.png`` draws it."""
    from myorun import run_episode
    from myorun.gait import analyse
    from myorun.gait.figures import overview_figure

    return overview_figure(analyse(run_episode("reflex", difficulty=0).trajectory))


FIGURES: dict[str, Callable[[], Figure]] = {
    "physics-skeleton": skeleton,
    "physics-splines": splines,
    "physics-paths": paths,
    "physics-activation": activation,
    "physics-muscle": muscle,
    "physics-equilibrium": equilibrium,
    "physics-pennation": pennation,
    "physics-contact": contact_figure,
    "physics-obstacles": obstacles,
    "physics-uneven-ground": uneven_ground,
    "physics-ligaments": ligaments,
    "physics-dynamics": dynamics,
    "physics-integration": integration,
    "physics-precision": precision,
    "human-muscles": human_muscles,
    "gait-reflex": gait_reflex,
}


def main(names: list[str]) -> None:
    for name in names or FIGURES:
        with figure_style(), mpl.rc_context({"axes.xmargin": 0.02}):
            figure = FIGURES[name]()
            file = FOLDER / f"{name}.png"
            figure.savefig(file, dpi=90 if name.startswith("gait") else 140)
        print(f"{file.name:28} {file.stat().st_size / 1000:5.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
