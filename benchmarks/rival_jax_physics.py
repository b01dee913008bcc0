"""The simulated human in JAX: the laws of ``core/`` and a two-stage integrator, for a batch, as XLA likes them.

Batches run along the last axis, both legs along the one before it, so that what is alike is written once and XLA fuses
it into loops over neighbouring numbers. Everything constant is folded in while tracing. For the built-in human on flat
ground with balls: a pelvis that moves freely and two legs of thigh, shank and foot, alike but for the sign of z.

Twists and wrenches are about the root (the pelvis) in world axes, as (rotation, x, y). Shapes: ``n`` humans; ``(k, n)``
of the pelvis, ``(k, 2, n)`` of the legs, right leg first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from myorun.anatomy.model import Model, Muscle
from myorun.physics.paths import Paths, compile_paths
from myorun.physics.skeleton import Segment, Skeleton, build_skeleton
from myorun.physics.spline import Piecewise, clamp_values, on_grid, piecewise

Array = Any  # a JAX array or tracer
Triple = tuple[Array, Array, Array]

GAMMA = 1 - 1 / math.sqrt(2)
BALL_STIFFNESS, BALL_DISSIPATION = 1e6, 1e-5
FAR = 1e6  # m, where empty slots of obstacles lie
FEMUR, TIBIA, FOOT = 1, 2, 3  # segments of the right leg
KNEE = 4  # coordinate of the right knee


class State(NamedTuple):
    """Of all humans."""

    q: Array  # (3, n) tilt, x, y of the pelvis
    joints: Array  # (3, 2, n) hip, knee, ankle
    u: Array  # (3, n)
    speeds: Array  # (3, 2, n)
    a: Array  # (9, 2, n) activations
    fibers: Array  # (9, 2, n)


class Course(NamedTuple):
    """What the humans meet."""

    balls: Array  # (3, k, 1, 1, n) x, y, radius; never a radius of 0
    strengths: Array  # (9, 2, n)


# ---------------------------------------------------------------- constants


@dataclass(frozen=True)
class Anatomy:
    """Everything the equations read, as NumPy arrays that broadcast against the batch."""

    gravity: Any
    masses: Any  # (4,) pelvis, femur, tibia, foot
    coms: Any  # (4, 2)
    inertias: Any  # (4,)
    hip: Any  # (2,) joint in the pelvis
    ankle: Any  # (2,) joint in the tibia
    knots: Any  # of the knee's functions
    bases: Any  # (pieces,)
    values: Any  # (6, 4, pieces) cubics: knee x, y; x, y of both sliding points
    slopes: Any  # (6, 3, pieces)
    muscles: dict[str, Any]  # (9, 1, 1) each
    pieces: Pieces
    spheres: Any  # (4, 2, 2, 1) x, y, z, radius of heel and toe
    contact: Any  # of the ground: a myorun.anatomy.GroundContact
    limits: dict[str, Any]  # (3, 1, 1) each


@dataclass(frozen=True)
class Pieces:
    """The straight pieces of the muscles' paths in one leg; ``p`` of them."""

    ends: Any  # (2 p, 13) differences from a to b, then places of a, as sums of features
    dz2: Any  # (p, 1, 1)
    by_hip: Any  # (p, 1, 1) whether the condition looks at the hip, else at the knee
    low: Any  # (p, 1, 1) of the condition, -inf if there is none
    high: Any
    wanted: Any  # (p, 1, 1) whether the condition must hold or must not
    extra: Any  # (p, 1, 1) constant length that comes and goes with the piece
    of_muscle: Any  # (9, p) 1 where the piece belongs to the muscle
    crossing: Any  # (5, p) 1 where it crosses hip, knee, ankle; where its end is a sliding point
    owner: Any  # (p,) the muscle


def read_anatomy(model: Model, dtype: Any) -> Anatomy:
    """The constants of a model shaped like the built-in human."""
    skeleton = build_skeleton(model)
    segments, paths = skeleton.segments[:4], compile_paths(skeleton)
    grid = _read_functions(segments[TIBIA], paths, model.free_coordinates[KNEE].range)
    limits = model.limits[::2]  # right, left, right, ...
    per_limit = {
        "upper": [k.upper_limit for k in limits],
        "lower": [k.lower_limit for k in limits],
        "upper_stiffness": [k.upper_stiffness for k in limits],
        "lower_stiffness": [k.lower_stiffness for k in limits],
        "damping": [k.damping for k in limits],
        "inverse_transition": [1 / k.transition for k in limits],
    }

    def upright(values: Any) -> Any:
        return np.asarray(values, dtype)[:, None, None]

    return Anatomy(
        gravity=np.asarray(model.gravity, dtype),
        masses=np.asarray([s.mass for s in segments], dtype),
        coms=np.asarray([s.com for s in segments], dtype),
        inertias=np.asarray([s.inertia for s in segments], dtype),
        hip=np.asarray([segments[FEMUR].frame.x, segments[FEMUR].frame.y], dtype),
        ankle=np.asarray([segments[FOOT].frame.x, segments[FOOT].frame.y], dtype),
        knots=np.asarray(grid[0].knots, dtype),
        bases=np.asarray(grid[0].bases, dtype),
        values=np.asarray([f.values for f in grid], dtype).transpose(0, 2, 1),
        slopes=np.asarray([f.slopes for f in grid], dtype).transpose(0, 2, 1),
        muscles={name: upright(v) for name, v in _read_muscles(model.muscles[:9], paths).items()},
        pieces=_read_pieces(paths, dtype),
        spheres=_read_spheres(skeleton, dtype),
        contact=model.ground_contacts[0],
        limits={name: upright(values) for name, values in per_limit.items()},
    )


