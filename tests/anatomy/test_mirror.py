"""The left leg is the right leg in a mirror, and may differ where it says so."""

import importlib.resources
from dataclasses import replace

import pytest

import myorun.anatomy
from myorun.anatomy.mirror import mirrored, other_side
from myorun.anatomy.toml_reader import read_toml
from myorun.anatomy.toml_writer import write_toml

HUMAN = importlib.resources.files(myorun.anatomy).joinpath("human.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("right", "left"),
    [("vasti_r", "vasti_l"), ("r_heel", "l_heel"), ("semimem_r-P1", "semimem_l-P1"), ("HipLimit_R", "HipLimit_L")],
)
def test_sides_are_exchanged_in_names_both_ways(right, left):
    assert other_side(right) == left
    assert other_side(left) == right


@pytest.mark.parametrize("name", ["torso", "rear", "l1", "pelvis_tilt", "lr", ""])
def test_a_name_without_a_side_stays(name):
    assert other_side(name) == name


def test_mirroring_twice_gives_the_part_back():
    part = {
        "body": "tibia_r",
        "location": [1.0, 2.0, 3.0],
        "inertia": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "z": {"coordinate": "knee_r", "spline": [[0.0, 1.0], [1.0, -2.0]]},
        "path": [{"name": "a_r", "z": 1.0}],
        "mass": 2.0,
    }
    once = mirrored(part)
    assert once["location"] == [1.0, 2.0, -3.0]
    assert once["inertia"] == [1.0, 2.0, 3.0, 4.0, -5.0, -6.0]
    assert once["z"]["spline"] == [[0.0, -1.0], [1.0, 2.0]]
    assert mirrored(once) == part


def test_a_key_beside_mirror_overrides_the_copy():
    text = HUMAN.replace('{ mirror = "vasti_r" }', '{ mirror = "vasti_r", max_isometric_force = 5000 }')
    right, left = (next(m for m in read_toml(text, "t").muscles if m.name == name) for name in ("vasti_r", "vasti_l"))
    assert left.max_isometric_force == 5000.0
    assert right.max_isometric_force == 9593.95082
    assert left.path[0].location == (0.029, -0.1924, -0.031)


def test_a_lopsided_model_is_written_as_a_mirror_image_with_exceptions():
    model = read_toml(HUMAN, "t")
    weak = tuple(replace(m, max_isometric_force=1.5) if m.name == "soleus_l" else m for m in model.muscles)
    model = replace(model, muscles=weak)
    text = write_toml(model)
    assert 'soleus_l     = { mirror = "soleus_r", max_isometric_force = 1.5 }' in text
    assert read_toml(text, "t") == model
