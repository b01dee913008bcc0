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
from huey.consumer import Consumer, Scheduler
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from sqlalchemy.exc import SQLAlchemyError

from myorun.challenge import submissions
from myorun.challenge.jobs.worker import Worker
from myorun.errors import UsageError

FILE = "jobs.sqlite3"
_TASK = "grade"
_LOCK_WAIT = 1.0  # s for the queue's file; a message is not worth more
_REDIS_WAIT = 5.0  # s for an answer of the queue's Redis
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

    def wake(self) -> bool:
        """There is work; whether the queue took the message. Without it workers find out for themselves, later."""
        try:
            self._task()
        except Exception as error:  # each kind of storage raises its own
            _LOG.warning("the job queue cannot be reached: %s", type(error).__name__)
            return False
        return True

    def waiting(self) -> int:
        """Messages that no worker has taken; 0 where the queue is away."""
        try:
            return int(self.huey.storage.queue_size())
        except Exception as error:
            _LOG.warning("the job queue cannot be reached: %s", type(error).__name__)
            return 0

    def close(self) -> None:
        """Let go of the file or the Redis."""
        self.huey.storage.close()
        if isinstance(self.huey, RedisHuey):
            self.huey.storage.pool.disconnect()


def _huey(folder: str | Path, url: str | None) -> Huey:
    options: dict[str, Any] = {"results": False, "serializer": _WakeUps()}
    if not url:  # no fsync: a lost message does no harm, and the file is locked for less long
        return SqliteHuey("myorun", filename=str(Path(folder) / FILE), fsync=False, timeout=_LOCK_WAIT, **options)
    try:
        pool = ConnectionPool.from_url(url, socket_timeout=_REDIS_WAIT, socket_connect_timeout=_REDIS_WAIT)
    except ValueError:
        raise UsageError("JOBS_URL is no address of a Redis; it must be like redis://:password@host:6379/0") from None
    return RedisHuey("myorun", connection_pool=pool, **options)


class _WakeUps(Serializer):  # type: ignore[misc]
    """Messages as JSON, with nothing in them but an id."""

    def _serialize(self, message: Any) -> bytes:
        return json.dumps({"id": message.id}).encode()

    def _deserialize(self, data: bytes) -> Any:
        words = json.loads(data)
        return Message(str(words["id"])[:64], f"{__name__}.{_TASK}", None, 0, 0, None, (), {})


class _NoScheduler(Scheduler):  # type: ignore[misc]
    """Nothing is ever put off here; huey's own would lock the queue's file every second to find that out."""

    def loop(self, now: Any = None) -> None:
        self.stop_flag.wait()


class _QuietConsumer(Consumer):  # type: ignore[misc]
    """A consumer inside a process that hears the signals itself."""

    scheduler_class = _NoScheduler

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
        self._places = threading.Semaphore(count)
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
        self.queue.close()

    def _grade_all(self) -> None:
        if not self._places.acquire(blocking=False):
            return  # who grades here already looks for more when it is done
        try:
            while self._worker.grade_next():
                pass
        finally:
            self._places.release()

    def _look_for_work(self) -> None:
        """What was queued while no message got through, and what dead workers left behind."""
        while True:
            try:
                self._tell_of_work()
            except SQLAlchemyError as error:
                _LOG.warning("the ledger cannot be reached: %s", type(error).__name__)
            except Exception:  # whatever it is, the next look may be luckier
                _LOG.exception("grading failed")
            if self._stop.wait(self._look):
                return

    def _tell_of_work(self) -> None:
        """Wake as many as there is work for; where the queue takes no message, do it here."""
        waiting = self._worker.ledger.read(lambda c: submissions.waiting(c, self._worker.clock()))
        for _ in range(waiting - self.queue.waiting()):
            if not self.queue.wake():
                self._grade_all()
                return
