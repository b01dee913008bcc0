"""Grade an agent's container on the courses of a run: everything between an image and its verdict."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, replace

from myorun.challenge.playoff.cell import AgentError, Cell
from myorun.challenge.playoff.engine import Engine, EngineError
from myorun.challenge.playoff.limits import Playoff
from myorun.challenge.playoff.sources import ImageSource, StoppedError
from myorun.challenge.redis.grader import Limits, RedisGrader
from myorun.challenge.verdict import GradedRun, Hooks, Verdict

_GRACE = 3.0  # s for an agent to end by itself after its run
_LONGEST_LINE = 300  # characters


@dataclass(frozen=True)
class Graded:
    """A verdict, and the last of what the agent printed, for its owner."""

    verdict: Verdict
    log: str


def grade_image(
    engine: Engine, image: ImageSource, run: GradedRun, limits: Playoff, *, name: str, hooks: Hooks | None = None
) -> Graded:
    """Run an image in a cell of its own; nothing is left of it.

    Args:
        engine: that runs it.
        image: where it comes from.
        run: what is played.
        limits: of the container and its time.
        name: of the run, for those who look at the engine.
        hooks: see there; ``missing`` is ours.

    Whatever the agent does, there is a verdict; where the engine fails, it says that the fault is not the agent's.
    """
    hooks = hooks or Hooks()
    try:
        with Cell(engine, limits, name) as cell:
            hooks.phase("pulling")
            reference = image.bring(engine, cell, hooks.stop)
            verdict = _played(cell, reference, run, limits, hooks)
            log = _last_words(cell, verdict)
    except StoppedError:
        return Graded(Verdict("cancelled", "stopped from outside"), "")
    except AgentError as error:
        return Graded(Verdict("failed", str(error), "agent"), "")
    except EngineError as error:
        return Graded(Verdict("failed", str(error), "grader"), "")
    return Graded(replace(verdict, line=guilty_line(log) if verdict.fault == "agent" else ""), log)


def _played(cell: Cell, reference: str, run: GradedRun, limits: Playoff, hooks: Hooks) -> Verdict:
    hooks.phase("starting")
    cell.start_redis()
    grader = _grader(cell, run, limits, hooks)
    grader.link.greet()  # before there is an agent that could take all places in the Redis
    cell.start_agent(reference)
    hooks.phase("running")
    verdict = grader.serve()
    if verdict.is_ours and cell.is_redis_overfull():
        return replace(verdict, fault="agent", message="your agent sent its Redis more than that has memory for")
    return verdict


def _grader(cell: Cell, run: GradedRun, limits: Playoff, hooks: Hooks) -> RedisGrader:
    time_limits = Limits(command=limits.command_seconds, total=60.0 * limits.run_minutes, outage=_OUTAGE)
    inside = replace(hooks, missing=cell.why_gone)
    return RedisGrader(cell.url, run, limits=time_limits, hooks=inside)


_OUTAGE = 20.0  # s; a Redis of our own that is gone for longer does not come back


def _last_words(cell: Cell, verdict: Verdict) -> str:
    """The agent's log, once it has ended, or been given the time to. There is a verdict, so none is not missed."""
    until = time.monotonic() + (_GRACE if verdict.status == "finished" else 0.0)
    with suppress(EngineError):
        while not cell.why_gone() and time.monotonic() < until:
            time.sleep(0.1)
        return cell.log()
    return ""


def guilty_line(log: str) -> str:
    """The line of a log that says most about why a program ended: the last of a Python traceback, else the last."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1][:_LONGEST_LINE] if lines else ""
