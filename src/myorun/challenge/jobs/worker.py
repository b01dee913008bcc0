"""A worker: claims a submission, grades it, writes the verdict; and lets go of it when it is told to stop."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from myorun.challenge import runs, submissions
from myorun.challenge.grader import Clock
from myorun.challenge.ledger import Ledger
from myorun.challenge.recorded import RecordedRun
from myorun.challenge.settings import Settings
from myorun.challenge.submissions import LostClaimError, Submission
from myorun.challenge.verdict import GradedRun, Hooks, Phase, Progress, Verdict

LEASE = 30.0  # s that a claim lives without a beat
_BEATS = 15  # in a lease
_LOG = logging.getLogger("myorun.challenge")


class GradeSubmission(Protocol):
    """Lets an agent play a run: the body of a job."""

    def ready(self) -> bool:
        """Whether agents can be graded now; where they cannot, none is claimed."""
        ...

    def __call__(self, submission: Submission, run: GradedRun, hooks: Hooks) -> tuple[Verdict, str]:
        """The verdict, and what the agent printed. What it raises is our fault."""
        ...


@dataclass
class Worker:
    """Grades what waits in a ledger, one submission at a time.

    Args:
        ledger: of the challenge.
        settings: of the challenge.
        grade: the body of a job.
        name: of the worker; never that of another one, dead or alive.
        lease: how long after its last beat a worker counts as dead [s].
        clock: in s since 1970; those of all machines must agree within a fraction of the lease.
    """

    ledger: Ledger
    settings: Settings
    grade: GradeSubmission
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}")
    lease: float = LEASE
    clock: Clock = time.time
    stopping: threading.Event = field(default_factory=threading.Event)

    def grade_next(self) -> bool:
        """Grade the oldest submission that waits; whether there was one."""
        if self.stopping.is_set() or not self.ledger.read(self._is_waiting) or not self.grade.ready():
            return False
        claimed = self.ledger.write(lambda c: submissions.claim(c, self.settings, self.name, self.clock(), self.lease))
        if claimed is None:
            return False
        _LOG.info("submission %d: attempt %d by %s", claimed.id, claimed.attempt, self.name)
        try:
            self._grade(claimed)
        except LostClaimError:
            _LOG.warning("submission %d was given to another worker", claimed.id)
        return True

    def _is_waiting(self, connection: Connection) -> bool:
        return submissions.waiting(connection, self.clock()) > 0

    def stop(self) -> None:
        """Give back what is being graded, and take nothing more."""
        self.stopping.set()

    def _grade(self, claimed: Submission) -> None:
        run = self.ledger.read(lambda connection: runs.find_run(connection, claimed.run_id))
        with RecordedRun(self.ledger, self.settings, run, clock=self.clock) as recorded, _Claim(self, claimed) as claim:
            verdict, log = self._verdict(claimed, recorded, claim)
            if claim.lost:
                raise LostClaimError(claimed.id)
            if verdict.status == "cancelled" and not claim.cancelled:
                self.ledger.write(lambda connection: submissions.give_back(connection, claimed))
                return
            if not verdict.is_ours:
                recorded.submit(verdict.status)  # what was reached counts; one that was submitted stays as it is
            told = _told(claimed, verdict)
            done = self.ledger.write(
                lambda connection: submissions.finish(connection, claimed, told, log, self.clock())
            )
        _LOG.info("submission %d: %s: %s", done.id, done.status, told.message)

    def _verdict(self, claimed: Submission, run: RecordedRun, claim: _Claim) -> tuple[Verdict, str]:
        try:
            return self.grade(claimed, run, claim.hooks)
        except Exception as error:
            _LOG.exception("submission %d could not be graded", claimed.id)
            return Verdict("failed", f"it could not be graded: {type(error).__name__}", "grader"), ""


def _told(claimed: Submission, verdict: Verdict) -> Verdict:
    """A verdict as its owner reads it: what failed on our side may name our files and machines, and goes to our log."""
    if not verdict.is_ours:
        return verdict
    _LOG.error("submission %d: our fault, attempt %d: %s", claimed.id, claimed.attempt, verdict.message)
    return replace(verdict, message=_AGAIN if claimed.attempt < submissions.MOST_ATTEMPTS else _NEVER)


_AGAIN = "it could not be graded just now; it is not charged and will be tried again"
_NEVER = "it could not be graded, and is not charged; the organiser finds why in the server's log"


class _Claim:
    """Keeps a claim while the work goes on: a thread of beats. It is lost when the ledger says so, or stays away."""

    def __init__(self, worker: Worker, claimed: Submission) -> None:
        self._worker, self._claimed = worker, claimed
        self.lost = self.cancelled = False
        self._phase: Phase = "pulling"
        self._progress: Progress | None = None
        self._over = threading.Event()
        self._stop = threading.Event()
        self.hooks = Hooks(phase=self._note_phase, progress=self._note_progress, tell=self._tell, stop=self._stop)
        self._thread = threading.Thread(target=self._beat, name=f"claim-{claimed.id}", daemon=True)

    def __enter__(self) -> _Claim:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _note_phase(self, phase: Phase) -> None:
        self._phase = phase

    def _note_progress(self, progress: Progress) -> None:
        self._phase, self._progress = "running", progress

    def _tell(self, text: str) -> None:
        _LOG.info("submission %d: %s", self._claimed.id, text)

    def _beat(self) -> None:
        worker, good_until = self._worker, time.monotonic() + self._worker.lease
        while not self._over.wait(worker.lease / _BEATS):
            try:
                wanted = worker.ledger.write(self._write)
            except LostClaimError:
                self.lost = True
            except SQLAlchemyError as error:
                _LOG.warning("the ledger cannot be reached: %s", type(error).__name__)
                self.lost = time.monotonic() > good_until
            else:
                good_until = time.monotonic() + worker.lease
                self.cancelled = self.cancelled or wanted
            if self.lost or self.cancelled or worker.stopping.is_set():
                self._stop.set()

    def _write(self, connection: Connection) -> bool:
        worker = self._worker
        return submissions.beat(
            connection,
            self._claimed,
            worker.clock(),
            worker.lease,
            self._phase,
            self._progress,
        )
