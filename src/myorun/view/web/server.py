"""The server of the page: on this machine only, and only what the page needs."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from myorun.closing import Closing
from myorun.errors import UsageError
from myorun.view.web.live import LiveRun
from myorun.view.web.page import KINDS, SERVED_POLICY, static_files
from myorun.view.web.replay import Replay, encode

HOST = "127.0.0.1"
_LIVE = "live"
_PATIENCE = 20.0  # s that a watcher may take over one piece before it is let go
_MOST_WATCHERS = 64

_HEADERS = {
    "Content-Security-Policy": SERVED_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class ViewerServer(Closing):
    """Serves the page with some replays, and a live run if there is one, to this machine's browsers.

    ::

        with ViewerServer([replay]) as server:
            webbrowser.open(server.url)
            server.wait()

    Args:
        replays: in the order in which the page lists them.
        live: a run under way, shown first.
        port: 0 takes any that is free.

    :class:`UsageError` if the port is taken or none.
    """

    def __init__(self, replays: Sequence[Replay] = (), *, live: LiveRun | None = None, port: int = 0) -> None:
        self._http = _listen(port, _contents(replays, live), live)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True, name="myorun viewer")
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.port}/"

    def wait(self) -> None:
        """Until the server is closed, or the program interrupted."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def close(self) -> None:
        """Stop serving; more than once is fine."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _contents(replays: Sequence[Replay], live: LiveRun | None) -> dict[str, tuple[str, bytes]]:
    """Everything there is to get: path → kind and bytes. No path is ever looked up on the disk."""
    found = {f"/{name}": (KINDS[Path(name).suffix], data) for name, data in static_files().items()}
    found["/"] = found["/index.html"]
    addresses = [f"{i}.replay" for i in range(len(replays))]
    found |= {
        f"/{address}": ("application/octet-stream", encode(replay))
        for address, replay in zip(addresses, replays, strict=True)
    }
    listed = {"replays": addresses, "live": _LIVE if live is not None else None}
    found["/replays.json"] = ("application/json", json.dumps(listed).encode())
    return found


def _listen(port: int, contents: Mapping[str, tuple[str, bytes]], live: LiveRun | None) -> _Server:
    if not 0 <= port <= 65535:
        raise UsageError(f"port is {port}; it must be 0 (any that is free) to 65535")
    try:
        return _Server(port, contents, live)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"port {port} cannot be listened on ({reason}); choose another with --port") from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, contents: Mapping[str, tuple[str, bytes]], live: LiveRun | None) -> None:
        super().__init__((HOST, port), _Answer)
        self.contents, self.live = contents, live
        self.watchers = threading.BoundedSemaphore(_MOST_WATCHERS)
        own = self.server_address[1]
        self.hosts = {f"{name}:{own}" for name in (HOST, "localhost")}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "myorun", ""
    timeout = _PATIENCE

    def do_GET(self) -> None:
        self._reply(body=True)

    def do_HEAD(self) -> None:
        self._reply(body=False)

    def _reply(self, *, body: bool) -> None:
        if self.headers.get("Host") not in self.server.hosts:  # another name for this machine is another site's trick
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"this server answers as 127.0.0.1 only\n", body)
            return
        path = urlsplit(self.path).path
        if path == f"/{_LIVE}" and self.server.live is not None and body:
            self._stream(self.server.live)
        elif path in self.server.contents:
            self._send(HTTPStatus.OK, *self.server.contents[path], body)
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"there is no such page here\n", body)

    def _send(self, status: HTTPStatus, kind: str, data: bytes, body: bool) -> None:
        self.send_response(status)
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        self.send_header("Content-Type", kind + charset)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def _stream(self, live: LiveRun) -> None:
        """Server-sent events, at the pace of this watcher; the others and the simulation do not notice."""
        if not self.server.watchers.acquire(blocking=False):
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"too many pages watch this run\n", True)
            return
        try:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for event in live.events():
                self.wfile.write(event)
        finally:
            self.server.watchers.release()
            self.close_connection = True

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of the base class
        """Keep the terminal quiet."""
