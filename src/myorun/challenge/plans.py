"""What a stage is run on: drawn and written down once for each engine, then the same for all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from myorun.challenge import chain
from myorun.challenge.session import Plan
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.tables import plans
from myorun.errors import UsageError
from myorun.version import __version__


def plan_for(connection: Connection, settings: Settings, stage: Stage, now: float) -> int:
    """The id of the stage's plan for this engine; drawn and written down at its first use."""
    where = (plans.c.stage == stage.name) & (plans.c.engine == __version__)
    row = connection.execute(select(plans.c.id, plans.c.document).where(where)).first()
    if row is None:
        return _write_plan(connection, settings, stage, now)
    _refuse_changed_plan(chain.plan_of(row.document), settings, stage)
    return int(row.id)


def _write_plan(connection: Connection, settings: Settings, stage: Stage, now: float) -> int:
    seeds = stage.seeds or _seeds_of_earlier_engine(connection, stage) or _draw_seeds(stage.courses)
    plan = Plan(
        rules=settings.rules,
        engine=__version__,
        difficulty=stage.difficulty,
        max_obstacles=stage.max_obstacles,
        accuracy=stage.accuracy,
        seeds=seeds,
        salt=secrets.token_hex(16),
    )
    row = {"stage": stage.name, "engine": plan.engine, "document": chain.plan_document(plan), "created_at": now}
    done = connection.execute(insert(plans).values(**row))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def _draw_seeds(courses: int) -> tuple[int, ...]:
    """Beyond 2**32, where nobody can try them all."""
    return tuple(2**32 + secrets.randbelow(2**63 - 2**32) for _ in range(courses))


def _seeds_of_earlier_engine(connection: Connection, stage: Stage) -> tuple[int, ...]:
    """A new version of the engine runs the same courses."""
    newest = select(plans.c.document).where(plans.c.stage == stage.name).order_by(plans.c.id.desc()).limit(1)
    document = connection.execute(newest).scalar()
    return () if document is None else chain.plan_of(document).seeds


def _refuse_changed_plan(plan: Plan, settings: Settings, stage: Stage) -> None:
    """Courses that were drawn stay as they are: all participants run the same ones."""
    wanted: Mapping[str, object] = {
        "rules": settings.rules,
        "difficulty": stage.difficulty,
        "max_obstacles": stage.max_obstacles,
        "accuracy": stage.accuracy,
        "seeds": stage.seeds or plan.seeds,
        "courses": len(stage.seeds) or stage.courses,
    }
    kept = {**asdict(plan), "courses": len(plan.seeds)}
    changed = [name for name, value in wanted.items() if kept[name] != value]
    if changed:
        raise UsageError(
            f"stage {stage.name!r} has another {changed[0]} in challenge.toml than in the ledger; what a stage runs on "
            "cannot change: put it back, or add a stage with another name"
        )
