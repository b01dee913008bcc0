"""However a file is damaged, the answer is a model or a ModelError, never another exception."""

import importlib.resources
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import myorun.anatomy
from myorun.anatomy.model import Model
from myorun.anatomy.osim_meaning import refuse_other_meaning
from myorun.anatomy.osim_reader import read_osim
from myorun.anatomy.osim_writer import to_osim
from myorun.anatomy.toml_reader import read_toml
from myorun.anatomy.toml_writer import write_toml
from myorun.anatomy.validate import validate
from myorun.errors import ModelError

DATA = Path(__file__).parents[1] / "data"
pytestmark = pytest.mark.slow

HUMAN = importlib.resources.files(myorun.anatomy).joinpath("human.toml").read_text(encoding="utf-8")
VALUES = [
    "0",
    "-1",
    "nan",
    "inf",
    "1e308",
    "true",
    '"r"',
    '"vasti_r"',
    "[]",
    "{}",
    "[1, 2, 3]",
    "1979-05-27",
    "9" * 400,
]
WORDS = ["", "0", "-1", "NaN", "1e308", "x", "true", "ground", "femur_r", "/bodyset/femur_r", "knee_angle_r", "0 0 1"]


def toml_model(text: str) -> Model:
    return validate(read_toml(text, "f.toml"), "f.toml")


def osim_model(data: bytes) -> Model:
    model = validate(read_osim(data, "f.osim"), "f.osim")
    refuse_other_meaning(model, "f.osim")
    return model


def check_toml(text: str) -> None:
    try:
        model = toml_model(text)
    except ModelError:
        return
    assert toml_model(write_toml(model)) == model


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_toml_with_lines_dropped_doubled_or_swapped(data):
    lines = HUMAN.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        i, j = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        kind = data.draw(st.sampled_from(["drop", "double", "swap", "cut"]))
        if kind == "drop":
            del lines[i]
        elif kind == "double":
            lines.insert(j, lines[i])
        elif kind == "swap":
            lines[i], lines[j] = lines[j], lines[i]
        else:
            lines[i] = lines[i][: data.draw(st.integers(0, len(lines[i])))]
    check_toml("\n".join(lines))


PLACES = [match.span(1) for match in re.finditer(r"= ([-\d.]+|\"\w+\"|\[[^\[\]\n]*\]|\{.*\}(?=\n))", HUMAN)]


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(VALUES))
def test_toml_with_one_value_replaced(place, value):
    check_toml(HUMAN[: place[0]] + value + HUMAN[place[1] :])


def test_toml_with_every_key_renamed_or_left_out_once():
    keys = sorted(set(re.findall(r"(\w+) +=|[{,] (\w+) = ", HUMAN)))
    for one, other in keys:
        name = one or other
        for new in ("nonsense", f"{name}s"):
            check_toml(re.sub(rf"\b{name}(?= +=)", new, HUMAN, count=1))


@pytest.mark.parametrize("file", ["gait9dof18musc.osim", "gait9dof18musc_4.6.osim"])
def test_osim_with_elements_dropped_or_changed(file):
    text = re.sub(r"<!--.*?-->", "", (DATA / file).read_text(encoding="utf-8"), flags=re.S)
    leaves = [match.span(1) for match in re.finditer(r"<[\w:]+[^<>/]*>([^<>]*)</", text)]

    @settings(max_examples=250, deadline=None)
    @given(st.sampled_from(leaves), st.sampled_from(WORDS))
    def changed(place, word):
        check(text[: place[0]] + word + text[place[1] :])

    whole = [match.span() for match in re.finditer(r"<([\w:]+)[^<>/]*>[^<>]*</\1>", text)]

    @settings(max_examples=250, deadline=None)
    @given(st.sampled_from(whole), st.booleans())
    def dropped(place, doubled):
        begin, end = place
        check(text[:end] + text[begin:] if doubled else text[:begin] + text[end:])

    def check(document: str) -> None:
        try:
            model = osim_model(document.encode())
        except ModelError:
            return
        assert osim_model(to_osim(model).encode()) == model

    changed()
    dropped()


@pytest.mark.parametrize("file", ["gait9dof18musc.osim", "gait9dof18musc_4.6.osim"])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_osim_with_bytes_overwritten(file, data):
    content = bytearray((DATA / file).read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        osim_model(bytes(content))
    except ModelError:
        return


VALUE = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
NESTED = st.recursive(
    VALUE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_toml_tables_of_any_content(data):
    """The parsed tree is damaged instead of the text, which reaches deeper."""
    from unittest.mock import patch

    tree = tomllib.loads(HUMAN)
    section = data.draw(st.sampled_from(sorted(tree)))
    target = tree
    key = section
    while isinstance(target[key], dict) and target[key] and data.draw(st.booleans()):
        target = target[key]
        key = data.draw(st.sampled_from(sorted(target)))
    target[key] = data.draw(NESTED)
    with patch("myorun.anatomy.toml_reader.tomllib.loads", return_value=tree):
        try:
            toml_model("")
        except ModelError:
            return
