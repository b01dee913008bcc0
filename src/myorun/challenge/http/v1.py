"""The interface of 2017, for its clients as they are: JSON in, JSON out, whatever the content type says.

After ``/v1/envs/`` no request carries a token: the instance id is the secret.
"""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import APIRouter, Request, Response

from myorun.challenge.answers_2017 import reset_document, step_document
from myorun.challenge.http.documents import ERRORS
from myorun.challenge.http.service import Service, address_of
from myorun.challenge.refusals import OldClientError, RefusedError
from myorun.challenge.settings import Stage
from myorun.challenge.tables import HTTP_2017

ENVIRONMENTS = ("Run", "RunEnv", "myorun/LearningToRun-v1")


def routes(service: Service) -> APIRouter:
    """The routes below ``/v1``."""
    router = APIRouter(prefix="/v1/envs", tags=["2017"], responses=ERRORS)
    _add_running(router, service)
    _add_ending(router, service)
    return router


def _add_running(router: APIRouter, service: Service) -> None:
    grader = service.grader

    @router.post("/")
    async def create(request: Request) -> dict[str, Any]:
        """A new run: ``{env_id, token, version}`` → ``{instance_id}``."""
        words = await _body(request)
        stage = _stage(service, _text(words, "env_id"))
        user = await service.user_of_token(_text(words, "token"), address_of(request))
        client = refuse_old_client(service.settings.oldest_client, _text(words, "version"))
        service.limits.create.check(str(user.id), service.clock())
        _, key = await grader.create(user, stage, protocol=HTTP_2017, client=client)
        return {"instance_id": key}

    @router.post("/{instance_id}/reset/")
    async def reset(instance_id: str, request: Request) -> dict[str, Any]:
        """The next course: → ``{observation}``, ``false`` where no course is left."""
        await _body(request)
        answer = await grader.reset(await service.run_of_key(instance_id, request))
        return reset_document(answer)

    @router.post("/{instance_id}/step/")
    async def step(instance_id: str, request: Request) -> Response:
        """One step: ``{action, render}`` → ``{observation, reward, done, info}``."""
        words = await _body(request)
        answer = await grader.step(await service.run_of_key(instance_id, request), words.get("action", []))
        service.metrics.steps.inc()
        return Response(json.dumps(step_document(answer)), media_type="application/json")


def _add_ending(router: APIRouter, service: Service) -> None:
    grader = service.grader

    @router.post("/{instance_id}/monitor/start/")
    async def monitor_start(instance_id: str, request: Request) -> dict[str, Any]:
        """Every run is recorded anyway: → ``{}``."""
        await _body(request)
        await service.run_of_key(instance_id, request)
        return {}

    @router.post("/{instance_id}/monitor/close/")
    async def monitor_close(instance_id: str, request: Request) -> dict[str, Any]:
        """Submit: → ``{reward}``, the mean over the courses."""
        await _body(request)
        run, result = await grader.submit(await service.run_of_key(instance_id, request))
        return {"reward": result.score, "submission": run.id}

    @router.post("/{instance_id}/close/")
    async def close(instance_id: str, request: Request) -> dict[str, Any]:
        """The end; what was not submitted counts as it stands."""
        await _body(request)
        await grader.submit(await service.run_of_key(instance_id, request))
        return {}


# ---------------------------------------------------------------- what came in


async def _body(request: Request) -> dict[str, Any]:
    """A JSON object; nothing and ``null`` are an empty one."""
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        words = json.loads(raw)
    except (ValueError, RecursionError):
        raise RefusedError("the body must be JSON") from None
    if words is None:
        return {}
    if not isinstance(words, dict):
        raise RefusedError("the body must be a JSON object")
    return words


def _text(words: dict[str, Any], name: str) -> str:
    value = words.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise RefusedError(f"the body needs {name!r}, a text of at most 200 characters")
    return value


def _stage(service: Service, env_id: str) -> Stage:
    """The open stage; an ``env_id`` may also name a stage."""
    if service.settings.stage(env_id) is not None:
        return service.stage(env_id)
    if env_id not in ENVIRONMENTS:
        raise RefusedError(f"env_id is unknown; it must be one of {', '.join(ENVIRONMENTS)}, or a stage's name")
    return service.stage()


def refuse_old_client(oldest: str, version: str) -> str:
    """The client as the ledger names it; :class:`OldClientError` if it knows other rules."""
    numbers = _numbers(version)
    if numbers is None:
        raise RefusedError("the client's version must be like 1.5")
    if numbers < (_numbers(oldest) or ()):
        raise OldClientError(
            f"your client is osim-rl {'.'.join(map(str, numbers))}, older than the rules of this challenge, which need "
            f"{oldest}; run: pip install --upgrade myorun",
            oldest=oldest,
        )
    return f"osim-rl {'.'.join(map(str, numbers))}"


def _numbers(version: str) -> tuple[int, ...] | None:
    match = re.match(r"\d{1,6}(\.\d{1,6}){0,3}", version, re.ASCII)
    return None if match is None else tuple(int(part) for part in match.group().split("."))
