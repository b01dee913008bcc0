"""Many runs over seeds and settings: every combination in a folder of its own, one after another or on a cluster."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from myorun.errors import UsageError
from myorun.train.settings import changed, words_of
from myorun.train.start import train


def combinations(algorithm: str, wishes: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Name of the folder and changes of each combination of wishes like ``"seed=[1, 2, 3]"``.

    :class:`UsageError` if a wish names no setting, or lists nothing.
    """
    words, ways = words_of(algorithm), []
    for wish in wishes:
        name, _, text = wish.partition("=")
        try:
            values = tomllib.loads(f"values = {text}")["values"]
        except tomllib.TOMLDecodeError:
            values = None
        if not isinstance(values, list) or not values:
            raise UsageError(f"--sweep {wish!r} lists no values; write it like 'seed=[1, 2, 3]'")
        ways.append([f"{name.strip()}={_text(value)}" for value in values])
    for way in ways:
        changed(words, way)
    return [(_folder_name(changes), list(changes)) for changes in product(*ways)]


def _folder_name(changes: Sequence[str]) -> str:
    """The changes, without what file systems dislike."""
    return re.sub(r"[^\w.=+-]+", "-", "_".join(changes)) or "only"


def _text(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def sweep(
    algorithm: str,
    wishes: Sequence[str],
    *,
    out: Path,
    changes: Sequence[str] = (),
    cluster: str | None = None,
    **options: Any,
) -> Iterator[tuple[str, float, float]]:
    """Train every combination; yields name, score [m] and share of falls of each when it is through.

    Args:
        algorithm: as for :func:`~myorun.train.start.train`.
        wishes: settings with lists of values.
        out: folder of the runs' folders.
        changes: to the settings of all.
        cluster: address of Ray, or ``"local"``; ``None`` trains one after another in this process.
        options: of every run.
    """
    jobs = [(name, out / name, [*changes, *own]) for name, own in combinations(algorithm, wishes)]
    return _here(algorithm, jobs, options) if cluster is None else _there(algorithm, jobs, options, cluster)


Job = tuple[str, Path, list[str]]


def _here(algorithm: str, jobs: Sequence[Job], options: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    for job in jobs:
        yield _run(algorithm, job, options)


def _there(
    algorithm: str, jobs: Sequence[Job], options: Mapping[str, Any], address: str
) -> Iterator[tuple[str, float, float]]:
    from myorun.cluster.session import Session
    from myorun.processors import available_processors

    session = Session(None if address == "local" else address, available_processors())
    try:
        task = session.ray.remote(_run)
        waiting = [task.remote(algorithm, (name, path.resolve(), own), options) for name, path, own in jobs]
        while waiting:
            ready, waiting = session.ray.wait(waiting)
            yield session.ray.get(ready[0])
    finally:
        session.close()


def _run(algorithm: str, job: Job, options: Mapping[str, Any]) -> tuple[str, float, float]:
    name, folder, changes = job
    found = train(algorithm, out=folder, changes=changes, **options)
    return name, found.mean, found.falls
