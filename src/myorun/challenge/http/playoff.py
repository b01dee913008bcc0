"""Handing in containers: uploads in pieces, then a place in the queue, a status, a verdict and the agent's log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Annotated
from weakref import WeakValueDictionary

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Connection

from myorun.challenge import quota, runs, submissions
from myorun.challenge.http.documents import ERRORS
from myorun.challenge.http.playoff_documents import AgentOut, BeginIn, LogOut, NameIn, ReceivedOut, UploadOut
from myorun.challenge.http.service import Service
from myorun.challenge.http.v2 import SignedIn
from myorun.challenge.people import User
from myorun.challenge.playoff.sources import UPLOADED, checked_reference
from myorun.challenge.playoff.uploads import ImageStore, Upload
from myorun.challenge.refusals import UnavailableError, UnknownError
from myorun.challenge.settings import Stage
from myorun.challenge.submissions import Submission
from myorun.challenge.tables import CONTAINER

_MOST_CHECKS = 2  # archives that are looked through at a time
_MOST_WAITING = 128 * 1024  # bytes of a piece that wait in memory for the disk
_UploadId = Annotated[str, Path(min_length=16, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
_Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="number of a submission of your team")]
_Offset = Annotated[int, Query(ge=0, le=2**53, description="where in the archive the piece belongs")]
_StageName = Annotated[str | None, Query(max_length=32, description="a stage's name; without it, the open one")]


def routes(service: Service) -> APIRouter:
    """The routes below ``/v2/playoff``."""
    router = APIRouter(prefix="/v2/playoff", responses=ERRORS, tags=["play-off"])
    desk = _Desk(service)
    _add_uploads(router, desk)
    _add_submissions(router, desk)
    return router


class _Desk:
    """Where containers are handed in."""

    def __init__(self, service: Service) -> None:
        self.service, self.grader = service, service.grader
        self._store = ImageStore(service.folder, service.settings.playoff) if service.folder else None
        self._checks = asyncio.Semaphore(_MOST_CHECKS)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # of each participant

    @property
    def store(self) -> ImageStore:
        """:class:`UnavailableError` where this server has no folder."""
        if self._store is None:
            raise UnavailableError("this server keeps no images")
        return self._store

    def stage(self, name: str | None) -> Stage:
        """A stage for containers; without a name, the open one."""
        service = self.service
        if name is not None:
            return service.stage(name)
        opened = [stage for stage in service.settings.open_stages(service.clock()) if stage.agents == "containers"]
        return opened[0] if opened else service.stage(None)

    async def refuse_unless_welcome(self, user: User, stage: Stage) -> None:
        """Say no before an upload, not after it."""
        settings, now = self.service.settings, self.service.clock()
        await self.grader.read(lambda c: quota.refuse_unless_welcome(c, settings, stage, user, now, CONTAINER))

    async def keep(self, user: User, upload_id: str) -> AgentOut:
        """Check an upload that is complete, and queue it. Nobody has two looked through while others wait."""
        upload = await asyncio.to_thread(self.store.find, user.id, upload_id)
        async with self._turns.setdefault(user.id, asyncio.Lock()), self._checks:
            sha256 = await asyncio.to_thread(self.store.finish, upload)
        return await self.hand_in(user, self.service.stage(upload.stage), f"{UPLOADED}{sha256}", upload.id)

    async def receive(self, upload: Upload, offset: int, body: AsyncIterable[bytes]) -> int:
        """Write a piece to disk while it comes, so that many slow senders take little memory; how much is there then.

        Nobody has to wait for a turn, which those who send nothing would keep from others.
        """
        waiting = bytearray()
        async for words in body:
            waiting += words
            if len(waiting) >= _MOST_WAITING:
                offset = await asyncio.to_thread(self.store.add, upload, offset, bytes(waiting))
                waiting.clear()
        return await asyncio.to_thread(self.store.add, upload, offset, bytes(waiting))

    async def begin(self, user: User, stage: Stage, size: int, sha256: str) -> Upload:
        """Begin an upload, once what nobody needs has made room."""
        needed = await self.grader.read(submissions.needed_images)
        uploaded = {image.removeprefix(UPLOADED) for image in needed}
        await asyncio.to_thread(self.store.remove_unused, uploaded)
        return await asyncio.to_thread(self.store.begin, user.id, stage.name, size, sha256)

    async def hand_in(self, user: User, stage: Stage, image: str, attempt: str | None) -> AgentOut:
        """Queue an image, and wake who grades."""
        settings, now = self.service.settings, self.service.clock()
        number = await self.grader.write(
            lambda c: submissions.hand_in(c, settings, stage, user, image, now, attempt=attempt)
        )
        await asyncio.to_thread(self.service.wake_workers)  # which may wait for a queue that is away
        return await self.describe(number)

    async def own(self, user: User, number: int) -> Submission:
        """:class:`UnknownError` unless it is of this user's team."""
        found = await self.grader.read(lambda connection: submissions.find(connection, number))
        if found.team_id != user.team_id:
            raise UnknownError("there is no such submission, or it is not yours")
        return found

    async def describe(self, number: int) -> AgentOut:
        """A submission as it stands."""
        return await self.grader.read(lambda connection: _described(connection, submissions.find(connection, number)))


