"""Replays in the viewer: one submission, or two side by side."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from myorun.challenge import people
from myorun.challenge.refusals import UnknownError
from myorun.challenge.site.site import Site
from myorun.challenge.site.visitors import visitor_of
from myorun.view.web.page import KINDS, static_files
from myorun.view.web.recording import replay_of
from myorun.view.web.replay import encode

_MOST_REPLAYS = 100  # kept in memory, some 100 kB each
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Frame-Options": "SAMEORIGIN"}


def routes(site: Site) -> APIRouter:
    """The viewer's files below ``/watch/<what>/``, its replays, and the page of two."""
    router = APIRouter(include_in_schema=False)
    replays = _Replays(site)
    _add_viewer(router, site)
    _add_duel(router, site)

    @router.get("/submissions/{number}/{course}.replay")
    async def replay(request: Request, number: str, course: int) -> Response:
        visitor = await visitor_of(request, site.service)
        run, _ = await site.shown_run(number, visitor.user, "replays")
        headers = {"Cache-Control": "private, max-age=86400"}
        return Response(await replays.get(run.id, course), media_type="application/octet-stream", headers=headers)

    return router


class _Replays:
    """Replay files, the latest kept."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    async def get(self, run_id: int, course: int) -> bytes:
        """The file of a course of a finished run that the asker may see."""
        key = (run_id, course)
        if key not in self._kept:
            grader = self._site.grader
            run, _ = await grader.finished(run_id)
            team = await grader.read(lambda connection: people.team_name(connection, run.team_id))
            trajectory = await self._site.trajectory(run, course)
            title = f"{team}, course {course + 1}"
            self._kept[key] = await asyncio.to_thread(lambda: encode(replay_of(trajectory, title=title)))
            if len(self._kept) > _MOST_REPLAYS:
                self._kept.popitem(last=False)
        return self._kept[key]


def _add_viewer(router: APIRouter, site: Site) -> None:
    """``<what>`` is ``12.0`` (submission 12, its first course), or ``12.0+15.0``."""
    files = static_files()

    @router.get("/watch/{what}/replays.json")
    async def replays(request: Request, what: str) -> Response:
        visitor = await visitor_of(request, site.service)
        addresses = []
        for number, course in _pairs(what):
            await site.shown_run(number, visitor.user, "replays")
            addresses.append(f"/submissions/{number}/{course}.replay")
        return Response(json.dumps({"replays": addresses, "live": None}), media_type="application/json")

    @router.get("/watch/{what}/{file:path}")
    async def file(what: str, file: str) -> Response:
        _pairs(what)
        name = file or "index.html"
        if name not in files:
            raise UnknownError("there is no such file")
        headers = {**_HEADERS, "Cache-Control": "public, max-age=300"}
        return Response(files[name], media_type=KINDS[Path(name).suffix], headers=headers)


def _pairs(what: str) -> list[tuple[str, str]]:
    """Submissions and courses of an address; :class:`UnknownError` if it is none."""
    pairs = [tuple(part.split(".")) for part in what.split("+")]
    if len(pairs) > 2 or any(len(p) != 2 or not all(n.isascii() and n.isdigit() for n in p) for p in pairs):
        raise UnknownError("there is nothing to watch at this address")
    return [(number, course) for number, course in pairs]


def _add_duel(router: APIRouter, site: Site) -> None:
    @router.get("/duel")
    async def duel(request: Request, a: str = "", b: str = "", course: int = 0) -> Response:
        visitor = await visitor_of(request, site.service)
        sides = []
        for number in (a, b):
            run, stage = await site.shown_run(number, visitor.user, "replays")
            team = await site.grader.read(lambda connection, run=run: people.team_name(connection, run.team_id))  # type: ignore[misc]
            sides.append((run, team))
        courses = min(len(run.plan.seeds) for run, _ in sides)
        words = {"sides": sides, "course": max(0, min(course, courses - 1)), "courses": courses, "stage": stage}
        return await site.render(request, "duel.html", visitor, 200, **words)