def _read_functions(tibia: Segment, paths: Paths, reach: tuple[float, float]) -> list[Piecewise]:
    """The functions of the knee on their common grid: its x and y, then x and y of both sliding points."""
    sliding = [point.moving for point in paths.points if point.moving][:2]
    functions = [piecewise(motion.function) for motion in tibia.joint.translation[:2]]
    functions += [clamp_values(piecewise(m.function), *reach) for point in sliding for m in (point.x, point.y)]
    knots = tuple(sorted({k for f in functions for k in f.knots}))
    return [on_grid(f, knots) for f in functions]


def _read_muscles(muscles: tuple[Muscle, ...], paths: Paths) -> dict[str, Any]:
    """Parameters (9,) by name; the equations are those of ``core/muscle.h``."""
    names = [f.name for f in fields(Muscle) if f.name not in ("name", "path")]
    p = {name: np.array([getattr(m, name) for m in muscles]) for name in names}
    e3, af, most = math.exp(3.0), p["force_velocity_shape"], p["max_lengthening_force"]
    toe, start = 99 * p["tendon_strain"] * e3 / (166 * e3 - 67), p["linear_extrapolation"] * most
    height, scale = p["optimal_fiber_length"] * np.sin(p["pennation_angle"]), (2 + 2 / af) / (most - 1)
    return p | {
        "base_length": np.array(paths.base_lengths[:9]),
        "height": height,
        "min_length": height / np.sin(p["max_pennation_angle"]),
        "toe_strain": toe,
        "toe_scale": np.full(9, 0.33 / (e3 - 1)),
        "linear_stiffness": 0.67 / (p["tendon_strain"] - toe),
        "passive_exponent": p["passive_shape"] / p["passive_strain"],
        "passive_scale": 1 / np.expm1(p["passive_shape"]),
        "max_velocity": p["max_contraction_velocity"] * p["optimal_fiber_length"],
        "lengthening_scale": scale,
        "extrapolation_start": start,
        "extrapolation_value": (start - 1) / (scale * (most - start)),
        "extrapolation_slope": (most - 1) / (scale * (most - start) ** 2),
    }


def _read_spheres(skeleton: Skeleton, dtype: Any) -> Any:
    rows = []
    for sphere in skeleton.model.contact_spheres:
        rows.append((*skeleton.poses[sphere.body].place(*sphere.location), sphere.radius))
    legs = np.asarray(rows, dtype).reshape(2, 2, 4)  # leg, heel or toe
    return legs.transpose(2, 1, 0)[..., None]


def _read_pieces(paths: Paths, dtype: Any) -> Pieces:
    mine = [p for p in paths.pieces if p.muscle < 9]
    conditions = [paths.conditions[p.literals[0][0]] if p.literals else (0, -np.inf, np.inf) for p in mine]
    constants = {(c.muscle, c.literals): c.length for c in paths.constants}
    sliding = [i for i, point in enumerate(paths.points) if point.moving][:2]
    features = np.asarray([_features(paths, i, sliding) for i in range(len(paths.points))])
    start, end = (features[[getattr(p, side) for p in mine]] for side in "ab")

    def upright(values: Any) -> Any:
        return np.asarray(values)[:, None, None]

    joints = [[any(t.coordinate == c and not t.slides for t in p.terms) for p in mine] for c in (3, 4, 5)]
    slides = [[any(t.point == i and t.slides for t in p.terms) for p in mine] for i in sliding]
    return Pieces(
        ends=np.concatenate([end - start, start]).astype(dtype),
        dz2=upright([p.dz2 for p in mine]).astype(dtype),
        by_hip=upright([c[0] == 3 for c in conditions]),
        low=upright([c[1] for c in conditions]).astype(dtype),
        high=upright([c[2] for c in conditions]).astype(dtype),
        wanted=upright([not p.literals or p.literals[0][1] == 1 for p in mine]),
        extra=upright([constants.get((p.muscle, p.literals), 0.0) for p in mine]).astype(dtype),
        of_muscle=np.asarray([[p.muscle == m for p in mine] for m in range(9)], dtype),
        crossing=np.asarray(joints + slides, dtype),
        owner=np.asarray([p.muscle for p in mine]),
    )


def _features(paths: Paths, i: int, sliding: list[int]) -> list[float]:
    """A path point as factors of [cos, -sin] of the four segments, the origins of three, and both sliding points."""
    point = paths.points[i]
    row = np.zeros(13)
    if i in sliding:
        row[11 + sliding.index(i)] = 1.0
    elif point.segment <= FOOT:
        row[2 * point.segment : 2 * point.segment + 2] = point.x, point.y
        if point.segment:
            row[7 + point.segment] = 1.0
    return list(row)


# ---------------------------------------------------------------- kinematics


class Body(NamedTuple):
    """A segment, or the same one of both legs."""

    cos: Array
    sin: Array
    x: Array  # origin relative to the root
    y: Array
    ax: Array  # acceleration of the origin
    ay: Array
    omega: Array
    alpha: Array


