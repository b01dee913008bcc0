"""What all pages share: templates, the visitor's stage, and what a visitor may see."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from myorun.challenge import people, ranking, replay, runs
from myorun.challenge.http.service import Service
from myorun.challenge.people import User
from myorun.challenge.refusals import NotAllowedError, UnknownError
from myorun.challenge.session import CourseResult
from myorun.challenge.settings import Stage
from myorun.challenge.site import plots
from myorun.challenge.site.thumbnail import thumbnail
from myorun.challenge.site.visitors import VISITOR, Visitor, set_cookie
from myorun.challenge.times import iso_time
from myorun.trajectory import Trajectory
from myorun.version import __version__

_MOST_MINIATURES = 2000  # kept in memory, some 30 kB each


class Site:
    """What all pages share."""

    def __init__(self, service: Service) -> None:
        self.service, self.grader, self.settings = service, service.grader, service.settings
        self._templates = Environment(
            loader=PackageLoader("myorun.challenge.site"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            moment=lambda time: iso_time(time).replace("T", " ").replace("Z", " UTC"),
            percent=lambda share: f"{100 * share:.0f} %" if share in (0.0, 1.0) else f"{100 * share:.1f} %",
            code=lambda text: Markup(re.sub(r"``(.+?)``", r"<code>\1</code>", str(escape(text)))),
            score=lambda score: "–" if score is None else f"{score:.3f}",
            spark=lambda scores: Markup(plots.sparkline(scores)),
        )
        self._miniatures: OrderedDict[tuple[int, bool], str] = OrderedDict()

    async def render(
        self, request: Request, name: str, visitor: Visitor, status: int = 200, /, **words: Any
    ) -> Response:
        """A page, with the visitor's cookie if it is the first."""
        text = self._templates.get_template(name).render(
            settings=self.settings, visitor=visitor, version=__version__, path=request.url.path, **words
        )
        response = HTMLResponse(text, status, {"Cache-Control": "no-store"})
        if visitor.is_new:
            set_cookie(response, request, VISITOR, visitor.secret)
        return response

    # ------------------------------------------------------------ what is shown

    def stage(self, request: Request) -> Stage:
        """The one of ``?stage=``, else the one that is open, else the last that was."""
        name = request.query_params.get("stage")
        if name is not None:
            return self.service.stage(name)
        opened = self.settings.open_stages(self.service.clock())
        past = [s for s in self.settings.stages if s.opens.timestamp() <= self.service.clock()]
        return (opened or past[-1:] or list(self.settings.stages))[0]

    async def places(self, stage: Stage, user: User | None) -> list[ranking.Place]:
        """The leaderboard as far as a visitor may see it."""
        found = await self.grader.read(lambda connection: ranking.leaderboard(connection, stage))
        now = self.service.clock()
        return [place for place in found if stage.shows(stage.results, now, own=is_own(user, place.submission.team_id))]

    async def shown_run(self, number: str, user: User | None, what: str) -> tuple[runs.Run, Stage]:
        """A finished run whose ``what`` ("results", "replays") a visitor may see; else :class:`UnknownError`."""
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise UnknownError("there is no such submission")
        run = await self.grader.read(lambda connection: runs.find_run(connection, int(number)))
        stage = self.settings.stage(run.stage)
        own = is_own(user, run.team_id)
        if stage is None or run.finished_at is None or (run.charged_at is None and not own):
            raise UnknownError("there is no such submission")
        now = self.service.clock()
        if not (stage.shows_replays(now, own=own) if what == "replays" else stage.shows(stage.results, now, own=own)):
            raise NotAllowedError(f"{what} of this stage are not public now")
        return run, stage

    async def account(self, user: User) -> dict[str, Any]:
        """What the account page shows of a user."""

        def look(connection: Connection) -> dict[str, Any]:
            return {
                "tokens": people.list_tokens(connection, user),
                "mates": people.members(connection, user.team_id),
                "has_password": people.has_password(connection, user),
            }

        return await self.grader.read(look)

    async def trajectory(self, run: runs.Run, course: int) -> Trajectory:
        """A course of a finished run, simulated again."""
        rows = (await self.grader.finished(run.id))[1]
        return await self.grader.simulate(replay.trajectory_of, run, rows, course)

    async def miniature(self, run: runs.Run, still: bool) -> str:
        """The thumbnail of a run: its best course."""
        key = (run.id, still)
        if key not in self._miniatures:
            results = await self.grader.read(lambda connection: runs.results_of(connection, run.id))
            trajectory = await self.trajectory(run, best_course(results))
            self._miniatures[key] = await asyncio.to_thread(lambda: thumbnail(trajectory, still=still))
            if len(self._miniatures) > _MOST_MINIATURES:
                self._miniatures.popitem(last=False)
        return self._miniatures[key]


def best_course(results: Sequence[CourseResult]) -> int:
    """Which one to show first; one that was not run is shown last. 0 where there are no results."""
    return max(range(len(results)), key=lambda i: (results[i].ending != "unplayed", results[i].score), default=0)


def is_own(user: User | None, team_id: int) -> bool:
    """Whether a team's runs are shown to a user as to itself: members, and the organiser."""
    return user is not None and (user.organiser or user.team_id == team_id)
