"""What visitors send: signing up, in and out, tokens, teams. Every form carries the visitor's key."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from myorun.challenge import attempts, people, runs
from myorun.challenge.http.service import address_of
from myorun.challenge.people import User
from myorun.challenge.refusals import NotAllowedError, RateError, RefusedError
from myorun.challenge.site.site import Site
from myorun.challenge.site.visitors import SESSION, Visitor, form_of, set_cookie, signed_in, visitor_of

_SESSION_SECONDS = 14 * 86400


def routes(site: Site) -> APIRouter:
    """All forms."""
    router = APIRouter(include_in_schema=False)
    _add_sign_in(router, site)
    _add_sign_up(router, site)
    _add_password(router, site)
    _add_tokens(router, site)
    _add_teams(router, site)
    _add_runs(router, site)
    _add_organiser(router, site)
    return router


def _see(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)


async def _refuse_too_many(site: Site, *tries: tuple[attempts.Rate, str]) -> None:
    """:class:`RateError` where one of them, of somebody, is one too many."""
    now = site.service.clock()
    wait = await site.grader.write(lambda c: max(attempts.seconds_to_wait(c, rate, who, now) for rate, who in tries))
    if wait > 0.0:
        raise RateError.with_wait(wait)


async def _begin_session(site: Site, request: Request, user: User, page: str = "/start") -> Response:
    """Signed in, and no longer as whoever this browser was before."""
    now, before = site.service.clock(), request.cookies.get(SESSION, "")

    def work(connection: Connection) -> str:
        people.end_web_session(connection, before)
        return people.begin_web_session(connection, user, now)

    secret = await site.grader.write(work)
    response = _see(page)
    set_cookie(response, request, SESSION, secret, _SESSION_SECONDS)
    return response


async def _checked_password(site: Site, request: Request, name: str, password: str) -> User:
    """Whose name and password these are; :class:`RefusedError` if nobody's, or if there were too many tries."""
    address = address_of(request)
    await _refuse_too_many(
        site, (attempts.SIGN_IN_ADDRESS, address), (attempts.SIGN_IN, f"{address} {people.name_key(name)}")
    )
    return await site.grader.read(lambda connection: people.user_with_password(connection, name, password))


def _add_sign_in(router: APIRouter, site: Site) -> None:
    @router.get("/sign-in")
    async def page(request: Request) -> Response:
        return await site.render(request, "sign_in.html", await visitor_of(request, site.service), problem="", name="")

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        visitor = await visitor_of(request, site.service)
        fields = await form_of(request, visitor)
        name = fields.get("name", "")
        try:
            user = await _checked_password(site, request, name, fields.get("password", ""))
        except RefusedError as refusal:
            words = {"problem": refusal.message, "name": name}
            return await site.render(request, "sign_in.html", visitor, refusal.status, **words)
        return await _begin_session(site, request, user)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        await form_of(request, await visitor_of(request, site.service))
        secret = request.cookies.get(SESSION, "")
        await site.grader.write(lambda connection: people.end_web_session(connection, secret))
        response = _see("/")
        response.delete_cookie(SESSION)
        return response


def _add_sign_up(router: APIRouter, site: Site) -> None:
    @router.get("/sign-up")
    async def page(request: Request) -> Response:
        invitation = request.query_params.get("invitation", "")[:100]
        words = {"problem": "", "name": "", "invitation": invitation}
        return await site.render(request, "sign_up.html", await visitor_of(request, site.service), **words)

    @router.post("/sign-up")
    async def sign_up(request: Request) -> Response:
        visitor = await visitor_of(request, site.service)
        fields = await form_of(request, visitor)
        name, invitation, now = fields.get("name", ""), fields.get("invitation", "").strip(), site.service.clock()
        policy = site.settings.sign_up
        try:
            await _refuse_too_many(site, (attempts.SIGN_UP, address_of(request)))
            hashed = await asyncio.to_thread(people.hashed_password, fields.get("password", ""))
            user = await site.grader.write(
                lambda connection: people.sign_up(connection, name, hashed, now, policy=policy, invitation=invitation)
            )
        except RefusedError as refusal:
            words = {"problem": refusal.message, "name": name, "invitation": invitation}
            return await site.render(request, "sign_up.html", visitor, refusal.status, **words)
        return await _begin_session(site, request, user)


