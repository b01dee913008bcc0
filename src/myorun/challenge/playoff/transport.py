"""How the Docker SDK reaches a Unix socket, but closing what it opens: its own leaves a socket open that met nobody."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

from docker.transport.unixconn import UnixHTTPAdapter, UnixHTTPConnection, UnixHTTPConnectionPool


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
    """For ``http+docker://``, in the place of the SDK's."""

    def get_connection(self, url: str, proxies: Any = None) -> _Pool:
        """The pool of connections for an address."""
        with self.pools.lock:
            pool: _Pool | None = self.pools.get(url)
            if pool is None:
                pool = self.pools[url] = _Pool(url, self.socket_path, self.timeout, maxsize=self.max_pool_size)
            return pool
