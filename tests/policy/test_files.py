"""A policy comes back from disk as it went; anything else on disk is answered in words, and nothing of it is run."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.policy.examples import random_file, random_observations, random_policy

from myorun.errors import UsageError
from myorun.policy.files import DESCRIPTION, WEIGHTS, load_policy, save_policy
from myorun.policy.perception import Sense


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_policy(random_file(), tmp_path / "policy")


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / DESCRIPTION
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_policy_from_disk_answers_as_before(tmp_path: Path) -> None:
    kept = load_policy(save_policy(random_file(sense=Sense(4, False, 3, False), actions="graded"), tmp_path / "p"))
    observations = random_observations(5)
    expected = random_policy(sense=Sense(4, False, 3, False), actions="graded")(observations)
    assert np.array_equal(kept(observations), expected)
    assert kept.file.sense == Sense(4, False, 3, False)
    assert kept.file.provenance == {"steps": 0, "command": "none"}


def test_a_file_or_nothing_at_all_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        load_policy(tmp_path / "nothing")
    (tmp_path / "model.pt").write_bytes(b"\x80\x04.")
    with pytest.raises(UsageError, match="is a file"):
        load_policy(tmp_path / "model.pt")


@pytest.mark.parametrize("name", [DESCRIPTION, WEIGHTS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(UsageError, match=f"has no file {name}"):
        load_policy(folder)


@pytest.mark.parametrize("name", [DESCRIPTION, WEIGHTS])
@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"\x80\x04cos\nsystem\n(S'true'\ntR.", b"\xff" * 1000, b"{}"])
def test_foreign_bytes_are_no_policy(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(UsageError, match="is no policy of this package"):
        load_policy(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"myorun-policy-1"', '"myorun-policy-9"', "this version reads"),
        ("hold = 5", "hold = 0", "hold is 0; it must be a whole number, 1 to 100"),
        ("hold = 5", "hold = 1e9", "hold is 1000000000.0"),
        ("hold = 5", "hold = true", "hold is True"),
        ("frame = true", "frame = 1", "frame is 1; it must be true or false"),
        ("passed = 2", "passed = 99999999", "passed is 99999999"),
        ("passed = 2", "passed = 1", "has shape"),
        ("mirror = true", "mirror = 1", "mirror is 1; it must be true or false"),
        ('"isru"', '"os.system"', "activation is 'os.system'; it must be one of"),
        ('"on-off"', "[]", r"actions is \[\]"),
        ('"pelvis_tilt"', '"nose_tilt"', "observation must list the 41 names pelvis_tilt … obstacle_radius"),
        ('"pelvis_tilt"', "3", "observation must list"),
        ('"pelvis_tx",\n  "pelvis_ty"', '"pelvis_ty",\n  "pelvis_tx"', "in their order"),
        ('"vasti_l"', '"vasti_x"', "muscles must list the 18 names"),
        ("[provenance]", "extra = 1\n[provenance]", "unknown key 'extra'"),
        ("mirror = true", "", "lacks 'mirror'"),
        ('"network"', '"pickle"', "kind is .pickle.; it must be one of network, reflex"),
        ('"network"', '"reflex"', "unknown key"),
    ],
)
def test_a_description_that_does_not_fit_is_answered_in_words(folder: Path, old: str, new: str, said: str) -> None:
    edit(folder, old, new)
    with pytest.raises(UsageError, match=said):
        load_policy(folder)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("mean", np.zeros(3, np.float32)),
        ("deviation", np.zeros(67, np.float32)),
        ("weight_0", np.full((67, 8), np.nan, np.float32)),
        ("weight_1", np.zeros((8, 17), np.float32)),
        ("bias_0", np.zeros((2, 4), np.float32)),
        ("bias_1", np.zeros(18, np.int64)),
        ("surplus", np.zeros(1, np.float32)),
    ],
)
def test_tensors_that_do_not_fit_are_refused(folder: Path, name: str, tensor: np.ndarray) -> None:
    tensors = load_file(folder / WEIGHTS)
    save_file(tensors | {name: tensor}, folder / WEIGHTS)
    with pytest.raises(UsageError, match="is no policy of this package"):
        load_policy(folder)


def test_a_header_that_promises_more_than_there_is_is_refused(folder: Path) -> None:
    header = json.dumps({"mean": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(UsageError, match="not in the format of safetensors"):
        load_policy(folder)


def test_a_policy_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        save_policy(random_file(), tmp_path / "file" / "policy")
