"""Who looks at the site: cookies, and forms that only our own pages can send."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from myorun.challenge import people
from myorun.challenge.http.service import Service
from myorun.challenge.people import User
from myorun.challenge.refusals import NotAllowedError, NotSignedInError, RefusedError
from myorun.challenge.secrets import new_secret

VISITOR, SESSION = "visitor", "session"  # cookies
_LONGEST_FIELD = 1000


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser."""

    secret: str  # of the cookie
    session: str  # of the cookie of those who are signed in; ""
    user: User | None
    is_new: bool  # the cookie is still to be set

    @property
    def form_key(self) -> str:
        """What every form of ours carries and no other site can know: a new one when somebody signs in or out."""
        words = f"form:{self.secret}:{self.session if self.user else ''}"
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


async def visitor_of(request: Request, service: Service) -> Visitor:
    """From the cookies of a request."""
    secret, session = request.cookies.get(VISITOR), request.cookies.get(SESSION, "")
    user = None
    if session:
        now = service.clock()
        user = await service.grader.read(lambda c: people.user_of_web_session(c, session, now))
    return Visitor(secret or new_secret(), session, user, not secret)


async def signed_in(request: Request, service: Service) -> tuple[Visitor, User]:
    """:class:`NotSignedInError` for a visitor who is not."""
    visitor = await visitor_of(request, service)
    if visitor.user is None:
        raise NotSignedInError("sign in first")
    return visitor, visitor.user


async def form_of(request: Request, visitor: Visitor) -> dict[str, str]:
    """The fields of a form of ours.

    :class:`NotAllowedError` for one that another site has sent, :class:`RefusedError` for what is no form.
    """
    _refuse_other_origin(request)
    try:
        form: FormData = await request.form(max_files=0, max_fields=20)
    except RefusedError:
        raise
    except Exception:
        raise RefusedError("the form cannot be read") from None
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > _LONGEST_FIELD for value in fields.values()):
        raise RefusedError(f"a field may have {_LONGEST_FIELD} characters")
    given = fields.pop("form_key", "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, visitor.form_key.encode()):
        raise NotAllowedError("this form has expired or is not from this site; go back, reload the page, send it again")
    return fields


def _refuse_other_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise NotAllowedError("this form is not from this site")


def set_cookie(response: Response, request: Request, name: str, value: str, seconds: int | None = None) -> None:
    """A cookie that no script reads and no other site sends."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
