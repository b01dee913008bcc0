"""A Redis of our own for every test, on a free port; skipped where it is not installed."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from started import free_port, wait_until


class Server:
    """A redis-server that can be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port, self.folder, self._options = free_port(), folder, options
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        words = ["redis-server", "--port", str(self.port), "--dir", str(self.folder), "--save", "", *self._options]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, self._process)

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port) as probe:
                probe.ping()
        except redis.ResponseError:  # a password is asked for: it lives
            return True
        except redis.ConnectionError:
            return False
        return True

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def connect(self) -> redis.Redis:
        return redis.Redis(port=self.port)


@pytest.fixture(name="server")
def redis_server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    running = Server(tmp_path, "--appendonly", "yes", "--appendfsync", "no")
    yield running
    running.kill()
