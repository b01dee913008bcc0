"""Claims about how a course looks."""

from __future__ import annotations

import numpy as np
import pytest

from myorun.anatomy import Model
from myorun.course import Course, Obstacle
from myorun.course.value import Load, Patch, Slope, Step
from myorun.view.web.scene import figure_on, scene_of


def test_a_ball_is_where_the_course_has_it() -> None:
    scene = scene_of(Course(obstacles=(Obstacle(2.0, 0.01, 0.1),)))
    assert scene == [
        {"kind": "ball", "center": [2.0, 0.01, 0.0], "radii": [0.1, 0.1, 0.1], "turn": 0.0, "material": "obstacle"}
    ]


def test_the_floor_has_the_heights_of_the_course() -> None:
    course = Course(steps=(Step(1.0, 0.1),), slopes=(Slope(2.0, 4.0, -0.3),))
    (floor,) = scene_of(course)
    points = np.array(floor["points"])
    for x in (-3.0, 0.5, 1.5, 2.7, 3.9, 8.0):
        assert np.interp(x, points[:, 0], points[:, 1]) == pytest.approx(course.height(x))


def test_a_level_course_has_no_floor_of_its_own() -> None:
    assert scene_of(Course()) == []


@pytest.mark.parametrize(
    ("patch", "material", "label"),
    [
        (Patch(1.0, 2.0, friction=0.2), "ice", "friction × 0.2"),
        (Patch(1.0, 2.0, friction=2.0), "rubber", "friction × 2"),
        (Patch(1.0, 2.0, stiffness=0.1), "mat", "stiffness × 0.1"),
        (Patch(1.0, 2.0, friction=0.9, stiffness=2.0), "ground", "friction × 0.9, stiffness × 2"),
    ],
)
def test_a_patch_looks_like_its_surface_and_says_what_it_is(patch: Patch, material: str, label: str) -> None:
    (found,) = scene_of(Course(patches=(patch,)))
    assert (found["start"], found["end"], found["material"], found["label"]) == (1.0, 2.0, material, label)


def test_a_load_is_a_box_on_the_trunk_of_the_size_of_its_mass(human: Model) -> None:
    figure = figure_on(Course(load=Load(14.0, -0.2, 0.25)), human)
    boxes = [(body["name"], solid) for body in figure["bodies"] for solid in body["solids"] if solid["kind"] == "box"]
    ((body, box),) = boxes
    assert (body, box["center"], box["material"]) == ("torso", [-0.2, 0.25, 0.0], "load")
    assert np.prod(box["size"]) == pytest.approx(14.0 / 350.0, rel=1e-3)  # m³, at 350 kg/m³
    bare = figure_on(Course(), human)
    assert not any(solid["kind"] == "box" for body in bare["bodies"] for solid in body["solids"])
