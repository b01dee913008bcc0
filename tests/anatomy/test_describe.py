"""The tables of a model hold what a person looks for."""

from io import StringIO

from rich.console import Console

from myorun.anatomy import Model, load_model
from myorun.anatomy.describe import model_tables, spanned_coordinates


def model_table(model: Model, width: int = 120) -> str:
    """The tables as a terminal of that many columns shows them."""
    terminal = StringIO()
    Console(file=terminal, width=width, color_system=None, legacy_windows=False).print(model_tables(model))
    return terminal.getvalue()


def test_every_muscle_has_a_line_with_its_numbers():
    lines = model_table(load_model(), width=140).splitlines()
    vasti = next(line for line in lines if line.startswith("vasti_r")).split()
    assert vasti == ["vasti_r", "9594", "99", "102", "3.0", "4", "1c", "1m", "knee_angle_r"]
    for muscle in load_model().muscles:
        assert any(line.startswith(muscle.name) for line in lines)


def test_no_line_is_wider_than_asked_for():
    assert max(map(len, model_table(load_model(), width=80).splitlines())) <= 80


def test_the_authors_are_credited_below_the_tables():
    assert "Ajay Seth" in model_table(load_model())


def test_two_joint_muscles_move_two_joints():
    model = load_model()
    spans = {muscle.name: spanned_coordinates(model, muscle) for muscle in model.muscles}
    assert spans["hamstrings_r"] == ("hip_flexion_r", "knee_angle_r")
    assert spans["gastroc_l"] == ("knee_angle_l", "ankle_angle_l")
    assert spans["glut_max_l"] == ("hip_flexion_l",)
    assert spans["vasti_r"] == ("knee_angle_r",)