async def _account(site: Site, request: Request, visitor: Visitor, user: User, shown: tuple[str, str]) -> Response:
    """The account page with a secret that is shown only now."""
    return await site.render(request, "account.html", visitor, **await site.account(user), shown=shown)


def _add_password(router: APIRouter, site: Site) -> None:
    @router.post("/account/password")
    async def change(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        fields = await form_of(request, visitor)
        await _checked_password(site, request, user.name, fields.get("password", ""))
        hashed = await asyncio.to_thread(people.hashed_password, fields.get("new_password", ""))
        await site.grader.write(lambda connection: people.set_password(connection, user, hashed))
        return await _begin_session(site, request, user, "/account")


def _add_tokens(router: APIRouter, site: Site) -> None:
    @router.post("/account/tokens")
    async def add(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        fields, now = await form_of(request, visitor), site.service.clock()
        label = fields.get("label", "") or "token"
        secret = await site.grader.write(lambda connection: people.add_token(connection, user, label, now))
        return await _account(site, request, visitor, user, ("Your new token", secret))

    @router.post("/account/tokens/revoke")
    async def revoke(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        fields, now = await form_of(request, visitor), site.service.clock()
        number = fields.get("token", "")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise RefusedError("there is no such token")
        await site.grader.write(lambda connection: people.revoke_token(connection, user, int(number), now))
        return _see("/account")


def _add_teams(router: APIRouter, site: Site) -> None:
    @router.post("/account/team/create")
    async def create(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        fields, now = await form_of(request, visitor), site.service.clock()
        await _refuse_too_many(site, (attempts.TEAM, str(user.id)))
        await site.grader.write(lambda connection: people.create_team(connection, user, fields.get("name", ""), now))
        return _see("/account")

    @router.post("/account/team/invite")
    async def invite(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        await form_of(request, visitor)
        await _refuse_too_many(site, (attempts.TEAM, str(user.id)))
        now = site.service.clock()
        secret = await site.grader.write(lambda connection: people.invite(connection, now, user.team_id))
        return await _account(site, request, visitor, user, (f"Invitation to {user.team}, for one person", secret))

    @router.post("/account/team/join")
    async def join(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        fields, now = await form_of(request, visitor), site.service.clock()
        secret = fields.get("invitation", "").strip()
        await site.grader.write(lambda connection: people.join_team(connection, user, secret, now))
        return _see("/account")

    @router.post("/account/team/leave")
    async def leave(request: Request) -> Response:
        visitor, user = await signed_in(request, site.service)
        await form_of(request, visitor)
        await site.grader.write(lambda connection: people.leave_team(connection, user))
        return _see("/account")


def _add_runs(router: APIRouter, site: Site) -> None:
    @router.post("/mine/end")
    async def end(request: Request) -> Response:
        """For a run whose program is gone, and with it the instance id of 2017's interface."""
        visitor, user = await signed_in(request, site.service)
        run_id = _run_number(await form_of(request, visitor))
        await site.grader.own_run(user, run_id)
        run, _ = await site.grader.submit(run_id)
        return _see(f"/mine?stage={run.stage}")


def _run_number(fields: dict[str, str]) -> int:
    number = fields.get("run", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise RefusedError("there is no such run")
    return int(number)


def _add_organiser(router: APIRouter, site: Site) -> None:
    async def organiser(request: Request) -> tuple[Visitor, dict[str, str]]:
        visitor, user = await signed_in(request, site.service)
        if not user.organiser:
            raise NotAllowedError("this page is the organiser's")
        return visitor, await form_of(request, visitor)

    @router.post("/organiser/refund")
    async def refund(request: Request) -> Response:
        _, fields = await organiser(request)
        run_id, now = _run_number(fields), site.service.clock()
        await asyncio.to_thread(runs.give_back, site.grader.ledger.write, run_id, now)
        return _see("/organiser")

    @router.post("/organiser/invite")
    async def invite(request: Request) -> Response:
        visitor, _ = await organiser(request)
        now = site.service.clock()
        secret = await site.grader.write(lambda connection: people.invite(connection, now))
        count = await site.grader.read(people.count_users)
        latest = await site.grader.read(runs.latest_runs)
        words = {"count": count, "latest": latest, "shown": ("Invitation to sign up, for one person", secret)}
        figures = {"live": site.grader.live_runs(), "waiting": site.grader.writer.waiting()}
        return await site.render(request, "organiser.html", visitor, **words, **figures)
