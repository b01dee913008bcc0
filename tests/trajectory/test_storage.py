"""Tables of OpenSim come back to the last bit; everything else is refused by line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myorun.errors import UsageError
from myorun.trajectory.storage import Table, read_storage, storage_text

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@settings(max_examples=60, deadline=None)
@given(
    values=arrays(float, (3, 4), elements=FINITE), degrees=st.booleans(), words=st.dictionaries(st.text(), st.text())
)
def test_a_table_comes_back_bit_by_bit(
    values: np.ndarray, degrees: bool, words: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = Table("states", ("a/value", "b", "c.d", "e"), np.array([0.0, 0.1, 1e9]), values, degrees, words)
    back = read_storage(written(tmp_path_factory.getbasetemp() / "table.sto", storage_text(table)))
    assert (back.name, back.labels, back.in_degrees, back.provenance) == ("states", table.labels, degrees, words)
    assert np.array_equal(back.times, table.times)
    assert np.array_equal(back.values, values)
    assert np.array_equal(back.column("c.d"), values[:, 2])


def test_a_file_of_simm_is_in_degrees(tmp_path: Path) -> None:
    text = "name walk\ndatacolumns 2\ndatarows 2\nrange 0 0.1\nendheader\n\ntime  hip\n 0.0 10 \n 0.1\t2.5e1\n"
    table = read_storage(written(tmp_path / "walk.mot", text))
    assert (table.name, table.labels, table.in_degrees) == ("walk", ("hip",), True)
    assert table.values.tolist() == [[10.0], [25.0]]


def test_windows_line_ends_and_a_byte_order_mark_are_no_matter(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbfq\r\ninDegrees=no\r\nendheader\r\ntime\tx\r\n0\t1\r\n"
    assert read_storage(written(tmp_path / "a.sto", text)).values.tolist() == [[1.0]]


def test_what_the_header_does_not_say_is_not_guessed(tmp_path: Path) -> None:
    assert read_storage(written(tmp_path / "a.sto", "q\nendheader\ntime\tx\n0\t1\n")).in_degrees is None


HEAD = "states\nversion=1\nnRows=2\nnColumns=3\ninDegrees=no\nendheader\n"
GOOD = HEAD + "time\tx\ty\n0\t1\t2\n0.1\t3\t4\n"
WRONG = {
    "no header": ("time\tx\n0\t1\n", "no line 'endheader'"),
    "empty": ("", "no line 'endheader'"),
    "only a header": (HEAD, "ends with its header"),
    "no rows": (HEAD + "time\tx\ty\n", "has no row of numbers"),
    "commas": (GOOD.replace("time\t", "time,"), r"first column of .* is 'time,\S+'; it must be 'time', with a tab"),
    "no time": (GOOD.replace("time", "frame"), "first column of .* is 'frame'; it must be 'time'"),
    "two alike": (GOOD.replace("\ty", "\tx"), "two columns 'x'"),
    "ragged": (GOOD.replace("\t4", ""), "line 9: 2 numbers under 3 labels"),
    "too long": (GOOD.replace("\t4", "\t4\t5"), "line 9: 4 numbers under 3 labels"),
    "a word": (GOOD.replace("\t4", "\tfour"), "line 9: 'y' is 'four'; a finite number"),
    "not a number": (GOOD.replace("\t4", "\tnan"), "line 9: 'y' is 'nan'"),
    "infinite": (GOOD.replace("\t1", "\t-inf"), "line 8: 'x' is '-inf'"),
    "beyond a float": (GOOD.replace("\t1", "\t1e999"), "line 8: 'x' is '1e999'"),
    "back in time": (GOOD.replace("0.1\t", "-1\t"), "line 9: time -1.0 follows 0.0; it must increase"),
    "twice the same time": (GOOD.replace("0.1\t", "0\t"), "line 9: time 0.0 follows 0.0"),
    "rows lost": (GOOD.replace("nRows=2", "nRows=3"), "says '3' rows, and there are 2"),
    "columns lost": (GOOD.replace("nColumns=3", "nColumns=4"), "says '4' columns, and there are 3"),
    "unclear unit": (GOOD.replace("inDegrees=no", "inDegrees=maybe"), "inDegrees='maybe'; yes or no"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\xff", "is no text"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_table_is_refused_by_line(case: str, tmp_path: Path) -> None:
    text, message = WRONG[case]
    with pytest.raises(UsageError, match=message):
        read_storage(written(tmp_path / "wrong.sto", text))


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read_storage(tmp_path / "none.sto")
    with pytest.raises(UsageError, match="cannot be read"):
        read_storage(tmp_path)


@pytest.mark.parametrize("line", ["myorun=[1]", "myorun={", "myorun=" + "[" * 100_000, "myorun"])
def test_a_line_of_ours_that_is_not_ours_is_no_matter(line: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.sto", GOOD.replace("inDegrees=no", f"inDegrees=no\n{line}"))
    assert read_storage(path).provenance == {}


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_table_is_read_or_refused_and_never_more(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UsageError):  # anything else fails the test
        read_storage(written(tmp_path_factory.getbasetemp() / "damaged.sto", bytes(content)))
