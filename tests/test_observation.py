"""The observation against a slow restatement by names, and its extension."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from myorun.anatomy import load_model
from myorun.course import Course, Obstacle, draw_course
from myorun.errors import UsageError
from myorun.observation import EXTENDED, NO_OBSTACLE, Observer, Outlook, quantities_of
from myorun.readings import AskedReadings

MODEL = load_model("human")
ALL = quantities_of("extended")
SHAPES = {
    "coordinates": (9,),
    "speeds": (9,),
    "activations": (18,),
    "fiber_lengths": (18,),
    "fiber_velocities": (18,),
    "tendon_forces": (18,),
    "muscle_torques": (9,),
    "contact_forces": (4, 2),
    "obstacle_forces": (4, 2),
    "ground_reaction": (2,),
    "limit_torques": (6,),
    "center_of_mass": (2,),
    "center_of_mass_velocity": (2,),
    "body_positions": (len(MODEL.bodies), 2),
}


class FakeEngine:
    """Random quantities: the task must not care where numbers come from."""

    model = MODEL

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.quantities = {name: random.normal(size=shape) for name, shape in SHAPES.items()}

    def get(self, name: str) -> NDArray[np.float64]:
        return self.quantities[name]


def observe(engine: Any, course: Course, quantities: tuple[str, ...] = ()) -> dict[str, float]:
    read = AskedReadings(engine, Observer.sources(quantities))
    observer = Observer(MODEL, read.layout, quantities)
    return dict(zip(observer.names, observer.observe(read.read(), Outlook(course)).tolist(), strict=True))


def restated(engine: FakeEngine, course: Course) -> list[float]:
    """The list of physics §10, one number after the other, looked up by name."""
    coordinate = dict(zip((c.name for c in MODEL.free_coordinates), engine.get("coordinates"), strict=True))
    speed = dict(zip((c.name for c in MODEL.free_coordinates), engine.get("speeds"), strict=True))
    body = dict(zip((b.name for b in MODEL.bodies), engine.get("body_positions"), strict=True))
    pelvis = ("pelvis_tilt", "pelvis_tx", "pelvis_ty")
    joints = ("hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l")
    numbers = [coordinate[c] for c in pelvis] + [speed[c] for c in pelvis]
    numbers += [coordinate[j] for j in joints] + [speed[j] for j in joints]
    numbers += [*engine.get("center_of_mass"), *engine.get("center_of_mass_velocity")]
    for name in ("head", "pelvis", "torso", "toes_l", "toes_r", "talus_l", "talus_r"):
        numbers += [*body[name]]
    numbers += [course.strength("iliopsoas_l"), course.strength("iliopsoas_r")]
    x = coordinate["pelvis_tx"]
    ahead = [o for o in course.obstacles if o.x + o.radius >= x]
    return [*numbers, *((ahead[0].x - x, ahead[0].y, ahead[0].radius) if ahead else (100.0, 0.0, 0.0))]


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 20))
def test_the_observation_is_the_41_numbers_of_2017_in_order(seed: int, count: int) -> None:
    engine, course = FakeEngine(seed), draw_course(seed, max_obstacles=count)
    assert list(observe(engine, course).values()) == restated(engine, course)


def test_the_names_say_what_the_numbers_are() -> None:
    names = list(observe(FakeEngine(0), Course()))
    assert len(names) == len(set(names)) == 41
    assert names[:3] == ["pelvis_tilt", "pelvis_tx", "pelvis_ty"]
    assert names[22:24] == ["head_x", "head_y"]
    assert names[-5:] == [
        "psoas_strength_left",
        "psoas_strength_right",
        "obstacle_dx",
        "obstacle_y",
        "obstacle_radius",
    ]


@given(
    x=st.floats(-5, 80),
    obstacles=st.lists(st.tuples(st.floats(0, 60), st.floats(-1, 1), st.floats(0.01, 5)), max_size=20),
)
def test_the_next_obstacle_is_the_first_that_does_not_end_behind_the_pelvis(
    x: float, obstacles: list[tuple[float, float, float]]
) -> None:
    course = Course(obstacles=tuple(Obstacle(*o) for o in obstacles))
    expected = next(((o.x - x, o.y, o.radius) for o in course.obstacles if not o.x + o.radius < x), NO_OBSTACLE)
    assert Outlook(course).next_obstacle(x) == expected


def test_a_wide_obstacle_stays_next_while_a_later_small_one_has_been_passed() -> None:
    course = Course(obstacles=(Obstacle(1.0, 0.0, 2.0), Obstacle(1.5, 0.0, 0.1)))
    assert Outlook(course).next_obstacle(2.0) == (-1.0, 0.0, 2.0)
    assert Outlook(course).next_obstacle(3.5) == NO_OBSTACLE


def test_an_extended_observation_begins_with_the_41_and_names_the_rest() -> None:
    engine, course = FakeEngine(1), draw_course(1)
    extended = observe(engine, course, ALL)
    assert list(extended.values())[:41] == restated(engine, course)
    assert len(extended) == 41 + 4 * 18 + 2 * 8 + 2 + 6 + 6
    assert extended["vasti_l_activation"] == engine.get("activations")[[m.name for m in MODEL.muscles].index("vasti_l")]
    assert extended["l_toe_contact_force_y"] == engine.get("contact_forces")[3, 1]
    assert extended["ground_reaction_x"] == engine.get("ground_reaction")[0]


def test_of_the_muscle_torques_those_about_joints_are_told() -> None:
    engine = FakeEngine(2)
    told = {name: value for name, value in observe(engine, Course(), ALL).items() if name.endswith("_muscle_torque")}
    coordinates = [c.name for c in MODEL.free_coordinates]
    assert len(told) == 6 and not any(name.startswith("pelvis") for name in told)
    for name, value in told.items():
        assert value == engine.get("muscle_torques")[coordinates.index(name.removesuffix("_muscle_torque"))]


def test_observations_share_no_memory() -> None:
    engine: Any = FakeEngine(3)
    read = AskedReadings(engine, Observer.sources(ALL))
    values, observer, outlook = read.read(), Observer(MODEL, read.layout, ALL), Outlook(Course())
    first, second = observer.observe(values, outlook), observer.observe(values, outlook)
    assert not np.shares_memory(first, second) and not np.shares_memory(first, values)


def test_quantities_can_be_chosen_one_by_one() -> None:
    assert quantities_of("2017") == ()
    assert quantities_of(["tendon_forces", "activations"]) == ("activations", "tendon_forces")
    assert quantities_of("extended") == tuple(EXTENDED)


@pytest.mark.parametrize("wrong", ["2018", "", ["activation"], ["activations", "brain"]])
def test_an_unknown_observation_is_refused_with_the_known_ones(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"'extended'|activations, fiber_lengths"):
        quantities_of(wrong)
