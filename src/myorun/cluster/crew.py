"""Workers that may die, and jobs that are done exactly once: :class:`Crew`."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from myorun.errors import MyorunError, UsageError, WorkerLostError

log = logging.getLogger("myorun.cluster")

_GLANCE = 1.0  # s of waiting after which the clock is looked at


@dataclass(eq=False)
class Hand:
    """A worker as seen from here."""

    actor: Any
    call: Any  # reference to the answer it owes; None: it is idle
    job: Any = None  # what that answer is for; None: for no one
    started: bool = False  # has ever answered


class Job(Protocol):
    """Something to be done once, with a result that depends on nothing else."""

    holder: Hand | None  # who does it with less effort than others

    @property
    def seeds(self) -> list[int]:
        """The episodes it is about."""
        ...

    def start(self, hand: Hand) -> Any:
        """Call a method of ``hand.actor``: the reference to the result."""
        ...


J = TypeVar("J", bound=Job)


class Crew:
    """Workers of which the dead are replaced.

    Every job is in one hand at a time, and done when its result has arrived here: what is lost is done again, what
    arrived never. ``hire`` makes the actor of a worker, which has ``answer()``.
    """

    def __init__(self, ray: Any, hire: Callable[[], Any], workers: int, *, max_deaths: int, patience: float) -> None:
        self._ray, self._hire = ray, hire
        self._max_deaths, self._patience = max_deaths, patience
        self._failed_starts, self._alone = 0, 0.0
        self._busy = False
        self.deaths, self.redone = 0, 0
        self._hands = [self._hired() for _ in range(workers)]

    # ------------------------------------------------------------ jobs

    def run(self, jobs: Iterable[J]) -> Iterator[tuple[J, Any]]:
        """Every job once with its result, as they are done.

        :class:`WorkerLostError` if too many workers die over one job, or none can be had; what a job raises on purpose
        is raised here.
        """
        if self._busy:
            raise UsageError("the cluster is still at work; read the episodes of play() to the end, or close() them")
        self.check_open()
        self._busy = True
        waiting, deaths = deque(jobs), Counter[int]()
        try:
            self._call_roll()
            while waiting or any(hand.job for hand in self._hands):
                self.check_open()
                self._assign(waiting)
                for hand in self._heard():
                    yield from self._take(hand, waiting, deaths)
        finally:
            self._abandon()
            self._busy = False

    def _call_roll(self) -> None:
        """Find those who died while there was nothing to do, before a job is blamed for it."""
        for hand in self._hands:
            if hand.call is None:
                hand.call = hand.actor.answer.remote()

    def _assign(self, waiting: deque[J]) -> None:
        """Everyone idle takes a job: those that are theirs first, then those that nobody idle holds."""
        for fits in (self._owns, self._may_take):
            for hand in self._hands:
                job = next((job for job in waiting if hand.call is None and fits(hand, job)), None)
                if job is not None:
                    waiting.remove(job)
                    hand.job, hand.call = job, job.start(hand)

    def _owns(self, hand: Hand, job: Job) -> bool:
        return job.holder is hand

    def _may_take(self, hand: Hand, job: Job) -> bool:
        return job.holder not in self._hands or job.holder.job is not None

    def _heard(self) -> list[Hand]:
        """Those who answered, or died; nobody after a glance."""
        owed = {hand.call: hand for hand in self._hands if hand.call is not None}
        began = time.monotonic()
        ready, _ = self._ray.wait(list(owed), num_returns=1, timeout=_GLANCE)
        self._alone = 0.0 if any(hand.started for hand in self._hands) else self._alone + time.monotonic() - began
        if self._alone > self._patience:
            raise self._nobody_came()
        return [owed[call] for call in ready]

    def _take(self, hand: Hand, waiting: deque[J], deaths: Counter[int]) -> Iterator[tuple[J, Any]]:
        """What a hand has to give, if it lives."""
        job = hand.job
        try:
            result = self._ray.get(hand.call)
        except self._ray.exceptions.RayTaskError as error:
            hand.job = hand.call = None
            if job is not None:
                raise _our_own(error) from error
        except self._ray.exceptions.RayError as error:
            self._replace(hand, error)
            if job is not None:
                self._lose(job, deaths, error)
                waiting.appendleft(job)
        else:
            hand.job, hand.call, hand.started, self._failed_starts = None, None, True, 0
            if job is not None:
                yield job, result

    def _lose(self, job: Job, deaths: Counter[int], error: Exception) -> None:
        self.redone += len(job.seeds)
        deaths[id(job)] += 1
        if deaths[id(job)] >= self._max_deaths:
            raise WorkerLostError(f"{self._max_deaths} workers died one after the other", job.seeds) from error

    def _abandon(self) -> None:
        """Nobody waits for what is still being done; whoever does it is idle afterwards."""
        for hand in self._hands:
            hand.job = None

    # ------------------------------------------------------------ workers

    def gather(self) -> None:
        """Wait until every worker has answered; :class:`WorkerLostError` if that takes too long."""
        until = time.monotonic() + self._patience
        while not all(hand.started for hand in self._hands):
            for hand in self._heard():
                list(self._take(hand, deque(), Counter()))
            if time.monotonic() > until:
                raise self._nobody_came()

    def check_open(self) -> None:
        """:class:`UsageError` after :meth:`dismiss`."""
        if not self._hands:
            raise UsageError("the cluster is closed; make a new one")

    def dismiss(self) -> None:
        """End all workers, for good."""
        while self._hands:
            self._ray.kill(self._hands.pop().actor)

    def _hired(self) -> Hand:
        actor = self._hire()
        return Hand(actor, actor.answer.remote())

    def _replace(self, hand: Hand, error: Exception) -> None:
        """A new worker for one that is dead or out of reach, and then must not come back."""
        self.deaths += 1
        self._failed_starts += not hand.started
        if self._failed_starts >= self._max_deaths:
            raise WorkerLostError(f"{self._failed_starts} workers died before they could start: {error}") from error
        log.warning("a worker died and is replaced: %s", str(error).partition("\n")[0])
        self._ray.kill(hand.actor)
        self._hands[self._hands.index(hand)] = self._hired()

    def _nobody_came(self) -> WorkerLostError:
        missing = sum(not hand.started for hand in self._hands)
        processors = self._ray.cluster_resources().get("CPU", 0)
        return WorkerLostError(
            f"{missing} of {len(self._hands)} workers did not start within {self._patience:g} s, and Ray has "
            f"{processors:g} processors in all; ask for fewer workers or threads, add machines, or have more patience"
        )


def _our_own(error: Any) -> Exception:
    """The error that a worker raised on purpose; any other is a mistake in this package."""
    ours = isinstance(error.cause, MyorunError)
    return error.cause if ours else RuntimeError("a worker made a mistake of its own; Ray's report is above")
