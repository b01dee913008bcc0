"""What wakes the workers: huey, over an SQLite file beside the ledger, or over a Redis for workers on many machines.

A message says only that there is work; which, the ledger says. So messages may be lost, doubled or forged. They are
JSON, not huey's pickles: whoever can write into the queue can wake a worker, and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import RedisHuey, SqliteHuey
from huey.api import Huey
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy.exc import DBAPIError

from myorun.challenge import submissions
from myorun.challenge.jobs.worker import Worker
from myorun.errors import UsageError

FILE = "jobs.sqlite3"
_TASK = "grade"
_LOG = logging.getLogger("myorun.challenge")


def jobs_url() -> str | None:
    """Where the queue is, if not in the challenge's folder."""
    return os.environ.get("JOBS_URL") or None


class JobQueue:
    """Messages to the workers of a challenge.

    Args:
        folder: of the challenge.
        url: of a Redis that all workers share; by default the queue is a file in the folder.
        work: what a message sets off, where the queue is read.

    :class:`UsageError` for an address that is none.
    """

    def __init__(self, folder: str | Path, url: str | None = None, work: Callable[[], object] | None = None) -> None:
        self.huey = _huey(folder, url)

        def grade() -> None:
            assert work is not None, "who reads the queue must say what to do"
            work()

        self._task: Any = self.huey.task(name=_TASK)(grade)

    def wake(self) -> None:
        """There is work. A queue that is away does no harm: workers look for themselves, too."""
        try:
            self._task()
        except Exception as error:  # each kind of storage raises its own
            _LOG.warning("the job queue cannot be reached: %s", type(error).__name__)

    def waiting(self) -> int:
        """Messages that no worker has taken; 0 where the queue is away."""
        try:
            return int(self.huey.storage.queue_size())
        except Exception as error:
            _LOG.warning("the job queue cannot be reached: %s", type(error).__name__)
            return 0


def _huey(folder: str | Path, url: str | None) -> Huey:
    options: dict[str, Any] = {"results": False, "serializer": _WakeUps()}
    if not url:
        return SqliteHuey("myorun", filename=str(Path(folder) / FILE), **options)
    try:
        return RedisHuey("myorun", url=url, **options)
    except ValueError:
        raise UsageError("JOBS_URL is no address of a Redis; it must be like redis://:password@host:6379/0") from None


class _WakeUps(Serializer):  # type: ignore[misc]
    """Messages as JSON, with nothing in them but an id."""

    def _serialize(self, message: Any) -> bytes:
        return json.dumps({"id": message.id}).encode()

    def _deserialize(self, data: bytes) -> Any:
        words = json.loads(data)
        return Message(str(words["id"])[:64], f"{__name__}.{_TASK}", None, 0, 0, None, (), {})


class _QuietConsumer(Consumer):  # type: ignore[misc]
    """A consumer inside a process that hears the signals itself."""

    def _set_signal_handlers(self) -> None:
        pass


class Workers:
    """Threads of this process that grade what waits.

    Args:
        worker: how they do it.
        folder: of the challenge.
        url: of the queue, see :class:`JobQueue`.
        count: how many submissions at a time.
        look: how often work is looked for that no message told of [s].
    """

    def __init__(
        self, worker: Worker, folder: str | Path, url: str | None = None, count: int = 1, look: float = 5.0
    ) -> None:
        if count < 1:
            raise UsageError(f"workers is {count}; it must be at least 1")
        self._worker, self._look = worker, look
        self.queue = JobQueue(folder, url, self._grade_all)
        self._consumer = _QuietConsumer(self.queue.huey, workers=count, periodic=False, max_delay=1.0)
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._look_for_work, name="jobs-watch", daemon=True)

    def start(self) -> None:
        """Begin, beside whatever else this process does."""
        self._consumer.start()
        self._watch.start()

    def stop(self) -> None:
        """Give back what is being graded, and end."""
        self._stop.set()
        self._worker.stop()
        self._consumer.stop(graceful=True)
        self._watch.join()

    def _grade_all(self) -> None:
        while self._worker.grade_next():
            pass

    def _look_for_work(self) -> None:
        """What was queued while no message got through, and what dead workers left behind."""
        while True:
            try:
                waiting = self._worker.ledger.read(lambda c: submissions.waiting(c, self._worker.clock()))
            except DBAPIError as error:
                _LOG.warning("the ledger cannot be reached: %s", type(error).__name__)
            else:
                for _ in range(waiting - self.queue.waiting()):
                    self.queue.wake()
            if self._stop.wait(self._look):
                return
