"""Runs in the ledger, played by one thread: what a grading service outside the event loop needs of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from myorun.challenge import runs
from myorun.challenge.grader import Clock, Grader
from myorun.challenge.ledger import Ledger
from myorun.challenge.refusals import UnavailableError
from myorun.challenge.runs import Run
from myorun.challenge.session import Answer, Result
from myorun.challenge.settings import Settings
from myorun.closing import Closing
from myorun.task import rules_of

T = TypeVar("T")

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0  # s between tries to reach the ledger


class RecordedRun(Closing):
    """A :class:`~myorun.challenge.verdict.GradedRun` whose every event is in the ledger before it is answered.

    Every command says for which place of the run it is; so it may be given again where the ledger was away, and is
    carried out once.

    Args:
        ledger: of the challenge.
        settings: of the challenge.
        run: as the ledger has it, with no event yet.
        patience: how long a ledger that is away is waited for [s].
        clock: in s since 1970.
    """

    def __init__(
        self, ledger: Ledger, settings: Settings, run: Run, *, patience: float = 300.0, clock: Clock = time.time
    ) -> None:
        self.courses, self.max_steps = len(run.plan.seeds), rules_of(run.plan.rules).max_steps
        self._id, self._patience = run.id, patience
        self._grader = Grader(ledger, settings, clock)
        self._loop = asyncio.Runner()
        self._course, self._step = -1, 0

    def reset(self) -> Answer:
        course = min(self._course + 1, self.courses)
        return self._told(self._persist(lambda: self._grader.reset(self._id, course)))

    def step(self, action: list[float]) -> Answer:
        place = max(self._course, 0), self._step
        return self._told(self._persist(lambda: self._grader.step(self._id, action, place)))

    def result(self) -> Result:
        run, session = self._persist(lambda: self._grader.look(self._id))
        if run.finished_at is None:
            return session.result()
        return self._grader.ledger.read(lambda connection: runs.result_of(connection, run))

    def submit(self, reason: str = "client") -> Result:
        return self._persist(lambda: self._grader.submit(self._id, reason))[1]

    def close(self) -> None:
        """Let go of the ledger; the run stays as it is."""
        try:
            self._loop.close()
        finally:
            self._grader.close()

    def _told(self, answer: Answer) -> Answer:
        self._course, self._step = answer.course, answer.step
        return answer

    def _persist(self, command: Callable[[], Awaitable[T]]) -> T:
        """What the command gives, once the ledger can be reached."""
        until, wait = time.monotonic() + self._patience, _FIRST_WAIT
        while True:
            try:
                return self._loop.run(_awaited(command))
            except (DBAPIError, UnavailableError):
                if time.monotonic() > until:
                    raise
            time.sleep(wait)
            wait = min(2.0 * wait, _LONGEST_WAIT)


async def _awaited(command: Callable[[], Awaitable[T]]) -> T:
    return await command()
