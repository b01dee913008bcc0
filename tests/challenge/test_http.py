"""Both interfaces over a real socket: what they answer, and that nothing hostile gets through."""

from __future__ import annotations

import http.client
import json
import math
import re
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from challenge.conftest import SEEDS, Running, ServerMaker
from myorun.challenge.http import edge, protocol
from myorun.client import ChallengeError, Connection, RemoteEnv
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from osim.http.client import Client
from started import PATIENCE, wait_until

ACTION = [0.1] * 18


def ask(server: Running, path: str, body: bytes | str, method: str = "POST", **headers: str) -> tuple[int, Any]:
    """One raw request; whatever comes back must be JSON of our shape if it is an error."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        words = json.loads(answer.read() or b"null")
    finally:
        connection.close()
    if answer.status >= 400:
        assert answer.status < 500, words
        assert set(words) == {"code", "message", "details"}
    for seed in SEEDS:
        assert f"{seed}" not in json.dumps(words.get("message", "")) if isinstance(words, dict) else True
    return answer.status, words


def create_2017(server: Running, name: str = "ann") -> str:
    words = {"env_id": "Run", "token": server.tokens[name], "version": "1.5.0"}
    return str(ask(server, "/v1/envs/", json.dumps(words))[1]["instance_id"])


# ---------------------------------------------------------------- 2017


SCRIPT_OF_2017 = """
import sys
from osim.http.client import Client

client = Client(sys.argv[1])
observation = client.env_create(sys.argv[2])
while True:
    [observation, reward, done, info] = client.env_step([0.1] * 18, True)
    if done:
        observation = client.env_reset()
        if not observation:
            break
