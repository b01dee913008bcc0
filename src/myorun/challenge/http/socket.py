"""The commands of a run over one WebSocket, as MessagePack: fewer bytes and no headers, for those in a hurry.

Each message is a map with ``type`` "reset", "step" or "submit" and the fields of that command; each answer is the
document that HTTP gives, or ``{"error": {"code", "message", "details"}}``.
"""

from __future__ import annotations

from typing import Any

import msgpack
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from myorun.challenge.http.documents import AnswerOut, CourseOut, ResetIn, StepIn, complaint
from myorun.challenge.http.edge import as_refusal, refused
from myorun.challenge.http.service import Service, address_of
from myorun.challenge.refusals import NotSignedInError, RefusedError, UnknownError

MOST_BYTES = 4096  # of a message


def routes(service: Service) -> APIRouter:
    """The WebSocket below ``/v2``."""
    router = APIRouter(prefix="/v2")

    @router.websocket("/runs/{run}/play")
    async def play(socket: WebSocket, run: str) -> None:
        try:
            await _own_run(service, socket, run)
        except RefusedError as refusal:
            await socket.send_denial_response(refused(refusal))
            return
        await socket.accept()
        while (message := await socket.receive())["type"] == "websocket.receive":
            answer = await _answer(service, socket, run, message.get("bytes"))
            try:
                await socket.send_bytes(msgpack.packb(answer))
            except WebSocketDisconnect:
                return

    return router


async def _own_run(service: Service, socket: WebSocket, run: str) -> int:
    """The run, if the token of the handshake is still valid, and still of its team."""
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedInError("a token is needed")
    user = await service.user_of_token(token, address_of(socket))
    if not (run.isascii() and run.isdigit() and len(run) < 10):
        raise UnknownError("there is no such run")
    await service.grader.own_run(user, int(run))
    return int(run)


async def _answer(service: Service, socket: WebSocket, run: str, raw: bytes | None) -> dict[str, Any]:
    try:
        return await _carry_out(service, await _own_run(service, socket, run), _unpacked(raw))
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        return {"error": RefusedError(complaint(dict(problem))).as_document()}
    except Exception as error:
        if not isinstance(error, RefusedError):
            service.metrics.errors.inc()
        return {"error": as_refusal(error).as_document()}


def _unpacked(raw: bytes | None) -> dict[str, Any]:
    if raw is None:
        raise RefusedError("the message must be binary, MessagePack; this was text")
    if len(raw) > MOST_BYTES:
        raise RefusedError(f"a message may have {MOST_BYTES} bytes")
    try:
        words = msgpack.unpackb(raw)
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException):
        raise RefusedError("the message must be MessagePack") from None
    if not isinstance(words, dict):
        raise RefusedError("the message must be a map")
    return words


async def _carry_out(service: Service, run: int, words: dict[str, Any]) -> dict[str, Any]:
    kind = words.pop("type", None)
    if kind == "step":
        step = StepIn.model_validate(words)
        answer = await service.grader.step(run, step.action, (step.course, step.step))
        service.metrics.steps.inc()
        return AnswerOut.of(answer)
    if kind == "reset":
        return AnswerOut.of(await service.grader.reset(run, ResetIn.model_validate(words).course))
    if kind == "submit":
        done, result = await service.grader.submit(run)
        courses = [CourseOut.of(course).model_dump() for course in result.courses]
        return {"run": run, "score": result.score, "course_results": courses, "receipt": (done.digest or b"").hex()}
    raise RefusedError("the type must be reset, step or submit")
