"""Uneven ground, patches, loads and slow muscles against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from myorun.course import Course, Load, Patch, Slope, Step
from myorun.errors import UsageError
from myorun.physics import BatchSimulator, Simulator, Surroundings, instruction_sets
from myorun.reflex import ReflexLaw
from oracles import small_models

MASS, RADIUS, G = 30.0, 0.05, 9.80665
MU = 0.8
# 4/3 k sqrt(R) d^1.5 with both bodies equally stiff, k = 6e5 / 2^1.5
HERTZ = 4 / 3 * 6e5 / 2**1.5 * RADIUS**0.5
SINK = (MASS * G / HERTZ) ** (2 / 3)  # m, of the block at rest


def block(**course: Any) -> Simulator:
    """A sphere that slides and does not turn, on a course."""
    simulator = Simulator(small_models.ball(MASS, can_turn=False, contact=small_models.ground_contact()))
    simulator.set_course(surroundings=Course(**course).surroundings())
    return simulator


def put(simulator: Simulator, x: float, y: float, vx: float = 0.0, vy: float = 0.0) -> None:
    simulator.coordinates, simulator.speeds = [x, y], [vx, vy]


def rest(simulator: Simulator, seconds: float = 2.0) -> None:
    for _ in range(round(seconds / 0.01)):
        simulator.step([])


def height_over(course: Course, x: float) -> float:
    return course.height(x) + RADIUS


# ---------------------------------------------------------------- faces and edges


@pytest.mark.parametrize("rise", [0.2, 0.02, -0.3])
def test_a_block_rests_on_a_step_as_deep_as_on_the_floor(rise: float) -> None:
    s = block(steps=[Step(1.0, rise)])
    put(s, 1.5, rise + RADIUS)
    rest(s)
    assert s.coordinates[1] == pytest.approx(rise + RADIUS - SINK, rel=1e-6)
    assert s.get("ground_reaction") == pytest.approx([0.0, MASS * G], abs=1e-4)


def test_a_face_pushes_back_as_the_floor_does() -> None:
    s = block(steps=[Step(1.0, 0.5)])
    put(s, 1.0 - RADIUS + 0.004, 0.25)
    assert s.get("contact_forces")[0] == pytest.approx([-HERTZ * 0.004**1.5, 0.0])


def test_a_corner_pushes_away_from_itself() -> None:
    s = block(steps=[Step(1.0, 0.5)])
    away = np.array([-0.6, 0.8])
    put(s, *(np.array([1.0, 0.5]) + away * (RADIUS - 0.003)))
    assert s.get("contact_forces")[0] == pytest.approx(HERTZ * 0.003**1.5 * away)


def test_an_edge_seen_from_above_is_as_hard_as_the_floor() -> None:
    s = block(steps=[Step(1.0, -0.5)])
    forces = []
    for x in (0.99, 1.0 - 1e-12, 1.0, 1.0 + 1e-12):
        put(s, x, RADIUS - 0.002)
        forces.append(s.get("contact_forces")[0])
    assert np.ptp(forces, axis=0) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_the_edge_of_a_rise_pushes_up_also_exactly_below_a_centre() -> None:
    s = block(steps=[Step(1.0, 0.04)])
    forces = []
    for x in (1.0 - 1e-12, 1.0, 1.0 + 1e-12):
        put(s, x, 0.04 + RADIUS - 0.002)
        forces.append(s.get("contact_forces")[0])
    assert forces[0][1] > 1.0 and np.ptp(forces, axis=0) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_at_the_foot_of_a_step_floor_and_face_add_up() -> None:
    s = block(steps=[Step(1.0, 0.5)])
    put(s, 1.0 - RADIUS + 0.002, RADIUS - 0.003)
    assert s.get("contact_forces")[0] == pytest.approx([-HERTZ * 0.002**1.5, HERTZ * 0.003**1.5])


@given(x=st.floats(0.3, 1.2), depth=st.floats(0.0, 0.12), rise=st.floats(-1e-6, 1e-6))
@settings(max_examples=60, deadline=None)
def test_lower_and_lower_steps_become_the_flat_floor(x: float, depth: float, rise: float) -> None:
    """Where two parts are touched, no force is counted twice."""
    flat, low = block(), block(steps=[Step(1.0, rise)], slopes=[Slope(0.5, 0.9, rise)])
    for s in (flat, low):
        put(s, x, RADIUS - depth)
    fx, fy = low.get("contact_forces")[0]
    expected = flat.get("contact_forces")[0][1]
    assert fy == pytest.approx(expected, rel=2e-3, abs=1.0)
    assert abs(fx) < 0.02 * expected + 1e-3


@given(x=st.floats(-0.5, 4.0), y=st.floats(-0.02, 0.1), jump=st.floats(-1e-7, 1e-7))
@settings(max_examples=150, deadline=None)
def test_force_is_continuous_in_place(x: float, y: float, jump: float) -> None:
    course = Course(steps=[Step(1.0, 0.04), Step(2.0, -0.025)], slopes=[Slope(2.5, 3.5, 0.2)])
    # a centre on a face has gone in by its whole radius, and is pushed out by floor or face
    assume(min(abs(x - 1.0), abs(x - 2.0)) > 1e-6 or course.height(x) + y > 0.041)
    s = block(steps=course.steps, slopes=course.slopes)
    forces = []
    for dx, dy in ((0.0, 0.0), (jump, 0.0), (0.0, jump)):
        put(s, x + dx, course.height(x) + y + dy)
        forces.append(s.get("contact_forces")[0])
    assert np.ptp(forces, axis=0).max() < 5.0  # N; a hundred times what the steepest Hertz force changes by here


def test_core_and_course_agree_about_the_height_of_the_floor() -> None:
    course = Course(steps=[Step(1.0, 0.1), Step(2.0, -0.2), Step(3.0, 0.05)], slopes=[Slope(1.4, 1.9, 0.1)])
    s = block(steps=course.steps, slopes=course.slopes)
    for x in (-5.0, 0.0, 0.9, 1.2, 1.3, 2.1, 2.7, 3.2, 40.0):
        put(s, x, course.height(x) + RADIUS - 0.002)
        assert s.get("contact_forces")[0] == pytest.approx([0.0, HERTZ * 0.002**1.5])


def test_the_start_has_height_zero_wherever_steps_lie() -> None:
    s = block(steps=[Step(-1.0, 0.3), Step(2.0, 0.1)])
    put(s, 0.0, RADIUS - 0.002)
    assert s.get("contact_forces")[0][1] == pytest.approx(HERTZ * 0.002**1.5)
    put(s, -1.5, -0.3 + RADIUS - 0.002)
    assert s.get("contact_forces")[0][1] == pytest.approx(HERTZ * 0.002**1.5)


# ---------------------------------------------------------------- friction


@pytest.mark.parametrize("friction", [0.05, 0.3, 1.0, 2.0])
def test_a_block_slides_on_a_patch_by_its_friction(friction: float) -> None:
    s = block(patches=[Patch(1.0, 20.0, friction=friction)])
    put(s, 2.0, RADIUS - SINK, 4.0)
    rest(s, 0.1)
    start = s.speeds[0]
    rest(s, 0.1)
    assert (start - s.speeds[0]) / 0.1 == pytest.approx(MU * friction * G, rel=1e-3)


def test_off_the_patch_the_floor_is_as_before() -> None:
    s = block(patches=[Patch(1.0, 3.0, friction=0.05)])
    put(s, 0.5, RADIUS - SINK, 0.5)
    force = s.get("contact_forces")[0]
    assert force[0] / force[1] == pytest.approx(-MU)
    put(s, 2.0, RADIUS - SINK, 0.5)
    force = s.get("contact_forces")[0]
    assert force[0] / force[1] == pytest.approx(-0.05 * MU)


@pytest.mark.parametrize(("grade", "rests"), [(0.7, True), (0.79, True), (0.81, False), (0.9, False)])
def test_a_block_rests_on_a_slope_where_the_friction_is_steeper(grade: float, rests: bool) -> None:
    """At rest it creeps, slower than the transition speed of 0.1 m/s: v = v_t tan(angle) / mu."""
    s = block(slopes=[Slope(-50.0, 50.0, 100.0 * grade)])
    angle = np.arctan(grade)
    put(s, *(np.array([-np.sin(angle), np.cos(angle)]) * (RADIUS - 0.0002)))
    rest(s, 4.0)
    speed = np.hypot(*s.speeds)
    if rests:
        assert speed == pytest.approx(0.1 * grade / MU, rel=1e-3)
    else:
        assert speed > 0.1 + 2.0 * (np.sin(angle) - MU * np.cos(angle)) * G


def test_on_a_slope_the_floor_carries_the_weight() -> None:
    s = block(slopes=[Slope(-50.0, 50.0, 30.0)])
    put(s, 0.0, RADIUS)
    rest(s, 2.0)
    assert s.get("ground_reaction") == pytest.approx([0.0, MASS * G], rel=1e-4, abs=0.1)


@pytest.mark.parametrize("stiffness", [0.1, 1.0, 5.0])
def test_a_soft_patch_takes_the_block_in_deeper(stiffness: float) -> None:
    s = block(patches=[Patch(1.0, 3.0, stiffness=stiffness)])
    put(s, 2.0, RADIUS)
    rest(s, 3.0)
    assert RADIUS - s.coordinates[1] == pytest.approx(SINK * stiffness ** (-2 / 3), rel=1e-5)


def test_a_turning_sphere_is_turned_by_friction_on_a_slope_too() -> None:
    """Rolling down without slip: a = g sin(angle) / (1 + I / m r^2), with r the arm of friction."""
    inertia, grade = 0.05, 0.2
    s = Simulator(small_models.ball(MASS, inertia=inertia, contact=small_models.ground_contact()))
    s.set_course(surroundings=Course(slopes=[Slope(-50.0, 50.0, 100.0 * grade)]).surroundings())
    angle = np.arctan(grade)
    s.coordinates = [0.0, *(np.array([-np.sin(angle), np.cos(angle)]) * (RADIUS - SINK))]
    rest(s, 0.5)
    start = np.hypot(*s.speeds[1:])
    rest(s, 0.5)
    arm = RADIUS - 0.5 * SINK
    expected = G * np.sin(angle) / (1 + inertia / (MASS * arm * arm))
    assert (np.hypot(*s.speeds[1:]) - start) / 0.5 == pytest.approx(expected, rel=0.02)
    assert s.speeds[0] > 0  # towards -x, it turns to the left


# ---------------------------------------------------------------- load and muscles


def standing(**course: Any) -> Simulator:
    s = Simulator()
    s.set_course(surroundings=Course(**course).surroundings())
    return s


def total_weight(s: Simulator) -> float:
    """From the sum of forces: m a = reaction + m g, of the whole body."""
    mass = s.get("potential_energy")[0] / (9.80665 * s.get("center_of_mass")[1])
    return float(mass * 9.80665)


def test_a_backpack_weighs_what_it_weighs() -> None:
    bare, laden = standing(), standing(load=Load(20.0))
    assert total_weight(laden) - total_weight(bare) == pytest.approx(20.0 * 9.80665, rel=1e-12)


def test_a_resting_block_presses_with_its_load_exactly() -> None:
    s = block(load=Load(12.0, 0.0, 0.0))
    put(s, 0.0, RADIUS)
    rest(s, 3.0)
    assert s.get("ground_reaction")[1] == pytest.approx((MASS + 12.0) * G, rel=1e-9)


def test_a_load_moves_the_centre_of_mass_to_the_weighted_mean() -> None:
    bare, laden = standing(), standing(load=Load(20.0, -0.3, 0.4))
    mass = total_weight(bare) / 9.80665
    torso = [b.name for b in bare.model.bodies].index("torso")
    angle, at = bare.get("body_angles")[torso], bare.get("body_positions")[torso]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = (mass * bare.get("center_of_mass") + 20.0 * (at + turn @ [-0.3, 0.4])) / (mass + 20.0)
    assert laden.get("center_of_mass") == pytest.approx(expected, rel=1e-12)


def test_a_falling_body_and_its_load_fall_together() -> None:
    """In free flight neither the total momentum nor the energy feels where a load hangs."""
    s = standing(load=Load(30.0, -0.25, 0.3))
    q = s.coordinates
    q[2] += 3.0
    s.coordinates = q
    s.speeds = np.linspace(-1.0, 1.0, 9)
    start = s.get("center_of_mass_velocity")
    s.step(np.zeros(18), 0.2)
    assert s.get("center_of_mass_velocity") == pytest.approx(start - [0.0, 0.2 * 9.80665], abs=1e-6)


def test_time_constants_scale_the_rate_of_activation() -> None:
    rates = []
    for rise, fall in ((1.0, 1.0), (2.0, 4.0)):
        s = standing(activation_time=rise, deactivation_time=fall)
        s.activations = np.full(18, 0.5)
        s.step(np.r_[np.ones(9), np.full(9, 0.02)], 1e-9)
        rates.append(s.get("activation_rates"))
    assert rates[0][:9] / rates[1][:9] == pytest.approx(2.0, rel=1e-6)
    assert rates[0][9:] / rates[1][9:] == pytest.approx(4.0, rel=1e-6)


# ---------------------------------------------------------------- bits

COURSES = [
    Course(),
    Course(steps=[Step(0.15, 0.05), Step(0.45, -0.1)]),
    Course(slopes=[Slope(-0.2, 0.6, 0.1)], patches=[Patch(0.2, 0.9, 0.1, 0.5)]),
    Course(load=Load(15.0), activation_time=1.5),
    Course(friction=0.5),
    Course(steps=[Step(-0.3, 0.08)], load=Load(5.0), deactivation_time=0.5),
]
BALLS = [(0.3, 0.0, 0.08)]


def alone(k: int, isa: str, excitations: np.ndarray) -> np.ndarray:
    s = Simulator(instruction_set=isa)
    s.set_course(obstacles=BALLS, surroundings=COURSES[k].surroundings())
    for row in excitations:
        s.step(row[k])
    parts = (s.coordinates, s.speeds, s.activations, s.fiber_lengths)
    return np.concatenate([*parts, *(s.get(name).ravel() for name in s.layout)])


@pytest.mark.parametrize("isa", instruction_sets())
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_neighbours_on_other_ground_change_no_bit(isa: str, precision: Any) -> None:
    rng = np.random.default_rng(3)
    n, excitations = len(COURSES), rng.random((60, len(COURSES), 18)).astype(precision)
    together = BatchSimulator(n, precision=precision, instruction_set=isa)
    together.set_courses(obstacles=np.tile(BALLS, (n, 1, 1)), surroundings=[c.surroundings() for c in COURSES])
    for row in excitations:
        together.step(row)
    for k, course in enumerate(COURSES):
        one = BatchSimulator(1, precision=precision, instruction_set=isa)
        one.set_courses(obstacles=[BALLS], surroundings=[course.surroundings()])
        for row in excitations:
            one.step(row[k : k + 1])
        assert one.states.tobytes() == together.states[k : k + 1].tobytes(), k
        for name in one.layout:
            assert one.get(name).tobytes() == together.get(name)[k : k + 1].tobytes(), (k, name)
        if precision == "float64":
            assert alone(k, isa, excitations).tobytes() == alone(k, instruction_sets()[0], excitations).tobytes()
            found = np.concatenate([together.states[k], *(together.get(name)[k].ravel() for name in together.layout)])
            assert alone(k, isa, excitations).tobytes() == found.tobytes()


def test_a_copy_continues_on_the_same_ground() -> None:
    s = Simulator()
    s.set_course(surroundings=COURSES[1].surroundings())
    twin = s.copy()
    for one in (s, twin):
        one.step(np.full(18, 0.3), 0.3)
    assert s.coordinates.tobytes() == twin.coordinates.tobytes()


# ---------------------------------------------------------------- hostile input


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": [[1.0]]},
        {"steps": [[np.nan, 0.1]]},
        {"steps": "abc"},
        {"slopes": [[2.0, 1.0, 0.1]]},
        {"patches": [[1.0, 1.0, 0.5, 1.0]]},
        {"friction": -1.0},
        {"friction": "slippery"},
        {"stiffness": 0.0},
        {"load": (-1.0, 0.0, 0.0)},
        {"load": (1.0, 0.0)},
        {"load": (np.inf, 0.0, 0.0)},
        {"activation_time": 0.0},
        {"steps": np.zeros((31, 2))},
    ],
)
def test_impossible_surroundings_are_refused(wrong: Any) -> None:
    with pytest.raises(UsageError):
        Surroundings(**wrong)


def test_level_ground_feels_the_same_wherever_a_step_may_lie() -> None:
    """With all the reference's quirks: a walk of nearly a second, in which contacts pull and fall silent."""
    flat, level = Simulator(), Simulator()
    level.set_course(surroundings=Course(steps=[Step(50.0, 0.1)]).surroundings())
    for s in (flat, level):
        law = ReflexLaw(s.model)
        for _ in range(80):
            s.step(law.excitations(s))
    np.testing.assert_allclose(level.coordinates, flat.coordinates, rtol=0, atol=1e-9)
