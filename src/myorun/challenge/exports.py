"""Closed stages as an open data set."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, func, select

from myorun.challenge import chain, ranking, runs
from myorun.challenge.replay import excitations_of
from myorun.challenge.server import opened_challenge
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.tables import runs as run_table
from myorun.challenge.times import iso_time
from myorun.errors import UsageError, unwritable


def export(folder: str | Path, out: str | Path, stage_name: str | None = None) -> Path:
    """Closed stages as an open data set: a zip of rules, leaderboards, and every run's excitations.

    The courses' seeds are in it. :class:`UsageError` for a stage that is open or still has an open run, for events that
    are not those that were written, and for a file that cannot be. Nothing is left where it fails.
    """
    target = Path(out)
    if target.suffix != ".zip" or target.exists():
        raise UsageError(f"{str(target)!r} must be a new file that ends in .zip")
    with opened_challenge(folder) as (settings, ledger):
        stages = _closed_stages(settings, stage_name)
        ledger.read(lambda connection: _refuse_open_runs(connection, stages))
        try:
            with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("README.md", _ABOUT)
                for stage in stages:
                    ledger.read(partial(_export_stage, stage=stage, archive=archive))
        except chain.BrokenChainError as error:
            target.unlink()
            raise UsageError(f"the ledger was tampered with: {error}; see: myorun challenge rescore {folder}") from None
        except OSError as error:
            target.unlink(missing_ok=True)
            raise unwritable(f"the export {str(target)!r}", error) from None
    return target


def _refuse_open_runs(connection: Connection, stages: Iterable[Stage]) -> None:
    """A run begun before the stage closed may go on until its deadline; until then its courses are secret."""
    names = [stage.name for stage in stages]
    still_open = run_table.c.stage.in_(names) & run_table.c.finished_at.is_(None)
    latest = connection.execute(select(func.max(run_table.c.deadline_at)).where(still_open)).scalar()
    if latest is not None:
        raise UsageError(
            f"runs begun before the stage closed are open until {iso_time(latest)}; export then, with the server "
            "running until that time, or give them back with: myorun challenge refund"
        )


def _closed_stages(settings: Settings, name: str | None) -> list[Stage]:
    chosen = [stage for stage in settings.stages if name in (None, stage.name)]
    if not chosen:
        raise UsageError(f"there is no stage {name!r}; there are {', '.join(stage.name for stage in settings.stages)}")
    still_open = [stage.name for stage in chosen if stage.closes.timestamp() > time.time()]
    if still_open:
        raise UsageError(f"stage {still_open[0]!r} has not closed; its courses are still secret")
    return chosen


def _export_stage(connection: Connection, stage: Stage, archive: zipfile.ZipFile) -> None:
    places = [ranking.as_record(place) for place in ranking.leaderboard(connection, stage)]
    archive.writestr(f"{stage.name}/leaderboard.json", json.dumps(places, indent=1))
    records = []
    for submission in ranking.submissions_of(connection, stage.name):
        run = runs.find_run(connection, submission.id)
        results = [asdict(result) for result in runs.results_of(connection, run.id)]
        plan = {key: value for key, value in asdict(run.plan).items() if key != "salt"}
        records.append({**asdict(submission), "plan": plan, "courses": results, "receipt": (run.digest or b"").hex()})
        _export_excitations(connection, run, archive, f"{stage.name}/run-{run.id}.npz")
    archive.writestr(f"{stage.name}/runs.json", json.dumps(records, indent=1))


def _export_excitations(connection: Connection, run: runs.Run, archive: zipfile.ZipFile, name: str) -> None:
    try:
        events = chain.verified(runs.rows_of(connection, run.id), chain.first_digest(run.id, run.plan))
    except chain.BrokenChainError as error:
        raise chain.BrokenChainError(f"run {run.id}, {error}") from None
    played = {f"course_{i}": excitations_of(events, i) for i in range(len(run.plan.seeds))}
    with archive.open(name, "w") as stream:
        arrays = {key: np.array(held).reshape(-1, 18) for key, held in played.items() if held is not None}
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


_ABOUT = """\
# Data of a challenge

For every stage: `leaderboard.json`, `runs.json` (rules, engine version, seeds of the courses, scores), and for every
run `run-N.npz` with the muscle excitations of each course, float64, shape (steps, 18), in the order of the muscles of
the model. Rules, engine version, seeds and excitations determine every state of a run to the bit.
"""