client.submit()
"""


def test_a_script_of_2017_completes_and_is_ranked(serve: ServerMaker) -> None:
    server = serve()
    command = [sys.executable, "-c", SCRIPT_OF_2017, server.url, server.tokens["ann"]]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    [place] = server.connect().get("/v2/leaderboard")
    assert printed == f"Your total reward from this submission: {place['score']:f}\n"
    assert place["score"] == np.mean([home_score(seed) for seed in SEEDS])


def test_the_client_of_2017_takes_what_a_network_gives(serve: ServerMaker) -> None:
    server = serve()
    client = Client(server.url)
    with pytest.raises(UsageError, match="env_create"):
        client.env_step(ACTION)
    client.env_create(server.tokens["ann"])
    observation, _, done, _ = client.env_step(np.full(18, 0.1, np.float32))
    assert len(observation) == 41 and not done
    client.env_close()


def home_score(seed: int) -> float:
    env = LearningToRunEnv()
    env.reset(seed=seed)
    score, over = 0.0, False
    while not over:
        _, reward, over, _, _ = env.step(ACTION)
        score += reward
    return score


def test_the_answers_of_2017_have_their_shape(serve: ServerMaker) -> None:
    server = serve()
    key = create_2017(server)
    assert ask(server, f"/v1/envs/{key}/monitor/start/", '{"directory": "tmp"}') == (200, {})
    status, words = ask(server, f"/v1/envs/{key}/reset/", "null", Content_Type="text/plain")
    assert status == 200 and len(words["observation"]) == 41
    status, words = ask(server, f"/v1/envs/{key}/step/", json.dumps({"action": ACTION, "render": True}))
    assert status == 200 and set(words) == {"observation", "reward", "done", "info"}
    assert words["done"] is False and words["info"] == {}
    for _ in range(3):
        status, words = ask(server, f"/v1/envs/{key}/reset/", "null")
    assert words == {"observation": False}
    status, words = ask(server, f"/v1/envs/{key}/monitor/close/", "null")
    assert status == 200 and isinstance(words["reward"], float)
    assert ask(server, f"/v1/envs/{key}/close/", "null") == (200, {})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"token": "nobody's"}, "not_signed_in"),
        ({"token": "\ud800"}, "not_signed_in"),
        ({"token": None}, "bad_request"),
        ({"env_id": "Humanoid"}, "bad_request"),
        ({"version": "1.4.9"}, "old_client"),
        ({"version": "one"}, "bad_request"),
        ({"version": ["1.5"]}, "bad_request"),
    ],
)
def test_a_create_of_2017_that_cannot_be_is_refused_in_words(
    serve: ServerMaker, changed: dict[str, Any], code: str
) -> None:
    server = serve()
    words = {"env_id": "Run", "token": server.tokens["ann"], "version": "1.5", **changed}
    status, answer = ask(server, "/v1/envs/", json.dumps(words))
    assert status >= 400 and answer["code"] == code


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b'"x"',
    b"\xff\xfe\x00",
    b"[" * 10_000,
    b'{"action":' * 5_000,
    b'{"action": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"action": ' + b"9" * 5_000 + b"}",
    b'{"action": [' + b",".join([b"NaN"] * 18) + b"]}",
    b'{"action": [' + b",".join([b'"0.1"'] * 18) + b"]}",
    b'{"action": [' + b",".join([b"true"] * 18) + b"]}",
    b'{"action": {"__class__": "os.system"}}',
    b'{"action": [' + b",".join([b"0.1"] * 100) + b"]}",
    b'{"course": 0, "step": 0, "action": [' + b",".join([b"Infinity"] * 18) + b"]}",
    b'{"course": 0, "step": 0, "action": [' + b",".join([b"1e999"] * 18) + b"]}",
    b'{"course": -1, "step": 0, "action": []}',
    b'{"course": 1e308, "step": 99999999999999999999999, "action": 5}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_change_nothing(serve: ServerMaker, body: bytes) -> None:
    server = serve()
    key, ann = create_2017(server), server.connect()
    ask(server, f"/v1/envs/{key}/reset/", "null")
    auth = {"Authorization": f"Bearer {server.tokens['ann']}", "Content_Type": "application/json"}
    assert ask(server, f"/v1/envs/{key}/step/", body)[0] >= 400 or b"Infinity" in body or b"1e999" in body
    for path in ("/v2/runs", "/v2/runs/1/step", "/v2/runs/1/reset"):
        ask(server, path, body, **auth)
    assert ask(server, "/v1/envs/", body)[0] >= 400
    if b"In" not in body and b"1e999" not in body:
        assert ann.look(1)["step"] == 0


@pytest.mark.parametrize("action", ["[0.1]", "[" + ", ".join(["NaN"] * 18) + "]", '"x"', "null"])
def test_what_an_action_is_is_said_in_one_sentence(serve: ServerMaker, action: str) -> None:
    server = serve()
    server.connect().create()
    auth = {"Authorization": f"Bearer {server.tokens['ann']}", "Content_Type": "application/json"}
    status, words = ask(server, "/v2/runs/1/step", f'{{"course": 0, "step": 0, "action": {action}}}', **auth)
    assert status == 400
    assert words["message"] == "the action must be a list of 18 finite numbers, one excitation a muscle"


def test_a_huge_body_is_refused_before_it_is_read(serve: ServerMaker) -> None:
    server = serve()
    auth = {"Authorization": f"Bearer {server.tokens['ann']}", "Content_Type": "application/json"}
    for path in ("/v1/envs/", "/v2/runs"):
        status, words = ask(server, path, b"x" * 70_000, **auth)
        assert (status, words["code"]) == (413, "too_large")


def _raw(server: Running, data: bytes) -> bytes:
    """All that comes back for these bytes, until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        received = b""
        try:
            connection.sendall(data)
            while piece := connection.recv(65536):
                received += piece
        except ConnectionError:
            pass  # closed while it was being sent
    return received


def test_headers_have_an_end(serve: ServerMaker) -> None:
    server = serve()
    lines = b"".join(b"X-%d: " % number + b"a" * 10_000 + b"\r\n" for number in range(500))
    for head in (lines, b"X-Long: " + b"a" * 5_000_000, b"\r\n" * 2_000_000):
        answer = _raw(server, b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + head)
        assert not answer or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200"))
    last = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert _raw(server, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 20 + last).count(b"HTTP/1.1 200") == 21


def test_who_says_nothing_is_not_waited_for(serve: ServerMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(edge, "_BODY_SECONDS", 0.3)
    server = serve()
    for silent in (b"", b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\n"):
        assert _raw(server, silent) == b""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", PATIENCE)
    late = b"POST /v1/envs/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{"
    assert _raw(server, late).startswith(b"HTTP/1.1 408")


def test_who_goes_away_is_no_fault_of_ours(serve: ServerMaker) -> None:
    server = serve()
    host, port = server.url.removeprefix("http://").split(":")
    for path in (b"/v1/envs/", b"/v2/runs"):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)) as connection:

        def metrics() -> str:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()

        wait_until(lambda: 'status="499"' in metrics())
        text = metrics()
    assert "myorun_errors_total 0.0" in text and 'status="500"' not in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "unknown"), ("GET", "/v2/nothing", 404, "unknown"),
     ("DELETE", "/v2/runs", 405, "no_such_method"), ("GET", "/v1/envs/", 405, "no_such_method")],
)  # fmt: skip
def test_what_is_not_there_is_said_in_the_one_shape(
    serve: ServerMaker, method: str, path: str, status: int, code: str
) -> None:
    answer, words = ask(serve(), path, b"", method)
    assert (answer, words["code"]) == (status, code) and "/docs" in words["message"]


