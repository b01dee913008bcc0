"""OpenSim 4.6 opens what we write, moves it like the reference, and re-saves it to the same model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.anatomy.test_osim_writer import changed

from myorun.anatomy import load_model, save_model
from myorun.anatomy.model import Constant, Linear, Motion
from myorun.anatomy.osim_writer import to_osim

osim = pytest.importorskip("opensim")

REFERENCE = Path(__file__).parents[1] / "data" / "gait9dof18musc.osim"
STATES = 300
# A sum of a few hundred terms in another order differs by rounding, magnified by the
# condition of the mass matrix (about 1e4); files that differed in one printed digit
# of any number would be off by 1e-7 or more.
TOLERANCE = 1e-9


@pytest.fixture(autouse=True)
def quiet():
    osim.Logger.setLevelString("error")


def opened(path):
    model = osim.Model(str(path))
    return model, model.initSystem()


def random_state(model, seed):
    """A state with feet above, in and far in the ground, knees beyond their splines, activations over their range."""
    random = np.random.default_rng(seed)
    names = model.getStateVariableNames()
    values = osim.Vector(names.size(), 0.0)
    for i in range(names.size()):
        values.set(i, _value(names.get(i), random))
    return values


def _value(name, random):
    ranges = {"pelvis_ty/value": (0.7, 1.0), "pelvis_tx/value": (0.0, 3.0), "lumbar_extension/speed": (0.0, 0.0)}
    kinds = {"activation": (0.01, 1.0), "fiber_length": (0.03, 0.15), "speed": (-5.0, 5.0), "value": (-1.5, 1.5)}
    draw = random.uniform  # drawn for every name, so that equal seeds give equal states
    for ending, (low, high) in (ranges | kinds).items():
        if name.endswith(ending):
            return -0.139626 if name.endswith("lumbar_extension/value") else draw(low, high)
    raise AssertionError(name)


def accelerations(model, state, seed):
    model.setStateVariableValues(state, random_state(model, seed))
    model.realizeAcceleration(state)
    return np.array([state.getUDot().get(i) for i in range(state.getNU())])


def worst_difference(one, other, seeds=range(STATES)):
    worst = 0.0
    for seed in seeds:
        ours, theirs = accelerations(*one, seed), accelerations(*other, seed)
        worst = max(worst, float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs))))
    return worst


def test_accelerations_of_our_file_are_those_of_the_reference(tmp_path):
    save_model(load_model(), tmp_path / "ours.osim")
    assert worst_difference(opened(tmp_path / "ours.osim"), opened(REFERENCE)) <= TOLERANCE


def test_the_comparison_notices_one_path_point_moved_by_a_millimetre(tmp_path):
    text = to_osim(load_model()).replace("-0.0301 -0.036 0.02943", "-0.0311 -0.036 0.02943")
    (tmp_path / "moved.osim").write_text(text)
    assert worst_difference(opened(tmp_path / "moved.osim"), opened(REFERENCE), range(20)) > 1e-5


def test_opensim_opens_our_file_without_a_word(tmp_path, capfd):
    save_model(load_model(), tmp_path / "ours.osim")
    osim.Logger.setLevelString("warn")
    opened(tmp_path / "ours.osim")
    said = capfd.readouterr()
    assert said.out + said.err == ""
    opened(REFERENCE)  # whose bones are not here to be drawn: a warning must be heard
    said = capfd.readouterr()
    assert "file" in said.out + said.err


def resaved(source, target):
    model = osim.Model(str(source))
    model.finalizeConnections()
    model.printToXML(str(target))
    return load_model(target)


def test_what_opensim_saves_again_reads_as_the_same_model(tmp_path):
    save_model(load_model(), tmp_path / "ours.osim")
    assert resaved(tmp_path / "ours.osim", tmp_path / "again.osim") == load_model()
    assert resaved(REFERENCE, tmp_path / "reference.osim") == load_model()


def test_an_unusual_model_is_saved_again_as_itself(tmp_path):
    human = load_model()
    joints = changed(
        human.joints, "hip_r", parent_orientation=0.3, child_orientation=-0.2, child_location=(0.01, 0.02, 0.003)
    )
    glide = (Motion(Linear(0.01, 0.0), "ankle_angle_r"), Motion(Constant(0.02)), Motion(Constant(0.005)))
    ankle = Motion(Linear(-1.0, 0.1), "ankle_angle_r")
    model = replace(human, joints=changed(joints, "ankle_r", kind="custom", rotation=ankle, translation=glide))
    save_model(model, tmp_path / "unusual.osim")
    assert resaved(tmp_path / "unusual.osim", tmp_path / "again.osim") == model


EDITS = [
    ("<location_in_parent>-0.0707 -0.0661 0.0835<", "<location_in_parent>-0.08 -0.07 0.09<"),
    ("<orientation_in_parent>0 0 0<", "<orientation_in_parent>0 0 0.2<"),
    ("<location>0 0 0</location>", "<location>0.01 0.02 0.001</location>"),
    ("<optimal_force>1</optimal_force>", "<Af>0.3</Af><Flen>1.5</Flen><default_activation>0.2</default_activation>"),
    ("<KshapePassive>9</KshapePassive>", ""),
    ("<FmaxTendonStrain>0.049</FmaxTendonStrain>", ""),
    ("<max_contraction_velocity>15</max_contraction_velocity>", ""),
    ("<activation_time_constant>0.01</activation_time_constant>", ""),
    ("<upper_stiffness>20</upper_stiffness>", ""),
    ("<transition_velocity>0.1</transition_velocity>", ""),
    ("<range>-2.0943951 2.0943951</range>", ""),
    ("<coefficients> 1 0</coefficients>", "<coefficients>-1 0.1</coefficients>"),
]


@pytest.mark.parametrize(("old", "new"), EDITS, ids=[old[1:30] for old, _ in EDITS])
def test_opensim_understands_an_edited_document_of_3_0_as_we_do(tmp_path, old, new):
    text = REFERENCE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "edited.osim").write_text(text.replace(old, new, 5), encoding="utf-8")
    ours = load_model(tmp_path / "edited.osim")
    assert ours != load_model()
    assert resaved(tmp_path / "edited.osim", tmp_path / "again.osim") == ours


def with_course(path, obstacles, strengths):
    """The reference with a course put in by OpenSim's own interface."""
    model = osim.Model(str(REFERENCE))
    for i, (x, y, radius) in enumerate(obstacles):
        ball = osim.ContactSphere(radius, osim.Vec3(x, y, 0.0), model.getGround())
        ball.setName(f"ball{i}")
        model.addContactGeometry(ball)
        force = osim.HuntCrossleyForce()
        force.setName(f"ball{i}_force")
        for name in (f"ball{i}", "r_heel", "r_toe", "l_heel", "l_toe"):
            force.addGeometry(name)
        force.setStiffness(1e6 / radius)
        force.setDissipation(1e-5)
        force.setStaticFriction(0.0)
        force.setDynamicFriction(0.0)
        force.setViscousFriction(0.0)
        model.addForce(force)
    for name, strength in strengths.items():
        muscle = model.getMuscles().get(name)
        muscle.setMaxIsometricForce(muscle.getMaxIsometricForce() * strength)
    model.finalizeConnections()
    return model, model.initSystem()