class Pose(NamedTuple):
    """Where everything is and how it moves, at the accelerations given."""

    bodies: tuple[Body, Body, Body, Body]
    axes: tuple[tuple[Array, Array], ...]  # of hip, knee, ankle: velocity they give the point at the root
    foot: Triple  # twist of the feet
    sliding: tuple[tuple[Array, Array], ...]  # sliding points relative to the root
    slides: tuple[tuple[Array, Array], ...]  # their velocity per unit of the knee's


def turned(body: Body, x: Array, y: Array) -> tuple[Array, Array]:
    """A direction given in a segment, in world axes."""
    return body.cos * x - body.sin * y, body.sin * x + body.cos * y


def carried(parent: Body, rx: Array, ry: Array) -> tuple[Array, Array]:
    """The acceleration of a point of the parent at (rx, ry) from its origin."""
    omega2 = parent.omega * parent.omega
    return parent.ax - parent.alpha * ry - omega2 * rx, parent.ay + parent.alpha * rx - omega2 * ry


def knee_functions(c: Anatomy, knee: Array) -> tuple[Array, Array, Array]:
    """Values, slopes (6, 2, n) and curvatures (2, 2, n) of the functions of the knee (2, n)."""
    piece = jnp.sum(knee >= c.knots[:, None, None], axis=0)
    d = knee - jnp.asarray(c.bases)[piece]
    v = jnp.asarray(c.values)[:, :, piece]
    s = jnp.asarray(c.slopes)[:, :, piece]
    value = v[:, 0] + d * (v[:, 1] + d * (v[:, 2] + d * v[:, 3]))
    slope = s[:, 0] + d * (s[:, 1] + d * s[:, 2])
    return value, slope, s[:2, 1] + d * (2 * s[:2, 2])


def calc_pose(c: Anatomy, y: State, base_acceleration: Array, joint_accelerations: Array) -> Pose:
    hip, knee, ankle = y.joints
    speed = y.speeds
    bent = joint_accelerations
    angles = jnp.stack([hip, hip + knee, hip + knee + ankle]) + y.q[0]
    cos, sin = jnp.cos(angles), jnp.sin(angles)
    zero = jnp.zeros_like(y.q[0])
    pelvis = Body(jnp.cos(y.q[0]), jnp.sin(y.q[0]), zero, zero, base_acceleration[1], base_acceleration[2], y.u[0],
                  base_acceleration[0])  # fmt: skip

    x1, y1 = turned(pelvis, *c.hip)
    femur = Body(cos[0], sin[0], x1, y1, *carried(pelvis, x1, y1), y.u[0] + speed[0], pelvis.alpha + bent[0])

    value, slope, curvature = knee_functions(c, knee)
    rx, ry = turned(femur, value[0], value[1])
    wx, wy = turned(femur, slope[0], slope[1])
    bx, by = turned(femur, *(curvature * speed[1] ** 2 + slope[:2] * bent[1]))
    ax, ay = carried(femur, rx, ry)
    coriolis = 2 * femur.omega * speed[1]
    x2, y2 = x1 + rx, y1 + ry
    tibia = Body(cos[1], sin[1], x2, y2, ax - coriolis * wy + bx, ay + coriolis * wx + by, femur.omega + speed[1],
                 femur.alpha + bent[1])  # fmt: skip

    rx, ry = turned(tibia, *c.ankle)
    x3, y3 = x2 + rx, y2 + ry
    foot = Body(cos[2], sin[2], x3, y3, *carried(tibia, rx, ry), tibia.omega + speed[2], tibia.alpha + bent[2])

    axes = ((y1, -x1), (wx + y2, wy - x2), (y3, -x3))
    places = tuple((x2 + p[0], y2 + p[1]) for p in (turned(tibia, value[k], value[k + 1]) for k in (2, 4)))
    slides = tuple(turned(tibia, slope[k], slope[k + 1]) for k in (2, 4))
    return Pose((pelvis, femur, tibia, foot), axes, foot_twist(axes, y.u, speed), places, slides)


def foot_twist(axes: tuple[tuple[Array, Array], ...], base: Array, joints: Array) -> Triple:
    """The twist of the feet at generalized speeds (or accelerations), of base and joints."""
    x = base[1] + sum(joints[k] * axes[k][0] for k in range(3))
    y = base[2] + sum(joints[k] * axes[k][1] for k in range(3))
    return base[0] + joints[0] + joints[1] + joints[2], x, y


# ---------------------------------------------------------------- muscles


class Pulls(NamedTuple):
    """Directions in which the pieces of paths pull at what lies beyond them."""

    nx: Array  # (p, 2, n), 0 where a piece is off
    ny: Array
    moment: Array  # about the root


