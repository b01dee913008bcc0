# ruff: noqa: E501 (one mistake a line)
"""Each mistake in a hand-edited model is answered with its place, the value, and what is allowed."""

import importlib.resources

import pytest

import myorun.anatomy
from myorun.anatomy.toml_reader import read_toml
from myorun.anatomy.validate import validate
from myorun.errors import ModelError

HUMAN = importlib.resources.files(myorun.anatomy).joinpath("human.toml").read_text(encoding="utf-8")
FEMUR = "femur_r = { mass = 9.3014,  mass_center = [0.0, -0.17, 0.0],        inertia = [0.1339, 0.0351, 0.1412] }"
IMAGE = '{ mirror = "vasti_r" }\ngast'
VASTI = "max_isometric_force  = 9593.95082 "

# (what is there, what is put there instead, what the message must hold)
MISTAKES = [
    ("optimal_fiber_length = 0.069", "optimal_fibre_length = 0.069", ["muscle.hamstrings_r.optimal_fiber_length is missing"]),
    ("pennation_angle      = 0.26179939", "pennation_angle = 0.26\npenation = 1", ["muscle.hamstrings_r.penation", "did you mean pennation_angle"]),
    (VASTI, "max_isometric_force  = -1.0 ", ["muscle.vasti_r.max_isometric_force = -1.0", "from 1e-09"]),
    (VASTI, "max_isometric_force  = 'big' ", ["muscle.vasti_r.max_isometric_force = 'big'", "a number is wanted"]),
    (VASTI, "max_isometric_force  = true ", ["muscle.vasti_r.max_isometric_force = True", "a number is wanted"]),
    (VASTI, "max_isometric_force  = nan ", ["muscle.vasti_r.max_isometric_force = nan", "a finite number"]),
    (VASTI, "max_isometric_force  = inf ", ["muscle.vasti_r.max_isometric_force = inf", "a finite number"]),
    (VASTI, f"max_isometric_force  = 1{'0' * 400} ", ["muscle.vasti_r.max_isometric_force", "a finite number"]),
    (VASTI, "max_isometric_force  = 1e15 ", ["muscle.vasti_r.max_isometric_force", "to 1e+12"]),
    ("pennation_angle      = 0.40142573", "pennation_angle = 1.5", ["muscle.bifemsh_r.pennation_angle = 1.5", "from 0 to 1.47"]),
    ("linear_extrapolation     = 0.95", "linear_extrapolation = 0.5", ["linear_extrapolation = 0.5", "from 0.714286 to 1"]),
    ("min_activation           = 0.01", "min_activation = 0.0", ["min_activation = 0.0", "from 1e-09 to 1"]),
    ("active_shape             = 0.45", "active_shap = 0.45", ["muscle_defaults.active_shap", "did you mean active_shape"]),
    (FEMUR, FEMUR.replace("9.3014", "-9.3"), ["body.femur_r.mass = -9.3"]),
    (FEMUR, FEMUR.replace("0.1412]", "-0.1]"), ["body.femur_r.inertia[2] = -0.1"]),
    (FEMUR, FEMUR.replace(", 0.1412]", "]"), ["body.femur_r.inertia", "a list of 3 or 6 numbers"]),
    (FEMUR, FEMUR.replace("mass = 9.3014,  ", ""), ["body.femur_r.mass is missing"]),
    (FEMUR, "femur_r = { mass = 0.0, mass_center = [0, 0, 0], inertia = [0, 0, 0] }", ["body.femur_r.mass", "joint hip_r moves this body"]),
    (FEMUR, "femur_r = 3", ["body.femur_r = 3", "a table is wanted"]),
    ('head    = { mass = 4.5, ', 'ground  = { mass = 4.5, ', ["ground", "this name is taken"]),
    ('child = "talus_r"', 'child = "talus"', ["joint.ankle_r.child = 'talus'", "did you mean talus_"]),
    ('child = "talus_r"', 'child = "tibia_r"', ["holds this body already"]),
    ('parent = "tibia_r", child = "talus_r"', 'parent = "toes_r", child = "talus_r"', ["joint.ankle_r.parent = 'toes_r'", "listed before talus_r"]),
    ('parent = "tibia_r", child = "talus_r"', 'parent = "talus_r", child = "talus_r"', ["joint.ankle_r.parent", "listed before"]),
    ('kind = "pin",    parent = "tibia_r"', 'kind = "ball",    parent = "tibia_r"', ["joint.ankle_r.kind = 'ball'", "'pin', 'planar'"]),
    ('kind = "pin",    parent = "tibia_r"', 'kind = "weld",    parent = "tibia_r"', ["joint.ankle_r.coordinates", "a weld joint has 0"]),
    ('coordinates = ["ankle_angle_r"]', 'coordinates = ["knee_angle_r"]', ["coordinate.knee_angle_r", "exactly one joint"]),
    ('coordinates = ["ankle_angle_r"]', 'coordinates = ["ankle"]', ["joint.ankle_r.coordinates = 'ankle'", "did you mean ankle_angle_"]),
    ('rotation        = { coordinate = "knee_angle_r", slope = 1.0 }', "rotation = 0.5", ["coordinate.knee_angle_r.motion", "'translational'"]),
    ('rotation        = { coordinate = "knee_angle_r", slope = 1.0 }', 'rotation = { coordinate = "hip_flexion_r", slope = 1.0 }', ["joint.knee_r.rotation.coordinate = 'hip_flexion_r'", "allowed: knee_angle_r"]),
    ("[-0.174533,   -0.0031]", "[0.3,   -0.0031]", ["joint.knee_r.x.spline[7][0] = 0.197344", "knots must increase; more than 0.3"]),
    ("[-0.174533,   -0.0031]", "[-0.174533,   -0.0031, 1]", ["joint.knee_r.x.spline", "[x, y]"]),
    ('z = 0.0014 }', 'z = { coordinate = "knee_angle_r", slope = 1.0 } }', ["muscle.rect_fem_r.path[2].z", "never moves along z"]),
    ("range = [-0.558505, 0.174533]", "range = [0.174533, -0.558505]", ["muscle.hamstrings_r.path[1].range", "the first must be less"]),
    ('location = [-0.1192, -0.09747, 0.07151]', 'location = [-0.1192, -0.09747]', ["muscle.hamstrings_r.path[0].location", "3 numbers"]),
    ('name = "semimem_r-P3"', 'name = "semimem_r-P1"', ["muscle.hamstrings_r.path = 'semimem_r-P1'", "taken"]),
    ('name = "semimem_r-P3", body = "tibia_r"', 'name = "semimem_r-P3", body = "tibea_r"', ["muscle.hamstrings_r.path[2].body = 'tibea_r'", "did you mean tibia_r"]),
    ('name = "semimem_r-P3"', 'name = "semi mem"', ["'semi mem'", "letters, digits"]),
    ("locked = true", "locked = 1", ["coordinate.lumbar_extension.locked = 1", "true or false"]),
    ("locked = true", "locked = true, default_speed = 2", ["coordinate.lumbar_extension.default_speed", "speed 0"]),
    ('motion = "translational" }\npelvis_ty', 'motion = "sideways" }\npelvis_ty', ["coordinate.pelvis_tx.motion = 'sideways'", "'rotational', 'translational'"]),
    ('],               motion = "translational" }\npelvis_ty', '] }\npelvis_ty', ["coordinate.pelvis_tx.motion", "'translational' is wanted"]),
    ('spheres = ["r_heel", "r_toe"]', 'spheres = ["r_heel", "r_tow"]', ["ground_contact.foot_r.spheres", "did you mean r_toe"]),
    ('spheres = ["r_heel", "r_toe"]', 'spheres = ["r_heel"]', ["contact_sphere.r_toe", "exactly one ground_contact"]),
    ("stiffness = 600000.0", "stiffness = 0.0", ["ground_contact.foot_r.stiffness = 0.0"]),
    ("dissipation = 1.5", "dissipation = -1.5", ["ground_contact.foot_r.dissipation = -1.5"]),
    ("range = [-140.0, 10.0]", "range = [10.0, -140.0]", ["limit.KneeLimit_r.range", "the first must be less"]),
    ("range = [-140.0, 10.0]", "range = [-140.0, 10.0], unit = 'grad'", ["limit.KneeLimit_r.unit = 'grad'", "'degree', 'radian'"]),
    ('KneeLimit_r  = { coordinate = "knee_angle_r"', 'KneeLimit_r  = { coordinate = "pelvis_tx"', ["limit.KneeLimit_r.coordinate", "rotational"]),
    (IMAGE, '{ mirror = "vasti" }\ngast', ["muscle.vasti_l.mirror = 'vasti'", "a part of one side"]),
    (IMAGE, '{ mirror = "vast_r" }\ngast', ["muscle.vasti_l.mirror = 'vast_r'", "did you mean vasti_r"]),
    (IMAGE, '{ mirror = "hamstrings_l" }\ngast', ["muscle.vasti_l.mirror", "not another mirror image"]),
    (IMAGE, '{ mirror = 3 }\ngast', ["muscle.vasti_l.mirror = 3"]),
    ("gravity = [0.0, -9.80665]", "gravity = -9.8", ["gravity = -9.8", "2 numbers"]),
    ("[contact_sphere]", "[contact_spheres]", ["contact_spheres is not known", "did you mean contact_sphere"]),
    ('format = "myorun-model-1"', 'format = "2"', ["format = '2'", "'myorun-model-1' is wanted"]),
    ('format = "myorun-model-1"', '', ["format is missing"]),
    ('name = "gait', 'name = 3 # ', ["name = 3", "text is wanted"]),
    ("[muscle]", "muscle = 3\n[muscle]", ["muscle.tib_ant_r.muscle is not known"]),
    ("[limit]", "[limit", ["not TOML", "line"]),
]  # fmt: skip


