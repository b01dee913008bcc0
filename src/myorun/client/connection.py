"""One connection to a challenge, with the standard library only.

Requests are sent again while the server does not answer, until ``patience`` is over: every command carries an index,
so that one which was carried out before gets the same answer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import random
import secrets
import selectors
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from myorun.errors import FAILED, MyorunError, UsageError
from myorun.version import __version__

_LOG = logging.getLogger(__name__)
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0  # s between tries
_SILENT = 1.0  # s of waiting that are not worth a word
TRY_AGAIN = (500, 502, 503, 504)  # statuses of a server that is away, or at fault


class ChallengeError(MyorunError):
    """The challenge refused, with its ``code`` and ``details``."""

    exit_status = FAILED

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.details = code, dict(details or {})


class Connection:
    """A participant's connection.

    Args:
        url: of the challenge, such as "http://127.0.0.1:8017".
        token: of the site's page "Account"; "" where none is needed.
        patience: how long a server that is away is waited for [s].
        timeout: how long one answer is waited for [s].

    :class:`UsageError` for an address that is none.
    """

    def __init__(self, url: str, token: str = "", patience: float = 300.0, timeout: float = 30.0) -> None:
        parts = _parts_of(url)
        self.url, self.patience, self._timeout = url, patience, timeout
        self._secure, self._host, self._base = parts.scheme == "https", parts.netloc, parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json", "User-Agent": f"myorun/{__version__}"}
        if token:
            self._headers["Authorization"] = f"Bearer {_checked_token(token)}"
        self._http: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Any:
        """What the server says about ``path``; see :meth:`post`."""
        return self._ask("GET", path, None, again=True)

    def post(self, path: str, words: Any = None, *, again: bool = True) -> Any:
        """The answer to a command. ``again``: whether it may be sent twice.

        :class:`ChallengeError` for what is refused, and where nobody answers in time.
        """
        return self._ask("POST", path, json.dumps(words), again=again)

    def put(self, path: str, piece: bytes) -> Any:
        """The answer to a piece of a file; it may be sent twice."""
        return self._ask("PUT", path, piece, again=True)

    def delete(self, path: str) -> Any:
        """The answer to taking something back."""
        return self._ask("DELETE", path, None, again=True)

    def close(self) -> None:
        """Let go of the server."""
        if self._http is not None:
            self._http.close()
            self._http = None

    # ------------------------------------------------------------ the commands

    def create(self, stage: str | None = None) -> dict[str, Any]:
        """A new run, one however often it must be asked for."""
        words = {"stage": stage, "client": f"myorun {__version__}", "attempt": secrets.token_hex(16)}
        return dict(self.post("/v2/runs", words))

    def look(self, run: int) -> dict[str, Any]:
        """A run as it stands."""
        return dict(self.get(f"/v2/runs/{run}"))

    def reset(self, run: int, course: int | None = None) -> dict[str, Any]:
        """Begin a course."""
        return dict(self.post(f"/v2/runs/{run}/reset", {"course": course}, again=course is not None))

    def step(self, run: int, course: int, step: int, action: list[float]) -> dict[str, Any]:
        """Make the step of that index."""
        return dict(self.post(f"/v2/runs/{run}/step", {"course": course, "step": step, "action": action}))

    def submit(self, run: int) -> dict[str, Any]:
        """End a run."""
        return dict(self.post(f"/v2/runs/{run}/submit"))

    # ------------------------------------------------------------ HTTP

    def _ask(self, method: str, path: str, body: str | bytes | None, *, again: bool) -> Any:
        patience = Patience(self.url, self.patience)
        while True:
            try:
                status, words = self._exchange(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                refused = isinstance(error, ConnectionRefusedError)  # then it was never sent
                why = str(error) or "cut off"
                if not (again or refused) or patience.is_over:
                    raise ChallengeError("no_answer", f"{self.url} does not answer: {why}") from None
            else:
                if status < 400:
                    return words
                if not again or status not in TRY_AGAIN or patience.is_over:
                    raise _error(status, words)
                why = f"status {status}"
            patience.wait(why)

    def _exchange(self, method: str, path: str, body: str | bytes | None) -> tuple[int, Any]:
        if self._http is not None and self._http.sock is not None and _is_closed(self._http.sock):
            self.close()  # who thinks for long finds it so; nothing was sent yet, so nothing is sent twice
        if self._http is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._http = kind(self._host, timeout=self._timeout)
        is_piece = isinstance(body, bytes)
        headers = {**self._headers, "Content-Type": "application/octet-stream"} if is_piece else self._headers
        self._http.request(method, self._base + path, body, headers)
        answer = self._http.getresponse()
        raw = answer.read()
        words: Any = None
        with contextlib.suppress(ValueError):
            words = json.loads(raw)
        return answer.status, words


def _is_closed(idle: socket.socket) -> bool:
    """Whether the server has hung up on a connection that waits for nothing: then its end can be read."""
    with selectors.DefaultSelector() as selector:
        selector.register(idle, selectors.EVENT_READ)
        return bool(selector.select(0))


class Patience:
    """Waits between tries for a server that is away: ever longer, and, where it is no hiccup, not without a word.

    Args:
        url: of the server, for the word.
        seconds: after which nobody should wait on.
    """

    def __init__(self, url: str, seconds: float) -> None:
        self._url, self._seconds, self._began = url, seconds, time.monotonic()
        self._next, self._said = _FIRST_WAIT, False

    @property
    def is_over(self) -> bool:
        """Whether it was waited long enough."""
        return time.monotonic() > self._began + self._seconds

    def wait(self, why: str) -> None:
        """Until the next try; ``why`` the last one failed is logged, once."""
        if not self._said and time.monotonic() > self._began + _SILENT:
            _LOG.warning("%s does not answer (%s); waiting for it up to %.0f s", self._url, why, self._seconds)
            self._said = True
        time.sleep(self._next * random.uniform(0.5, 1.0))
        self._next = min(2.0 * self._next, _LONGEST_WAIT)


def _parts_of(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # a port that is none, or half an address of IPv6
        has_host = False
    if not has_host or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise UsageError(f"the address of the challenge is {url[:200]!r}; it must be like http://127.0.0.1:8017")
    return parts


def _checked_token(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("the token holds characters that no token has; copy it again from the site's page 'Account'")
    return token


def _error(status: int, words: Any) -> ChallengeError:
    if isinstance(words, dict) and "message" in words:
        return ChallengeError(words.get("code", "unknown"), str(words["message"]), words.get("details"))
    return ChallengeError("no_challenge", f"the server answers with status {status}, and is no challenge of ours")
