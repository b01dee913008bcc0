"""What every request goes through, whatever its route: limits of size, errors of one shape, headers, figures, a log.

Plain ASGI, so that it costs little and nothing is buffered. The log names routes, never paths: the path of a request
in the interface of 2017 holds an instance id, which is a secret.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from myorun.challenge.chain import BrokenChainError
from myorun.challenge.http.metrics import Metrics
from myorun.challenge.playoff.uploads import MOST_PIECE
from myorun.challenge.refusals import RefusedError, TooLargeError, TooSlowError, UnavailableError

LOG = logging.getLogger("myorun.challenge")
MOST_BYTES = 64 * 1024  # of a request's body
_CLIENT_LEFT = 499  # as nginx notes those who did not wait for an answer
_BODY_SECONDS = 30.0  # for the next piece of a request's body

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Edge:
    """Middleware around the whole application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(send)
        began = time.perf_counter()
        if scope["method"] == "HEAD":  # the transport leaves the body out
            scope = {**scope, "method": "GET"}
        try:
            await self._app(scope, _limited(scope, receive), exchange.send)
        except ClientDisconnect:
            exchange.status = _CLIENT_LEFT
        except Exception as error:
            await exchange.fail(scope, receive, error)
            if not isinstance(error, RefusedError):
                self._metrics.errors.inc()
        finally:
            self._note(scope, exchange.status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if LOG.isEnabledFor(logging.INFO):
            LOG.info(
                json.dumps({"method": scope["method"], "route": route, "status": status, "ms": round(1e3 * seconds, 2)})
            )


class _Exchange:
    """An answer on its way out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun, self.status = True, message["status"]
            present = {name for name, _ in message.get("headers", [])}
            policy = (b"content-security-policy", STRICT_POLICY.encode())
            extra = [header for header in (*_HEADERS, policy) if header[0] not in present]
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await self._send(message)

    async def fail(self, scope: Scope, receive: Receive, error: Exception) -> None:
        """Answer what no route has answered for."""
        if self._begun:
            raise error
        await refused(as_refusal(error))(scope, receive, self.send)


def as_refusal(error: Exception) -> RefusedError:
    """What an exception is called before participants; one that is no refusal is a defect of ours, and logged."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, BrokenChainError):
        LOG.error(json.dumps({"error": "tampered", "message": str(error)}))
        return InternalError("the events of this run are not those that were written; tell the organiser")
    if isinstance(error, DBAPIError):
        LOG.error(json.dumps({"error": type(error.orig).__name__, "where": "ledger"}))
        return UnavailableError("the ledger does not answer; send the request again")
    LOG.error(json.dumps({"error": type(error).__name__}), exc_info=error)
    return InternalError("this is our fault; it was noted, and nothing is charged for it")


class InternalError(RefusedError):
    """A defect."""

    code, status = "internal", 500


def refused(refusal: RefusedError) -> JSONResponse:
    """An error as all transports over HTTP show it."""
    headers: dict[str, str] = {}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in refusal.details:
        headers["Retry-After"] = str(int(refusal.details["retry_after"]) + 1)
    return JSONResponse(refusal.as_document(), refusal.status, headers)


def _most_bytes(scope: Scope) -> int:
    """Of a request's body: a little, but for pieces of images."""
    is_piece = scope["method"] == "PUT" and scope["path"].startswith("/v2/playoff/uploads/")
    return MOST_PIECE if is_piece else MOST_BYTES


def _limited(scope: Scope, receive: Receive) -> Receive:
    """``receive`` that stops a body beyond :func:`_most_bytes`."""
    most = _most_bytes(scope)
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value[:18]) > most):
            raise_later: Any = TooLargeError(_too_large(most))
            return _raising(raise_later)
    seen, more = 0, True

    async def counting() -> Message:
        nonlocal seen, more
        message = await _soon(receive) if more else await receive()
        more = bool(message.get("more_body"))
        seen += len(message.get("body", b""))
        if seen > most:
            raise TooLargeError(_too_large(most))
        return message

    return counting


async def _soon(receive: Receive) -> Message:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await receive()
    except TimeoutError:
        raise TooSlowError(f"the rest of the request did not come within {_BODY_SECONDS:g} s") from None


def _too_large(most: int) -> str:
    return f"a request's body may have {most} bytes"


def _raising(error: RefusedError) -> Receive:
    async def receive() -> Message:
        raise error

    return receive
