"""A connection to Ray: its own on this machine, or one to many machines."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
from typing import Any

from myorun.errors import MissingExtraError, UsageError

_OBJECT_STORE = 2**27  # bytes of shared memory; what is beyond goes to disk
_KNOCK = 5.0  # s


class Session:
    """Ray, connected. :class:`MissingExtraError` without it, :class:`UsageError` if nobody is at the address.

    Without an address it is started here, with ``processors`` of them promised to workers, and ended by :meth:`close`.
    A connection that exists already is used and left as it is.
    """

    def __init__(self, address: str | None, processors: int) -> None:
        self.ray = _import_ray()
        self._own = not self.ray.is_initialized()
        self._folder: str | None = None
        if self._own:
            self._start(processors) if address is None else self._connect(address)

    def _start(self, processors: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a Ray of our own reports to nobody
        self._folder = tempfile.mkdtemp(prefix="myorun-", dir="/tmp")  # sockets need a short path
        self.ray.init(
            address="local",
            num_cpus=processors,
            object_store_memory=_OBJECT_STORE,
            include_dashboard=False,
            logging_level=logging.ERROR,
            _temp_dir=self._folder,
        )

    def _connect(self, address: str) -> None:
        try:
            _knock(address)
            self.ray.init(address=address, logging_level=logging.WARNING)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"address is {address!r}, and no Ray answers there: {error}; start it with `ray start --head`, "
                "or leave the address away for this machine alone"
            ) from error

    def close(self) -> None:
        """Leave Ray; one started here ends."""
        if self._own:
            self.ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _knock(address: str) -> None:
    """:class:`OSError` where nobody listens: Ray itself would go on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK).close()


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("myorun.cluster", "cluster") from error
    return ray
