"""What a challenge uses besides Python: containers, Redis, PostgreSQL."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from myorun.commands.doctor.finding import Finding, Part
from myorun.commands.doctor.programs import ask_python

CONTAINER = Part(
    "container",
    "runs the agents of a play-off, each in a container",
    "apt install podman, then: systemctl --user start podman.socket; or start Docker; DOCKER_HOST names another engine",
)
REDIS = Part(
    "redis",
    "the interface of the 2017 play-off, and jobs on many machines",
    "apt install redis-server, then: redis-server &; MYORUN_REDIS names another one",
)
POSTGRESQL = Part(
    "postgresql",
    "a ledger that several servers share; without it, an SQLite file",
    "pip install 'myorun[challenge]'; then DATABASE_URL=postgresql+psycopg://USER:PASSWORD@HOST/NAME",
)
_EXTRA = "pip install 'myorun[challenge]'"
_USUAL_REDIS = "redis://127.0.0.1:6379/0"
_ENGINE = "from myorun.challenge.playoff.engine import Engine; e = Engine(); print(e.name, 'at', e.address)"
_SHORT = 3.0  # s that a service may take to answer


def container() -> Finding:
    """An engine that answers, Docker or Podman, found as the play-off finds it."""
    if find_spec("docker") is None:
        return CONTAINER.missing("the package docker, which talks to Docker and Podman, is not installed", _EXTRA)
    answer = ask_python(_ENGINE)
    if answer.well:
        return CONTAINER.ok(answer.text)
    found = answer.text.removeprefix("myorun.errors.UsageError: ").partition("; ")[0]
    return CONTAINER.broken(found) if "DOCKER_HOST" in os.environ else CONTAINER.missing(found)


def redis() -> Finding:
    """A Redis that answers."""
    if find_spec("redis") is None:
        return REDIS.missing("the package redis is not installed", _EXTRA)
    from redis import Redis, RedisError

    address = os.environ.get("MYORUN_REDIS") or _USUAL_REDIS
    place = without_password(address)
    try:
        with Redis.from_url(address, socket_timeout=_SHORT, socket_connect_timeout=_SHORT) as client:
            told: Any = client.info("server")
    except (RedisError, OSError, ValueError) as error:
        wished = "MYORUN_REDIS" in os.environ
        found = f"{place} does not answer: {error}"
        return REDIS.broken(found) if wished else REDIS.missing(found)
    return REDIS.ok(f"{told['redis_version']} at {place}")


def postgresql() -> Finding:
    """The driver; and the database, where DATABASE_URL names one."""
    if find_spec("psycopg") is None:
        return POSTGRESQL.missing("the package psycopg is not installed", _EXTRA)
    driver = ask_python("import psycopg; print('psycopg', psycopg.__version__, psycopg.pq.__impl__)")
    if not driver.well:
        return POSTGRESQL.broken(driver.text, "pip install --force-reinstall 'psycopg[binary]'")
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgresql"):
        return POSTGRESQL.ok(driver.text)
    return _database(driver.text, address)


def _database(driver: str, address: str) -> Finding:
    import psycopg

    place, plain = without_password(address), address.replace("+psycopg", "", 1)
    try:
        with psycopg.connect(plain, connect_timeout=int(_SHORT)) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return POSTGRESQL.broken(f"{place} does not answer: {reason}", "start the server, or mend DATABASE_URL")
    return POSTGRESQL.ok(f"{driver}; PostgreSQL {version // 10000} at {place}")


def without_password(address: str) -> str:
    """An address fit to be printed."""
    parts = urlsplit(address)
    if "://" not in address:
        return "an address that does not begin with a scheme and ://"
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"
