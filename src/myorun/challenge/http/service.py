"""What all routes share: the grader, the settings, who is asking, how often they may."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

from starlette.requests import HTTPConnection

from myorun.challenge import people
from myorun.challenge.grader import Clock, Grader
from myorun.challenge.http.metrics import Metrics
from myorun.challenge.people import User
from myorun.challenge.refusals import NotSignedInError, RateError, StageClosedError, UnknownError
from myorun.challenge.settings import Settings, Stage

_TOKEN_LIFE = 2.0  # s that a token found valid is not looked up again
_MOST_TOKENS = 10_000


class RateLimit:
    """At most ``most`` events of one key in any ``seconds``."""

    def __init__(self, most: int, seconds: float, most_keys: int = 20_000) -> None:
        self._most, self._seconds, self._most_keys = most, seconds, most_keys
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, key: str, now: float) -> None:
        """Count one; :class:`RateError` if it is one too many."""
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and not now - self._seconds < times[0] <= now:  # too old, or of a clock that was moved back
            times.popleft()
        if len(times) >= self._most:
            raise RateError.with_wait(times[0] + self._seconds - now)
        times.append(now)
        if len(self._times) > self._most_keys:
            self._times.popitem(last=False)


@dataclass
class Limits:
    """Rates that no honest client meets: to keep this server responsive, counted by each on its own.

    Those against guessing are counted in the ledger: :mod:`myorun.challenge.attempts`.
    """

    api: RateLimit = field(default_factory=lambda: RateLimit(20_000, 10.0))  # requests of a user, or of a run of 2017
    create: RateLimit = field(default_factory=lambda: RateLimit(120, 60.0))  # runs of a user
    replay: RateLimit = field(default_factory=lambda: RateLimit(60, 60.0))  # courses of a user, simulated again
    failed_token: RateLimit = field(default_factory=lambda: RateLimit(60, 60.0))  # or instance id; of an address


class Service:
    """One server of a challenge."""

    def __init__(
        self,
        grader: Grader,
        limits: Limits | None = None,
        folder: Path | None = None,
        wake_workers: Callable[[], object] = lambda: None,
    ) -> None:
        self.grader = grader
        self.settings: Settings = grader.settings
        self.clock: Clock = grader.clock
        self.limits = limits or Limits()
        self.folder = folder  # of the challenge, for images that are handed in; None: none are
        self.wake_workers = wake_workers
        self.metrics = Metrics(grader)
        self._users: OrderedDict[str, tuple[float, User]] = OrderedDict()

    # ------------------------------------------------------------ who

    async def user_of_token(self, token: str, address: str) -> User:
        """Whose token it is; :class:`NotSignedInError` if nobody's."""
        now = time.monotonic()
        known = self._users.get(token)
        if known is not None and now - known[0] < _TOKEN_LIFE:
            user = known[1]
        else:
            user = await self._look_up(token, address, now)
        self.limits.api.check(str(user.id), now)
        return user

    async def _look_up(self, token: str, address: str, now: float) -> User:
        self._users.pop(token, None)
        try:
            user = await self.grader.read(lambda connection: people.user_of_token(connection, token))
        except NotSignedInError:
            self.limits.failed_token.check(address, now)
            raise
        self._users[token] = (now, user)
        if len(self._users) > _MOST_TOKENS:
            self._users.popitem(last=False)
        return user

    async def run_of_key(self, key: str, asker: HTTPConnection) -> int:
        """The run of an instance id of 2017's interface; :class:`UnknownError`."""
        now = time.monotonic()
        try:
            run_id = await self.grader.id_of_key(key)
        except UnknownError:
            self.limits.failed_token.check(address_of(asker), now)
            raise
        self.limits.api.check(f"run {run_id}", now)
        return run_id

    # ------------------------------------------------------------ which stage

    def stage(self, name: str | None = None) -> Stage:
        """By name; without one, the first that is open.

        Raises:
            UnknownError: there is no stage of that name.
            StageClosedError: none is open.
        """
        if name is not None:
            found = self.settings.stage(name)
            if found is None:
                names = ", ".join(stage.name for stage in self.settings.stages)
                raise UnknownError(f"there is no such stage; there are {names}")
            return found
        opened = self.settings.open_stages(self.clock())
        if not opened:
            raise StageClosedError("no stage is open now; the site's first page says when one is")
        return opened[0]


def address_of(connection: HTTPConnection) -> str:
    """Where a request comes from, for rate limits: of IPv6 the first half, as its owner has all that begin with it."""
    host = connection.client.host if connection.client else "?"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
