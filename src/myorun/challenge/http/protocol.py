"""HTTP of strangers: what comes before a request's body has an end, in size and in time.

The parser that the server builds on (httptools) has no limit of its own: without one, a single connection could fill
the memory with one header, and a thousand that say nothing could stay for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 * 1024  # bytes of a request's first line and headers
HEAD_SECONDS = 30.0  # for them to come


class BoundedProtocol(HttpToolsProtocol):
    """A connection that is closed where a request's head is too long, or does not come."""

    _in_head, _head = True, 0  # whether the body has not begun; bytes of the head so far
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there; now they must say what they want."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The next bytes."""
        if self._in_head:
            self._head += len(data)
            self._set_timer()
        super().data_received(data)
        if self._in_head and self._head > MOST_HEAD and not self.transport.is_closing():
            self.send_400_response(f"the headers of a request may have {MOST_HEAD} bytes")

    def on_message_begin(self) -> None:
        """A request begins; on one connection there may be many."""
        super().on_message_begin()
        self._begin_head()

    def on_headers_complete(self) -> Any:
        """Its head is there."""
        self._end_head()
        return super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It is there; the next one may follow in the same piece."""
        super().on_message_complete()
        self._in_head, self._head = True, 0

    def _begin_head(self) -> None:
        self._in_head, self._head = True, 0
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _end_head(self) -> None:
        self._in_head, self._head = False, 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
