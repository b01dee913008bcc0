"""OpenSim's tables of numbers over time, ``.sto`` and ``.mot``: a header, labels, and a row per instant.

Numbers are written with as many digits as bring back the same float64. Besides what OpenSim knows, the header holds
one line ``myorun=…`` of JSON that says where the numbers come from; OpenSim keeps it as metadata.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.errors import UsageError, unreadable

Array = NDArray[np.float64]

MAX_BYTES = 512 * 2**20
_MAX_HEADER = 1000  # lines
_PROVENANCE = "myorun"  # key of the line of our own


@dataclass(frozen=True, eq=False)
class Table:
    """Columns over time."""

    name: str  # first line of the file
    labels: tuple[str, ...]  # of the columns, without time
    times: Array  # (rows,) s, increasing
    values: Array  # (rows, labels)
    in_degrees: bool | None = False  # rotational coordinates and their speeds; None: the file does not say
    provenance: Mapping[str, Any] = field(default_factory=dict)  # of our own files

    def column(self, label: str) -> Array:
        """The values under a label, (rows,)."""
        found: Array = self.values[:, self.labels.index(label)]
        return found


# ---------------------------------------------------------------- writing


def storage_text(table: Table) -> str:
    """The text of a .sto or .mot file."""
    header = [
        table.name,
        "version=1",
        f"nRows={len(table.times)}",
        f"nColumns={len(table.labels) + 1}",
        f"inDegrees={'yes' if table.in_degrees else 'no'}",
        f"{_PROVENANCE}={_spelled(table.provenance)}",
        "endheader",
        "\t".join(["time", *table.labels]),
    ]
    rows = np.column_stack([table.times, table.values]).tolist()
    return "\n".join([*header, *("\t".join(map(repr, row)) for row in rows)]) + "\n"


def _spelled(provenance: Mapping[str, Any]) -> str:
    """JSON without the sign =, at which OpenSim would cut the line in two."""
    return json.dumps(provenance).replace("=", "\\u003d")


# ---------------------------------------------------------------- reading


def read_storage(path: str | Path, *, gaps: bool = False) -> Table:
    """Read a .sto or .mot file of OpenSim 3 or 4.

    Args:
        path: of the file.
        gaps: whether numbers may be missing, which are written ``nan`` and are NaN then; times may not.

    Raises:
        UsageError: naming the line, if it is not there, is something else, or holds gaps that it may not.
    """
    source = str(path)
    lines = _lines(Path(path))
    name, header, start = _header(lines, source)
    body = [(number, line.split()) for number, line in enumerate(lines[start:], start + 1) if line.strip()]
    if not body:
        raise UsageError(f"{source!r} ends with its header; a line of labels and rows of numbers are wanted")
    labels = _labels(body[0][1], source)
    rows = _rows(body[1:], labels, source, gaps=gaps)
    _check_counts(header, rows, labels, source)
    return Table(name, labels[1:], rows[:, 0], rows[:, 1:], _in_degrees(header, source), _provenance(header))


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(f"file {str(path)!r}", error) from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{str(path)!r} is too large; at most {MAX_BYTES // 2**20} MiB are read")
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{str(path)!r} is no text: {error.reason} at byte {error.start}; a .sto or .mot of OpenSim is wanted"
        ) from None


def _header(lines: Sequence[str], source: str) -> tuple[str, dict[str, str], int]:
    """The first line, the entries by key in small letters, and where the header ends."""
    entries: dict[str, str] = {}
    for i, line in enumerate(lines[:_MAX_HEADER]):
        if line.strip().lower() == "endheader":
            name = lines[0].strip() if i else ""
            return name.removeprefix("name "), entries, i + 1
        key, _, value = line.partition("=") if "=" in line else line.partition(" ")
        entries[key.strip().lower()] = value.strip()
    raise UsageError(f"{source!r} has no line 'endheader'; an OpenSim .sto or .mot file is wanted")


def _labels(found: list[str], source: str) -> tuple[str, ...]:
    if found[0].lower() != "time":
        raise UsageError(
            f"the first column of {source!r} is {found[0][:40]!r}; it must be 'time', with a tab or spaces behind it"
        )
    twice = next((label for label, count in Counter(found).items() if count > 1), None)
    if twice is not None:
        raise UsageError(f"{source!r} has two columns {twice!r:.80}; leave one of them out")
    return tuple(found)


def _rows(body: Sequence[tuple[int, list[str]]], labels: Sequence[str], source: str, *, gaps: bool) -> Array:
    if not body:
        raise UsageError(f"{source!r} has no row of numbers; at least one is wanted")
    rows = np.array([_numbers(words, number, labels, source, gaps=gaps) for number, words in body])
    late = np.flatnonzero(np.diff(rows[:, 0]) <= 0)
    if len(late):
        before, after = rows[late[0] : late[0] + 2, 0].tolist()
        raise UsageError(f"{source!r}, line {body[late[0] + 1][0]}: time {after} follows {before}; it must increase")
    return rows


def _numbers(words: Sequence[str], number: int, labels: Sequence[str], source: str, *, gaps: bool) -> list[float]:
    if len(words) != len(labels):
        raise UsageError(
            f"{source!r}, line {number}: {len(words)} numbers under {len(labels)} labels; as many are wanted"
        )
    try:
        row = list(map(float, words))
    except ValueError:
        row = [_number_or_nan(word) for word in words]
    if not all(map(math.isfinite, row)):
        bad = (i for i, v in enumerate(row) if not (math.isfinite(v) or (gaps and i and words[i].lower() == "nan")))
        column = next(bad, None)
        if column is None:
            return row
        raise UsageError(
            f"{source!r}, line {number}: {labels[column]!r} is {words[column]!r:.40}; a finite number is wanted"
        )
    return row


def _number_or_nan(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan


def _check_counts(header: Mapping[str, str], rows: Array, labels: Sequence[str], source: str) -> None:
    """The header's counts, under their names in OpenSim and in SIMM, where it has them."""
    rows_and_columns = {"rows": len(rows), "columns": len(labels)}
    for key, what in (("nrows", "rows"), ("datarows", "rows"), ("ncolumns", "columns"), ("datacolumns", "columns")):
        found = rows_and_columns[what]
        if key in header and header[key] != str(found):
            raise UsageError(f"the header of {source!r} says {header[key]!r:.40} {what}, and there are {found}")


def _in_degrees(header: Mapping[str, str], source: str) -> bool | None:
    """A file of SIMM, which has no such entry, is in degrees."""
    if "indegrees" not in header:
        return True if "datacolumns" in header else None
    said = header["indegrees"].lower()
    if said not in _YES_OR_NO:
        raise UsageError(f"the header of {source!r} says inDegrees={header['indegrees']!r:.40}; yes or no is wanted")
    return _YES_OR_NO[said]


_YES_OR_NO = {"yes": True, "no": False, "y": True, "n": False, "true": True, "false": False}


def _provenance(header: Mapping[str, str]) -> Mapping[str, Any]:
    """Our own line, or nothing where it is missing or not ours."""
    try:
        found = json.loads(header.get(_PROVENANCE, "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def stacked(columns: Iterable[tuple[str, Array]]) -> tuple[tuple[str, ...], Array]:
    """Labels and values (rows, columns) of named columns."""
    pairs = list(columns)
    return tuple(label for label, _ in pairs), np.column_stack([values for _, values in pairs])