def calc_paths(c: Anatomy, y: State, pose: Pose) -> tuple[Array, Array, Pulls]:
    """Lengths and lengthening speeds of the muscles (9, 2, n), and the directions of their pieces."""
    p = c.pieces
    zero = jnp.zeros_like(y.joints[0])
    along_x, along_y = [], []
    for body in pose.bodies:
        along_x += [body.cos + zero, -body.sin + zero]
        along_y += [body.sin + zero, body.cos + zero]
    along_x += [body.x + zero for body in pose.bodies[1:]] + [x for x, _ in pose.sliding]
    along_y += [body.y + zero for body in pose.bodies[1:]] + [y for _, y in pose.sliding]
    features = jnp.stack([jnp.stack(along_x), jnp.stack(along_y)], axis=1)  # (13, 2, 2, n)
    places = jnp.einsum("ef,fkln->ekln", p.ends, features)
    count = len(p.owner)
    dx, dy = places[:count, 0], places[:count, 1]

    watched = jnp.where(p.by_hip, y.joints[0], y.joints[1])
    on = ((watched >= p.low) & (watched <= p.high)) == p.wanted
    length = jnp.sqrt(dx * dx + dy * dy + p.dz2)
    scale = jnp.where(on, 1 / length, 0)
    nx, ny = dx * scale, dy * scale
    moment = places[count:, 0] * ny - places[count:, 1] * nx
    lengthening = _lengthening(c, y, pose, Pulls(nx, ny, moment))
    both = jnp.stack([jnp.where(on, length + p.extra, 0), lengthening], axis=1)
    lengths = jnp.einsum("mp,pkln->mkln", p.of_muscle, both)
    return lengths[:, 0] + c.muscles["base_length"], lengths[:, 1], Pulls(nx, ny, moment)


def _lengthening(c: Anatomy, y: State, pose: Pose, pulls: Pulls) -> Array:
    crossing = c.pieces.crossing[..., None, None]
    x = sum(crossing[k] * (y.speeds[k] * pose.axes[k][0]) for k in range(3))
    y_ = sum(crossing[k] * (y.speeds[k] * pose.axes[k][1]) for k in range(3))
    x += sum(crossing[3 + k] * (y.speeds[1] * pose.slides[k][0]) for k in range(2))
    y_ += sum(crossing[3 + k] * (y.speeds[1] * pose.slides[k][1]) for k in range(2))
    turn = sum(crossing[k] * y.speeds[k] for k in range(3))
    return pulls.nx * x + pulls.ny * y_ + pulls.moment * turn


def muscle_torques(c: Anatomy, pose: Pose, pulls: Pulls, tension: Array) -> list[Array]:
    """Torques (2, n) at hip, knee and ankle of the muscles' tensions (9, 2, n)."""
    tensions = tension[c.pieces.owner]
    wrenches = jnp.stack([tensions * pulls.moment, tensions * pulls.nx, tensions * pulls.ny], axis=1)
    beyond = jnp.einsum("kp,pcln->kcln", c.pieces.crossing, wrenches)
    torques = [-(beyond[k, 0] + a[0] * beyond[k, 1] + a[1] * beyond[k, 2]) for k, a in enumerate(pose.axes)]
    torques[1] -= sum(s[0] * beyond[3 + k, 1] + s[1] * beyond[3 + k, 2] for k, s in enumerate(pose.slides))
    return torques


def activation_rate(c: Anatomy, excitation: Array, a: Array) -> Array:
    m = c.muscles
    speed = 0.5 + 1.5 * a
    difference = excitation - a
    rising = difference > 0
    return jnp.where(rising, difference, difference * speed) / jnp.where(
        rising, m["activation_time"] * speed, m["deactivation_time"]
    )


def tendon_curve(m: dict[str, Any], strain: Array) -> tuple[Array, Array]:
    exponent = 3 / m["toe_strain"]
    growth = jnp.exp(jnp.clip(strain, 0, m["toe_strain"]) * exponent)
    linear, slack = strain > m["toe_strain"], strain <= 0
    line = m["linear_stiffness"] * (strain - m["toe_strain"]) + 0.33
    value = jnp.where(linear, line, m["toe_scale"] * (growth - 1))
    slope = jnp.where(linear, m["linear_stiffness"], m["toe_scale"] * exponent * growth)
    return jnp.where(slack, 0, value), jnp.where(slack, 0, slope)


def velocity_curve(m: dict[str, Any], y: Array) -> tuple[Array, Array]:
    pulling, shortening, steep = y <= 0, y <= 1, y >= m["extrapolation_start"]
    rise_below = 1 + 1 / m["force_velocity_shape"]
    stretching = m["lengthening_scale"] * (m["max_lengthening_force"] - y)
    inverse = 1 / jnp.where(pulling | steep, 1, jnp.where(shortening, 1 + y / m["force_velocity_shape"], stretching))
    rise = jnp.where(shortening, rise_below, m["lengthening_scale"] * (m["max_lengthening_force"] - 1))
    value = jnp.where(pulling, y * rise_below - 1, (y - 1) * inverse)
    slope = jnp.where(pulling, rise_below, rise * inverse * inverse)
    tangent = m["extrapolation_value"] + m["extrapolation_slope"] * (y - m["extrapolation_start"])
    return jnp.where(steep, tangent, value), jnp.where(steep, m["extrapolation_slope"], slope)


