"""Bad input never gives anything but a ModelError that says what was wrong."""

import os
from dataclasses import replace

import pytest

from myorun.anatomy import load_model, save_model
from myorun.errors import ModelError

OFFSET = "<PhysicalOffsetFrame name='f{}'><socket_parent>/ground/f{}</socket_parent></PhysicalOffsetFrame>"
FRAMES_ON_FRAMES = (
    "<OpenSimDocument Version='40600'><Model name='x'><Ground><components>"
    + "".join(OFFSET.format(i, i + 1) for i in range(5000))
    + "</components></Ground></Model></OpenSimDocument>"
).encode()


@pytest.mark.parametrize("suffix", [".toml", ".osim"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\xff\xfe",
        bytes(range(256)) * 40,
        b"[" * 200_000,
        b"a = " + b"[" * 100_000,
        b"a = " + b"{a = " * 50_000,
        b"<a>" * 100_000,
        b"x = " + b"9" * 5000,
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"),
        b"format = 'myorun-model-1'\nname = 'x'\ngravity = [0, nan]",
        b"<OpenSimDocument Version='30000'/>",
        b"<OpenSimDocument Version='40600'><Model/></OpenSimDocument>",
        b"\xef\xbb\xbf",
        b"a." * 100_000 + b"b = 1",
        b"[" + b"a." * 100_000 + b"b]",
        b"[" + b"'a'." * 100_000 + b"b]",
        b"<OpenSimDocument Version='" + b"9" * 5000 + b"'><Model name='x'/></OpenSimDocument>",
        b"<OpenSimDocument Version='40600'><Model name='x'>" + b"<a/>" * 600_000 + b"</Model></OpenSimDocument>",
        FRAMES_ON_FRAMES,
    ],
    ids=range(20),
)
def test_any_bytes_are_answered_with_a_model_error_naming_the_file(tmp_path, suffix, content):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="bad"):
        load_model(path)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelError, match=r"none\.toml: cannot be read: No such file"):
        load_model(tmp_path / "none.toml")


def test_a_directory_is_no_model(tmp_path):
    (tmp_path / "dir.osim").mkdir()
    with pytest.raises(ModelError, match=r"dir\.osim: cannot be read"):
        load_model(tmp_path / "dir.osim")


def test_a_misspelt_name_gets_the_right_one_suggested():
    with pytest.raises(ModelError, match="did you mean human"):
        load_model("humna")


@pytest.mark.parametrize("name", [None, 3, b"human", ["human"], "", "a\0b.toml", "x" * 10_000 + ".osim"])
def test_what_is_no_name_is_a_model_error(name):
    with pytest.raises(ModelError):
        load_model(name)


def test_a_file_beyond_all_size_is_refused_unread(tmp_path):
    path = tmp_path / "big.toml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 17 * 1024 * 1024)
    with pytest.raises(ModelError, match="larger than a model file may be"):
        load_model(path)


@pytest.mark.parametrize("suffix", [".toml", ".osim"])
def test_a_saved_model_reads_back_equal(tmp_path, suffix):
    human = load_model()
    save_model(human, tmp_path / f"copy{suffix}")
    assert load_model(tmp_path / f"copy{suffix}") == human


def test_saving_again_writes_the_same_bytes(tmp_path):
    for suffix in (".toml", ".osim"):
        save_model(load_model(), tmp_path / f"one{suffix}")
        save_model(load_model(tmp_path / f"one{suffix}"), tmp_path / f"two{suffix}")
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_saving_says_what_it_cannot_do(tmp_path):
    with pytest.raises(ModelError, match=r"\.toml or \.osim is wanted"):
        save_model(load_model(), tmp_path / "human.xml")
    with pytest.raises(ModelError, match="cannot be written"):
        save_model(load_model(), tmp_path / "no such folder" / "human.toml")
    (tmp_path / "there.toml").write_text("mine")
    with pytest.raises(ModelError, match="is there already"):
        save_model(load_model(), tmp_path / "there.toml", overwrite=False)
    assert (tmp_path / "there.toml").read_text() == "mine"


def test_entities_are_never_expanded(tmp_path):
    entities = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>'
    bomb = f'{entities}<OpenSimDocument Version="40600">&y;</OpenSimDocument>'
    path = tmp_path / "bomb.osim"
    path.write_text(bomb)
    with pytest.raises(ModelError, match="line 1: a DOCTYPE is not allowed"):
        load_model(path)


HUMAN = load_model()


@pytest.mark.parametrize(
    "parts",
    [{"bodies": None}, {"gravity": None}, {"bodies": (1,)}, {"muscles": 3}, {"joints": HUMAN.joints[:-1]}, {"name": 3}],
    ids=lambda parts: next(iter(parts)),
)
def test_a_model_made_by_hand_from_wrong_parts_is_refused(tmp_path, parts):
    with pytest.raises(ModelError):
        save_model(replace(HUMAN, **parts), tmp_path / "never.toml")
    assert not (tmp_path / "never.toml").exists()
