"""A connection that sends a run's commands through one WebSocket: a third of the waiting of HTTP.

Needs the packages ``websockets`` and ``msgpack``, which the extra ``challenge`` brings.
"""

from __future__ import annotations

import contextlib
from typing import Any

from myorun.client.connection import TRY_AGAIN, ChallengeError, Connection, Patience
from myorun.errors import MissingExtraError

try:
    import msgpack
    from websockets.exceptions import InvalidStatus, WebSocketException
    from websockets.sync.client import ClientConnection, connect
except ModuleNotFoundError:
    raise MissingExtraError("a connection by WebSocket", "challenge") from None


class SocketConnection(Connection):
    """As :class:`~myorun.client.Connection`; steps, resets and submits go through a WebSocket."""

    def __init__(self, url: str, token: str, patience: float = 300.0) -> None:
        super().__init__(url, token, patience)
        self._socket: ClientConnection | None = None
        self._open = contextlib.ExitStack()  # holds the socket
        self._run = 0

    def reset(self, run: int, course: int | None = None) -> dict[str, Any]:
        """Begin a course."""
        return self._send(run, {"type": "reset", "course": course}, again=course is not None)

    def step(self, run: int, course: int, step: int, action: list[float]) -> dict[str, Any]:
        """Make the step of that index."""
        return self._send(run, {"type": "step", "course": course, "step": step, "action": action}, again=True)

    def submit(self, run: int) -> dict[str, Any]:
        """End a run."""
        return self._send(run, {"type": "submit"}, again=True)

    def close(self) -> None:
        """Let go of the server."""
        super().close()
        self._hang_up()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError, WebSocketException):
            self._open.close()
        self._socket = None

    def _send(self, run: int, words: dict[str, Any], *, again: bool) -> dict[str, Any]:
        patience = Patience(self.url, self.patience)
        while True:
            try:
                return self._tell(run, words)
            except (OSError, WebSocketException) as error:
                self._hang_up()
                if isinstance(error, InvalidStatus) and error.response.status_code not in TRY_AGAIN:
                    self.look(run)  # says in words what was refused
                    raise ChallengeError("no_answer", f"{self.url} has no WebSocket for this run: {error}") from None
                if not again or patience.is_over:
                    raise ChallengeError("no_answer", f"{self.url} does not answer: {error}") from None
                patience.wait(str(error) or "cut off")

    def _tell(self, run: int, words: dict[str, Any]) -> dict[str, Any]:
        if self._socket is None or self._run != run:
            self._hang_up()
            address = f"ws{self.url.removeprefix('http').rstrip('/')}/v2/runs/{run}/play"
            headers = {"Authorization": self._headers.get("Authorization", "")}
            opening = connect(address, additional_headers=headers, compression=None)
            self._socket, self._run = self._open.enter_context(opening), run
        self._socket.send(msgpack.packb(words))
        answer = dict(msgpack.unpackb(self._socket.recv(timeout=30.0)))
        if "error" in answer:
            error = answer["error"]
            raise ChallengeError(error["code"], error["message"], error["details"])
        return answer