def loaded(text):
    return validate(read_toml(text, "my.toml"), "my.toml")


def test_the_human_has_no_mistake():
    assert len(loaded(HUMAN).muscles) == 18


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES, ids=[" ".join(new.split())[:50] for _, new, _ in MISTAKES])
def test_a_mistake_is_answered_with_its_place_and_what_is_allowed(old, new, said):
    assert old in HUMAN, "the table of mistakes no longer fits human.toml"
    with pytest.raises(ModelError) as caught:
        loaded(HUMAN.replace(old, new, 1))
    message = str(caught.value)
    assert message.startswith("my.toml: ")
    for part in said:
        assert part in message
    assert len(message) < 1500


def test_a_model_without_anything_free_to_move_is_refused():
    text = """
        format = "myorun-model-1"
        name = "stone"
        gravity = [0, -10]
        body.stone = { mass = 1, mass_center = [0, 0, 0], inertia = [1, 1, 1] }
        joint.held = { kind = "weld", parent = "ground", child = "stone" }
    """
    with pytest.raises(ModelError, match="at least one that is not locked"):
        loaded(text)


def test_a_pendulum_takes_five_lines():
    model = loaded("""
        format = "myorun-model-1"
        name = "pendulum"
        gravity = [0, -10]
        body.bob = { mass = 1, mass_center = [0, -1, 0], inertia = [0, 0, 0] }
        joint.pivot = { kind = "pin", parent = "ground", child = "bob", coordinates = ["angle"] }
        coordinate.angle = { default_value = 0.1 }
    """)
    assert [coordinate.name for coordinate in model.free_coordinates] == ["angle"]
