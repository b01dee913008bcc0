"""Participants, their teams, tokens and invitations. Every function is one piece of a transaction."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from myorun.challenge.refusals import NotAllowedError, NotSignedInError, RefusedError, TakenError, UnknownError
from myorun.challenge.secrets import digest_of, hash_password, is_password, new_secret
from myorun.challenge.tables import invitations, teams, tokens, users, web_sessions

TOKEN_PREFIX = "myo_"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
LONGEST_NAME = 40
MOST_TOKENS = 20  # of a user, at a time
_SESSION_LIFE = 14 * 86400.0  # s
_INVITATION_LIFE = 7 * 86400.0  # s
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)  # characters that are called printable, and show nothing
_AS_EMOJI = "\ufe0f"  # shows nothing itself, but is part of many emoji


@dataclass(frozen=True)
class User:
    """Somebody signed in."""

    id: int
    name: str
    team_id: int
    team: str
    organiser: bool


# ---------------------------------------------------------------- names and passwords


def checked_name(name: str) -> str:
    """A name as it is shown; :class:`RefusedError` for one that is empty, too long, or holds what cannot be printed."""
    shown = unicodedata.normalize("NFKC", name).strip()
    is_blank = not name_key(shown) or _INVISIBLE.search(shown)
    if len(shown) > LONGEST_NAME or is_blank or not shown.isprintable():
        raise RefusedError(f"a name has 1 to {LONGEST_NAME} printable characters", field="name")
    return shown


def name_key(name: str) -> str:
    """What makes two names the same, in whichever of Unicode's spellings they are typed."""
    return " ".join(unicodedata.normalize("NFKC", name).replace(_AS_EMOJI, "").casefold().split())


