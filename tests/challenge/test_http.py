"""Both interfaces over a real socket: what they answer, and that nothing hostile gets through."""

from __future__ import annotations

import http.client
import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from challenge.conftest import SEEDS, Running, ServerMaker
from myorun.client import ChallengeError, RemoteEnv
from myorun.env import LearningToRunEnv

ACTION = [0.1] * 18


def ask(server: Running, path: str, body: bytes | str, method: str = "POST", **headers: str) -> tuple[int, Any]:
    """One raw request; whatever comes back must be JSON of our shape if it is an error."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
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


def test_a_huge_body_is_refused_before_it_is_read(serve: ServerMaker) -> None:
    server = serve()
    status, words = ask(server, "/v1/envs/", b"x" * 70_000)
    assert (status, words["code"]) == (413, "too_large")


def test_a_huge_body_in_chunks_is_refused(serve: ServerMaker) -> None:
    server = serve()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
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
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
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
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
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
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    assert "myorun_steps_total 1.0" in text and "myorun_live_runs 1.0" in text
    assert 'route="/v2/runs/{run}/step"' in text
