"""Trajectories as files of other programs: OpenSim's .sto, .mot and .osim, and .csv."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from myorun.errors import UsageError, unwritable
from myorun.trajectory.loads import external_loads_xml, loads_table
from myorun.trajectory.osim_model import course_osim
from myorun.trajectory.storage import storage_text
from myorun.trajectory.tables import TABLES
from myorun.trajectory.tidy import csv_text
from myorun.trajectory.trajectory import Trajectory

# What a file holds: the endings it may have, the first of them its own.
CONTENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "states": (".sto", ".mot"),
        "controls": (".sto", ".mot"),
        "forces": (".sto", ".mot"),
        "coordinates": (".mot", ".sto"),
        "loads": (".mot", ".sto"),
        "model": (".osim",),
        "table": (".csv",),
    }
)

_BY_SUFFIX = {".sto": "states", ".mot": "coordinates", ".osim": "model", ".csv": "table"}
_TEXTS: Mapping[str, Callable[[Trajectory], str]] = {"model": course_osim, "table": csv_text}


@dataclass(frozen=True)
class Exported:
    """The files that were written, and why others were not."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def export_trajectory(
    trajectory: Trajectory, out: str | Path, *, what: str | None = None, overwrite: bool = False
) -> list[Path]:
    """Write one file, by its ending and ``what`` it is to hold; the files written.

    Args:
        trajectory: to be written.
        out: .sto (states), .mot (coordinates in degrees), .osim (model with the course) or .csv (everything).
        what: a key of :data:`CONTENTS`, where the ending leaves a choice. "loads" brings an ExternalLoads .xml along.
        overwrite: what is there already, instead of an error.

    Raises:
        UsageError: for another ending or content, for numbers that the trajectory does not know, or where nothing
            can be written.
    """
    file = Path(out)
    return _write(_texts(trajectory, file, _checked(file, what)), overwrite)


def export_all(trajectory: Trajectory, folder: str | Path, name: str, *, overwrite: bool = False) -> Exported:
    """Write all that can be written into a folder, as ``name``_states.sto and so on.

    Raises:
        UsageError: where nothing can be written.
    """
    texts: dict[Path, str] = {}
    notes: list[str] = []
    for what, (suffix, *_) in CONTENTS.items():
        part = "" if what in _TEXTS else f"_{what}"
        try:
            texts |= _texts(trajectory, Path(folder) / f"{name}{part}{suffix}", what)
        except UsageError as error:
            notes.append(f"no {what}: {error}")
    _make(Path(folder))
    return Exported(tuple(_write(texts, overwrite)), tuple(notes))


def _checked(file: Path, what: str | None) -> str:
    """What the file is to hold."""
    suffix = file.suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UsageError(
            f"{str(file)!r} ends in {suffix!r}; it must end in one of {', '.join(_BY_SUFFIX)}, or be a folder"
        )
    chosen = _BY_SUFFIX[suffix] if what is None else what
    if chosen not in CONTENTS:
        raise UsageError(f"what is {what!r}; it must be one of {', '.join(CONTENTS)}")
    if suffix not in CONTENTS[chosen]:
        raise UsageError(f"{chosen} go into {' or '.join(CONTENTS[chosen])}; {file.name!r} ends in {suffix}")
    return chosen


def _texts(trajectory: Trajectory, file: Path, what: str) -> dict[Path, str]:
    if what in _TEXTS:
        return {file: _TEXTS[what](trajectory)}
    if what == "loads":
        setup = external_loads_xml(trajectory, file.name)
        return {file: storage_text(loads_table(trajectory)), file.with_suffix(".xml"): setup}
    return {file: storage_text(TABLES[what](trajectory))}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(f"the folder {str(folder)!r}", error) from None


def _write(texts: Mapping[Path, str], overwrite: bool) -> list[Path]:
    there = next((file for file in texts if file.exists()), None)
    if there is not None and not overwrite:
        raise UsageError(f"{str(there)!r} is there already; choose another name, or overwrite it with --force")
    for file, text in texts.items():
        try:
            file.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise unwritable(f"{str(file)!r}", error) from None
    return list(texts)
