"""Claims about the server: it answers this machine's browsers, with the page and nothing else."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from myorun.errors import UsageError
from myorun.view.web import Replay, ViewerServer, encode
from myorun.view.web.page import static_files
from started import PATIENCE, free_port


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, path: str, *, method: str = "GET", host: str | None = None) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    found = Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    connection.close()
    return found


@pytest.fixture(scope="module")
def server(replay: Replay) -> Iterator[ViewerServer]:
    with ViewerServer([replay, replay]) as running:
        yield running


def test_it_listens_on_this_machine_only(server: ViewerServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}/"
    outside = next((a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)), "127.0.0.1")
    if outside.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError):  # noqa: PT011  # refused or unreachable, by the system
        socket.create_connection((outside, server.port), timeout=2)


def test_the_page_and_its_replays_can_be_had(server: ViewerServer, replay: Replay) -> None:
    assert b"<title>myorun viewer</title>" in ask(server.port, "/").body
    assert json.loads(ask(server.port, "/replays.json").body) == {"replays": ["0.replay", "1.replay"], "live": None}
    assert ask(server.port, "/1.replay").body == encode(replay)
    for name in static_files():
        assert ask(server.port, f"/{name}").status == 200


def test_every_answer_forbids_what_the_page_does_not_need(server: ViewerServer) -> None:
    for path in ("/", "/main.js", "/0.replay", "/nothing"):
        headers = ask(server.port, path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py",
        "/..%2fserver.py",
        "/%2e%2e/server.py",
        "/static/main.js",
        "//etc/passwd",
        "/vendor/../../replay.py",
        "/vendor/",
        "/2.replay",
        "/live",
        "/main.js%00",
        "/" + "a" * 5000,
        "http://example.org/",
    ],
)
def test_nothing_else_can_be_had(server: ViewerServer, path: str) -> None:
    answer = ask(server.port, path)
    assert answer.status == (200 if path == "http://example.org/" else 404)
    assert b"import" not in answer.body[:200]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_only_reading_is_possible(server: ViewerServer, method: str) -> None:
    assert ask(server.port, "/", method=method).status == 501


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "0.0.0.0"])
def test_a_page_of_another_name_gets_nothing(server: ViewerServer, host: str) -> None:
    """A site whose name is made to point here cannot read what is served here."""
    assert ask(server.port, "/0.replay", host=host).status == 421


def test_head_tells_the_length_and_sends_nothing(server: ViewerServer, replay: Replay) -> None:
    answer = ask(server.port, "/0.replay", method="HEAD")
    assert (answer.headers["content-length"], answer.body) == (str(len(encode(replay))), b"")


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\r\n", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_junk_on_the_line_does_not_end_the_server(server: ViewerServer, junk: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as line:
        line.sendall(junk)
    assert ask(server.port, "/").status == 200


def test_a_port_that_is_taken_or_none_is_an_error_that_names_it(server: ViewerServer) -> None:
    with pytest.raises(UsageError, match=f"port {server.port} cannot be listened on"):
        ViewerServer(port=server.port)
    with pytest.raises(UsageError, match="port is 70000; it must be 0"):
        ViewerServer(port=70000)


def test_a_closed_server_gives_its_port_back(replay: Replay) -> None:
    with ViewerServer([replay], port=free_port()) as running:
        port = running.port
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(("127.0.0.1", port), timeout=2)
    with ViewerServer([replay], port=port) as again:
        assert again.port == port
