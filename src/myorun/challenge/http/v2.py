"""Our interface: OpenAPI at ``/docs``, errors of one shape, steps that may be sent again."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from myorun.challenge import ranking, replay, runs
from myorun.challenge.http.documents import (
    ERRORS,
    AnswerOut,
    ChallengeOut,
    CourseOut,
    CreatedOut,
    CreateIn,
    PlaceOut,
    QuotaOut,
    ResetIn,
    RunOut,
    StageOut,
    StepIn,
    SubmissionOut,
    SubmittedOut,
)
from myorun.challenge.http.service import Service, address_of
from myorun.challenge.people import User
from myorun.challenge.quota import quota_of
from myorun.challenge.refusals import NotAllowedError, NotSignedInError
from myorun.challenge.session import Answer
from myorun.challenge.times import iso_time
from myorun.task import rules_of
from myorun.version import __version__

_bearer = HTTPBearer(auto_error=False, description="a token of the site's page 'Account'")
_RunId = Annotated[int, Path(ge=1, le=2**31 - 1, description="number of a run of your team")]
_Stage = Annotated[str | None, Query(max_length=32, description="a stage's name; without it, the open one")]


class _Npz(Response):
    media_type = "application/octet-stream"


def routes(service: Service) -> APIRouter:
    """The routes below ``/v2``."""
    router = APIRouter(prefix="/v2", responses=ERRORS)
    _add_public(router, service)
    _add_runs(router, service)
    _add_steps(router, service)
    _add_own(router, service)
    return router


async def _signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> User:
    if credentials is None:
        raise NotSignedInError("send the header 'Authorization: Bearer <token>'; the page 'Account' gives you one")
    service: Service = request.app.state.service
    return await service.user_of_token(credentials.credentials, address_of(request))


SignedIn = Annotated[User, Depends(_signed_in)]


def _add_public(router: APIRouter, service: Service) -> None:
    @router.get("/challenge", response_model=ChallengeOut, tags=["challenge"])
    async def challenge() -> ChallengeOut:
        """Name, rules and stages."""
        settings, now = service.settings, service.clock()
        stages = [StageOut.of(stage, now) for stage in settings.stages]
        return ChallengeOut(name=settings.name, rules=settings.rules, engine=__version__, stages=stages)

    @router.get("/leaderboard", response_model=list[PlaceOut], tags=["challenge"])
    async def leaderboard(stage: _Stage = None) -> list[PlaceOut]:
        """All places of a stage whose results are public."""
        chosen = service.stage(stage)
        if not chosen.shows(chosen.results, service.clock(), own=False):
            raise NotAllowedError(f"the results of stage {chosen.label!r} are not public now")
        places = await service.grader.read(lambda connection: ranking.leaderboard(connection, chosen))
        return [PlaceOut(**ranking.as_record(place)) for place in places]


def _add_runs(router: APIRouter, service: Service) -> None:
    grader = service.grader

    @router.post("/runs", status_code=201, response_model=CreatedOut, tags=["runs"])
    async def create(wish: CreateIn, user: SignedIn) -> CreatedOut:
        """A new run. It is charged at its first step. The same ``attempt`` again answers with the same run."""
        service.limits.create.check(str(user.id), service.clock())
        stage = service.stage(wish.stage)
        run, _ = await grader.create(user, stage, protocol="2", client=wish.client, attempt=wish.attempt)
        return CreatedOut(
            run=run.id,
            stage=run.stage,
            courses=len(run.plan.seeds),
            max_steps=rules_of(run.plan.rules).max_steps,
            deadline=iso_time(run.deadline_at),
        )

    @router.post("/runs/{run}/submit", response_model=SubmittedOut, tags=["runs"])
    async def submit(run: _RunId, user: SignedIn) -> SubmittedOut:
        """End the run; it counts as it stands."""
        await grader.own_run(user, run)
        done, result = await grader.submit(run)
        courses = [CourseOut.of(course) for course in result.courses]
        return SubmittedOut(run=run, score=result.score, course_results=courses, receipt=(done.digest or b"").hex())

    @router.get("/runs/{run}", response_model=RunOut, tags=["runs"])
    async def look(run: _RunId, user: SignedIn) -> RunOut:
        """The run as it stands: all that is needed to resume it."""
        await grader.own_run(user, run, to_play=False)
        found, session = await grader.look(run)
        return RunOut.of(found, session, await grader.read(lambda connection: runs.results_of(connection, run)))


def _add_steps(router: APIRouter, service: Service) -> None:
    grader = service.grader

    @router.post("/runs/{run}/reset", response_model=AnswerOut, tags=["runs"])
    async def reset(run: _RunId, wish: ResetIn, user: SignedIn) -> Response:
        """Begin the next course. What is left of the one before is forgone."""
        await grader.own_run(user, run)
        return _answer(await grader.reset(run, wish.course))

    @router.post("/runs/{run}/step", response_model=AnswerOut, tags=["runs"])
    async def step(run: _RunId, wish: StepIn, user: SignedIn) -> Response:
        """Hold the excitations for one step of 10 ms."""
        await grader.own_run(user, run)
        answer = await grader.step(run, wish.action, (wish.course, wish.step))
        service.metrics.steps.inc()
        return _answer(answer)


def _add_own(router: APIRouter, service: Service) -> None:
    grader = service.grader

    @router.get("/quota", response_model=QuotaOut, tags=["team"])
    async def quota(user: SignedIn, stage: _Stage = None) -> QuotaOut:
        """What your team has left, and when more comes."""
        chosen, now = service.stage(stage), service.clock()
        return QuotaOut.of(chosen, await grader.read(lambda c: quota_of(c, chosen, user, now)))

    @router.get("/submissions", response_model=list[SubmissionOut], tags=["team"])
    async def submissions(user: SignedIn, stage: _Stage = None) -> list[SubmissionOut]:
        """Those of your team, the oldest first."""
        chosen = service.stage(stage)
        found = await grader.read(lambda c: ranking.submissions_of(c, chosen.name, user.team_id))
        return [
            SubmissionOut(run=s.id, score=s.score, submitted=iso_time(s.finished_at), ended_by=s.ended_by)
            for s in found
        ]

    @router.get("/runs/{run}/replay", tags=["team"], response_class=_Npz)
    async def own_replay(run: _RunId, user: SignedIn, course: Annotated[int, Query(ge=0, le=1000)] = 0) -> Response:
        """One course of a finished run of your team, simulated again: a trajectory as ``.npz``."""
        await grader.own_run(user, run, to_play=False)
        service.limits.replay.check(str(user.id), service.clock())
        found, rows = await grader.finished(run)
        if not service.stage(found.stage).shows_replays(service.clock(), own=True):
            raise NotAllowedError("replays of a play-off are shown when it has closed: they show its courses")
        trajectory = await grader.simulate(replay.trajectory_of, found, rows, course, user.team)
        content = await asyncio.to_thread(replay.npz_of, trajectory)
        name = f"attachment; filename=run-{run}-course-{course}.npz"
        return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": name})


def _answer(answer: Answer) -> Response:
    return Response(json.dumps(AnswerOut.of(answer)), media_type="application/json")