def calc_muscles(
    c: Anatomy, course: Course, y: State, excitations: Array, h: float, length: Array, lengthening: Array
) -> tuple[Array, Array, Array]:
    """Tensions [N] and rates of activations and fibers, capped for a step of h; all (9, 2, n)."""
    m = c.muscles
    a = jnp.clip(y.a, m["min_activation"], 1)
    rate_a = activation_rate(c, excitations, a)
    floor = np.maximum(m["min_length"], m["optimal_fiber_length"] * np.asarray(1e-6, m["height"].dtype))
    l = jnp.maximum(y.fibers, floor)  # noqa: E741 - the name of the equations
    inverse_along = 1 / jnp.sqrt(jnp.maximum(l * l - m["height"] ** 2, 1e-24))
    along = (l * l - m["height"] ** 2) * inverse_along
    inverse_cos = l * inverse_along

    tendon, tendon_slope = tendon_curve(m, (length - along) / m["tendon_slack_length"] - 1)
    stretch = l / m["optimal_fiber_length"] - 1
    growth = jnp.exp(jnp.maximum(stretch, 0) * m["passive_exponent"])
    passive = m["passive_scale"] * (growth - 1)
    passive_slope = jnp.where(stretch <= 0, 0, m["passive_scale"] * m["passive_exponent"] * growth)
    steepness = stretch / m["active_shape"]
    active = jnp.exp(-stretch * steepness)

    inverse_capacity = 1 / jnp.maximum(a * active, 1e-30)
    v_y = (tendon * inverse_cos - passive) * inverse_capacity
    curve, curve_slope = velocity_curve(m, v_y)
    velocity = m["max_velocity"] * (0.25 + 0.75 * a) * curve

    dv_dy = m["max_velocity"] * (0.25 + 0.75 * a) * curve_slope
    by_path = tendon_slope / m["tendon_slack_length"] * inverse_cos
    dy_dl = (
        -by_path * inverse_cos
        - tendon * m["height"] ** 2 * inverse_along**3
        - passive_slope / m["optimal_fiber_length"]
    ) * inverse_capacity + 2 * v_y * steepness / m["optimal_fiber_length"]
    by_activation = m["max_velocity"] * 0.75 * curve - dv_dy * v_y * (active * inverse_capacity)
    stiffness = jnp.where(y.fibers < floor, 0, dv_dy * dy_dl)
    drift = dv_dy * by_path * inverse_capacity * lengthening + by_activation * jnp.where(y.a == a, rate_a, 0)

    stuck = (y.fibers <= m["min_length"]) & (velocity <= 0)
    rate_l = jnp.where(stuck, 0, capped_rate(velocity, stiffness, drift, h))
    return m["max_isometric_force"] * course.strengths * tendon, rate_a, rate_l


def capped_rate(velocity: Array, stiffness: Array, drift: Array, h: float) -> Array:
    """Velocities of fibers too stiff for a step of h, capped by how they and their drift change along it."""
    reach = h / 1.5
    w = jnp.clip(-reach * stiffness, 0, 1e6)
    w3 = w * w * w
    gamma = w3 / (1 + w3 + w3 * w)
    return velocity - gamma * (w * velocity - reach * drift)


# ---------------------------------------------------------------- contacts and ligaments


class Spring(NamedTuple):
    """A stiff contact in the plane at a point of each sphere: forces, and matrices for the integrator."""

    px: Array  # of the point (2, 2, n): heel and toe, legs
    py: Array
    fx: Array
    fy: Array
    stiffness: tuple[Array, Array, Array]  # xx, xy, yy
    damping: tuple[Array, Array, Array]


def predict(hertz: Array, depth: Array, opening: Array, dissipation: float, h: float) -> tuple[Array, Array]:
    """Stiffness and damping a contact will show at the depth it reaches within h."""
    deep = jnp.maximum(depth + h * jnp.maximum(-opening, 0), 0)
    root = jnp.sqrt(deep)
    factor = 1.5 * dissipation
    return 1.5 * hertz * root * jnp.maximum(1 - factor * opening, 0), factor * hertz * deep * root


def hunt_crossley(hertz: Array, depth: Array, opening: Array, dissipation: float) -> Array:
    d = jnp.maximum(depth, 0)
    return jnp.maximum(hertz * d * jnp.sqrt(d) * (1 - 1.5 * dissipation * opening), 0)


def heel_first(c: Anatomy, x: Array, y: Array) -> Array:
    """Whether the sweep of the reference meets the heel before the toe; centres in the world, (2, 2, n)."""
    z = c.spheres[2]

    def spread(values: Array) -> Array:
        mean = (values[0] + values[1]) / 3  # with the origin of the ground
        return abs(mean) + abs(values[0] - mean) + abs(values[1] - mean)

    along_x = spread(x) > spread(y)
    along_z = spread(z) > jnp.maximum(spread(x), spread(y))
    return jnp.where(along_z, z[0] < z[1], jnp.where(along_x, x[0] < x[1], y[0] < y[1]))


def touch_ground(c: Anatomy, y: State, sx: Array, sy: Array, foot: Triple, h: float) -> Spring:
    ground = c.contact
    depth = c.spheres[3] - (y.q[2] + sy)
    px, py = sx, -0.5 * depth - y.q[2]
    vx, vy = foot[1] - foot[0] * py, foot[2] + foot[0] * px
    hertz = 4 / 3 * (0.5**1.5 * ground.stiffness) * np.sqrt(c.spheres[3])
    normal = hunt_crossley(hertz, depth, vy, ground.dissipation)

    pulls = (depth > 0) & (1 - 1.5 * ground.dissipation * vy <= 0)
    heel = heel_first(c, y.q[1] + sx, y.q[2] + sy)
    silent = jnp.stack([pulls[1] & ~heel, pulls[0] & heel])  # quirk: none after the first that pulls
    normal = jnp.where(silent, 0, normal)

    slip = abs(vx)
    ratio = slip / ground.transition_velocity
    mu = ground.dynamic_friction + 2 * (ground.static_friction - ground.dynamic_friction) / (1 + ratio * ratio)
    drag = normal * (mu / jnp.maximum(slip, ground.transition_velocity) + ground.viscous_friction)
    stiffness, damping = predict(hertz, depth, vy, ground.dissipation, h)
    return Spring(px, py, -drag * vx, normal, (0.0, 0.0, stiffness), (drag, 0.0, damping))


