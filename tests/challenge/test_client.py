"""The client: what it needs, and how it answers for what is wrong."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from challenge.conftest import ServerMaker
from myorun.client import ChallengeError, Connection
from myorun.client.submit import agent_maker, submit_policy
from myorun.errors import UsageError
from started import PATIENCE, free_port


def test_the_client_needs_nothing_compiled() -> None:
    code = "import sys, myorun.client.remote, osim.http.client; print([m for m in sys.modules if m == 'myorun._core'])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8017", "ftp://x", "http://", "http:///x", "http://[::1", "http://x:99999", "http://x:0", "http://x:y",
     "http://a b", "http://me:secret@x"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="must be like"):
        Connection(url)


@pytest.mark.parametrize("token", ["a b", "a\nb", "é"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(UsageError, match="copy it again"):
        Connection("http://127.0.0.1:1", token)


def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(ChallengeError, match="does not answer"):
        Connection(f"http://127.0.0.1:{free_port()}", patience=0.0).get("/v2/challenge")


def test_it_is_said_once_that_a_server_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ChallengeError):
        Connection(url, patience=2.5).get("/v2/challenge")
    [record] = caplog.records
    assert record.getMessage().startswith(f"{url} does not answer") and "up to 2 s" in record.getMessage()


def test_a_hiccup_of_a_server_is_worth_no_word(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ChallengeError):
        Connection(f"http://127.0.0.1:{free_port()}", patience=0.2).get("/v2/challenge")
    assert not caplog.records


def test_who_thinks_until_the_server_hangs_up_goes_on_with_what_must_not_be_sent_twice() -> None:
    hung_up = threading.Semaphore(0)

    def answer_one_request_a_connection(listener: socket.socket) -> None:
        for _ in range(2):
            with listener.accept()[0] as peer:
                while not peer.recv(65536).endswith(b"null"):
                    pass
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            hung_up.release()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer_one_request_a_connection, args=[listener], daemon=True).start()
        connection = Connection(f"http://127.0.0.1:{listener.getsockname()[1]}", patience=0.0)
        for _ in range(2):
            assert connection.post("/v1/envs/x/reset/", again=False) == {}
            assert hung_up.acquire(timeout=PATIENCE)
        connection.close()


def test_a_file_with_act_is_an_agent_and_is_ranked(serve: ServerMaker, tmp_path: Path) -> None:
    server = serve()
    agent = tmp_path / "agent.py"
    agent.write_text("def act(observation):\n    return [0.1] * 18\n")
    submission = submit_policy(str(agent), server.url, server.tokens["ann"])
    [place] = server.connect().get("/v2/leaderboard")
    assert place["score"] == submission.score and len(submission.course_scores) == 3


def test_a_shipped_policy_is_an_agent(serve: ServerMaker) -> None:
    server = serve(seeds=(11,), courses=1)
    assert submit_policy("champion", server.url, server.tokens["ann"]).score > 15.0


@pytest.mark.parametrize("policy", ["nothing", "nothing.py", "reflex"])
def test_what_is_no_agent_is_refused_before_a_run_is_made(serve: ServerMaker, policy: str) -> None:
    server = serve()
    with pytest.raises(UsageError):
        submit_policy(policy, server.url, server.tokens["ann"])
    assert server.connect().get("/v2/quota")["open_uncharged"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[0.1] * 17", r"shape \(17,\); an action is 18 real numbers"),
        ("None", r"an action is 18 real numbers|float\(\) argument"),
        ("[float('nan')] * 18", "answered a NaN or an infinity"),
        ("1 / 0", r"ZeroDivisionError: division by zero \(agent\.py, line 2\)"),
    ],
)
def test_an_agent_that_fails_leaves_a_run_to_go_on_with(
    serve: ServerMaker, tmp_path: Path, body: str, said: str
) -> None:
    server = serve(courses=1, seeds=(11,))
    agent = tmp_path / "agent.py"
    agent.write_text(f"def act(observation):\n    return {body}\n")
    with pytest.raises(UsageError, match=said) as raised:
        submit_policy(str(agent), server.url, server.tokens["ann"])
    assert str(raised.value).endswith("with: --resume 1")
    agent.write_text("def act(observation):\n    return [0.1] * 18\n")
    assert submit_policy(str(agent), server.url, server.tokens["ann"], resume=1).run == 1


def test_an_agent_may_import_what_lies_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    (tmp_path / "net_of_this_test.py").write_text("EXCITATIONS = [0.2] * 18\n")
    agent = tmp_path / "agent.py"
    agent.write_text("from net_of_this_test import EXCITATIONS\n\n\ndef act(observation):\n    return EXCITATIONS\n")
    assert agent_maker(str(agent))(0)(None) == [0.2] * 18


def test_a_file_without_act_says_what_is_missing(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text("acts = 1\n")
    with pytest.raises(UsageError, match=r"must define act\(observation\)"):
        agent_maker(str(agent))
