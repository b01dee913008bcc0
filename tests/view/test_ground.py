"""Steps, slopes, patches and backpacks in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from myorun.course import Course, Load, Patch, Slope, Step
from myorun.physics import Simulator
from myorun.view import Renderer, snapshot
from myorun.view.ground import backpack_shapes, ground_shapes, patch_color
from myorun.view.palette import DAY
from myorun.view.pose import Pose
from myorun.view.shapes import Layer

COURSES = {
    "step": Course(steps=[Step(0.4, 0.15)]),
    "pit": Course(steps=[Step(0.4, -0.15)]),
    "slope": Course(slopes=[Slope(0.3, 1.0, 0.2)]),
    "ice": Course(patches=[Patch(0.2, 0.8, 0.05)]),
    "mat": Course(patches=[Patch(0.2, 0.8, 1.0, 0.1)]),
    "backpack": Course(load=Load(15.0)),
}


def pose(course: Course | None) -> Pose:
    return snapshot(Simulator(), course=course)


@pytest.mark.parametrize("name", list(COURSES))
def test_every_part_is_to_be_seen_and_only_there(name: str) -> None:
    plain, seen = (Renderer(640, 360, hud=False).draw(pose(c)) for c in (Course(), COURSES[name]))
    assert (plain != seen).any(axis=2).mean() > 0.002
    if name != "backpack":  # behind the start nothing has changed
        assert (plain[:, :200] == seen[:, :200]).all()


def test_a_plain_course_changes_no_pixel() -> None:
    none, plain = (Renderer(320, 180).draw(pose(c)) for c in (None, Course(motor_noise=0.1)))
    np.testing.assert_array_equal(none, plain)


def test_a_floor_is_drawn_at_its_height() -> None:
    shapes = ground_shapes(COURSES["step"], -2.0, 2.0, DAY)
    top = max((s for s in shapes if np.ptp(s.points[:, 0]) > 1.0), key=lambda s: s.points[:, 1].max())
    flat = ground_shapes(Course(steps=[Step(0.4, 1e-9)]), -2.0, 2.0, DAY)
    assert top.points[:, 1].max() - max(s.points[:, 1].max() for s in flat) == pytest.approx(0.15)


def test_patches_out_of_sight_cost_nothing() -> None:
    far = Course(patches=[Patch(50.0, 60.0, 0.1)])
    assert ground_shapes(far, -2.0, 2.0, DAY) == []


def test_ice_is_lighter_than_the_track_and_rubber_darker() -> None:
    ice, own, rubber = (sum(patch_color(Patch(0.0, 1.0, f))) for f in (0.05, 1.0, 2.0))
    assert ice > own > rubber
    assert patch_color(Patch(0.0, 1.0, 1.0, 0.1)) != patch_color(Patch(0.0, 1.0))


def test_a_backpack_hangs_where_the_load_is_and_grows_with_it() -> None:
    light, heavy = (backpack_shapes(pose(Course(load=Load(m, -0.3, 0.2)))) for m in (2.0, 30.0))
    torso = pose(None)
    k = [b.name for b in torso.model.bodies].index("torso")
    angle = float(torso.body_angles[k])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = torso.body_positions[k] + turn @ [-0.3, 0.2]
    np.testing.assert_allclose(light[0].points.mean(axis=0), expected, atol=1e-9)
    assert np.ptp(heavy[0].points[:, 1]) > 2 * np.ptp(light[0].points[:, 1])
    assert all(shape.layer == Layer.NEAR for shape in light)
    assert backpack_shapes(pose(Course())) == []