def touch_balls(c: Anatomy, course: Course, y: State, sx: Array, sy: Array, foot: Triple, h: float) -> Spring:
    """All balls together, at the spheres' centres."""
    ball_x, ball_y, r = course.balls
    dx, dy = sx - (ball_x - y.q[1]), sy - (ball_y - y.q[2])  # (k, 2, 2, n)
    distance = jnp.sqrt(dx * dx + dy * dy + c.spheres[2] ** 2)
    reach = r + c.spheres[3]
    nx, ny = dx / distance, dy / distance
    vx, vy = foot[1] - foot[0] * sy, foot[2] + foot[0] * sx
    opening = vx * nx + vy * ny
    hertz = 4 / 3 * (0.5**1.5 * BALL_STIFFNESS / r) * jnp.sqrt(r * c.spheres[3] / reach)
    force = hunt_crossley(hertz, reach - distance, opening, BALL_DISSIPATION)
    stiffness, damping = predict(hertz, reach - distance, opening, BALL_DISSIPATION, h)

    def outer(weight: Array) -> tuple[Array, Array, Array]:
        return (weight * nx * nx).sum(0), (weight * nx * ny).sum(0), (weight * ny * ny).sum(0)

    return Spring(sx, sy, (force * nx).sum(0), (force * ny).sum(0), outer(stiffness), outer(damping))


def calc_contacts(c: Anatomy, course: Course, y: State, pose: Pose, h: float) -> list[Spring]:
    foot = pose.bodies[FOOT]
    dx, dy = turned(foot, c.spheres[0], c.spheres[1])
    sx, sy = foot.x + dx, foot.y + dy
    springs = [touch_ground(c, y, sx, sy, pose.foot, h)]
    if course.balls.shape[1]:
        springs.append(touch_balls(c, course, y, sx, sy, pose.foot, h))
    return springs


def smooth_step(t: Array) -> tuple[Array, Array]:
    t = jnp.clip(t, 0, 1)
    return t**3 * (10 + t * (6 * t - 15)), 30 * (t * (1 - t)) ** 2


def calc_limits(c: Anatomy, q: Array, u: Array) -> tuple[Array, Array, Array]:
    """Torque, stiffness and damping of the ligaments, (3, 2, n)."""
    k = c.limits
    above, below = q - k["upper"], k["lower"] - q
    (up, up_slope), (down, down_slope) = (smooth_step(t * k["inverse_transition"]) for t in (above, below))
    damping = k["damping"] * (up + down)
    torque = k["lower_stiffness"] * down * below - k["upper_stiffness"] * up * above - damping * u
    stiffness = k["upper_stiffness"] * (up + up_slope * above * k["inverse_transition"])
    stiffness += k["lower_stiffness"] * (down + down_slope * below * k["inverse_transition"])
    return torque, stiffness, damping


# ---------------------------------------------------------------- dynamics


class Forces(NamedTuple):
    """An evaluation: generalized forces less M udot, of the base and of the joints, and rates of the muscles."""

    base: list[Array]
    joints: list[Array]
    a: Array
    fibers: Array
    pose: Pose
    springs: list[Spring]
    coms: list[tuple[Array, Array]]  # of pelvis, femur, tibia, foot, relative to the root


def add(first: Triple, second: Triple) -> Triple:
    return first[0] + second[0], first[1] + second[1], first[2] + second[2]


def inertial_wrench(c: Anatomy, i: int, body: Body) -> tuple[Triple, tuple[Array, Array]]:
    """Weight less inertia of a segment about the root, and its centre of mass."""
    mass = c.masses[i]
    rx, ry = turned(body, *c.coms[i])
    ax, ay = carried(body, rx, ry)
    fx, fy = mass * (c.gravity[0] - ax), mass * (c.gravity[1] - ay)
    x, y = body.x + rx, body.y + ry
    return (x * fy - y * fx - c.inertias[i] * body.alpha, fx, fy), (x, y)


def at_points(x: Array, y: Array, fx: Array, fy: Array) -> Triple:
    """The wrench on each foot of forces at points of heel and toe."""
    return (x * fy - y * fx).sum(0), fx.sum(0), fy.sum(0)


