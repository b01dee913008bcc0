"""Handing in containers over HTTP: uploads that go on, verdicts that are clear, rules of the stage."""

from __future__ import annotations

import hashlib
import socket
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from challenge.conftest import OPEN, Running, ServerMaker
from challenge.playoff.archives import LAYER, configuration, docker, entry, oci, packed, tar, written
from myorun.challenge import people, runs, submissions
from myorun.challenge.settings import Settings
from myorun.challenge.site.visitors import SESSION
from myorun.challenge.verdict import Verdict
from myorun.client import ChallengeError, Connection
from myorun.client.upload import upload_archive
from started import wait_until

FINAL: dict[str, Any] = {**OPEN, "name": "final", "agents": "containers", "quota": 3, "window_hours": 0}
HASH = "a" * 64


@pytest.fixture
def running(serve: ServerMaker) -> Running:
    """An open stage and a play-off of three submissions in all."""
    playoff = {"archive_mb": 1, "registries": ["registry.example.org/agents"]}
    stages = [{**OPEN, "quota": 1000}, {**FINAL, "parallel": 10}]
    return serve(Settings.model_validate({"name": "Test", "stages": stages, "playoff": playoff}))


@pytest.fixture
def ann(running: Running) -> Connection:
    return running.connect("ann")


def _archive(folder: Path, number: int = 0) -> Path:
    """Different ones."""
    return written(folder, oci(config=configuration([LAYER], created=str(number))))


def _refused(code: str, connection: Connection, method: str, path: str, words: Any = None) -> ChallengeError:
    with pytest.raises(ChallengeError) as caught:
        getattr(connection, method)(path, *([] if words is None else [words]))
    assert caught.value.code == code
    return caught.value