def _described(connection: Connection, found: Submission) -> AgentOut:
    courses = len(runs.find_run(connection, found.run_id).plan.seeds)
    return AgentOut.of(found, submissions.position(connection, found), courses)


def _add_uploads(router: APIRouter, desk: _Desk) -> None:
    @router.post("/uploads", status_code=201, response_model=UploadOut)
    async def begin(wish: BeginIn, user: SignedIn) -> UploadOut:
        """Begin an upload, or go on with the one of the same archive that was cut off."""
        desk.service.limits.create.check(str(user.id), desk.service.clock())
        stage = desk.stage(wish.stage)
        await desk.refuse_unless_welcome(user, stage)
        return UploadOut.of(await desk.begin(user, stage, wish.size, wish.sha256))

    @router.get("/uploads/{upload}", response_model=UploadOut)
    async def look(upload: _UploadId, user: SignedIn) -> UploadOut:
        """How much is there."""
        return UploadOut.of(await asyncio.to_thread(desk.store.find, user.id, upload))

    @router.put("/uploads/{upload}", response_model=ReceivedOut)
    async def add(upload: _UploadId, offset: _Offset, request: Request, user: SignedIn) -> ReceivedOut:
        """The next piece, as the body of the request. One of another place is refused, with ``received``.

        Of a piece that breaks off, what was written is kept: ask how much is there, and go on from that.
        """
        found = await asyncio.to_thread(desk.store.find, user.id, upload)
        return ReceivedOut(received=await desk.receive(found, offset, request.stream()))

    @router.post("/uploads/{upload}/finish", status_code=201, response_model=AgentOut)
    async def finish(upload: _UploadId, user: SignedIn) -> AgentOut:
        """Hand the archive in. It is looked through first, which takes a second for every 10 MB or so."""
        return await desk.keep(user, upload)

    @router.delete("/uploads/{upload}", status_code=204)
    async def forget(upload: _UploadId, user: SignedIn) -> None:
        """Forget what was uploaded."""
        found = await asyncio.to_thread(desk.store.find, user.id, upload)
        await asyncio.to_thread(desk.store.cancel, found)


def _add_submissions(router: APIRouter, desk: _Desk) -> None:
    @router.post("/submissions", status_code=201, response_model=AgentOut)
    async def name_image(wish: NameIn, user: SignedIn) -> AgentOut:
        """Hand in an image of a registry, by its hash."""
        desk.service.limits.create.check(str(user.id), desk.service.clock())
        image = checked_reference(wish.image, desk.service.settings.playoff)
        return await desk.hand_in(user, desk.stage(wish.stage), image, wish.attempt)

    @router.get("/submissions", response_model=list[AgentOut])
    async def list_own(user: SignedIn, stage: _StageName = None) -> list[AgentOut]:
        """Those of your team, the newest first."""
        chosen = desk.stage(stage)
        return await desk.grader.read(
            lambda c: [_described(c, found) for found in submissions.of_team(c, chosen.name, user.team_id)]
        )

    @router.get("/submissions/{submission}", response_model=AgentOut)
    async def status(submission: _Number, user: SignedIn) -> AgentOut:
        """How it stands."""
        await desk.own(user, submission)
        return await desk.describe(submission)

    @router.delete("/submissions/{submission}", response_model=AgentOut)
    async def cancel(submission: _Number, user: SignedIn) -> AgentOut:
        """Take it back: at once where it waits, else as soon as who grades it hears of it."""
        await desk.own(user, submission)
        now = desk.service.clock()
        await desk.grader.write(lambda connection: submissions.cancel(connection, submission, now))
        return await desk.describe(submission)

    @router.get("/submissions/{submission}/log", response_model=LogOut)
    async def log(submission: _Number, user: SignedIn) -> LogOut:
        """The last of what the agent printed."""
        await desk.own(user, submission)
        return LogOut(log=await desk.grader.read(lambda connection: submissions.log_of(connection, submission)))