def calc_forces(
    c: Anatomy, course: Course, y: State, excitations: Array, h: float, base: Array, joints: Array
) -> Forces:
    pose = calc_pose(c, y, base, joints)
    length, lengthening, pulls = calc_paths(c, y, pose)
    tension, rate_a, rate_l = calc_muscles(c, course, y, excitations, h, length, lengthening)
    springs = calc_contacts(c, course, y, pose, h)
    torque, _, _ = calc_limits(c, y.joints, y.speeds)

    wrenches, coms = zip(*(inertial_wrench(c, i, body) for i, body in enumerate(pose.bodies)), strict=True)
    carried_by = list(wrenches)
    for spring in springs:
        carried_by[FOOT] = add(carried_by[FOOT], at_points(spring.px, spring.py, spring.fx, spring.fy))
    carried_by[TIBIA] = add(carried_by[TIBIA], carried_by[FOOT])
    carried_by[FEMUR] = add(carried_by[FEMUR], carried_by[TIBIA])
    base_force = [own + legs.sum(0) for own, legs in zip(carried_by[0], carried_by[FEMUR], strict=True)]
    pulled = muscle_torques(c, pose, pulls, tension)
    joint_force = [project(pose.axes[k], carried_by[k + 1]) + pulled[k] + torque[k] for k in range(3)]
    return Forces(base_force, joint_force, rate_a, rate_l, pose, springs, list(coms))


def project(axis: tuple[Array, Array], wrench: Triple) -> Array:
    """The generalized force of a wrench on what a joint carries."""
    return wrench[0] + axis[0] * wrench[1] + axis[1] * wrench[2]


Symmetric = tuple[Array, Array, Array, Array, Array, Array]  # rr, rx, ry, xx, xy, yy


def sum_matrices(first: Symmetric, second: Symmetric) -> Symmetric:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def own_inertia(c: Anatomy, i: int, com: tuple[Array, Array]) -> Symmetric:
    mass, (x, y) = c.masses[i], com
    return c.inertias[i] + mass * (x * x + y * y), -mass * y, mass * x, mass, 0.0, mass


def about_root(spring: Spring, matrix: tuple[Array, Array, Array]) -> Symmetric:
    """A matrix of the plane at the points of heel and toe as one of twists, summed over both."""
    xx, xy, yy = matrix
    rx, ry = spring.px * xy - spring.py * xx, spring.px * yy - spring.py * xy
    rr = spring.px * ry - spring.py * rx
    both = jnp.zeros_like(spring.px)
    return tuple((part + both).sum(0) for part in (rr, rx, ry, xx, xy, yy))


def times(matrix: Symmetric, twist: Triple) -> Triple:
    rr, rx, ry, xx, xy, yy = matrix
    r, x, y = twist
    return rr * r + rx * x + ry * y, rx * r + xx * x + xy * y, ry * r + xy * x + yy * y


class Implicit(NamedTuple):
    """Factors of W = M + g h C + (g h)^2 K, and what the right-hand sides need of C and K."""

    ratios: list[list[Array]]  # [pivot][row below it]: ankle, knee, hip, then the base
    pivots: list[Array]  # inverted: of the leg, then of the base
    base_ratios: list[Array]  # of rows 1, 2 by pivot 0, of row 2 by pivot 1
    feet: Symmetric  # g h C + (g h)^2 K of the contacts, as a matrix of the feet's twists
    feet_stiffness: Symmetric  # g h K
    diagonal: Array  # the same of the ligaments, (3, 2, n)
    diagonal_stiffness: Array


def build_implicit(c: Anatomy, y: State, forces: Forces, h: float) -> Implicit:
    gh = GAMMA * h
    axes = forces.pose.axes
    _, stiffness, damping = calc_limits(c, y.joints + h * y.speeds, y.speeds)
    diagonal = gh * (damping + gh * stiffness)
    both = [
        (about_root(s, tuple(gh * (d + gh * k) for d, k in zip(s.damping, s.stiffness, strict=True))),
         about_root(s, tuple(gh * k for k in s.stiffness)))
        for s in forces.springs
    ]  # fmt: skip
    feet, feet_stiffness = both[0]
    for more, more_stiffness in both[1:]:
        feet, feet_stiffness = sum_matrices(feet, more), sum_matrices(feet_stiffness, more_stiffness)

    pelvis, femur, tibia, foot = (own_inertia(c, i, com) for i, com in enumerate(forces.coms))
    at_ankle = sum_matrices(foot, feet)
    at_knee = sum_matrices(tibia, at_ankle)
    at_hip = sum_matrices(femur, at_knee)
    base = [own + legs.sum(0) for own, legs in zip(pelvis, at_hip, strict=True)]
    momenta = [times(m, (1.0, *axis)) for m, axis in zip((at_hip, at_knee, at_ankle), axes, strict=True)]
    return _factor(axes, momenta, base, diagonal, feet, feet_stiffness, gh * stiffness)


def _factor(
    axes: Any, momenta: list[Triple], base: list[Array], diagonal: Array, feet: Symmetric, feet_stiffness: Symmetric,
    diagonal_stiffness: Array,
) -> Implicit:  # fmt: skip
    hip, knee, ankle = momenta
    matrix = [  # lower triangle over ankle, knee, hip, base; what the legs add to the base begins at 0
        [project(axes[2], ankle) + diagonal[2]],
        [project(axes[1], ankle), project(axes[1], knee) + diagonal[1]],
        [project(axes[0], ankle), project(axes[0], knee), project(axes[0], hip) + diagonal[0]],
        *([ankle[i], knee[i], hip[i], *[0.0] * (i + 1)] for i in range(3)),
    ]
    ratios, pivots = [], []
    for k in range(3):
        inverse = 1 / matrix[k][k]
        column = [matrix[i][k] * inverse for i in range(k + 1, 6)]
        for i in range(k + 1, 6):
            for j in range(k + 1, i + 1):
                matrix[i][j] = matrix[i][j] - column[i - k - 1] * matrix[j][k]
        ratios.append(column)
        pivots.append(inverse)
    rr, rx, ry, xx, xy, yy = (
        own + matrix[3 + i][3 + j].sum(0)
        for own, (i, j) in zip(base, ((0, 0), (1, 0), (2, 0), (1, 1), (2, 1), (2, 2)), strict=True)
    )
    inverse_r = 1 / rr
    l10, l20 = rx * inverse_r, ry * inverse_r
    inverse_x = 1 / (xx - l10 * rx)
    xy = xy - l20 * rx
    l21 = xy * inverse_x
    inverse_y = 1 / (yy - l20 * ry - l21 * xy)
    pivots += [inverse_r, inverse_x, inverse_y]
    return Implicit(ratios, pivots, [l10, l20, l21], feet, feet_stiffness, diagonal, diagonal_stiffness)


