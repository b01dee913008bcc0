"""The numbers of gaits as plain data: JSON, CSV and Parquet."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from myorun import output
from myorun.errors import MissingExtraError, unwritable
from myorun.gait.analysis import UNITS, Gait
from myorun.gait.cycles import PERCENT, Curve
from myorun.gait.definitions import DEFINITIONS, OF_A_GAIT, source_of
from myorun.gait.human import published
from myorun.gait.motion import SIDES
from myorun.gait.muscle_use import MUSCLE_UNITS
from myorun.gait.reading import remarks
from myorun.version import __version__

Row = dict[str, Any]


def gait_data(gait: Gait) -> dict[str, Any]:
    """Everything about a gait in words, numbers and lists; numbers that are not finite become ``None``."""
    facts = gait.motion.record.facts if gait.motion.record else None
    data: dict[str, Any] = _plain(
        {
            "name": gait.name,
            "version": __version__,
            "protocol": asdict(gait.protocol),
            "record": None if facts is None else asdict(facts),
            "strides": [{**asdict(s), "side": SIDES[s.side]} for s in gait.strides],
            "measures": {m.key: measure_row(gait, m.key) for m in gait.measures},
            "curves": {
                side: {n: {"unit": UNITS[n], "mean": c.mean, "deviation": c.deviation} for n, c in curves.items()}
                for side, curves in gait.curves.items()
            },
            "activations": _curves_data(gait.activations),
            "muscles": [asdict(m) for m in gait.muscles],
            "muscle_curves": {quantity: _curves_data(curves) for quantity, curves in gait.muscle_curves.items()},
            "human": {"source": gait.human.source, "speed": gait.human_speed},
            "comparisons": {name: asdict(c) for name, c in gait.comparisons.items()},
            "stability": asdict(gait.stability),
            "definitions": {
                k: {"unit": d.unit, "meaning": d.meaning, "source": source_of(k) or None} for k, d in OF_A_GAIT.items()
            },
            "remarks": [asdict(r) for r in remarks(gait)],
        }
    )
    return data


def _curves_data(curves: Mapping[str, Curve]) -> dict[str, Any]:
    return {name: {"mean": curve.mean, "deviation": curve.deviation} for name, curve in curves.items()}


def measure_row(gait: Gait, key: str) -> Row:
    """A measure with its definition and what was published of humans."""
    measure, definition = gait.measure(key), DEFINITIONS[key]
    assert measure is not None
    human = published(key, gait.human_speed)
    return {
        "label": definition.label.strip(),
        "unit": definition.unit,
        "value": measure.value,
        "deviation": measure.deviation,
        "right": measure.right,
        "left": measure.left,
        "asymmetry_percent": measure.asymmetry,
        "strides": measure.strides,
        "human": None if human is None else human.value,
        "human_speed": None if human is None else human.speed,
        "human_source": None if human is None else human.source,
        "definition": definition.meaning,
        "definition_source": source_of(key) or None,
    }


def measure_rows(gaits: Iterable[Gait]) -> list[Row]:
    """One row a gait and measure."""
    return [{"gait": g.name, "measure": m.key, **measure_row(g, m.key)} for g in gaits for m in g.measures]


def curve_rows(gaits: Iterable[Gait]) -> list[Row]:
    """One row a gait, side, curve and percent."""
    return [
        {"gait": g.name, "side": side, "curve": name, "unit": UNITS[name], **row}
        for g in gaits
        for side, curves in g.curves.items()
        for name, curve in curves.items()
        for row in _by_percent(curve)
    ]


def muscle_rows(gaits: Iterable[Gait]) -> list[Row]:
    """One row a gait and muscle; none of those without muscles."""
    return [{"gait": g.name, **asdict(use)} for g in gaits for use in g.muscles]


def muscle_curve_rows(gaits: Iterable[Gait]) -> list[Row]:
    """One row a gait, quantity, muscle and percent."""
    return [
        {"gait": g.name, "muscle": muscle, "quantity": quantity, "unit": MUSCLE_UNITS[quantity], **row}
        for g in gaits
        for quantity, curves in g.muscle_curves.items()
        for muscle, curve in curves.items()
        for row in _by_percent(curve)
    ]


def _by_percent(curve: Curve) -> Iterator[Row]:
    for percent, mean, deviation in zip(PERCENT, curve.mean, curve.deviation, strict=True):
        yield {"percent": float(percent), "mean": float(mean), "deviation": float(deviation)}


def comparison_rows(gaits: Iterable[Gait]) -> list[Row]:
    """One row a gait and curve that there is of humans."""
    return [
        {"gait": g.name, "curve": name, "unit": UNITS[name], "human_speed": g.human_speed, **asdict(c)}
        for g in gaits
        for name, c in g.comparisons.items()
    ]


# ---------------------------------------------------------------- files


def write_json(gaits: Sequence[Gait], path: str | Path) -> Path:
    """All gaits in one JSON file. :class:`UsageError` if it cannot be written."""
    text = json.dumps({"gaits": [gait_data(g) for g in gaits]}, indent=1, ensure_ascii=False, allow_nan=False)
    return written(path, ".json", (text + "\n").encode())


def write_csv(gaits: Sequence[Gait], path: str | Path) -> list[Path]:
    """Tables: ``PATH`` with the measures, and with ``-curves``, ``-muscles`` and so on before its suffix the others.

    :class:`UsageError` if they cannot be written.
    """
    return [_csv(rows, file) for rows, file in _tables(gaits, checked_path(path, ".csv"))]


def write_parquet(gaits: Sequence[Gait], path: str | Path) -> list[Path]:
    """The same tables as Parquet.

    Raises:
        UsageError: if they cannot be written.
        MissingExtraError: without pyarrow.
    """
    pairs = _tables(gaits, checked_path(path, ".parquet"))
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtraError("writing Parquet", "lab") from None
    try:
        for rows, file in pairs:
            parquet.write_table(arrow.Table.from_pylist(_plain(rows)), file)
    except OSError as error:
        raise unwritable(f"the table {str(path)!r}", error) from None
    return [file for _, file in pairs]


def checked_path(path: str | Path, suffix: str) -> Path:
    """``path``, if a file of that kind can be written there; else :class:`UsageError`."""
    return output.checked_path(path, "such a file", (suffix,))


def _tables(gaits: Sequence[Gait], file: Path) -> list[tuple[list[Row], Path]]:
    tables = {
        "": measure_rows(gaits),
        "-curves": curve_rows(gaits),
        "-comparisons": comparison_rows(gaits),
        "-muscles": muscle_rows(gaits),
        "-muscle-curves": muscle_curve_rows(gaits),
    }
    return [(rows, file.with_stem(f"{file.stem}{end}")) for end, rows in tables.items() if rows]


def _csv(rows: list[Row], file: Path) -> Path:
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]) if rows else [])
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise unwritable(f"the table {str(file)!r}", error) from None
    return file


def written(path: str | Path, suffix: str, data: bytes) -> Path:
    file = checked_path(path, suffix)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise unwritable(f"{str(file)!r}", error) from None
    return file


def _plain(value: Any) -> Any:
    """Arrays as lists, numbers that are not finite as ``None``."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
