"""A challenge for every test, on SQLite and, where it is installed, on a PostgreSQL of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import uvicorn

from challenge.redis_server import redis_server
from myorun.challenge import people
from myorun.challenge.http.app import make_app
from myorun.challenge.http.protocol import BoundedProtocol
from myorun.challenge.ledger import Ledger, open_ledger
from myorun.challenge.people import User
from myorun.challenge.settings import Settings
from myorun.client import Connection
from started import PATIENCE, free_port, wait_until

__all__ = ["redis_server"]

SEEDS = (11, 22, 33)
OPEN = {"name": "open", "opens": "2020-01-01T00:00:00Z", "closes": "2100-01-01T00:00:00Z", "seeds": SEEDS}


def settings_with(**stage: object) -> Settings:
    """A challenge with one open stage of three courses."""
    return Settings.model_validate({"name": "Test run", "stages": [{**OPEN, "quota": 1000, "parallel": 1000, **stage}]})


@dataclass
class Clock:
    """A clock that tests turn."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


# ---------------------------------------------------------------- ledgers


def _postgres_tool(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes addresses of empty databases on a server of this session's own."""
    pg_ctl, initdb = _postgres_tool("pg_ctl"), _postgres_tool("initdb")
    if pg_ctl is None or initdb is None:
        pytest.skip("PostgreSQL is not installed")
    folder, port = Path("/tmp") / f"myorun-pg-{os.getpid()}", free_port()
    folder.mkdir(0o700)
    as_user: dict[str, object] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/tmp"}
    if os.geteuid() == 0:  # which PostgreSQL refuses
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user |= {"user": account.pw_uid, "group": account.pw_gid}
    data = str(folder / "data")
    subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "test", "-N"], **as_user)  # type: ignore[call-overload]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=200"
    subprocess.run([pg_ctl, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start"], **as_user)  # type: ignore[call-overload]
    try:
        yield lambda: _new_database(port)
    finally:
        subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], **as_user)  # type: ignore[call-overload]
        shutil.rmtree(folder)


def _new_database(port: int) -> str:
    import psycopg

    name = f"test{time.monotonic_ns()}"
    with psycopg.connect(f"host=127.0.0.1 port={port} user=test dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return f"postgresql+psycopg://test@127.0.0.1:{port}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else None
    opened = open_ledger(tmp_path, url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


def add(ledger: Ledger, name: str, organiser: bool = False) -> tuple[User, str]:
    """A participant and their token."""

    def work(connection: object) -> tuple[User, str]:
        user = people.add_user(connection, name, 1.0, organiser=organiser)  # type: ignore[arg-type]
        return user, people.add_token(connection, user, "test", 1.0)  # type: ignore[arg-type]

    return ledger.write(work)


# ---------------------------------------------------------------- a server in this process


@dataclass
class Running:
    """A server, and whom it knows."""

    url: str
    ledger: Ledger
    clock: Clock
    tokens: dict[str, str]
    connections: list[Connection] = field(default_factory=list)

    def connect(self, name: str = "ann", token: str | None = None) -> Connection:
        """As a participant; closed when the test ends."""
        self.connections.append(Connection(self.url, self.tokens[name] if token is None else token, patience=0.0))
        return self.connections[-1]


ServerMaker = Callable[..., Running]


@pytest.fixture
def serve(sqlite_ledger: Ledger, tmp_path: Path) -> Iterator[ServerMaker]:
    """Starts a server for settings, or another one on the same ledger; ann, bob and the organiser olga take part."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []
    connections: list[Connection] = []
    tokens: dict[str, str] = {}

    def start(settings: Settings | None = None, websockets: bool = False, **stage: object) -> Running:
        clock, listening = Clock(), socket.create_server(("127.0.0.1", 0))
        app = make_app(sqlite_ledger, settings or settings_with(**stage), clock, folder=tmp_path)
        ws: Literal["websockets-sansio", "none"] = "websockets-sansio" if websockets else "none"
        config = uvicorn.Config(
            app, http=BoundedProtocol, ws=ws, lifespan="on", log_config=None, access_log=False,
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        servers.append((server, thread))
        wait_until(lambda: server.started or not thread.is_alive())
        assert thread.is_alive(), "the server did not start"
        for name in ("ann", "bob", "olga"):
            if name not in tokens:
                tokens[name] = add(sqlite_ledger, name, name == "olga")[1]
        return Running(f"http://127.0.0.1:{listening.getsockname()[1]}", sqlite_ledger, clock, tokens, connections)

    yield start
    for connection in connections:
        connection.close()
    for server, thread in servers:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server does not stop"
