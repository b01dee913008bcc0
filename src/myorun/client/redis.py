"""One connection to a grading service over Redis: a command is pushed into the service's list, its answer awaited.

Commands carry a name of their own; so they may be sent again where Redis was away, and are carried out once.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from myorun.client.connection import ChallengeError
from myorun.errors import MissingExtraError

_NAMESPACE = "osim-rl"
_ERROR = "OSIM_RL.ERROR"
_SLICE = 5.0  # s of one blocking pop; then the command is looked after
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0  # s between tries to reach Redis


class RedisConnection:
    """Talks to the service of that id.

    Args:
        host: of the Redis.
        port: of the Redis.
        db: number of the database.
        password: of the Redis, if it has one.
        service_id: names the service's command list.
        patience: how long a Redis that is away is waited for [s].
    """

    def __init__(
        self, host: str, port: int, db: int, password: str | None, service_id: str, patience: float = 300.0
    ) -> None:
        try:
            import redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ModuleNotFoundError:
            raise MissingExtraError("the Redis interface", "challenge") from None
        self._lost = (redis.ConnectionError, redis.TimeoutError)
        self._denied = (redis.AuthenticationError, redis.ResponseError)
        once = Retry(NoBackoff(), 0)  # we try again ourselves
        self._redis = redis.Redis(
            host=host, port=port, db=db, password=password, socket_timeout=_SLICE + 10.0, retry=once
        )
        self.patience = patience
        self._names = f"{_NAMESPACE}::{service_id}"

    def ask(self, kind: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """The service's answer: ``{"type", "payload"}``. It is awaited for as long as it takes.

        :class:`ChallengeError` for what the service refuses, and for a Redis that is away too long or denies us.
        """
        name = uuid.uuid4().hex
        channel = f"{self._names}::response::{name}"
        words = {"type": kind, "payload": payload or {}, "response_channel": channel, "request": name}
        answer: dict[str, Any] = json.loads(self._exchange(json.dumps(words), channel))
        if answer["type"] == _ERROR:
            raise ChallengeError("refused", str(answer["payload"]))
        return answer

    def close(self) -> None:
        """Let go of Redis."""
        self._redis.close()

    def _exchange(self, text: str, channel: str) -> bytes | str:
        """Push, and wait; push again whenever Redis was away."""
        away_since, wait, pushed = None, _FIRST_WAIT, False
        while True:
            try:
                if not pushed:
                    self._redis.lpush(f"{self._names}::commands", text)
                    pushed, away_since, wait = True, None, _FIRST_WAIT
                popped = self._redis.blpop([channel], timeout=_SLICE)
                if popped is not None:
                    return popped[1]
            except self._denied as error:
                raise ChallengeError("redis", f"Redis refuses: {error}") from None
            except self._lost as error:
                pushed = False
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > self.patience:
                    raise ChallengeError("no_answer", f"Redis does not answer: {error}") from None
                time.sleep(wait)
                wait = min(2.0 * wait, _LONGEST_WAIT)
