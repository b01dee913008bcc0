"""A look at the installation: what works here, what is missing, what that would give. ``myorun doctor``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from types import MappingProxyType

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from myorun.commands.doctor import machine, services
from myorun.commands.doctor.extras import EXTRAS, extra
from myorun.commands.doctor.finding import Finding
from myorun.errors import UsageError
from myorun.version import __version__

PARTS: Mapping[str, Callable[[], Finding]] = MappingProxyType(
    {
        "python": machine.python,
        "core": machine.core,
        "instructions": machine.instructions,
        "compiler": machine.compiler,
        "ffmpeg": machine.ffmpeg,
        "display": machine.display,
        "browser": machine.browser,
        "gpu": machine.gpu,
        "opensim": machine.opensim,
        **{name: extra(name) for name in EXTRAS},
        "container": services.container,
        "redis": services.redis,
        "postgresql": services.postgresql,
    }
)
_MARKS = {"ok": "[green]✓[/green]", "missing": "[dim]–[/dim]", "broken": "[red]✗[/red]"}


def examine(parts: Sequence[str] = ()) -> list[Finding]:
    """Look at some parts of the installation, or at all, side by side; in the order of :data:`PARTS`.

    :class:`UsageError` for a part that there is not.
    """
    for name in parts:
        if name not in PARTS:
            raise UsageError(f"there is no part {name!r}; there are {', '.join(PARTS)}")
    chosen = [look for name, look in PARTS.items() if not parts or name in parts]
    with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
        return list(pool.map(lambda look: look(), chosen))


def is_well(findings: Sequence[Finding], demanded: Sequence[str] = ()) -> bool:
    """Whether everything works that is needed or demanded by name, and nothing that is there is broken."""
    wanted = [f.state == "ok" for f in findings if f.needed or f.part in demanded]
    return all(wanted) and all(f.state != "broken" for f in findings)


def findings_json(findings: Sequence[Finding], *, well: bool) -> str:
    """The findings as one JSON object."""
    return json.dumps({"version": __version__, "well": well, "parts": [asdict(f) for f in findings]}, indent=1)


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """A line a part; for those that are not ok, what they would give and what brings them."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(width=1)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for finding in findings:
        table.add_row(_MARKS[finding.state], finding.part, _words(finding))
    console.print(table)


def _words(finding: Finding) -> str:
    if finding.state == "ok":
        return escape(finding.found)
    more = f"it gives: {finding.gives}\nto have it: {finding.remedy}"
    return f"{escape(finding.found)}\n[dim]{escape(more)}[/dim]"