def test_an_archive_is_handed_in_and_queued(ann: Connection, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    first = upload_archive(ann, _archive(tmp_path), progress=lambda done, of: seen.append((done, of)))
    assert (first["status"], first["position"], first["stage"]) == ("queued", 1, "final")
    assert first["says"] == "queued, number 1 in line" and seen[-1][0] == seen[-1][1]
    second = upload_archive(ann, _archive(tmp_path, 1), "final")
    assert second["says"] == "queued, number 2 in line"
    assert ann.get(f"/v2/playoff/submissions/{first['submission']}") == first
    assert [told["submission"] for told in ann.get("/v2/playoff/submissions")] == [
        second["submission"],
        first["submission"],
    ]
    assert ann.get(f"/v2/playoff/submissions/{first['submission']}/log") == {"log": ""}


def test_an_upload_goes_on_after_an_answer_was_lost(ann: Connection, tmp_path: Path) -> None:
    content = _archive(tmp_path).read_bytes()
    wish = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    where = "/v2/playoff/uploads/" + ann.post("/v2/playoff/uploads", wish)["upload"]
    ann.put(f"{where}?offset=0", content[:700])
    assert ann.post("/v2/playoff/uploads", wish)["received"] == 700
    error = _refused("out_of_order", ann, "put", f"{where}?offset=0", content[:700])
    assert error.details == {"received": 700}
    _refused("out_of_order", ann, "post", f"{where}/finish")
    assert ann.put(f"{where}?offset=700", content[700:]) == {"received": len(content)}
    done = ann.post(f"{where}/finish")
    assert ann.post(f"{where}/finish")["submission"] == done["submission"]
    assert len(ann.get("/v2/playoff/submissions")) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello" * 300, "damaged"),
        (packed(oci(config=configuration([LAYER], architecture="s390x"))), "s390x"),
        (packed(docker([tar(entry("../x"))])), "points out of it"),
    ],
)
def test_a_wrong_archive_gets_a_sentence(ann: Connection, tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(ChallengeError, match=sentence) as caught:
        upload_archive(ann, written(tmp_path, content))
    assert caught.value.code == "bad_archive"
    assert ann.get("/v2/playoff/submissions") == []
    assert not list((tmp_path / "playoff").glob("*/*"))


def test_what_does_not_fit_is_refused_before_it_is_sent(ann: Connection) -> None:
    _refused("too_large", ann, "post", "/v2/playoff/uploads", {"size": 2**20 + 1, "sha256": HASH})
    _refused("bad_request", ann, "post", "/v2/playoff/uploads", {"size": 10, "sha256": "../../etc/passwd"})
    _refused("bad_request", ann, "post", "/v2/playoff/uploads", {"size": -1, "sha256": HASH})
    where = "/v2/playoff/uploads/" + ann.post("/v2/playoff/uploads", {"size": 10, "sha256": HASH})["upload"]
    _refused("too_large", ann, "put", f"{where}?offset=0", bytes(11))
    _refused("too_large", ann, "put", f"{where}?offset=0", bytes(9 * 2**20))
    ann.put(f"{where}?offset=0", bytes(10))
    assert "announced" in str(_refused("bad_request", ann, "post", f"{where}/finish"))
    _refused("unknown", ann, "get", where)


def test_a_piece_is_on_disk_before_all_of_it_has_come(running: Running, ann: Connection) -> None:
    size, sent = 2**20, 700_000
    upload = ann.post("/v2/playoff/uploads", {"size": size, "sha256": HASH})["upload"]
    where, address = f"/v2/playoff/uploads/{upload}", urlsplit(running.url)
    head = f"PUT {where}?offset=0 HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
    head += f"Authorization: Bearer {running.tokens['ann']}\r\n\r\n"
    with socket.create_connection((address.hostname, address.port)) as slow:
        slow.sendall(head.encode() + bytes(sent))
        wait_until(lambda: sent - ann.get(where)["received"] < 2**17)  # less than that waits for more
    there = ann.get(where)["received"]
    ann.put(f"{where}?offset={there}", bytes(size - there))  # which goes on after the piece that broke off
    assert ann.get(where)["received"] == size


def test_others_see_and_change_nothing(running: Running, ann: Connection, tmp_path: Path) -> None:
    number = upload_archive(ann, _archive(tmp_path))["submission"]
    upload = ann.post("/v2/playoff/uploads", {"size": 10, "sha256": HASH})["upload"]
    bob, nobody = running.connect("bob"), running.connect(token="myo_nonsense")
    for method, path in (
        ("get", f"/v2/playoff/submissions/{number}"),
        ("delete", f"/v2/playoff/submissions/{number}"),
        ("get", f"/v2/playoff/submissions/{number}/log"),
        ("get", f"/v2/playoff/uploads/{upload}"),
        ("delete", f"/v2/playoff/uploads/{upload}"),
        ("post", f"/v2/playoff/uploads/{upload}/finish"),
    ):
        _refused("unknown", bob, method, path)
        _refused("not_signed_in", nobody, method, path)
    assert bob.get("/v2/playoff/submissions") == []


def test_one_that_waits_is_taken_back_and_not_charged(ann: Connection, tmp_path: Path) -> None:
    number = upload_archive(ann, _archive(tmp_path))["submission"]
    assert ann.get("/v2/quota?stage=final")["left"] == 2
    assert ann.delete(f"/v2/playoff/submissions/{number}")["status"] == "cancelled"
    assert ann.get("/v2/quota?stage=final")["left"] == 3
    _refused("out_of_order", ann, "delete", f"/v2/playoff/submissions/{number}")


def test_three_in_all(ann: Connection, tmp_path: Path) -> None:
    for number in range(3):
        upload_archive(ann, _archive(tmp_path, number))
    error = _refused("quota_exhausted", ann, "post", "/v2/playoff/uploads", {"size": 10, "sha256": HASH})
    assert error.details["limit"] == 3


def test_images_are_named_in_registries_that_the_organiser_allows(ann: Connection) -> None:
    good = f"registry.example.org/agents/ann@sha256:{HASH}"
    told = ann.post("/v2/playoff/submissions", {"image": good, "attempt": "x" * 16})
    assert (told["image"], told["status"]) == (good, "queued")
    assert ann.post("/v2/playoff/submissions", {"image": good, "attempt": "x" * 16})["submission"] == told["submission"]
    for wrong in (
        f"registry.example.org/other/ann@sha256:{HASH}",
        f"registry.example.org/agents-evil/ann@sha256:{HASH}",
        "registry.example.org/agents/ann:latest",
        f"registry.example.org/agents/../other@sha256:{HASH}",
        f"sha256:{HASH}",
    ):
        _refused("bad_request", ann, "post", "/v2/playoff/submissions", {"image": wrong})


def test_hidden_courses_are_seen_by_containers_only(running: Running, ann: Connection) -> None:
    _refused("not_allowed", ann, "post", "/v2/runs", {"stage": "final"})
    wish = {"image": f"registry.example.org/agents/ann@sha256:{HASH}", "attempt": "x" * 16}
    number = ann.post("/v2/playoff/submissions", wish)["submission"]
    run = running.ledger.read(lambda connection: submissions.find(connection, number)).run_id
    for path, words in (("reset", {}), ("step", {"course": 0, "step": 0, "action": [0.0] * 18}), ("submit", None)):
        _refused("not_allowed", ann, "post", f"/v2/runs/{run}/{path}", words)
    key = f"{run_owner(running, number)} container {'x' * 16}"
    with pytest.raises(ChallengeError):
        ann.post(f"/v1/envs/{key.replace(' ', '%20')}/reset/", again=False)
    _refused("not_allowed", ann, "post", "/v2/playoff/uploads", {"stage": "open", "size": 10, "sha256": HASH})


def test_a_name_that_a_run_has_does_not_hand_in_that_run(running: Running, ann: Connection) -> None:
    """Else the run would be graded as a container's: beyond the quota, without a deadline, in a stage for others."""
    name = "container " + "x" * 16
    words = {"stage": "open", "client": "mine", "attempt": name}
    remote = ann.post("/v2/runs", words)
    for attempt in (name, "x" * 16):
        image = f"registry.example.org/agents/ann@sha256:{HASH}"
        number = ann.post("/v2/playoff/submissions", {"image": image, "attempt": attempt})["submission"]
        run = running.ledger.read(lambda c, n=number: runs.find_run(c, submissions.find(c, n).run_id))
        assert (run.stage, run.id != remote["run"]) == ("final", True)
    assert ann.post("/v2/runs", words) == remote


def run_owner(running: Running, number: int) -> int:
    return running.ledger.read(lambda connection: submissions.find(connection, number)).user_id


def test_only_who_qualified_may_hand_in(serve: ServerMaker) -> None:
    final = {**FINAL, "qualifying_stage": "open", "qualifying_score": 15.0}
    running = serve(Settings.model_validate({"name": "Test", "stages": [{**OPEN, "seeds": [1]}, final]}))
    ann = running.connect("ann")
    error = _refused("not_qualified", ann, "post", "/v2/playoff/uploads", {"stage": "final", "size": 9, "sha256": HASH})
    assert error.details["needed"] == 15.0


def test_a_stage_that_is_closed_takes_nothing(serve: ServerMaker) -> None:
    closed = {**FINAL, "opens": "2020-01-01T00:00:00Z", "closes": "2020-01-02T00:00:00Z"}
    ann = serve(Settings.model_validate({"name": "Test", "stages": [closed]})).connect("ann")
    _refused("stage_closed", ann, "post", "/v2/playoff/uploads", {"stage": "final", "size": 9, "sha256": HASH})


def test_the_page_of_ones_own_shows_status_line_and_log(running: Running, ann: Connection, tmp_path: Path) -> None:
    number = upload_archive(ann, _archive(tmp_path))["submission"]
    settings = Settings.model_validate({"name": "Test", "stages": [OPEN, FINAL]})

    def fail(connection: Any) -> None:
        claimed = submissions.claim(connection, settings, "worker", running.clock(), 30.0)
        assert claimed is not None and claimed.id == number
        verdict = Verdict("failed", "your agent ended with exit code 1", "agent", line="ValueError: <b>no</b>")
        submissions.finish(connection, claimed, verdict, "loading\n<script>alert(1)</script>\n", running.clock())

    running.ledger.write(fail)
    with running.ledger.engine.begin() as connection:
        user = people.find_user(connection, "ann")
        assert user is not None
        secret = people.begin_web_session(connection, user, running.clock())
    page = _page(running, secret)
    assert "failed by the agent&#39;s fault: your agent ended with exit code 1" in page
    assert "ValueError: &lt;b&gt;no" in page and "&lt;script&gt;alert(1)" in page and "<script" not in page


def _page(running: Running, secret: str) -> str:
    request = urllib.request.Request(f"{running.url}/mine?stage=final", headers={"Cookie": f"{SESSION}={secret}"})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())
