"""The documents we write say what the model says, and put a course on top where asked."""

import re
from dataclasses import replace

import pytest

from myorun.anatomy import load_model
from myorun.anatomy.model import Constant, Linear, Motion
from myorun.anatomy.osim_reader import read_osim
from myorun.anatomy.osim_writer import to_osim
from myorun.anatomy.validate import validate
from myorun.errors import ModelError, UsageError


@pytest.fixture(scope="module")
def human():
    return load_model()


def changed(parts, name, **values):
    return tuple(replace(part, **values) if part.name == name else part for part in parts)


def test_obstacles_are_balls_on_the_ground_that_touch_every_foot_sphere(human):
    text = to_osim(human, obstacles=[(1.5, 0.02, 0.1), (3.0, -0.1, 0.25)])
    assert text.count("<ContactSphere ") == 6
    assert "<geometry>obstacle_0 r_heel r_toe l_heel l_toe</geometry>" in text
    assert "<location>3.0 -0.1 0.0</location>" in text
    force = text[text.index('"obstacle_1_contact"') :]
    assert re.search(r"<stiffness>4000000\.0</stiffness>\s*<dissipation>1e-05</dissipation>", force)
    assert force.count("friction>0.0<") == 3


def test_strengths_multiply_forces_by_name_or_in_order(human):
    by_name = to_osim(human, strengths={"iliopsoas_r": 0.5})
    assert f"<max_isometric_force>{2697.344262 * 0.5!r}</max_isometric_force>" in by_name
    in_order = [0.5 if muscle.name == "iliopsoas_r" else 1.0 for muscle in human.muscles]
    assert to_osim(human, strengths=in_order) == by_name
    assert to_osim(human, strengths=[1.0] * 18) == to_osim(human)


@pytest.mark.parametrize(
    ("course", "said"),
    [
        ({"strengths": {"psoas_r": 0.5}}, "'psoas_r', which is no muscle"),
        ({"strengths": [1.0]}, "1 strengths; one for each of 18"),
        ({"obstacles": [(1.0, 0.0)]}, "obstacle 0 is"),
        ({"obstacles": [(1.0, 0.0, 0.0)]}, "a radius above 0"),
        ({"obstacles": [(float("nan"), 0.0, 0.1)]}, "obstacle 0 is"),
    ],
)
def test_a_wrong_course_is_a_usage_error(human, course, said):
    with pytest.raises(UsageError, match=said):
        to_osim(human, **course)


def test_spheres_that_could_collide_in_opensim_are_refused(human):
    close = replace(human, contact_spheres=changed(human.contact_spheres, "r_toe", radius=0.2))
    with pytest.raises(ModelError, match=r"contact_sphere\..*let them collide"):
        to_osim(close)


def test_a_limit_on_a_geared_angle_is_refused(human):
    geared = changed(human.joints, "hip_r", kind="custom", rotation=Motion(Linear(2.0), "hip_flexion_r"))
    with pytest.raises(ModelError, match=r"limit\.HipLimit_r\.coordinate.*slope 1 or -1"):
        to_osim(replace(human, joints=geared))


def test_an_unusual_model_survives_the_way_through_a_document(human):
    joints = changed(
        human.joints, "hip_r", parent_orientation=0.3, child_orientation=-0.2, child_location=(0.01, 0.02, 0.003)
    )
    still = Motion(Constant(0.005))
    glide = (Motion(Linear(0.01, 0.0), "ankle_angle_r"), Motion(Constant(0.02)), still)
    ankle = Motion(Linear(-1.0, 0.1), "ankle_angle_r")
    joints = changed(joints, "ankle_r", kind="custom", rotation=ankle, translation=glide)
    model = replace(
        human,
        name='a "quoted" & <angled> name',
        credits="one\ntwo & <three> é",
        joints=joints,
        coordinates=changed(human.coordinates, "lumbar_extension", locked=False, default_speed=0.1 + 0.2),
    )
    validate(model, "unusual")
    assert read_osim(to_osim(model).encode(), "unusual") == model
