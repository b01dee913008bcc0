"""The server of a challenge as one ASGI application: interfaces, site and jobs."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from myorun.challenge import pulse
from myorun.challenge.grader import Clock, Grader
from myorun.challenge.http import playoff, socket, v1, v2
from myorun.challenge.http.documents import complaint
from myorun.challenge.http.edge import LOG, Edge, refused
from myorun.challenge.http.service import Limits, Service
from myorun.challenge.ledger import Ledger
from myorun.challenge.refusals import RefusedError
from myorun.challenge.settings import Settings
from myorun.challenge.site import forms, pages, watching
from myorun.challenge.site.pages import error_page
from myorun.challenge.site.site import Site
from myorun.version import __version__


def make_app(
    ledger: Ledger,
    settings: Settings,
    clock: Clock | None = None,
    limits: Limits | None = None,
    folder: Path | None = None,
    wake_workers: Callable[[], object] = lambda: None,
) -> FastAPI:
    """The application. Its jobs run, and its ledger is written, between its startup and its shutdown.

    ``folder`` keeps the containers that are handed in; ``wake_workers`` is called for each.
    """
    grader = Grader(ledger, settings) if clock is None else Grader(ledger, settings, clock)
    service = Service(grader, limits, folder, wake_workers)
    app = FastAPI(
        title=settings.name,
        version=__version__,
        description="Hidden courses over HTTP: create a run, reset, step, submit.",
        lifespan=lambda _: _living(service),
        docs_url=None,
        redoc_url=None,
        openapi_url="/v2/openapi.json",
    )
    app.state.service = service
    app.include_router(v1.routes(service))
    app.include_router(v2.routes(service))
    app.include_router(playoff.routes(service))
    app.include_router(socket.routes(service))
    site = Site(service)
    app.include_router(pages.routes(site))
    app.include_router(forms.routes(site))
    app.include_router(watching.routes(site))
    _add_health(app, service)
    _add_errors(app, site)
    app.add_middleware(Edge, metrics=service.metrics)
    return app


@contextlib.asynccontextmanager
async def _living(service: Service) -> AsyncIterator[None]:
    grader = service.grader
    outage = await grader.write(lambda connection: pulse.make_up_for_outage(connection, grader.clock()))
    if outage:
        LOG.info(json.dumps({"event": "deadlines extended", "seconds": round(outage, 1)}))
    jobs = asyncio.create_task(grader.keep_house())
    try:
        yield
    finally:
        jobs.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await jobs
        await asyncio.to_thread(grader.close)


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, Any]:
        """200 while the ledger answers."""
        await service.grader.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


_IN_OUR_WORDS = {
    400: ("bad_request", "the body must be JSON"),
    404: ("unknown", "there is nothing at this address; /docs lists what there is"),
    405: ("no_such_method", "this address has no such method; /docs lists what there is"),
}


def _first_problem(error: RequestValidationError) -> str:
    problem = error.errors()[0]
    if problem["loc"] == ("body",) or problem["type"] == "json_invalid":
        return "the body must be a JSON object, sent with the header 'Content-Type: application/json'"
    return complaint(problem)


def _add_errors(app: FastAPI, site: Site) -> None:
    """One shape for whatever is wrong, without repeating what was sent: JSON for programs, a page for people."""

    async def answer_to(request: Request, error: RefusedError) -> Response:
        is_for_people = "text/html" in request.headers.get("accept", "")
        is_for_programs = request.url.path.startswith(("/v1/", "/v2/"))
        return await error_page(site, request, error) if is_for_people and not is_for_programs else refused(error)

    @app.exception_handler(RefusedError)
    async def refusal(request: Request, error: RefusedError) -> Response:
        return await answer_to(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return await answer_to(request, RefusedError(_first_problem(error)))

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, RefusedError):  # of a body that was too large, say
            return await answer_to(request, error.__cause__)
        code, message = _IN_OUR_WORDS.get(error.status_code, ("bad_request", str(error.detail)))
        refusal = RefusedError(message)
        refusal.code, refusal.status = code, error.status_code
        answer = await answer_to(request, refusal)
        answer.headers.update(error.headers or {})
        return answer