def test_a_course_written_into_the_file_pushes_like_one_built_in_opensim(tmp_path):
    # y chosen so that the drawn feet hit the balls often
    obstacles = [(0.5, 0.0, 0.2), (1.5, 0.1, 0.25), (2.5, -0.05, 0.3)]
    strengths = {"iliopsoas_r": 0.7, "iliopsoas_l": 0.9}
    (tmp_path / "course.osim").write_text(to_osim(load_model(), obstacles=obstacles, strengths=strengths))
    ours, theirs = opened(tmp_path / "course.osim"), with_course(tmp_path, obstacles, strengths)
    assert worst_difference(ours, theirs, range(150)) <= TOLERANCE
    flat = opened(REFERENCE)
    touched = sum(worst_difference(ours, flat, [seed]) > 0.1 for seed in range(30))
    assert touched >= 5


def test_a_pendulum_with_a_massless_pointer_swings_in_opensim_by_its_equation(tmp_path):
    (tmp_path / "pendulum.toml").write_text("""
        format = "myorun-model-1"
        name = "pendulum"
        gravity = [0, -10]
        body.bob = { mass = 2, mass_center = [0, -0.5, 0], inertia = [0.1, 0.1, 0.1] }
        body.pointer = { mass = 0, mass_center = [0, 0, 0], inertia = [0, 0, 0] }
        joint.pivot = { kind = "pin", parent = "ground", child = "bob", coordinates = ["angle"] }
        joint.stuck = { kind = "weld", parent = "bob", child = "pointer", parent_location = [0, -1, 0] }
        coordinate.angle = { default_value = 0.3 }
    """)
    save_model(load_model(tmp_path / "pendulum.toml"), tmp_path / "pendulum.osim")
    model, state = opened(tmp_path / "pendulum.osim")
    model.realizeAcceleration(state)
    expected = -2 * 10 * 0.5 * np.sin(0.3) / (0.1 + 2 * 0.5**2)
    assert state.getUDot().get(0) == pytest.approx(expected, rel=1e-12)  # a handful of roundings
