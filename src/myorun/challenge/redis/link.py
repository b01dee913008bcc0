"""A service's side of the lists, on a Redis that may go away and come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, OutOfMemoryError
from redis.retry import Retry

from myorun.challenge.redis.messages import command_list
from myorun.errors import MyorunError, UsageError

T = TypeVar("T")

_SLICE = 0.25  # s of one blocking pop, after which the service looks around
_TIMEOUT = 15.0  # s for any other answer of Redis
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0  # s between tries to reach Redis
_ANSWER_LIFE = 3600  # s that an answer waits for who asked


class RedisLostError(MyorunError):
    """Redis was away for too long, or cannot work."""


class RedisAbusedError(MyorunError):
    """Whoever shares Redis with us made it useless: it is full, or the command list is no list."""


class WrongKeyError(RedisAbusedError):
    """A key that holds something else than a list, or that is not ours to use."""


class StoppedError(MyorunError):
    """The wait for Redis was cut short from outside."""


class Link:
    """Pops commands, pushes answers, and waits for a Redis that is away.

    Args:
        url: such as ``redis://:password@127.0.0.1:6379/0`` or ``unix:///run/redis.sock``.
        service_id: names the command list.
        patience: how long Redis may be away at a time [s].
        stop: set from outside to end a wait.
        tell: hears when Redis goes and comes.

    :class:`UsageError` for an address that is none.
    """

    def __init__(self, url: str, service_id: str, patience: float, stop: Event, tell: Callable[[str], object]) -> None:
        self.commands = command_list(service_id)
        self.outages = 0
        self.away = 0.0  # s in all
        self._patience, self._stop, self._tell = patience, stop, tell
        try:
            self._redis = redis.Redis.from_url(
                url, socket_timeout=_TIMEOUT, socket_connect_timeout=5.0, retry=Retry(NoBackoff(), 0)
            )
        except ValueError:
            raise UsageError("the address of Redis must be like redis://:password@127.0.0.1:6379/0") from None

    def greet(self) -> None:
        """Wait for Redis; :class:`UsageError` where it refuses us."""
        self._persist(self._redis.ping)

    def take(self) -> bytes | None:
        """The oldest command; ``None`` if none came within a moment."""
        popped = self._persist(lambda: self._redis.brpop([self.commands], timeout=_SLICE))
        return None if popped is None else _bytes(popped[1])

    def take_now(self) -> bytes | None:
        """The oldest command that waits, if any."""
        popped = self._persist(lambda: self._redis.rpop(self.commands))
        return popped if popped is None else _bytes(popped)

    def answer(self, channel: str, text: str) -> bool:
        """Push an answer; whether the channel took it: what is no list takes none."""
        try:
            self._persist(lambda: self._redis.rpush(channel, text))
            self._persist(lambda: self._redis.expire(channel, _ANSWER_LIFE))
        except WrongKeyError:
            return False
        return True

    def clear(self) -> None:
        """Drop the commands that nobody will answer."""
        self._persist(lambda: self._redis.unlink(self.commands))

    def close(self) -> None:
        """Let go of Redis."""
        self._redis.close()

    # ------------------------------------------------------------ waiting

    def _persist(self, work: Callable[[], T]) -> T:
        """What ``work`` returns, once Redis is there to do it.

        Raises:
            UsageError: it does not know us.
            RedisLostError: it was away for longer than we have patience, or cannot work.
            RedisAbusedError: it is full, or a key is no list.
            StoppedError: the stop event came first.
        """
        try:
            return self._attempt(work)
        except redis.ConnectionError as error:
            return self._wait_and_do(work, error)
        except redis.TimeoutError as error:
            return self._wait_and_do(work, error)

    def _attempt(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except redis.AuthenticationError:
            raise UsageError("Redis refuses the user or the password of its address") from None
        except OutOfMemoryError:
            raise RedisAbusedError("Redis is full") from None
        except redis.ResponseError as error:
            if str(error).startswith("WRONGTYPE") or isinstance(error, NoPermissionError):
                raise WrongKeyError("a list of the interface holds something else, or is forbidden") from None
            raise RedisLostError(f"Redis refuses to work: {error}") from None

    def _wait_and_do(self, work: Callable[[], T], why: redis.RedisError) -> T:
        began, wait = time.monotonic(), _FIRST_WAIT
        self.outages += 1
        self._tell(f"Redis does not answer ({why}); waiting for it up to {self._patience:.0f} s")
        try:
            while time.monotonic() - began < self._patience:
                if self._stop.wait(wait):
                    raise StoppedError("stopped while Redis was away")
                try:
                    done = self._attempt(work)
                except (redis.ConnectionError, redis.TimeoutError):
                    wait = min(2.0 * wait, _LONGEST_WAIT)
                    continue
                self._tell(f"Redis is back after {time.monotonic() - began:.1f} s")
                return done
        finally:
            self.away += time.monotonic() - began
        raise RedisLostError(f"Redis did not answer for {self._patience:.0f} s")


def _bytes(value: Any) -> bytes:
    """What was pushed: a client without ``decode_responses`` never gives text."""
    assert isinstance(value, bytes)
    return value
