"""The WebSocket gives what HTTP gives, and is as hard to hurt."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from challenge.conftest import ServerMaker
from myorun.challenge import people
from myorun.challenge.http import service
from myorun.client import ChallengeError, RemoteEnv
from started import PATIENCE

ACTION = [0.1] * 18


def test_a_run_by_websocket_scores_what_it_scores_by_http(serve: ServerMaker) -> None:
    server = serve(websockets=True)
    scores = []
    for websocket in (False, True):
        env = RemoteEnv(server.url, server.tokens["ann"], websocket=websocket)
        for _ in range(env.courses):
            env.reset()
            over = False
            while not over:
                over = env.step(np.array(ACTION))[2]
        submission = env.submit()
        assert env.submit() == submission
        scores.append((submission.score, submission.course_scores))
        env.close()
    assert scores[0] == scores[1]


def test_what_is_refused_by_http_is_refused_by_websocket(serve: ServerMaker) -> None:
    server = serve(websockets=True)
    env = RemoteEnv(server.url, server.tokens["ann"], websocket=True)
    with pytest.raises(ChallengeError) as refused:
        env._connection.step(env.run, 0, 0, ACTION)
    assert refused.value.code == "out_of_order"
    env.close()


@pytest.mark.parametrize("name", ["bob", None])
def test_someone_elses_run_has_no_socket(serve: ServerMaker, name: str | None) -> None:
    server = serve(websockets=True)
    run = server.connect("ann").create()["run"]
    headers = {"Authorization": f"Bearer {server.tokens[name]}"} if name else {}
    address = f"ws{server.url[4:]}/v2/runs/{run}/play"
    with pytest.raises(InvalidStatus) as refused, connect(address, additional_headers=headers):
        pass
    words = json.loads(refused.value.response.body)
    assert (refused.value.response.status_code, words["code"]) == ((404, "unknown") if name else (401, "not_signed_in"))


def test_a_revoked_token_plays_no_longer(serve: ServerMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_TOKEN_LIFE", 0.0)
    server = serve(websockets=True)
    run = server.connect("ann").create()["run"]
    headers = {"Authorization": f"Bearer {server.tokens['ann']}"}
    with connect(f"ws{server.url[4:]}/v2/runs/{run}/play", additional_headers=headers) as socket:

        def told(message: bytes | str) -> dict[str, Any]:
            socket.send(message)
            return dict(msgpack.unpackb(socket.recv(timeout=PATIENCE)))

        assert "binary" in told("a text")["error"]["message"]
        assert told(msgpack.packb({"type": "reset"}))["step"] == 0
        server.ledger.write(lambda c: people.revoke_token(c, people.find_user(c, "ann"), 1, 2.0))  # type: ignore[arg-type]
        assert told(msgpack.packb({"type": "reset"}))["error"]["code"] == "not_signed_in"


def test_hostile_messages_change_nothing(serve: ServerMaker) -> None:
    server = serve(websockets=True)
    ann = server.connect()
    run = ann.create()["run"]
    ann.reset(run, 0)
    deep = b"\x91" * 3000 + b"\x90"
    step = {"type": "step", "course": 0, "step": 0}
    messages = [b"", b"\xc1", b"\xff", b"x" * 5000, deep, b"\x80", b"\x93\x01\x02\x03", b"\xdd\xff\xff\xff\xff",
                msgpack.packb({**step, "action": [float("nan")] * 18}), msgpack.packb({**step, "action": "x" * 18}),
                msgpack.packb({**step, "action": [0.1] * 17}), msgpack.packb({**step, "action": ACTION, "extra": 1}),
                msgpack.packb({"type": ["step"]}), msgpack.packb({"type": "eval", "code": "1"})]  # fmt: skip
    headers = {"Authorization": f"Bearer {server.tokens['ann']}"}
    with connect(f"ws{server.url[4:]}/v2/runs/{run}/play", additional_headers=headers) as socket:
        for message in messages:
            socket.send(message)
            assert set(msgpack.unpackb(socket.recv(timeout=PATIENCE))) == {"error"}, message
        socket.send(msgpack.packb({**step, "action": ACTION}))
        assert msgpack.unpackb(socket.recv(timeout=PATIENCE))["step"] == 1
    assert ann.look(run)["step"] == 1