def test_head_is_get_without_its_body(serve: ServerMaker) -> None:
    server = serve()
    for path in ("/", "/healthz", "/static/site.css"):
        answer = _raw(server, b"HEAD " + path.encode() + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n")


def test_instance_ids_cannot_be_tried_out(serve: ServerMaker) -> None:
    server = serve()
    key = create_2017(server)
    statuses = [ask(server, f"/v1/envs/guess{number}/reset/", "null")[0] for number in range(62)]
    assert statuses == [404] * 60 + [429] * 2
    assert ask(server, f"/v1/envs/{key}/reset/", "null")[0] == 200, "who knows theirs is not kept out"


def test_a_huge_body_in_chunks_is_refused(serve: ServerMaker) -> None:
    server = serve()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("POST", "/v1/envs/", iter([b"x" * 10_000] * 10), encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused while it was being sent
    finally:
        connection.close()


# ---------------------------------------------------------------- ours


def test_a_policy_runs_remotely_as_it_runs_at_home(serve: ServerMaker) -> None:
    server = serve()
    env = RemoteEnv(server.url, server.tokens["ann"])
    assert (env.courses, env.courses_left) == (3, 3)
    home = LearningToRunEnv()
    for seed in SEEDS:
        observation, info = env.reset()
        assert "course_seed" not in info and (observation == home.reset(seed=seed)[0]).all()
        over = False
        while not over:
            seen, reward, over, truncated, _ = env.step(np.full(18, 0.1))
            expected = home.step(ACTION)
            assert (seen == expected[0]).all() and (reward, over, truncated) == expected[1:4]
    submission = env.submit()
    assert submission.score == np.mean([home_score(seed) for seed in SEEDS])
    assert env.submit() == submission
    env.close()


def test_a_run_that_was_cut_off_goes_on(serve: ServerMaker) -> None:
    server = serve()
    env = RemoteEnv(server.url, server.tokens["ann"])
    assert env.resume() is None
    env.reset()
    observation = env.step(ACTION)[0]
    env.close()
    other = RemoteEnv(server.url, server.tokens["ann"], run=env.run)
    begun = other.resume()
    assert begun is not None and (begun[0] == observation).all() and begun[1] == {"course": 0, "step": 1}
    assert other.step(ACTION)[4]["step"] == 2
    other.close()


def test_someone_elses_run_is_not_there(serve: ServerMaker) -> None:
    server = serve()
    ann, bob = server.connect("ann"), server.connect("bob")
    run = ann.create()["run"]
    for forbidden in (
        lambda: bob.look(run),
        lambda: bob.reset(run, 0),
        lambda: bob.step(run, 0, 0, ACTION),
        lambda: bob.submit(run),
        lambda: bob.get(f"/v2/runs/{run}/replay"),
        lambda: bob.look(run + 1),
    ):
        with pytest.raises(ChallengeError) as refused:
            forbidden()
        assert refused.value.code == "unknown"
    assert ann.look(run)["phase"] == "created"


@pytest.mark.parametrize("token", ["", "myo_wrong", "x" * 10_000])
def test_nothing_is_done_without_a_token(serve: ServerMaker, token: str) -> None:
    server = serve()
    with pytest.raises(ChallengeError) as refused:
        server.connect(token=token).create()
    assert refused.value.code in ("not_signed_in", "no_answer")


def test_steps_out_of_order_and_replayed_change_no_score(serve: ServerMaker) -> None:
    server = serve()
    ann = server.connect()
    run = ann.create()["run"]
    for command in (lambda: ann.step(run, 0, 0, ACTION), lambda: ann.reset(run, 1), lambda: ann.reset(run, 5)):
        with pytest.raises(ChallengeError, match=r"cannot|reset first"):
            command()
    ann.reset(run, 0)
    first = ann.step(run, 0, 0, ACTION)
    for _ in range(5):
        ann.step(run, 0, ann.look(run)["step"], ACTION)
    assert ann.step(run, 0, 0, ACTION) == first
    for course, step, action in ((0, 0, [0.2] * 18), (0, 7, ACTION), (1, 0, ACTION), (2, 0, ACTION)):
        with pytest.raises(ChallengeError) as refused:
            ann.step(run, course, step, action)
        assert refused.value.code == "out_of_order"
    assert ann.look(run)["step"] == 6
    submitted = ann.submit(run)
    for late in (lambda: ann.step(run, 0, 6, ACTION), lambda: ann.reset(run, 1)):
        with pytest.raises(ChallengeError) as refused:
            late()
        assert refused.value.code == "run_over"
    assert ann.submit(run) == submitted


def test_a_run_asked_for_again_is_the_same_one(serve: ServerMaker) -> None:
    server = serve(quota=3)
    ann, bob = server.connect("ann"), server.connect("bob")
    wish = {"attempt": "of ann, at random", "stage": "open"}
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: server.connect("ann").post("/v2/runs", wish)["run"], range(8)))
    assert len(set(runs)) == 1
    assert bob.post("/v2/runs", wish)["run"] != runs[0]
    assert ann.get("/v2/quota")["left"] == 2
    assert ann.create()["run"] != ann.create()["run"]
    server.clock.now += 200 * 365 * 86400.0
    assert ann.post("/v2/runs", wish)["run"] == runs[0], "also after the stage has closed"
    with pytest.raises(ChallengeError, match="attempt"):
        ann.post("/v2/runs", {"attempt": "short"})


