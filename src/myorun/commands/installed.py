"""What is installed here: versions, instruction sets, the model, optional extras."""

from __future__ import annotations

import json
import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version

from rich.markup import escape
from rich.table import Table

from myorun.version import __version__

_REQUIREMENT = re.compile(r"^(?P<name>[\w.-]+)[^;]*(;.*extra == ['\"](?P<extra>[\w-]+)['\"])?")


def installed_table() -> Table:
    """Two columns: what, and which."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in [*_engine_rows(), *_package_rows(), *_extra_rows()]:
        table.add_row(name, escape(value))
    return table


def installed_json() -> str:
    """The same as one JSON object."""
    return json.dumps(dict([*_engine_rows(), *_package_rows(), *_extra_rows()]))


def _engine_rows() -> list[tuple[str, str]]:
    from myorun.anatomy import load_model
    from myorun.physics.engine import instruction_sets, register_bytes
    from myorun.processors import available_processors

    model = load_model("human")
    sets = instruction_sets()
    width = register_bytes(sets[-1])
    return [
        ("myorun", __version__),
        ("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        ("instruction sets", f"{', '.join(sets)}; in use: {sets[-1]}"),
        ("humans a register", f"{width // 4} in float32, {width // 8} in float64"),
        ("processors", f"{available_processors()}, which is how many threads a batch takes by default"),
        ("model", f"human: {len(model.free_coordinates)} degrees of freedom, {len(model.muscles)} muscles"),
    ]


def _package_rows() -> list[tuple[str, str]]:
    return [(name, _version_of(name) or "missing") for name in _required().get("", [])]


def _extra_rows() -> list[tuple[str, str]]:
    rows = []
    for extra, names in _required().items():
        if extra:
            missing = [name for name in names if _version_of(name) is None]
            rows.append((f"extra {extra}", f"pip install 'myorun[{extra}]'" if missing else "installed"))
    return rows


def _required() -> dict[str, list[str]]:
    """Names of the packages each extra needs; what is always needed is under ''."""
    found: dict[str, list[str]] = {}
    for line in _requirements():
        match = _REQUIREMENT.match(line)
        if match is not None:
            found.setdefault(match["extra"] or "", []).append(match["name"])
    return found


def _requirements() -> list[str]:
    try:
        return requires("myorun") or []
    except PackageNotFoundError:  # run from the source, without being installed
        return []


def _version_of(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
