"""Grading runs, live: the session machine on the ledger, for every transport.

An event is decided, written, applied, answered, in this order. So the memory of a server is never ahead of the ledger,
and may be lost at any moment: the next request for the run finds its events there. Servers that share a ledger need no
other agreement: an event's place in it can be written once, and who comes second reads what the first wrote.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from myorun.challenge import chain, pulse, runs
from myorun.challenge.ledger import Ledger, Work, Writer
from myorun.challenge.live import Live, answer_again, apply_all, revive
from myorun.challenge.people import User
from myorun.challenge.refusals import NotAllowedError, OutOfOrderError, RunOverError, UnavailableError, UnknownError
from myorun.challenge.runs import AppendConflictError, Run
from myorun.challenge.session import (
    Answer,
    Event,
    Repeat,
    Result,
    Session,
    Step,
    Submit,
)
from myorun.challenge.settings import Settings, Stage
from myorun.challenge.times import iso_time
from myorun.version import __version__

T = TypeVar("T")

Clock = Callable[[], float]  # s since 1970

_LOG = logging.getLogger("myorun.challenge")

_MOST_LIVE = 1024  # runs kept in memory; others are found in the ledger again
_MOST_TRIES = 5  # of a command that other servers came before
_REAPING = 2.0  # s between two looks for runs whose time is up


class Grader:
    """All grading runs that this server is asked about."""

    def __init__(self, ledger: Ledger, settings: Settings, clock: Clock = time.time) -> None:
        self.ledger, self.settings, self.clock = ledger, settings, clock
        self.writer = Writer(ledger)
        self._simulators = ThreadPoolExecutor(os.cpu_count(), "simulation")
        self._live: OrderedDict[int, Live] = OrderedDict()
        self._ids: OrderedDict[str, int] = OrderedDict()  # instance id → run id
        self._loading: dict[int, asyncio.Lock] = {}

    # ------------------------------------------------------------ commands

    async def create(
        self, user: User, stage: Stage, *, protocol: str, client: str, attempt: str | None = None
    ) -> tuple[Run, str]:
        """A new run and its instance id; see :func:`myorun.challenge.runs.create_run` for what may be refused."""

        def work(connection: Connection) -> tuple[Run, str]:
            who: dict[str, Any] = {"protocol": protocol, "client": client, "attempt": attempt}
            run_id, key = runs.create_run(connection, self.settings, stage, user, self.clock(), **who)
            return runs.find_run(connection, run_id), key

        return await self.write(work)

    async def reset(self, run_id: int, course: int | None = None) -> Answer:
        """Begin the next course, or answer again for one begun already."""

        async def command(live: Live) -> Answer:
            decided = live.session.decide_reset(course)
            if isinstance(decided, Repeat):
                return await self._recall(live, decided)
            return _given(await self._accept(live, decided))

        return await self._carry_out(run_id, command)

    async def step(self, run_id: int, action: list[float], index: tuple[int, int] | None = None) -> Answer:
        """Make the next step, or answer again for the one of ``index`` (course, step from 0)."""
        step = Step.of(action)

        async def command(live: Live) -> Answer:
            decided = live.session.decide_step(step, index)
            if isinstance(decided, Repeat):
                return await self._recall(live, decided)
            return _given(await self._accept(live, decided))

        return await self._carry_out(run_id, command)

    async def submit(self, run_id: int, reason: str = "client") -> tuple[Run, Result]:
        """End the run; it counts as it stands. Again: the same result."""

        async def command(live: Live) -> tuple[Run, Result]:
            if live.run.finished_at is None:
                await self._finish(live, reason)
            return live.run, await self.read(lambda connection: runs.result_of(connection, live.run))

        return await self._carry_out(run_id, command, even_if_over=True)

    async def look(self, run_id: int) -> tuple[Run, Session]:
        """A run as it stands, for who wants to resume it."""

        async def command(live: Live) -> tuple[Run, Session]:
            if live.run.finished_at is None:
                await self._catch_up(live)
            return live.run, copy(live.session)  # as it is now: the run itself may go on

        return await self._carry_out(run_id, command, even_if_over=True)

    async def finished(self, run_id: int) -> tuple[Run, list[chain.Row]]:
        """A run that is over, and its events; :class:`OutOfOrderError` for an open one."""
        run, rows = await self.read(lambda c: (runs.find_run(c, run_id), runs.rows_of(c, run_id)))
        if run.finished_at is None:
            raise OutOfOrderError("the run is open; a replay comes when it is over")
        return run, rows

    async def id_of_key(self, key: str) -> int:
        """The run of an instance id; :class:`UnknownError`."""
        if key not in self._ids:
            run = await self.read(lambda connection: runs.find_run_by_key(connection, key))
            self._check_playable(run)
            self._ids[key] = run.id
            if len(self._ids) > 4 * _MOST_LIVE:
                self._ids.popitem(last=False)
        return self._ids[key]

    async def own_run(self, user: User, run_id: int, *, to_play: bool = True) -> None:
        """Look whether somebody may play, or else only look at, a run.

        :class:`UnknownError` unless it is of this user's team; :class:`NotAllowedError` if a container plays it.
        """
        live = self._live.get(run_id)
        run = live.run if live else await self.read(lambda connection: runs.find_run(connection, run_id))
        if run.team_id != user.team_id:
            raise UnknownError("there is no such run, or it is not yours")
        if to_play:
            self._check_playable(run)

    def _check_playable(self, run: Run) -> None:
        stage = self.settings.stage(run.stage)
        if stage is None:
            raise NotAllowedError(f"the stage {run.stage!r} was taken out of this challenge; its runs cannot go on")
        if stage.agents == "containers":
            raise NotAllowedError("this run is played by the container that was handed in, and by nobody else")

    # ------------------------------------------------------------ the ledger, from a coroutine

    async def read(self, work: Work[T]) -> T:
        """:meth:`Ledger.read` beside the event loop."""
        return await asyncio.to_thread(self.ledger.read, work)

    async def write(self, work: Work[T]) -> T:
        """What ``work`` returns, committed, perhaps together with others."""
        return await asyncio.wrap_future(self.writer.submit(work))

    async def simulate(self, work: Callable[..., T], *of_what: Any) -> T:
        """What ``work`` computes, in threads of their own: nobody who looks up the ledger waits behind a replay."""
        return await asyncio.get_running_loop().run_in_executor(self._simulators, work, *of_what)

    # ------------------------------------------------------------ one command on one run

    async def _carry_out(
        self, run_id: int, command: Callable[[Live], Awaitable[T]], *, even_if_over: bool = False
    ) -> T:
        """The command on the run's newest state: again from there, where another server came first."""
        for _ in range(_MOST_TRIES):
            live = await self._find(run_id)
            async with live.lock:
                try:
                    await self._finish_if_late(live)
                    if live.run.finished_at is not None and not even_if_over:
                        raise RunOverError(_why_over(live.run), score=live.run.score, ended_by=live.run.ended_by)
                    done = await command(live)
                    if live.run.finished_at is not None:
                        self._forget(live)
                    return done
                except AppendConflictError:
                    await self._catch_up(live)
                except OutOfOrderError:
                    if not await self._catch_up(live):
                        raise
                except asyncio.CancelledError:
                    self._forget(live)  # written or not: the ledger knows
                    raise
        raise UnavailableError("other servers are busy with this run; send the request again")

    async def _catch_up(self, live: Live) -> bool:
        """Apply what other servers wrote since; whether there was anything."""
        known, run_id = live.events, live.run.id
        run, rows = await self.read(lambda c: (runs.find_run(c, run_id), runs.rows_of(c, run_id, known)))
        if rows:
            await self.simulate(apply_all, live.session, chain.verified(rows, live.digest, known))
            live.digest, live.events = rows[-1].digest, known + len(rows)
        live.run = run
        return bool(rows)

    async def _finish_if_late(self, live: Live) -> None:
        if live.run.finished_at is None and self.clock() >= live.run.deadline_at:
            await self._finish(live, "deadline")

    async def _accept(self, live: Live, event: Event) -> Answer | None:
        """Write, then apply."""
        row = chain.seal(live.digest, live.events, event)
        run_id, now = live.run.id, self.clock()
        charged = live.run.charged_at is not None or not isinstance(event, Step)

        def work(connection: Connection) -> None:
            runs.append(connection, run_id, row, now)
            if not charged:
                runs.charge(connection, run_id, now)

        await self.write(work)
        if not charged:
            live.run = replace(live.run, charged_at=now)
        live.digest, live.events = row.digest, live.events + 1
        return live.session.apply(event)

    async def _finish(self, live: Live, reason: str) -> None:
        event = Submit(reason)
        row = chain.seal(live.digest, live.events, event)
        result, now, run_id = live.session.result(), self.clock(), live.run.id

        def work(connection: Connection) -> Run:
            runs.finish(connection, run_id, row, result, now, reason)
            return runs.find_run(connection, run_id)

        live.run = await self.write(work)
        live.digest, live.events = row.digest, live.events + 1
        live.session.apply(event)

    async def _recall(self, live: Live, repeat: Repeat) -> Answer:
        answer = live.session.recall(repeat)
        if answer is None:
            run = live.run
            rows = await self.read(lambda connection: runs.rows_of(connection, run.id))
            answer = await self.simulate(answer_again, run, rows, repeat)
        return answer

    # ------------------------------------------------------------ memory

    async def _find(self, run_id: int) -> Live:
        live = self._live.get(run_id)
        if live is None:
            live = await self._load_once(run_id)
            self._make_room()
        self._live.move_to_end(run_id)
        return live

    async def _load_once(self, run_id: int) -> Live:
        """However many ask for it at the same time."""
        try:
            async with self._loading.setdefault(run_id, asyncio.Lock()):
                if run_id not in self._live:
                    self._live[run_id] = await self._load(run_id)
                return self._live[run_id]
        finally:
            self._loading.pop(run_id, None)

    def _make_room(self) -> None:
        """The longest unused go first."""
        surplus = len(self._live) - _MOST_LIVE
        if surplus > 0:
            idle = [run_id for run_id, live in self._live.items() if not live.lock.locked()]
            for run_id in idle[:surplus]:
                del self._live[run_id]

    def _forget(self, live: Live) -> None:
        if self._live.get(live.run.id) is live:
            del self._live[live.run.id]

    async def _load(self, run_id: int) -> Live:
        """From the ledger, by going through its events again."""
        run, rows = await self.read(lambda c: (runs.find_run(c, run_id), runs.rows_of(c, run_id)))
        if run.finished_at is None and run.plan.engine != __version__:
            with contextlib.suppress(AppendConflictError):  # another server was first
                await self.write(lambda connection: runs.refund(connection, run, self.clock()))
            run = await self.read(lambda connection: runs.find_run(connection, run_id))
        return await self.simulate(revive, run, rows)

    # ------------------------------------------------------------ housekeeping

    async def finish_overdue(self) -> int:
        """End the runs whose time is up; how many."""
        late = await self.read(lambda connection: runs.overdue_runs(connection, self.clock()))
        outcomes = await asyncio.gather(*(self.look(run_id) for run_id in late), return_exceptions=True)
        for run_id, outcome in zip(late, outcomes, strict=True):
            if isinstance(outcome, Exception):  # one run that cannot be read must not keep the others open
                _LOG.error("run %d cannot be ended: %s", run_id, outcome)
        return len(late)

    async def keep_house(self) -> None:
        """Until cancelled: end what is overdue, and note that this server is alive. What fails is tried again."""
        while True:
            try:
                await self.finish_overdue()
                await self.write(lambda connection: pulse.note_alive(connection, self.clock()))
            except Exception as error:  # a ledger that is away for a while must not end all housekeeping
                _LOG.error("housekeeping failed: %s", type(error).__name__)
            await asyncio.sleep(_REAPING)

    def live_runs(self) -> int:
        """How many runs this server keeps in memory."""
        return len(self._live)

    def close(self) -> None:
        """Write what waits, then stop."""
        self.writer.close()
        self._simulators.shutdown(wait=False, cancel_futures=True)


def _given(answer: Answer | None) -> Answer:
    assert answer is not None
    return answer


def _why_over(run: Run) -> str:
    if run.ended_by == "deadline":
        return f"the run's time was up at {iso_time(run.deadline_at)}; it counts as it stood: {run.score:.6f}"
    if run.ended_by == "refund":
        return "the run was closed by the server and is not charged; create another one"
    return f"the run is submitted, with score {run.score:.6f}; create another one"
