"""kill -9 of the server while an archive is uploaded and while it is handed in: nothing is lost, nothing doubled."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from challenge.playoff.archives import LAYER, configuration, file, oci, packed, tar
from challenge.test_crash import Servers
from myorun.challenge import organise
from myorun.challenge.settings import FILE
from myorun.client import Connection
from myorun.client.upload import upload_archive

CHANGES = {
    "quota = 5 ": "quota = 100 ",
    "parallel = 2 ": "parallel = 100 ",
    '# agents = "containers"': 'agents = "containers"',
}
NOBODY_GRADES = '\n[playoff]\nengine = "unix:///nowhere/podman.sock"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "challenge"
    settings = organise.init(place, "Crash")
    text = settings.read_text()
    for old, new in CHANGES.items():
        assert old in text
        text = text.replace(old, new)
    (place / FILE).write_text(text + NOBODY_GRADES)
    return place


@contextmanager
def _served(folder: Path) -> Iterator[tuple[Servers, Connection]]:
    token = organise.enter_user(folder, "ann")
    servers = Servers(folder, 1, None)
    try:
        with closing(Connection(f"http://127.0.0.1:{servers.ports[0]}", token, patience=300.0)) as ann:
            yield servers, ann
    finally:
        servers.stop()


def _archive(folder: Path, megabytes: int, number: int = 0) -> Path:
    """One that takes a while, and is like no other."""
    layers = [LAYER, tar(file("weights", random.Random(number).randbytes(megabytes * 2**20)))]
    path = folder / f"agent-{number}.tar"
    path.write_bytes(packed(oci(layers, packed=False, config=configuration(layers))))
    return path


def _kill_after(servers: Servers, seconds: float) -> threading.Thread:
    def work() -> None:
        time.sleep(seconds)
        servers.kill(0)
        servers.restart(0)

    killer = threading.Thread(target=work)
    killer.start()
    return killer


def _is_kept_whole(folder: Path, archive: Path) -> bool:
    wanted = hashlib.sha256(archive.read_bytes()).hexdigest()
    kept = folder / "playoff" / "images" / f"{wanted}.tar"
    return kept.is_file() and hashlib.sha256(kept.read_bytes()).hexdigest() == wanted


@pytest.mark.slow
def test_an_upload_survives_servers_that_are_killed(folder: Path, tmp_path: Path) -> None:
    archive = _archive(tmp_path, 12)
    killers: list[threading.Thread] = []

    with _served(folder) as (servers, ann):

        def show(done: int, of: int) -> None:
            """At a third and at two thirds, while the next piece is on its way."""
            if done > (len(killers) + 1) * of // 3 and len(killers) < 2:
                killers.append(_kill_after(servers, 0.004 * len(killers)))

        told = upload_archive(ann, archive, progress=show)
        for killer in killers:
            killer.join()
        assert len(killers) == 2
        assert told["says"] == "queued, number 1 in line"
        assert [one["submission"] for one in ann.get("/v2/playoff/submissions")] == [told["submission"]]
    assert _is_kept_whole(folder, archive)
    assert not list((folder / "playoff" / "uploads").glob("*/data"))


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.4])
def test_handing_in_survives_a_server_that_is_killed(folder: Path, tmp_path: Path, seconds: float) -> None:
    """Before the archive is looked through, meanwhile, and about when it is put in its place."""
    archive = _archive(tmp_path, 12, int(os.urandom(3).hex(), 16))
    with _served(folder) as (servers, ann):
        where = _all_sent(ann, archive)
        killer = _kill_after(servers, seconds)
        told = ann.post(f"{where}/finish")
        killer.join()
        again = ann.post(f"{where}/finish")
        assert again["submission"] == told["submission"]
        assert len(ann.get("/v2/playoff/submissions")) == 1
        assert ann.get("/v2/quota")["left"] == 99
    assert _is_kept_whole(folder, archive)


def _all_sent(ann: Connection, archive: Path) -> str:
    content = archive.read_bytes()
    wish: dict[str, Any] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    where = "/v2/playoff/uploads/" + ann.post("/v2/playoff/uploads", wish)["upload"]
    for offset in range(0, len(content), 4 * 2**20):
        ann.put(f"{where}?offset={offset}", content[offset : offset + 4 * 2**20])
    return where
