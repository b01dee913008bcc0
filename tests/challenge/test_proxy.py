"""The nginx configuration of docs/operations.md, as it is shipped: TLS, WebSockets, two servers on one ledger."""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from myorun.challenge import organise
from started import free_port, is_open, wait_until

pytestmark = pytest.mark.slow
CONF = Path(__file__).resolve().parents[2] / "examples" / "operations" / "nginx.conf"
PLAY = """
import sys
import numpy as np
from myorun.client import RemoteEnv
env = RemoteEnv(sys.argv[1], sys.argv[2], websocket=sys.argv[3] == "websocket")
for course in range(env.courses):
    env.reset()
    print("began", flush=True)
    over = False
    while not over:
        _, _, terminated, truncated, _ = env.step(np.zeros(18))
        over = terminated or truncated
print(env.submit().score.hex())
"""


@dataclass
class Site:
    """A challenge behind nginx."""

    url: str
    token: str
    certificate: Path
    servers: list[subprocess.Popen[bytes]]

    def play(self, way: str) -> subprocess.Popen[str]:
        """A participant without excitations, over HTTP or a WebSocket."""
        environment = {**os.environ, "SSL_CERT_FILE": str(self.certificate)}
        command = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{PLAY}", self.url, self.token, way]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def status(self, path: str) -> int:
        """What a visitor gets."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        try:
            with urllib.request.urlopen(self.url + path, context=context) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture
def site(tmp_path: Path, postgres: Callable[[], str]) -> Iterator[Site]:
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed")
    url, folder = postgres(), tmp_path / "spring"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        organise.init(folder, "Spring run")
        token = organise.enter_user(folder, "ann")
    ports = [free_port() for _ in range(3)]
    servers = [_server(folder, port, url) for port in ports[:2]]
    certificate = _certificate(tmp_path)
    nginx = _nginx(tmp_path, ports)
    try:
        yield Site(f"https://localhost:{ports[2]}", token, certificate, servers)
    finally:
        for process in (nginx, *servers):
            process.terminate()
            process.wait()


def _server(folder: Path, port: int, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "myorun", "challenge", "serve", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}, stderr=subprocess.DEVNULL)
    wait_until(lambda: is_open(port), process)
    return process


def _certificate(folder: Path) -> Path:
    files = ["-keyout", str(folder / "site.key"), "-out", str(folder / "site.pem")]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *files, *names]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "site.pem"


def _nginx(folder: Path, ports: list[int]) -> subprocess.Popen[bytes]:
    """The shipped configuration at other ports, with another name and certificate, and not as root's service."""
    http = free_port()
    text = CONF.read_text(encoding="utf-8")
    for old, new in (
        ("127.0.0.1:8017", f"127.0.0.1:{ports[0]}"),
        ("127.0.0.1:8018", f"127.0.0.1:{ports[1]}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{ports[2]} ssl"),
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("/etc/ssl/CHALLENGE.EXAMPLE", str(folder / "site")),
        ("CHALLENGE.EXAMPLE", "localhost"),
    ):
        assert old in text
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "\n".join(["access_log off;", *(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)])
    whole = f"pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{own}\n{text}}}\n"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", f"{folder}/error.log", "-g", "daemon off;"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_until(lambda: is_open(ports[2]), process)
    return process


def test_a_run_through_the_proxy_goes_on_when_one_server_is_killed(site: Site) -> None:
    whole = site.play("http").communicate()[0].split()[-1]
    assert re.fullmatch(r"-?0x[0-9a-f.]+p[+-]\d+", whole)
    assert site.play("websocket").communicate()[0].split()[-1] == whole

    player = site.play("http")
    assert player.stdout is not None
    player.stdout.readline()  # the first course began
    site.servers[0].send_signal(signal.SIGKILL)
    assert player.communicate()[0].split()[-1] == whole

    assert site.status("/") == 200
    assert site.status("/metrics") == site.status("/healthz") == 404
