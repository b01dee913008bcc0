# ruff: noqa: E501 (one mistake a line)
"""Whatever OpenSim would simulate and we do not is refused by name; what is harmless is left out."""

from pathlib import Path

import pytest

from myorun.anatomy import load_model
from myorun.anatomy.osim_meaning import refuse_other_meaning
from myorun.anatomy.osim_reader import read_osim
from myorun.anatomy.validate import validate
from myorun.errors import ModelError

DATA = Path(__file__).parents[1] / "data"
TEXTS = {
    "3.0": (DATA / "gait9dof18musc.osim").read_text(encoding="utf-8").replace("\r\n", "\n"),
    "4.6": (DATA / "gait9dof18musc_4.6.osim").read_text(encoding="utf-8").replace("\r\n", "\n"),
}
PRESCRIBED = "<prescribed_function />" + TEXTS["4.6"].split("<prescribed_function />")[1].split("false")[0] + "false"
FORCES_30 = "<ForceSet>\n\t\t\t<objects>"
FORCES_46 = '<ForceSet name="forceset">\n\t\t\t<objects>'
WRAP = "<objects><WrapCylinder name='knee'/></objects>"
PLATE = '<ContactHalfSpace name="platform">'


def read(text):
    model = validate(read_osim(text.encode(), "my.osim"), "my.osim")
    refuse_other_meaning(model, "my.osim")
    return model


