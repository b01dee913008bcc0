"""The two layouts of OpenSim documents, the defaults of OpenSim, and functions of every supported kind."""

import re
from pathlib import Path

import pytest

from myorun.anatomy import load_model
from myorun.anatomy.model import Constant, Linear, Motion, SimmSpline
from myorun.anatomy.osim_reader import read_osim

DATA = Path(__file__).parents[1] / "data"
OLD = (DATA / "gait9dof18musc.osim").read_text(encoding="utf-8").replace("\r\n", "\n")
NEW = (DATA / "gait9dof18musc_4.6.osim").read_text(encoding="utf-8").replace("\r\n", "\n")
LINEAR = re.search(r"<LinearFunction>.*?</LinearFunction>", OLD, flags=re.S).group()


def read(text):
    return read_osim(text.encode(), "t.osim")


def knee(text):
    return next(joint for joint in read(text).joints if joint.name == "knee_r")


@pytest.mark.parametrize(
    ("function", "motion"),
    [
        ("<LinearFunction/>", Motion(Linear(1.0, 0.0), "knee_angle_r")),
        (
            "<LinearFunction><coefficients>-1 .5</coefficients></LinearFunction>",
            Motion(Linear(-1.0, 0.5), "knee_angle_r"),
        ),
        (
            "<PolynomialFunction><coefficients>2 3</coefficients></PolynomialFunction>",
            Motion(Linear(2.0, 3.0), "knee_angle_r"),
        ),
        ("<PolynomialFunction><coefficients>3</coefficients></PolynomialFunction>", Motion(Constant(3.0))),
        ("<Constant><value>0.25</value></Constant>", Motion(Constant(0.25))),
        ("<SimmSpline><x>0 1</x><y>2 5</y></SimmSpline>", Motion(SimmSpline((0.0, 1.0), (2.0, 5.0)), "knee_angle_r")),
        (
            "<MultiplierFunction><function><SimmSpline><x>0 1</x><y>2 5</y></SimmSpline></function>"
            "<scale>2</scale></MultiplierFunction>",
            Motion(SimmSpline((0.0, 1.0), (4.0, 10.0)), "knee_angle_r"),
        ),
        (
            "<MultiplierFunction><function><LinearFunction/></function><scale>3</scale></MultiplierFunction>",
            Motion(Linear(3.0, 0.0), "knee_angle_r"),
        ),
    ],
)
def test_a_function_is_read_for_what_it_is(function, motion):
    assert knee(OLD.replace(LINEAR, function)).rotation == motion


def test_an_axis_pointing_the_other_way_turns_the_function_round():
    assert knee(OLD.replace("<axis>0 0 1</axis>", "<axis>0 0 -1</axis>", 1)).rotation.function == Linear(-1.0, 0.0)
    backward = knee(OLD.replace("<axis>1 0 0</axis>\n", "<axis>-1 0 0</axis>\n")).translation[0].function
    forward = knee(OLD).translation[0].function
    assert backward.y == tuple(-y for y in forward.y)
    assert backward.x == forward.x


def test_what_a_file_leaves_out_takes_the_value_opensim_gives_it():
    start = OLD.index("<max_isometric_force>")
    bare = OLD[:start] + OLD[OLD.index("</Thelen2003Muscle>") :]
    muscle = read(bare).muscles[0]
    assert muscle.max_isometric_force == 1000.0
    assert muscle.optimal_fiber_length == 0.1
    assert muscle.tendon_slack_length == 0.2
    assert muscle.pennation_angle == 0.0
    assert muscle.max_contraction_velocity == 10.0
    assert muscle.activation_time == 0.015
    assert muscle.deactivation_time == 0.05
    assert muscle.tendon_strain == 0.04


def test_bodies_may_stand_in_any_order_and_come_out_with_parents_first():
    body = re.search(r'<Body name="head">.*?</Body>', OLD, flags=re.S).group()
    first = OLD.replace(body, "").replace('<Body name="pelvis">', body + '<Body name="pelvis">')
    names = [b.name for b in read(first).bodies]
    assert names.index("torso") < names.index("head")
    assert sorted(names) == sorted(b.name for b in load_model().bodies)


def test_a_point_on_an_offset_frame_is_the_same_point_on_the_body():
    frame = (
        '<components><PhysicalOffsetFrame name="shelf"><socket_parent>/bodyset/femur_r</socket_parent>'
        "<translation>0.005 -0.2 0</translation><orientation>0 0 0</orientation></PhysicalOffsetFrame></components>"
    )
    text = NEW.replace('<Body name="femur_r">', '<Body name="femur_r">' + frame)
    point = text.index('<PathPoint name="bifemsh_r-P1">')
    changed = text[point:].replace("/bodyset/femur_r<", "/bodyset/femur_r/shelf<", 1)
    changed = re.sub(r"<location>.*?</location>", "<location>0 -0.0111 0.0234</location>", changed, count=1)
    muscle = next(m for m in read(text[:point] + changed).muscles if m.name == "bifemsh_r")
    assert muscle.path[0].body == "femur_r"
    assert muscle.path[0].location == pytest.approx((0.005, -0.2111, 0.0234), abs=1e-16)  # one rounding of a sum


def test_names_with_colons_twice_are_read_in_both_layouts():
    for text in (OLD, NEW):
        assert "HuntCrossleyForce::ContactParametersSet" in text
        assert [contact.stiffness for contact in read(text).ground_contacts] == [600000.0, 600000.0]