def test_a_clients_own_word_for_a_wish_opens_nothing_to_others(serve: ServerMaker) -> None:
    server = serve()
    ann = server.connect()
    run = ann.post("/v2/runs", {"attempt": "easily guessed by all"})["run"]
    for user in range(1, 4):
        path = f"/v1/envs/{user}%20easily%20guessed%20by%20all/"
        assert ask(server, f"{path}reset/", "null")[0] == ask(server, f"{path}close/", "null")[0] == 404
    assert ann.look(run)["phase"] == "created"


def test_a_run_whose_answer_was_lost_is_one_run_and_charged_once(serve: ServerMaker) -> None:
    server = serve(quota=1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_lose_answers, args=(listener, server.url, 2))
        thread.start()
        client = Connection(f"http://127.0.0.1:{listener.getsockname()[1]}", server.tokens["ann"], patience=30.0)
        run = client.create()["run"]
        client.close()
        thread.join(20)
    ann = server.connect()
    ann.reset(run, 0)
    ann.step(run, 0, 0, ACTION)
    quota = ann.get("/v2/quota")
    assert (quota["charged"], quota["open_uncharged"], quota["left"]) == (1, 0, 0)


def _lose_answers(listener: socket.socket, url: str, lost: int) -> None:
    """Pass requests on; the first answers never come back."""
    for number in range(lost + 1):
        client, _ = listener.accept()
        host, port = url.removeprefix("http://").split(":")
        with client, socket.create_connection((host, int(port))) as upstream:
            upstream.sendall(_message(client))
            answer = _message(upstream)
            if number == lost:
                client.sendall(answer)