# (document, what is there, what is put there instead, what the message must hold)
REFUSED = [
    ("3.0", 'Version="30000"', 'Version="20302"', ["Version '20302'", "open the file in OpenSim 4.6 and save it again"]),
    ("4.6", 'Version="40600"', 'Version="50000"', ["Version '50000'"]),
    ("4.6", 'Version="40600"', 'Version="x"', ["Version 'x'"]),
    ("3.0", "</OpenSimDocument>", "<defaults><Thelen2003Muscle/></defaults></OpenSimDocument>", ["a list of defaults"]),
    ("3.0", FORCES_30, FORCES_30 + '<Millard2012EquilibriumMuscle name="m"/>', ["line ", "a Millard2012EquilibriumMuscle is not supported"]),
    ("4.6", FORCES_46, FORCES_46 + '<CoordinateActuator name="a"/>', ["a CoordinateActuator is not supported"]),
    ("4.6", FORCES_46, FORCES_46 + '<BushingForce name="b"/>', ["a BushingForce is not supported"]),
    ("3.0", "<isDisabled>false</isDisabled>", "<isDisabled>true</isDisabled>", ["hamstrings_r", "a disabled force is not supported", "or enable it"]),
    ("4.6", "<appliesForce>true</appliesForce>", "<appliesForce>false</appliesForce>", ["a disabled force"]),
    ("4.6", "<optimal_force>1</optimal_force>", "<ignore_tendon_compliance>true</ignore_tendon_compliance>", ["ignore_tendon_compliance", "only false"]),
    ("4.6", "<optimal_force>1</optimal_force>", "<ignore_activation_dynamics>true</ignore_activation_dynamics>", ["ignore_activation_dynamics"]),
    ("4.6", "<optimal_force>1</optimal_force>", "<optimal_forc>1</optimal_forc>", ["Thelen2003Muscle.hamstrings_r.optimal_forc is not supported"]),
    ("3.0", "<max_isometric_force>4105.465574</max_isometric_force>", "<max_isometric_force>lots</max_isometric_force>", ["Thelen2003Muscle.hamstrings_r.max_isometric_force = 'lots'", "finite numbers"]),
    ("3.0", "<max_isometric_force>4105.465574</max_isometric_force>", "<max_isometric_force>NaN</max_isometric_force>", ["hamstrings_r.max_isometric_force = 'NaN'"]),
    ("3.0", "<max_isometric_force>4105.465574</max_isometric_force>", "<max_isometric_force>1e999</max_isometric_force>", ["hamstrings_r.max_isometric_force = '1e999'"]),
    ("3.0", "<max_isometric_force>4105.465574</max_isometric_force>", "<max_isometric_force>1 2</max_isometric_force>", ["1 number(s) wanted, 2 found"]),
    ("3.0", "<max_isometric_force>4105.465574</max_isometric_force>", "<max_isometric_force>-5</max_isometric_force>", ["muscle.hamstrings_r.max_isometric_force = -5.0"]),
    ("3.0", "<max_isometric_force>4105.465574</max_isometric_force>", "<max_isometric_force>5</max_isometric_force>" * 2, ["max_isometric_force is there twice"]),
    ("3.0", '<PathPoint name="bifemsh_r-P1">', '<PathPoint name="bifemsh_r-P1"><wrap/>', ["PathPoint.bifemsh_r-P1.wrap is not supported"]),
    ("3.0", '<PathPoint name="bifemsh_r-P3">', '<PathWrapPoint name="w"/><PathPoint name="bifemsh_r-P3">', ["a PathWrapPoint is not supported"]),
    ("3.0", "PinJoint", "BallJoint", ["BallJoint", "is not supported", "use PinJoint"]),
    ("4.6", '<PinJoint name="hip_r">', '<PinJoint name="hip_r"><reverse>true</reverse>', ["PinJoint.hip_r.reverse is not supported"]),
    ("3.0", "<reverse>false</reverse>", "<reverse>true</reverse>", ["reverse = 'true'", "only false"]),
    ("3.0", "<orientation_in_parent>0 0 0</orientation_in_parent>", "<orientation_in_parent>0.1 0 0</orientation_in_parent>", ["orientation_in_parent", "x and y must be 0"]),
    ("4.6", "<orientation>0 0 0</orientation>", "<orientation>0 0.2 0</orientation>", ["ground_offset.orientation", "x and y must be 0"]),
    ("3.0", "<axis>0 0 1</axis>", "<axis>0 1 0</axis>", ["a rotation out of the plane"]),
    ("3.0", "<axis>0 0 1</axis>", "<axis>0 0.1 1</axis>", ["axis", "one of the axes x, y, z"]),
    ("3.0", "<coefficients> 1 0</coefficients>", "<coefficients> 1 0 3</coefficients>", ["LinearFunction.coefficients", "2 number(s) wanted, 3 found"]),
    ("3.0", "LinearFunction", "NaturalCubicSpline", ["the function NaturalCubicSpline is not supported", "SimmSpline"]),
    ("4.6", '<LinearFunction name="function">', '<Sine name="function"/><LinearFunction name="function">', ["Sine"]),
    ("3.0", "<locked>false</locked>", "<locked>maybe</locked>", ["Coordinate.pelvis_tilt.locked = 'maybe'", "true or false"]),
    ("4.6", PRESCRIBED, "<prescribed_function><Constant/></prescribed_function>\n<prescribed>true", ["a prescribed coordinate is not supported"]),
    ("3.0", "<ConstraintSet>\n\t\t\t<objects />", "<ConstraintSet><objects><WeldConstraint name='w'/></objects>", ["a WeldConstraint is not supported"]),
    ("4.6", '<ControllerSet name="controllerset">\n\t\t\t<objects />', "<ControllerSet><objects><PrescribedController name='c'/></objects>", ["a PrescribedController is not supported"]),
    ("4.6", '<ProbeSet name="probeset">\n\t\t\t<objects />', "<ProbeSet><objects><JointPowerProbe name='c'/></objects>", ["a JointPowerProbe is not supported"]),
    ("4.6", '<WrapObjectSet name="wrapobjectset">\n\t\t\t\t<objects />', f"<WrapObjectSet>{WRAP}", ["WrapCylinder"]),
    ("3.0", "<PathWrapSet>\n\t\t\t\t\t\t\t<objects />", "<PathWrapSet><objects><PathWrap name='pw'/></objects>", ["wrapping over a surface"]),
    ("3.0", "<gravity> 0 -9.80665 0</gravity>", "<gravity> 0 -9.8 1</gravity>", ["gravity", "z of 0"]),
    ("3.0", "<length_units>meters", "<length_units>millimeters", ["length_units = 'millimeters'", "converts no units"]),
    ("3.0", PLATE, '<ContactMesh name="mesh"/>' + PLATE, ["a ContactMesh is not supported"]),
    ("3.0", "<orientation>0 0 -1.5707963267949</orientation>", "<orientation>0 0 0</orientation>", ["ContactHalfSpace.platform", "face up"]),
    ("4.6", "<socket_frame>/ground</socket_frame>", "<socket_frame>/bodyset/pelvis</socket_frame>", ["ContactHalfSpace.platform", "fixed to the ground"]),
    ("3.0", "<geometry>platform r_heel r_toe</geometry>", "<geometry>r_heel r_toe</geometry>", ["exactly one half-space"]),
    ("3.0", "<geometry>platform r_heel r_toe</geometry>", "<geometry>platform r_heel toe</geometry>", ["geometry = 'toe'"]),
    ("3.0", "<geometry>platform r_heel r_toe</geometry>", "<geometry>platform r_heel</geometry>", ["r_toe", "no force uses this sphere"]),
    ("3.0", "<radius>0.05</radius>", "<radius>0.5</radius>", ["contact_sphere.", "let them collide"]),
    ("3.0", '<Body name="tibia_r">', '<Body name="femur_r">', ["femur_r"]),
    ("3.0", "<parent_body>femur_r</parent_body>", "<parent_body>toes_r</parent_body>", ["listed before"]),
    ("3.0", "<parent_body>femur_r</parent_body>", "<parent_body>fermur</parent_body>", ["joint.knee_r.parent = 'fermur'", "did you mean femur_"]),
    ("4.6", "<socket_parent>/bodyset/femur_r</socket_parent>", "<socket_parent>/bodyset/fermur</socket_parent>", ["socket_parent = '/bodyset/fermur'", "the path of a body"]),
    ("4.6", "<socket_parent>/bodyset/pelvis</socket_parent>", "<socket_parent>pelvis_offset</socket_parent>", ["pelvis_offset"]),
    ("3.0", "<coordinate>hip_flexion_r</coordinate>", "<coordinate>hip</coordinate>", ["hip", "did you mean"]),
    ("3.0", "<Model ", "<Modell ", ["not XML"]),
]  # fmt: skip