def solve(w: Implicit, base: list[Array], joints: list[Array]) -> tuple[Array, Array]:
    """W^-1 b, of base (3, n) and joints (3, 2, n)."""
    x = [joints[2], joints[1], joints[0], 0.0, 0.0, 0.0]
    for k in range(3):
        for i in range(k + 1, 6):
            x[i] = x[i] - w.ratios[k][i - k - 1] * x[k]
    l10, l20, l21 = w.base_ratios
    r = base[0] + x[3].sum(0)
    u = base[1] + x[4].sum(0) - l10 * r
    v = base[2] + x[5].sum(0) - l20 * r - l21 * u
    v = v * w.pivots[5]
    u = u * w.pivots[4] - l21 * v
    r = r * w.pivots[3] - l10 * u - l20 * v
    x[3:] = [r, u, v]
    for k in (2, 1, 0):
        x[k] = x[k] * w.pivots[k] - sum(w.ratios[k][i - k - 1] * x[i] for i in range(k + 1, 6))
    return jnp.stack([r, u, v]), jnp.stack([x[2], x[1], x[0]])


def apply(axes: Any, matrix: Symmetric, diagonal: Array, base: Array, joints: Array) -> tuple[list[Array], list[Array]]:
    """A matrix of the feet's twists and a diagonal of the joints, times generalized speeds."""
    wrench = times(matrix, foot_twist(axes, base, joints))
    return [part.sum(0) for part in wrench], [project(axes[k], wrench) + diagonal[k] * joints[k] for k in range(3)]


# ---------------------------------------------------------------- integrator


def substep(c: Anatomy, course: Course, excitations: Array, h: float, y: State) -> State:
    """One step of cROS2, a two-stage W-Rosenbrock method of second order.

    ROS2 of Verwer et al. (1999), SIAM J. Sci. Comput. 20(4):1456-1480, section 3, in second-order form, contacts and
    ligaments implicit; fibers are explicit with their relaxation capped.
    """
    gh = GAMMA * h
    first = calc_forces(c, course, y, excitations, h, jnp.zeros_like(y.u), jnp.zeros_like(y.speeds))
    w, axes = build_implicit(c, y, first, h), first.pose.axes
    stiff = apply(axes, w.feet_stiffness, w.diagonal_stiffness, y.u, y.speeds)
    right = subtract((first.base, first.joints), stiff)
    k1u, k1s = solve(w, *right)
    k1q, k1j = y.u + gh * k1u, y.speeds + gh * k1s
    middle = State(y.q + h * k1q, y.joints + h * k1j, y.u + h * k1u, y.speeds + h * k1s, y.a + h * first.a,
                   y.fibers + h * first.fibers)  # fmt: skip

    second = calc_forces(c, course, middle, excitations, h, k1u, k1s)
    # M k1 is the first right-hand side less what is implicit in W k1
    inertia = subtract(right, apply(axes, w.feet, w.diagonal, k1u, k1s))
    r, s = middle.u - 2 * k1q, middle.speeds - 2 * k1j
    rest = subtract((second.base, second.joints), inertia)
    k2u, k2s = solve(w, *subtract(rest, apply(axes, w.feet_stiffness, w.diagonal_stiffness, r, s)))
    k2q, k2j = r + gh * k2u, s + gh * k2s
    fibers = y.fibers + 0.5 * h * (first.fibers + second.fibers)
    return State(
        y.q + h * (1.5 * k1q + 0.5 * k2q),
        y.joints + h * (1.5 * k1j + 0.5 * k2j),
        y.u + h * (1.5 * k1u + 0.5 * k2u),
        y.speeds + h * (1.5 * k1s + 0.5 * k2s),
        y.a + 0.5 * h * (first.a + second.a),
        jnp.maximum(fibers, jnp.minimum(y.fibers, c.muscles["min_length"])),
    )


def subtract(first: Any, second: Any) -> tuple[list[Array], list[Array]]:
    base, joints = ([a - b for a, b in zip(*parts, strict=True)] for parts in zip(first, second, strict=True))
    return base, joints


def make_step(model: Model, dtype: Any, substeps: int, duration: float = 0.01) -> Any:
    """A compiled function (course, state, excitations (9, 2, n)) -> state after ``duration`` seconds."""
    c = read_anatomy(model, dtype)
    h = duration / substeps

    @jax.jit
    def step(course: Course, y: State, excitations: Array) -> Any:
        return jax.lax.fori_loop(0, substeps, lambda _, s: substep(c, course, excitations, h, s), y)

    return step
