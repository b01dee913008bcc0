"""An engine that goes away in the middle: errors in words, and no socket that stays open."""

from __future__ import annotations

import gc
import socket
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from myorun.challenge.playoff.engine import Engine, EngineError

_VERSION = b'{"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}]}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where an engine says its version to the first who asks, and is gone then."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))  # a socket's path must be short
        listening.listen()
        speaking = threading.Thread(target=_say_version, args=(listening,))
        speaking.start()
        yield f"unix://{tmp_path / 's'}"
        speaking.join(20)


def _say_version(listening: socket.socket) -> None:
    with listening:
        listening.accept()[0].close()  # a knock
        asking, _ = listening.accept()
        with asking:
            asking.recv(65536)
            asking.sendall(_ANSWER % (len(_VERSION), _VERSION))


def test_an_engine_that_is_gone_leaves_no_socket_open(address: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        with Engine(address) as engine:
            assert engine.is_podman
            for _ in range(3):
                with pytest.raises(EngineError, match="could not look at a container"):
                    engine.state("any")
        gc.collect()
    assert not [str(warning.message) for warning in seen]