@pytest.mark.parametrize(("version", "old", "new", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_supported_is_refused_by_name(version, old, new, said):
    text = TEXTS[version]
    assert old in text, "the table of refusals no longer fits the document"
    with pytest.raises(ModelError) as caught:
        read(text.replace(old, new) if old.isalpha() else text.replace(old, new, 1))
    message = str(caught.value)
    assert message.startswith("my.osim: ")
    for part in said:
        assert part in message


HARMLESS = [
    ("3.0", "<clamped>false</clamped>", "<clamped>true</clamped>"),
    ("3.0", "<min_control>0</min_control>", "<min_control>0.3</min_control>"),
    ("3.0", "<optimal_force>1</optimal_force>", "<optimal_force>7</optimal_force>"),
    ("3.0", "<MarkerSet>\n\t\t\t<objects />", '<MarkerSet><objects><Marker name="m"/></objects>'),
    ("3.0", "<opacity>1</opacity>", "<opacity>0.5</opacity>"),
    ("3.0", "<motion_type>rotational</motion_type>", "<motion_type>coupled</motion_type>"),
    ("3.0", "<prescribed_function />", "<prescribed_function><Constant/></prescribed_function>"),
    ("3.0", "<length_units>meters</length_units>", ""),
    ("4.6", "<length_units>meters</length_units>", "<ModelVisualPreferences/>"),
    ("4.6", "<length_units>meters</length_units>", "<assembly_accuracy>1e-6</assembly_accuracy>"),
    ("4.6", "<appliesForce>true</appliesForce>", ""),
    ("4.6", 'Version="40600"', 'Version="40000"'),
    ("4.6", "/bodyset/tibia_r", "../../bodyset/tibia_r"),
    ("4.6", "<socket_parent>/bodyset/tibia_r", "<socket_parent>tibia_r"),
]


@pytest.mark.parametrize(("version", "old", "new"), HARMLESS, ids=[new[:40] for _, _, new in HARMLESS])
def test_what_changes_no_motion_changes_no_model(version, old, new):
    assert old in TEXTS[version]
    assert read(TEXTS[version].replace(old, new)) == load_model()
