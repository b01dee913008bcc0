"""The pages that only show something, one function each; templates do the rest."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from myorun.challenge import people, ranking, runs, submissions
from myorun.challenge.certainty import certainty_of
from myorun.challenge.people import User
from myorun.challenge.quota import quota_of
from myorun.challenge.refusals import NotAllowedError, RefusedError, UnknownError
from myorun.challenge.settings import Stage
from myorun.challenge.site import plots, tables
from myorun.challenge.site.site import Site, best_course, is_own
from myorun.challenge.site.visitors import Visitor, signed_in, visitor_of

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_TOP = 10  # entries whose ranking is looked at closely


def routes(site: Site) -> APIRouter:
    """All pages that only show something."""
    router = APIRouter(include_in_schema=False)
    _add_leaderboard(router, site)
    _add_statistics(router, site)
    _add_submissions(router, site)
    _add_words(router, site)
    _add_own(router, site)
    _add_static(router)
    return router


def _add_leaderboard(router: APIRouter, site: Site) -> None:
    @router.get("/")
    async def leaderboard(request: Request) -> Response:
        visitor, stage = await visitor_of(request, site.service), site.stage(request)
        wish = tables.Wish.of(request.query_params)
        page = tables.page_of(await site.places(stage, visitor.user), wish)
        hidden = not stage.shows(stage.results, site.service.clock(), own=False)
        now = site.service.clock()

        def is_watched(team_id: int) -> bool:
            return stage.shows_replays(now, own=is_own(visitor.user, team_id))

        words = {"stage": stage, "page": page, "wish": wish, "hidden": hidden, "now": now, "is_watched": is_watched}
        return await site.render(request, "leaderboard.html", visitor, **words)

    @router.get("/leaderboard.json")
    async def as_json(request: Request) -> Response:
        visitor, stage = await visitor_of(request, site.service), site.stage(request)
        places = await site.places(stage, visitor.user)
        records = [ranking.as_record(place) for place in places]
        return Response(json.dumps({"stage": stage.name, "places": records}), media_type="application/json")

    @router.get("/leaderboard.csv")
    async def as_csv(request: Request) -> Response:
        visitor, stage = await visitor_of(request, site.service), site.stage(request)
        return Response(tables.as_csv(await site.places(stage, visitor.user)), media_type="text/csv")


def _add_statistics(router: APIRouter, site: Site) -> None:
    @router.get("/ranking")
    async def final_ranking(request: Request) -> Response:
        visitor, stage = await visitor_of(request, site.service), site.stage(request)
        top = (await site.places(stage, visitor.user))[:_TOP]
        found = await site.grader.simulate(certainty_of, top)
        now = site.service.clock()
        hidden = not stage.shows(stage.results, now, own=False)
        words = {"stage": stage, "now": now, "hidden": hidden, "boxes": Markup(plots.boxes(top))}
        return await site.render(request, "ranking.html", visitor, found=found, **words)

    @router.get("/progress")
    async def progress(request: Request) -> Response:
        visitor, stage = await visitor_of(request, site.service), site.stage(request)
        found = await site.grader.read(lambda connection: ranking.submissions_of(connection, stage.name))
        now = site.service.clock()
        shown = [s for s in found if stage.shows(stage.results, now, own=is_own(visitor.user, s.team_id))]
        drawn = {
            "progress": Markup(plots.progress(shown, stage.baseline)),
            "leaders": plots.leaders(shown),
            "histogram": Markup(plots.histogram([s.score for s in shown])),
        }
        return await site.render(request, "progress.html", visitor, stage=stage, count=len(shown), **drawn)


def _add_submissions(router: APIRouter, site: Site) -> None:
    @router.get("/submissions/{number}")
    async def submission(request: Request, number: str, course: int = -1) -> Response:
        visitor = await visitor_of(request, site.service)
        run, stage = await site.shown_run(number, visitor.user, "results")
        results = await site.grader.read(lambda connection: runs.results_of(connection, run.id))
        team = await site.grader.read(lambda connection: people.team_name(connection, run.team_id))
        played = stage.shows_replays(site.service.clock(), own=is_own(visitor.user, run.team_id))
        return await site.render(
            request,
            "submission.html",
            visitor,
            run=run,
            stage=stage,
            results=results,
            team=team,
            played=played,
            course=course if 0 <= course < len(results) else best_course(results),
        )

    @router.get("/submissions/{number}/thumbnail.svg")
    async def miniature(request: Request, number: str) -> Response:
        visitor = await visitor_of(request, site.service)
        run, _ = await site.shown_run(number, visitor.user, "replays")
        text = await site.miniature(run, still="still" in request.query_params)
        return Response(text, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=86400"})


def _add_words(router: APIRouter, site: Site) -> None:
    @router.get("/rules")
    async def rules(request: Request) -> Response:
        return await site.render(
            request, "rules.html", await visitor_of(request, site.service), now=site.service.clock()
        )

    @router.get("/start")
    async def start(request: Request) -> Response:
        address = site.settings.address or f"{request.url.scheme}://{request.url.netloc}"
        return await site.render(request, "start.html", await visitor_of(request, site.service), address=address)

    @router.get("/docs")
    async def documentation(request: Request) -> Response:
        schema = request.app.openapi()
        return await site.render(request, "docs.html", await visitor_of(request, site.service), schema=schema)


def _add_own(router: APIRouter, site: Site) -> None:
    @router.get("/mine")
    async def mine(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        stage, now = site.stage(request), site.service.clock()
        found = await site.grader.read(lambda c: runs.runs_of_team(c, stage.name, user.team_id))
        quota = await site.grader.read(lambda c: quota_of(c, stage, user, now))
        agents = await site.grader.read(lambda connection: _agents_of(connection, stage, user))
        return await site.render(request, "mine.html", visitor, stage=stage, runs=found, quota=quota, agents=agents)

    @router.get("/account")
    async def account(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        return await site.render(request, "account.html", visitor, **await site.account(user), shown=None)

    @router.get("/organiser")
    async def organiser(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        if not user.organiser:
            raise NotAllowedError("this page is the organiser's")
        count = await site.grader.read(people.count_users)
        latest = await site.grader.read(runs.latest_runs)
        figures = {"live": site.grader.live_runs(), "waiting": site.grader.writer.waiting()}
        return await site.render(request, "organiser.html", visitor, count=count, latest=latest, shown=None, **figures)


def _agents_of(connection: Connection, stage: Stage, user: User) -> list[dict[str, Any]]:
    """Containers that a team handed in, the newest first, each with its status in words and what it printed."""
    found = submissions.of_team(connection, stage.name, user.team_id, limit=20)
    courses = len(stage.seeds) or stage.courses
    return [
        {
            "agent": agent,
            "says": submissions.describe(agent, submissions.position(connection, agent), courses),
            "log": submissions.log_of(connection, agent.id),
        }
        for agent in found
    ]


def _add_static(router: APIRouter) -> None:
    files = {
        file.name: file.read_bytes()
        for file in (resources.files("myorun.challenge.site") / "static").iterdir()
        if Path(file.name).suffix in _KINDS
    }

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in files:
            raise UnknownError("there is no such file")
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(files[name], media_type=_KINDS[Path(name).suffix], headers=headers)


async def error_page(site: Site, request: Request, refusal: RefusedError) -> Response:
    """A refusal, for people."""
    try:
        visitor = await visitor_of(request, site.service)
    except Exception:  # the ledger does not answer; the page must
        visitor = Visitor("", "", None, is_new=False)
    return await site.render(request, "error.html", visitor, refusal.status, refusal=refusal)
