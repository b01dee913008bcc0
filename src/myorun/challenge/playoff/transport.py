"""Where container engines are, and how the Docker SDK reaches them."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from typing import Any

import docker
from docker.transport.unixconn import UnixHTTPAdapter, UnixHTTPConnection, UnixHTTPConnectionPool

from myorun.errors import UsageError

_TIMEOUT = 120  # s for an answer of the engine

REMEDY = (
    "start one, such as: podman system service --time=0 unix:///run/podman/podman.sock, and name its address with "
    "DOCKER_HOST or in challenge.toml, [playoff] engine"
)


def address_of_engine(address: str) -> str:
    """Where an engine is; ``"auto"`` looks. :class:`UsageError` where there is none."""
    if address != "auto":
        return address
    if named := os.environ.get("DOCKER_HOST"):
        return named
    mine = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    places = (f"{mine}/podman/podman.sock", "/run/podman/podman.sock", "/var/run/docker.sock")
    for place in places:
        if os.access(place, os.R_OK | os.W_OK):
            return f"unix://{place}"
    raise UsageError(f"there is no container engine: none of {', '.join(places)} may be used; {REMEDY}")


def client_of(address: str) -> docker.APIClient:
    """The SDK's connection to an engine; :class:`docker.errors.DockerException` for what is no address."""
    client = docker.APIClient(base_url=address, version="1.41", timeout=_TIMEOUT)
    if address.startswith("unix://"):
        client.mount("http+docker://", TidyAdapter(address.replace("unix://", "http+unix://", 1), _TIMEOUT))
    return client


def knock(address: str) -> None:
    """:class:`OSError` where nobody listens at a socket, which says more than what the SDK makes of it."""
    kind, _, place = address.partition("://")
    if kind == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(place)


# ---------------------------------------------------------------- Unix sockets


class _Connection(UnixHTTPConnection):  # type: ignore[misc]
    def connect(self) -> None:
        with ExitStack() as where_it_fails:
            made = where_it_fails.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            made.settimeout(self.timeout)
            made.connect(self.unix_socket)
            where_it_fails.pop_all()
        self.sock = made


class _Pool(UnixHTTPConnectionPool):  # type: ignore[misc]
    def _new_conn(self) -> _Connection:
        return _Connection(self.base_url, self.socket_path, self.timeout)


class TidyAdapter(UnixHTTPAdapter):  # type: ignore[misc]
    """For ``http+docker://``, in the place of the SDK's, which leaves a socket open that met nobody."""

    def get_connection(self, url: str, proxies: Any = None) -> _Pool:
        """The pool of connections for an address."""
        with self.pools.lock:
            pool: _Pool | None = self.pools.get(url)
            if pool is None:
                pool = self.pools[url] = _Pool(url, self.socket_path, self.timeout, maxsize=self.max_pool_size)
            return pool
