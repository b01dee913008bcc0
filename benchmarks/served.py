"""A challenge's server for the length of a measurement: :func:`served`."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """Where it answers, and what to measure it by."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Server]:
    """``myorun challenge serve folder`` from its first answer on; it ends with the block."""
    port = _free_port()
    words = ["challenge", "serve", str(folder), "--host", HOST, "--port", str(port), *options]
    with subprocess.Popen([sys.executable, "-m", "myorun", *words], stderr=subprocess.DEVNULL) as process:
        try:
            server = Server(port, process.pid)
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()


def _free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            return urllib.request.urlopen(f"{server.url}/healthz").close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server ended with status {process.returncode} before it answered")