def hashed_password(password: str) -> str:
    """As it is kept; slow on purpose, so not to be made while a transaction waits.

    :class:`RefusedError` for a password that is too short or absurdly long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise RefusedError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", field="password")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise RefusedError("the password holds characters that are none", field="password") from None
    return hash_password(password)


# ---------------------------------------------------------------- users


def add_user(
    connection: Connection, name: str, now: float, *, hashed: str | None = None, organiser: bool = False
) -> User:
    """A user and a team of the same name; :class:`TakenError` if either name is somebody's.

    ``hashed`` is the password's :func:`hashed_password`; without one, the user signs in by token only.
    """
    shown = checked_name(name)
    team_id = _add_team(connection, shown, now)
    row = {"name": shown, "name_key": name_key(shown), "password": hashed, "organiser": organiser}
    try:
        with connection.begin_nested():
            done = connection.execute(insert(users).values(**row, team_id=team_id, created_at=now))
    except IntegrityError:
        raise TakenError(f"the name {shown!r} is taken", field="name") from None
    return User(_new_id(done), shown, team_id, shown, organiser)


def _add_team(connection: Connection, shown: str, now: float) -> int:
    try:
        with connection.begin_nested():
            done = connection.execute(insert(teams).values(name=shown, name_key=name_key(shown), created_at=now))
    except IntegrityError:
        raise TakenError(f"the name {shown!r} is taken", field="name") from None
    return _new_id(done)


def _new_id(done: Any) -> int:
    return int(done.inserted_primary_key[0])


_USER = select(users.c.id, users.c.name, users.c.team_id, teams.c.name.label("team"), users.c.organiser).join_from(
    users, teams
)


def _user(row: Any) -> User | None:
    return None if row is None else User(*row)


def find_user(connection: Connection, name: str) -> User | None:
    """By name, whatever its case."""
    return _user(connection.execute(_USER.where(users.c.name_key == name_key(name))).first())


def user_with_password(connection: Connection, name: str, password: str) -> User:
    """:class:`NotSignedInError` unless both belong together. Takes as long where the name is unknown."""
    row = connection.execute(select(users.c.password).where(users.c.name_key == name_key(name))).first()
    if not is_password(password, None if row is None else row.password):
        raise NotSignedInError("name and password do not belong together")
    found = find_user(connection, name)
    assert found is not None
    return found


def has_password(connection: Connection, user: User) -> bool:
    """Whether they can sign in on the site."""
    return connection.execute(select(users.c.password).where(users.c.id == user.id)).scalar_one() is not None


def set_password(connection: Connection, user: User, hashed: str) -> None:
    """Another password; all browsers are signed out. ``hashed`` is its :func:`hashed_password`."""
    connection.execute(update(users).where(users.c.id == user.id).values(password=hashed))
    connection.execute(web_sessions.delete().where(web_sessions.c.user_id == user.id))


# ---------------------------------------------------------------- tokens


def add_token(connection: Connection, user: User, label: str, now: float) -> str:
    """A new token; this is the only time that it is seen."""
    if len(list_tokens(connection, user)) >= MOST_TOKENS:
        raise RefusedError(f"you have {MOST_TOKENS} tokens; revoke one first")
    secret = new_secret(TOKEN_PREFIX)
    row = {"digest": digest_of(secret), "hint": secret[: len(TOKEN_PREFIX) + 4], "label": checked_name(label)}
    connection.execute(insert(tokens).values(user_id=user.id, created_at=now, **row))
    return secret


def list_tokens(connection: Connection, user: User) -> list[Row[Any]]:
    """Valid tokens of a user: id, hint, label, created_at; the oldest first."""
    columns = (tokens.c.id, tokens.c.hint, tokens.c.label, tokens.c.created_at)
    valid = (tokens.c.user_id == user.id) & tokens.c.revoked_at.is_(None)
    return list(connection.execute(select(*columns).where(valid).order_by(tokens.c.id)))


def revoke_token(connection: Connection, user: User, token_id: int, now: float) -> None:
    """:class:`UnknownError` unless it is a valid token of this user."""
    mine = (tokens.c.id == token_id) & (tokens.c.user_id == user.id) & tokens.c.revoked_at.is_(None)
    if connection.execute(update(tokens).where(mine).values(revoked_at=now)).rowcount == 0:
        raise UnknownError("you have no such token")


def user_of_token(connection: Connection, secret: str) -> User:
    """:class:`NotSignedInError` for a token that is unknown or revoked."""
    valid = (tokens.c.digest == digest_of(secret)) & tokens.c.revoked_at.is_(None)
    found = _user(connection.execute(_USER.join(tokens, tokens.c.user_id == users.c.id).where(valid)).first())
    if found is None:
        raise NotSignedInError("the token is unknown or revoked; the site's page 'Account' gives you one")
    return found


# ---------------------------------------------------------------- web sessions


def begin_web_session(connection: Connection, user: User, now: float) -> str:
    """The secret of a signed-in browser."""
    connection.execute(web_sessions.delete().where(web_sessions.c.expires_at <= now))
    secret = new_secret()
    row = {"digest": digest_of(secret), "user_id": user.id, "expires_at": now + _SESSION_LIFE}
    connection.execute(insert(web_sessions).values(**row))
    return secret


def user_of_web_session(connection: Connection, secret: str, now: float) -> User | None:
    """Who is signed in with this secret."""
    valid = (web_sessions.c.digest == digest_of(secret)) & (web_sessions.c.expires_at > now)
    return _user(
        connection.execute(_USER.join(web_sessions, web_sessions.c.user_id == users.c.id).where(valid)).first()
    )


def end_web_session(connection: Connection, secret: str) -> None:
    """Sign out."""
    connection.execute(web_sessions.delete().where(web_sessions.c.digest == digest_of(secret)))


# ---------------------------------------------------------------- teams and invitations


def invite(connection: Connection, now: float, team_id: int | None = None) -> str:
    """A secret that lets one person into a team, or, without one, sign up."""
    secret = new_secret()
    times = {"created_at": now, "expires_at": now + _INVITATION_LIFE}
    connection.execute(insert(invitations).values(digest=digest_of(secret), team_id=team_id, **times))
    return secret


def _use_invitation(connection: Connection, secret: str, user: User, now: float, *, of_team: bool) -> int | None:
    """The team of a valid invitation, which is used up by this."""
    kind = invitations.c.team_id.is_not(None) if of_team else invitations.c.team_id.is_(None)
    fresh = (invitations.c.used_by.is_(None)) & (invitations.c.expires_at > now) & kind
    this = invitations.c.digest == digest_of(secret)
    if connection.execute(update(invitations).where(this & fresh).values(used_by=user.id)).rowcount == 0:
        raise NotAllowedError("the invitation is unknown, used or expired", field="invitation")
    team_id: int | None = connection.execute(select(invitations.c.team_id).where(this)).scalar_one()
    return team_id


def sign_up(connection: Connection, name: str, hashed: str, now: float, *, policy: str, invitation: str = "") -> User:
    """A new participant, as far as the challenge's ``sign_up`` allows."""
    if policy == "closed":
        raise NotAllowedError("the organiser enters participants; nobody can sign up here")
    user = add_user(connection, name, now, hashed=hashed)
    if policy == "invitation":
        _use_invitation(connection, invitation, user, now, of_team=False)
    return user


def join_team(connection: Connection, user: User, secret: str, now: float) -> None:
    """Move into the team of an invitation. Runs stay with the team that made them."""
    team_id = _use_invitation(connection, secret, user, now, of_team=True)
    connection.execute(update(users).where(users.c.id == user.id).values(team_id=team_id))


def create_team(connection: Connection, user: User, name: str, now: float) -> None:
    """A new team with this user as its first member."""
    team_id = _add_team(connection, checked_name(name), now)
    connection.execute(update(users).where(users.c.id == user.id).values(team_id=team_id))


def leave_team(connection: Connection, user: User) -> None:
    """Back to the team of the user's own name, which is only theirs."""
    own = connection.execute(select(teams.c.id).where(teams.c.name_key == name_key(user.name))).scalar_one()
    if own == user.team_id:
        raise RefusedError("you are in your own team already")
    connection.execute(update(users).where(users.c.id == user.id).values(team_id=own))


def team_name(connection: Connection, team_id: int) -> str:
    """What the team is called."""
    return str(connection.execute(select(teams.c.name).where(teams.c.id == team_id)).scalar_one())


def members(connection: Connection, team_id: int) -> list[str]:
    """Names, by age of the account."""
    return list(
        connection.execute(select(users.c.name).where(users.c.team_id == team_id).order_by(users.c.id)).scalars()
    )


def count_users(connection: Connection) -> int:
    """How many have an account."""
    return connection.execute(select(func.count()).select_from(users)).scalar_one()
