"""The shipped human is the reference model, number for number."""

import dataclasses
import importlib.resources
from pathlib import Path

import pytest

import myorun.anatomy
from myorun.anatomy import load_model
from myorun.anatomy.model import ConditionalPoint, Constant, MovingPoint

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def human():
    return load_model("human")


@pytest.mark.parametrize("file", ["gait9dof18musc.osim", "gait9dof18musc_4.6.osim"])
def test_human_equals_the_reference_in_either_document_layout(human, file):
    assert load_model(DATA / file) == human


def test_a_single_changed_bit_makes_models_unequal(human):
    first = dataclasses.replace(human.muscles[0], max_isometric_force=4105.465574000001)
    assert dataclasses.replace(human, muscles=(first, *human.muscles[1:])) != human


def test_free_coordinates_come_in_the_order_physics_counts_on(human):
    names = [coordinate.name for coordinate in human.free_coordinates]
    pelvis, right = names[:3], names[3:6]
    assert pelvis == ["pelvis_tilt", "pelvis_tx", "pelvis_ty"]
    assert right == ["hip_flexion_r", "knee_angle_r", "ankle_angle_r"]
    assert names[6:] == [name.replace("_r", "_l") for name in right]


def test_nine_right_muscles_come_before_nine_left_ones(human):
    names = [muscle.name for muscle in human.muscles]
    right = ["hamstrings", "bifemsh", "glut_max", "iliopsoas", "rect_fem", "vasti", "gastroc", "soleus", "tib_ant"]
    assert names == [f"{name}_r" for name in right] + [f"{name}_l" for name in right]


def test_spheres_and_limits_come_in_the_order_physics_counts_on(human):
    assert [sphere.name for sphere in human.contact_spheres] == ["r_heel", "r_toe", "l_heel", "l_toe"]
    joints = ["Hip", "Knee", "Ankle"]
    assert [limit.name for limit in human.limits] == [f"{joint}Limit_{side}" for joint in joints for side in "rl"]


def test_the_whole_body_weighs_what_its_parts_weigh(human):
    assert sum(body.mass for body in human.bodies) == pytest.approx(79.6646, abs=1e-9)  # printed with 4 decimals


def test_points_that_come_and_go_and_slide_are_all_there(human):
    points = [point for muscle in human.muscles for point in muscle.path]
    assert sum(isinstance(point, ConditionalPoint) for point in points) == 10
    moving = [point for point in points if isinstance(point, MovingPoint)]
    assert len(moving) == 4
    assert all(isinstance(point.z.function, Constant) for point in moving)


def test_the_authors_are_credited_in_model_and_file(human):
    text = importlib.resources.files(myorun.anatomy).joinpath("human.toml").read_text(encoding="utf-8")
    for credit in ("Ajay Seth", "Carmichael Ong", "creativecommons.org/licenses/by/3.0"):
        assert credit in human.credits
        assert credit in text
    assert "Delp" in human.publications


def test_a_model_is_frozen_and_hashable(human):
    with pytest.raises(dataclasses.FrozenInstanceError):
        human.name = "other"
    assert hash(human) == hash(load_model())