def _message(connection: socket.socket) -> bytes:
    """One whole HTTP message with a content length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head = received.partition(b"\r\n\r\n")[0]
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]
    while len(received) < len(head) + 4 + length:
        received += connection.recv(65536)
    return received


def test_the_next_one_is_never_promised_too_early(serve: ServerMaker) -> None:
    server = serve(quota=1, window_hours=1)
    server.clock.now += 0.75
    ann = server.connect()
    run = ann.create()["run"]
    ann.reset(run, 0)
    ann.step(run, 0, 0, ACTION)
    promised = datetime.fromisoformat(ann.get("/v2/quota")["next_at"]).timestamp()
    server.clock.now = promised - 1.0
    with pytest.raises(ChallengeError, match="comes free"):
        ann.create()
    server.clock.now = promised
    assert ann.create()["run"] == run + 1


def test_quota_says_when_the_next_one_comes_free(serve: ServerMaker) -> None:
    server = serve(quota=1, window_hours=1)
    ann = server.connect()
    assert ann.get("/v2/quota")["left"] == 1
    run = ann.create()["run"]
    ann.reset(run, 0)
    ann.step(run, 0, 0, ACTION)
    with pytest.raises(ChallengeError, match="comes free at 2027-01-15T09:00:00Z") as refused:
        ann.create()
    assert refused.value.code == "quota_exhausted"
    assert ann.get("/v2/quota")["next_at"] == "2027-01-15T09:00:00Z"
    server.clock.now += 3600.0
    assert ann.create()["run"] == run + 1


def test_a_run_begun_before_its_stage_closes_goes_on_until_its_own_deadline(serve: ServerMaker) -> None:
    server = serve(closes="2027-01-15T08:30:00Z", time_limit_minutes=60)  # the clock says 08:00
    ann = server.connect()
    run = ann.create()["run"]
    ann.reset(run, 0)
    server.clock.now += 45 * 60.0
    with pytest.raises(ChallengeError) as refused:
        ann.create()
    assert refused.value.code == "stage_closed"
    reward = ann.step(run, 0, 0, ACTION)["reward"]
    server.clock.now += 15 * 60.0
    with pytest.raises(ChallengeError, match="counts as it stood"):
        ann.step(run, 0, 1, ACTION)
    [place] = ann.get("/v2/leaderboard?stage=open")
    assert place["score"] == reward / 3


def test_nothing_tells_the_seeds(serve: ServerMaker) -> None:
    seeds = (3_141_592_653_589, 2_718_281_828_459, 1_618_033_988_749)
    server = serve(seeds=seeds)
    ann = server.connect()
    run = ann.create()["run"]
    ann.reset(run, 0)
    ann.step(run, 0, 0, ACTION)
    ann.submit(run)
    said = []
    for path in ("/", "/rules", "/progress", f"/submissions/{run}", "/v2/challenge", "/v2/openapi.json", "/metrics",
                 f"/v2/runs/{run}", f"/submissions/{run}/0.replay", f"/submissions/{run}/thumbnail.svg", "/docs",
                 f"/v2/runs/{run}/replay"):  # fmt: skip
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
        connection.request("GET", path, headers={"Authorization": f"Bearer {server.tokens['ann']}"})
        answer = connection.getresponse()
        assert answer.status == 200, path
        said.append(answer.read())
        connection.close()
    assert not any(str(seed).encode() in page for seed in seeds for page in said)


def test_the_own_replay_is_a_trajectory(serve: ServerMaker, tmp_path: Any) -> None:
    from myorun.trajectory import load_trajectory

    server = serve()
    ann = server.connect()
    run = ann.create()["run"]
    ann.reset(run, 0)
    rewards = [ann.step(run, 0, step, ACTION)["reward"] for step in range(30)]
    with pytest.raises(ChallengeError, match="the run is open"):
        ann.get(f"/v2/runs/{run}/replay")
    ann.submit(run)
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request("GET", f"/v2/runs/{run}/replay", headers={"Authorization": f"Bearer {server.tokens['ann']}"})
    file = tmp_path / "replay.npz"
    file.write_bytes(connection.getresponse().read())
    connection.close()
    trajectory = load_trajectory(file)
    assert trajectory.steps == 30 and trajectory.course.seed is None
    assert trajectory.facts.score is not None and math.isclose(trajectory.facts.score, sum(rewards), abs_tol=1e-15)


def test_healthz_and_metrics_say_how_it_is(serve: ServerMaker) -> None:
    server = serve()
    ann = server.connect()
    run = ann.create()["run"]
    ann.reset(run, 0)
    ann.step(run, 0, 0, ACTION)
    assert ann.get("/healthz")["status"] == "ok"
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    assert "myorun_steps_total 1.0" in text and "myorun_live_runs 1.0" in text
    assert 'route="/v2/runs/{run}/step"' in text


def test_a_run_of_a_stage_that_was_taken_out_waits_and_is_not_played(serve: ServerMaker) -> None:
    ann = serve().connect("ann")
    run = ann.create()["run"]
    ann.reset(run, 0)
    later = serve(name="later").connect("ann")
    with pytest.raises(ChallengeError, match="the stage 'open' was taken out of this challenge"):
        later.step(run, 0, 0, [0.1] * 18)
    assert later.look(run)["stage"] == "open"
    assert ann.step(run, 0, 0, [0.1] * 18)["step"] == 1  # where it still is
