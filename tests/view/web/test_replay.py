"""Claims about the replay file: what it keeps, how small it is, and what it refuses."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myorun.errors import MyorunError, UsageError
from myorun.run import run_episode
from myorun.trajectory import Trajectory
from myorun.view.web import Channel, Replay, decode, encode, load_replay, replay_of, save_replay
from myorun.view.web.replay import MAGIC

PREFIX = struct.Struct("<8sHHI")


def wrapped(payload: bytes, *, magic: bytes = MAGIC, version: int = 1) -> bytes:
    """A file around any payload, with the right checksum."""
    return PREFIX.pack(magic, version, 0, zlib.crc32(payload)) + zlib.compress(payload)


def with_header(replay: Replay, **changes: object) -> bytes:
    """A file whose header says something else."""
    payload = zlib.decompress(encode(replay)[PREFIX.size :])
    (length,) = struct.unpack_from("<I", payload)
    header = json.dumps({**json.loads(payload[4 : 4 + length]), **changes}).encode()
    return wrapped(struct.pack("<I", len(header)) + header + payload[4 + length :])


def test_a_replay_comes_back_within_half_a_step_of_every_column(replay: Replay) -> None:
    back = decode(encode(replay))
    assert (back.about, back.figure, back.scene) == (replay.about, replay.figure, list(replay.scene))
    for name, channel in replay.channels.items():
        found = back.channels[name]
        assert (found.columns, found.unit, found.bits) == (channel.columns, channel.unit, channel.bits)
        off = np.abs(found.values - channel.values)
        assert (off <= 0.5 * channel.steps * (1 + 1e-9) + 1e-15).all()
        assert off.max() <= channel.error * (1 + 1e-9)


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.floats(-1e6, 1e6)),
    st.sampled_from([8, 16, 32]),
)
def test_any_finite_numbers_come_back_within_half_a_step(values: np.ndarray, bits: int) -> None:
    times = Channel(("time",), "s", np.arange(len(values), dtype=np.float64)[:, None], 32)
    channel = Channel(tuple("abc"[: values.shape[1]]), "m", values, bits)
    back = decode(encode(Replay({}, {}, [], {"times": times, "numbers": channel}))).channels["numbers"]
    assert (np.abs(back.values - values) <= 0.5 * channel.steps * (1 + 1e-6) + 1e-9).all()


def test_what_it_says_is_exact_to_the_eye(replay: Replay) -> None:
    """Nobody sees a tenth of a millimetre, a hundredth of a degree, a newton or a 400th of activation."""
    most = {
        "times": 1e-8,
        "coordinates": 1.5e-4,
        "activations": 1 / 400,
        "fiber_lengths": 5e-4,
        "contact_forces": 1.0,
        "obstacle_forces": 1.0,
    }
    assert all(channel.error < most[name] for name, channel in replay.channels.items())


def test_ten_seconds_with_everything_take_less_than_100_kb() -> None:
    trajectory = run_episode(seed=0).trajectory
    assert trajectory.duration == pytest.approx(10.0)
    assert len(encode(replay_of(trajectory))) < 100_000  # the limit set for it is 200 kB


def test_it_carries_what_is_to_be_drawn(replay: Replay, walk: Trajectory) -> None:
    assert replay.about["title"] == "a walk"
    assert replay.about["score"] == walk.facts.score
    assert replay.about["rules"] == walk.facts.rules
    assert [s["center"][0] for s in replay.scene] == [o.x for o in walk.course.obstacles]
    assert replay.channels["coordinates"].columns == walk.coordinate_names
    np.testing.assert_array_equal(replay.channels["activations"].values, walk.activations)


def test_what_a_trajectory_does_not_know_is_left_out(walk: Trajectory) -> None:
    unknown = replace(walk, activations=np.full_like(walk.activations, np.nan))
    assert "activations" not in replay_of(unknown).channels
    assert "contact_forces" in replay_of(unknown).channels


def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path, walk: Trajectory) -> None:
    other = tmp_path / "other.replay"
    other.write_bytes(b"PK\x03\x04 not a replay")
    with pytest.raises(UsageError, match=r"other\.replay.*not a replay of this package"):
        load_replay(other)
    with pytest.raises(UsageError, match="there is no replay"):
        load_replay(tmp_path / "nowhere.replay")
    with pytest.raises(UsageError, match="cannot be read"):
        load_replay(tmp_path)


def test_a_replay_of_a_later_version_says_so(replay: Replay) -> None:
    data = bytearray(encode(replay))
    data[8] = 2
    with pytest.raises(UsageError, match="version 2; this package reads version 1"):
        decode(bytes(data))


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_damaged_file_is_an_error_for_people_and_nothing_else(replay: Replay, data: st.DataObject) -> None:
    file = bytearray(encode(replay))
    if data.draw(st.booleans()):
        del file[data.draw(st.integers(0, len(file) - 1)) :]
    else:
        at = data.draw(st.integers(0, len(file) - 1))
        file[at] ^= data.draw(st.integers(1, 255))
        if at in (10, 11):  # reserved
            return
    with pytest.raises(UsageError):
        decode(bytes(file))


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": -1},
        {"frames": 10**12},
        {"frames": "ten"},
        {"channels": None},
        {"channels": []},
        {"channels": [{"name": "times", "columns": ["t"], "unit": "s", "bits": 7, "least": [0], "step": [1]}]},
        {"channels": [{"name": "times", "columns": ["t"], "unit": "s", "bits": 32, "least": [], "step": [1]}]},
        {"channels": [{"name": "times", "columns": ["t"], "unit": "s", "bits": 32, "least": [1e308], "step": [1e308]}]},
        {"about": 3},
        {"scene": None},
    ],
)
def test_a_header_that_makes_no_sense_is_an_error_for_people(replay: Replay, changes: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="makes no sense"):
        decode(with_header(replay, **changes))


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\xff\xff\xff\xff{}", b"\x02\x00\x00\x00{}", b"[" * 100_000])
def test_a_payload_that_makes_no_sense_is_an_error_for_people(payload: bytes) -> None:
    with pytest.raises(UsageError):
        decode(wrapped(payload))


def test_a_file_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(UsageError, match="damaged or cut short"):
        decode(wrapped(bytes(65 * 2**20)))


def test_what_is_not_finite_cannot_be_kept(replay: Replay) -> None:
    times = replay.channels["times"]
    broken = replace(times, values=np.full_like(times.values, np.nan))
    with pytest.raises(UsageError, match="times is not finite"):
        encode(replace(replay, channels={**replay.channels, "times": broken}))


def test_a_replay_is_kept_under_its_own_suffix(replay: Replay, tmp_path: Path) -> None:
    kept = save_replay(replay, tmp_path / "walk.replay")
    assert kept.read_bytes() == encode(replay)
    assert load_replay(kept).frames == replay.frames
    with pytest.raises(MyorunError, match=r"ends in \.replay; 'walk\.bin' does not"):
        save_replay(replay, tmp_path / "walk.bin")
    with pytest.raises(MyorunError, match="cannot be written"):
        save_replay(replay, tmp_path / "nowhere" / "walk.replay")
