"""What the writer of our own format promises beyond equal models."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.anatomy import load_model
from myorun.anatomy.model import Muscle
from myorun.anatomy.toml_reader import read_toml
from myorun.anatomy.toml_writer import UNITS, write_toml

HUMAN = load_model()


def test_every_number_of_a_muscle_is_written_with_its_unit():
    assert set(UNITS) == {field.name for field in fields(Muscle)} - {"name", "path"}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_any_credits_survive(text):
    model = replace(HUMAN, credits=text.strip(), publications=(text * 3).strip())
    assert read_toml(write_toml(model), "t") == model


@pytest.mark.parametrize("text", ["one\ntwo", "tab\there", "a  b " * 60 + "c", "back\\slash " * 30 + "x", '"""' * 50])
def test_awkward_credits_survive(text):
    model = replace(HUMAN, credits=text)
    assert read_toml(write_toml(model), "t") == model


@given(st.floats(min_value=-10.0, max_value=10.0))
def test_a_limit_of_any_radians_survives_to_the_bit(angle):
    limit = replace(HUMAN.limits[0], lower_limit=angle, upper_limit=angle + 1.0)
    model = replace(HUMAN, limits=(limit, *HUMAN.limits[1:]))
    assert read_toml(write_toml(model), "t").limits[0] == limit
