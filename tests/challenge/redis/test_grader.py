"""The Redis interface of 2017, on a real Redis: what it answers, what it survives."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from challenge.redis.agent_2017 import Agent
from challenge.redis_server import Server
from myorun.challenge.redis.grader import Limits, RedisGrader
from myorun.challenge.redis.messages import MOST_BYTES, SERVICE_ID, command_list, read_command
from myorun.challenge.trial import TrialRun, trial_plan
from myorun.challenge.verdict import Hooks, Progress, Verdict
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from myorun.evaluate import evaluate
from started import PATIENCE, wait_until

SEEDS = (11, 22, 33)
COMMANDS = command_list(SERVICE_ID)
Serve = Callable[..., "Future[Verdict]"]


@pytest.fixture
def serve(server: Server) -> Iterator[Serve]:
    """Starts a service beside the test; stopped when it ends."""
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:

        def start(seeds: tuple[int, ...] = SEEDS, limits: Limits | None = None, **hooks: Any) -> Future[Verdict]:
            wired = Hooks(**{"stop": stop, **hooks})
            return pool.submit(RedisGrader(server.url, TrialRun(trial_plan(seeds)), SERVICE_ID, limits, wired).serve)

        yield start
        stop.set()


@pytest.fixture
def agent(server: Server) -> Agent:
    return Agent(server.port)


def push(server: Server, *kinds: str) -> None:
    """Commands that are there before any service looks."""
    words = [{"type": f"OSIM_RL.{kind}", "payload": {}, "response_channel": kind} for kind in kinds]
    with server.connect() as connection:
        connection.lpush(COMMANDS, *map(json.dumps, words))


class Constant:
    """Excitations that do not change."""

    def __init__(self, level: float) -> None:
        self._level = level

    def __call__(self, observations: Any) -> Any:
        return np.full((len(observations), 18), self._level)


# ---------------------------------------------------------------- as in 2017


def test_an_agent_of_2017_gets_the_score_of_an_evaluation_to_the_bit(serve: Serve, agent: Agent) -> None:
    verdict = serve()
    told = agent.play(0.3)
    found = evaluate(Constant(0.3), seeds=SEEDS, difficulty=2, max_obstacles=10)
    assert told["type"] == "OSIM_RL.ENV_SUBMIT_RESPONSE"
    assert told["payload"]["mean_reward"] == found.mean
    assert told["payload"]["simulation_rewards"] == found.scores.tolist()
    assert len(told["payload"]["simulation_times"]) == 3 and min(told["payload"]["simulation_times"]) > 0.0
    ended = verdict.result(PATIENCE)
    assert ended.status == "finished" and ended.fault is None
    assert ended.result is not None and ended.result.score == found.mean


def test_answers_are_what_the_environment_gives(serve: Serve, agent: Agent) -> None:
    serve((22,))
    env = LearningToRunEnv(difficulty=2, max_obstacles=10)
    observation, _ = env.reset(seed=22)
    assert agent.ask("ENV_CREATE") == {
        "type": "OSIM_RL.ENV_CREATE_RESPONSE",
        "payload": {"observation": observation.tolist()},
    }
    for _ in range(5):
        observation, reward, fell, _, _ = env.step(np.full(18, 0.7))
        assert agent.ask("ENV_STEP", {"action": [0.7] * 18}) == {
            "type": "OSIM_RL.ENV_STEP_RESPONSE",
            "payload": {"observation": observation.tolist(), "reward": reward, "done": fell, "info": {}},
        }
    assert agent.ask("ENV_RESET") == {"type": "OSIM_RL.ENV_RESET_RESPONSE", "payload": {"observation": False}}


def test_an_early_submit_counts_as_it_stands(serve: Serve, agent: Agent) -> None:
    verdict = serve()
    agent.ask("ENV_CREATE")
    reward = agent.ask("ENV_STEP", {"action": [0.2] * 18})["payload"]["reward"]
    told = agent.ask("ENV_SUBMIT")["payload"]
    assert told["simulation_rewards"] == [reward] and told["mean_reward"] == float(np.mean([reward, 0.0, 0.0]))
    assert len(told["simulation_times"]) == 1
    assert verdict.result(PATIENCE).status == "finished"


def test_a_service_may_come_after_its_commands(serve: Serve, agent: Agent) -> None:
    with ThreadPoolExecutor() as pool:
        pong = pool.submit(agent.ask, "PING")
        time.sleep(0.2)
        serve()
        assert pong.result(PATIENCE)["type"] == "OSIM_RL.PONG"


def test_progress_is_told(serve: Serve, agent: Agent) -> None:
    seen: list[Progress] = []
    verdict = serve((11, 22), progress=seen.append)
    told = agent.play(0.5)["payload"]
    verdict.result(PATIENCE)
    assert [p.course for p in seen] == sorted(p.course for p in seen) and seen[-1].course == 2
    assert seen[-1].score == told["mean_reward"] and str(seen[-1]).startswith("course 2 of 2, step ")


# ---------------------------------------------------------------- out of order, nonsense


def test_what_comes_out_of_order_is_an_error_and_changes_nothing(serve: Serve, agent: Agent) -> None:
    verdict = serve((11,))
    for kind in ("ENV_STEP", "ENV_RESET", "ENV_SUBMIT"):
        refused = agent.ask(kind, {"action": [0.2] * 18})
        assert refused["type"] == "OSIM_RL.ERROR" and "ENV_CREATE first" in refused["payload"]
    agent.ask("ENV_CREATE")
    assert "ENV_RESET begins" in agent.ask("ENV_CREATE")["payload"]
    while not agent.ask("ENV_STEP", {"action": [1.0] * 18})["payload"]["done"]:
        pass
    assert "the course is over; reset" in agent.ask("ENV_STEP", {"action": [1.0] * 18})["payload"]
    assert agent.ask("ENV_RESET")["payload"] == {"observation": False}
    assert agent.ask("ENV_RESET")["payload"] == {"observation": False}
    assert "no course is left; submit" in agent.ask("ENV_STEP", {"action": [1.0] * 18})["payload"]
    told = agent.ask("ENV_SUBMIT")["payload"]
    assert told["mean_reward"] == evaluate(Constant(1.0), seeds=(11,), max_obstacles=10).mean
    assert verdict.result(PATIENCE).status == "finished"


def test_a_second_submit_is_told_that_the_run_is_over(server: Server, serve: Serve, agent: Agent) -> None:
    words = [
        json.dumps({"type": f"OSIM_RL.{kind}", "payload": {}, "response_channel": channel})
        for kind, channel in (("ENV_CREATE", "a"), ("ENV_SUBMIT", "b"), ("ENV_SUBMIT", "c"))
    ]
    with server.connect() as connection:
        connection.lpush(COMMANDS, *words)
        assert serve().result(PATIENCE).status == "finished"
        answers = [json.loads(connection.lpop(channel))["type"] for channel in ("a", "b", "c")]
        assert answers == ["OSIM_RL.ENV_CREATE_RESPONSE", "OSIM_RL.ENV_SUBMIT_RESPONSE", "OSIM_RL.ERROR"]
        assert connection.exists(COMMANDS) == 0


@pytest.mark.parametrize(
    "action",
    [
        None,
        [],
        [0.1] * 17,
        [0.1] * 19,
        [[0.1] * 18],
        {"0": 1},
        "0.1",
        [None] * 18,
        ["0.1"] * 18,
        [True] * 18,
        [float("nan")] * 18,
        0.5,
    ],
)
def test_actions_that_are_none_are_refused(serve: Serve, agent: Agent, action: Any) -> None:
    serve((11,))
    agent.ask("ENV_CREATE")
    refused = agent.ask("ENV_STEP", {"action": action})
    assert refused["type"] == "OSIM_RL.ERROR" and isinstance(refused["payload"], str)
    assert agent.ask("ENV_STEP", {"action": [float("inf")] * 17 + [-(10**400)]})["type"] == "OSIM_RL.ENV_STEP_RESPONSE"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{" * 60_000,
        b"[" * 60_000,
        b"1" * 60_000,
        b"x" * (MOST_BYTES + 1),
        b'{"type": "OSIM_RL.PING"}',
        b'{"type": "OSIM_RL.PING", "response_channel": ""}',
        b'{"type": "OSIM_RL.PING", "response_channel": "a\\u0000"}',
        b'{"type": "OSIM_RL.PING", "response_channel": "\\ud800"}',
        b'{"type": "OSIM_RL.PING", "response_channel": ["a"]}',
        b'{"type": "OSIM_RL.PING", "response_channel": "%s"}' % (b"a" * 201),
        b'{"type": "OSIM_RL.PING", "response_channel": "%s"}' % COMMANDS.encode(),
        b'{"type": "OSIM_RL.PING", "response_channel": "osim-rl::other::commands"}',
    ],
)
def test_nonsense_that_names_nobody_to_answer(server: Server, serve: Serve, agent: Agent, raw: bytes) -> None:
    assert read_command(raw).channel is None
    serve()
    with server.connect() as connection:
        connection.lpush(COMMANDS, raw)
        assert agent.ask("PING")["type"] == "OSIM_RL.PONG"
        assert connection.keys("*") == []


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"type": 1},
        {"type": ["OSIM_RL.PING"]},
        {"type": "OSIM_RL.PONG"},
        {"type": "OSIM_RL.ENV_CREATE", "payload": [1]},
        {"type": "OSIM_RL.PING", "request": 7},
        {"type": "OSIM_RL.PING", "request": "x" * 201},
    ],
)
def test_nonsense_that_names_somebody_is_answered(server: Server, serve: Serve, words: dict[str, Any]) -> None:
    serve()
    with server.connect() as connection:
        connection.lpush(COMMANDS, json.dumps({**words, "response_channel": "me"}))
        answer = connection.blpop(["me"], timeout=PATIENCE)
        assert answer is not None and json.loads(answer[1])["type"] == "OSIM_RL.ERROR"


def test_a_channel_that_is_no_list_harms_only_its_owner(server: Server, serve: Serve, agent: Agent) -> None:
    serve()
    with server.connect() as connection:
        connection.set("me", "a text")
        connection.lpush(COMMANDS, json.dumps({"type": "OSIM_RL.PING", "payload": {}, "response_channel": "me"}))
        assert agent.ask("PING")["type"] == "OSIM_RL.PONG"
        assert connection.get("me") == b"a text"


def test_a_command_list_that_is_none_ends_the_run(server: Server, serve: Serve) -> None:
    with server.connect() as connection:
        connection.set(COMMANDS, "a text")
        verdict = serve().result(PATIENCE)
        assert (verdict.status, verdict.fault) == ("failed", "agent")


def test_answers_nobody_fetches_do_not_stay(server: Server, serve: Serve, agent: Agent) -> None:
    serve()
    with server.connect() as connection:
        connection.lpush(COMMANDS, json.dumps({"type": "OSIM_RL.PING", "payload": {}, "response_channel": "me"}))
        agent.ask("PING")
        assert 0 < connection.ttl("me") <= 3600


@pytest.mark.parametrize("flood", [b"nonsense", b'{"type":"OSIM_RL.PING","payload":{},"response_channel":"me"}'])
def test_a_flood_ends_with_a_verdict(server: Server, serve: Serve, flood: bytes) -> None:
    with server.connect() as connection:
        for _ in range(10):
            connection.lpush(COMMANDS, *[flood] * 100_000)
        limits = Limits(refused=100, idle=200)
        verdict = serve((11,), limits).result(PATIENCE)
        assert (verdict.status, verdict.fault) == ("failed", "agent") and "more than" in verdict.message
        assert connection.exists(COMMANDS) == 0


# ---------------------------------------------------------------- silence, stops, Redis that dies


def test_silence_times_out(server: Server, serve: Serve) -> None:
    push(server, "ENV_CREATE")
    ended = serve(limits=Limits(command=1.0)).result(PATIENCE)
    assert (ended.status, ended.fault) == ("timed_out", "agent") and "course 1 of 3, step 0" in ended.message


def test_what_we_take_to_answer_is_not_the_agents_silence(server: Server, serve: Serve) -> None:
    push(server, "ENV_CREATE", "ENV_SUBMIT")
    slow = serve((11,), Limits(command=1.0), progress=lambda reached: time.sleep(1.5))
    assert slow.result(PATIENCE).status == "finished"


def test_the_whole_run_times_out(server: Server, serve: Serve) -> None:
    push(server, "ENV_CREATE")
    verdict = serve(limits=Limits(total=1.0))
    ping = json.dumps({"type": "OSIM_RL.PING", "payload": {}, "response_channel": "me"})
    with server.connect() as connection:
        while not verdict.done():
            connection.lpush(COMMANDS, ping)
            time.sleep(0.01)
    assert (verdict.result().status, verdict.result().fault) == ("timed_out", "agent")


def test_a_stop_cancels(serve: Serve, agent: Agent) -> None:
    stop = threading.Event()
    verdict = serve(stop=stop)
    agent.ask("ENV_CREATE")
    reward = agent.ask("ENV_STEP", {"action": [0.2] * 18})["payload"]["reward"]
    stop.set()
    ended = verdict.result(PATIENCE)
    assert ended.status == "cancelled" and ended.result is not None and ended.result.courses[0].score == reward


def test_an_agent_that_is_gone_is_not_waited_for(serve: Serve) -> None:
    ended = serve(missing=lambda: "the agent left with status 1").result(PATIENCE)
    assert (ended.status, ended.fault, ended.message) == ("failed", "agent", "the agent left with status 1")


def test_a_redis_that_dies_is_waited_for(server: Server, serve: Serve, agent: Agent) -> None:
    said: list[str] = []
    verdict = serve((11,), tell=said.append)
    agent.ask("ENV_CREATE")
    agent.ask("ENV_STEP", {"action": [0.3] * 18})
    server.kill()
    wait_until(lambda: said)
    server.start()
    again = Agent(server.port)
    done = False
    while not done:
        done = again.ask("ENV_STEP", {"action": [0.3] * 18})["payload"]["done"]
    told = again.ask("ENV_SUBMIT")["payload"]
    assert told["mean_reward"] == evaluate(Constant(0.3), seeds=(11,), max_obstacles=10).mean
    assert verdict.result(PATIENCE).status == "finished"
    assert "waiting for it" in said[0] and "Redis is back after" in said[1]


def test_an_outage_is_not_the_agents_silence(server: Server, serve: Serve, agent: Agent) -> None:
    verdict = serve((11,), Limits(command=2.5))
    agent.ask("ENV_CREATE")
    server.kill()
    time.sleep(4.0)
    server.start()
    assert Agent(server.port).ask("ENV_SUBMIT")["type"] == "OSIM_RL.ENV_SUBMIT_RESPONSE"
    assert verdict.result(PATIENCE).status == "finished"


def test_a_redis_that_stays_away_is_not_the_agents_fault(server: Server, serve: Serve, agent: Agent) -> None:
    verdict = serve(limits=Limits(outage=1.0))
    agent.ask("PING")
    server.kill()
    ended = verdict.result(PATIENCE)
    assert (ended.status, ended.fault) == ("failed", "grader") and ended.is_ours
    server.start()


def test_a_command_sent_again_by_name_is_carried_out_once(server: Server, serve: Serve, agent: Agent) -> None:
    serve((11,))
    agent.ask("ENV_CREATE")
    step = {"type": "OSIM_RL.ENV_STEP", "payload": {"action": [0.3] * 18}, "response_channel": "me", "request": "7"}
    with server.connect() as connection:
        connection.lpush(COMMANDS, json.dumps(step), json.dumps(step))
        first, second = (connection.blpop(["me"], timeout=PATIENCE) for _ in range(2))
        assert first == second
        connection.lpush(COMMANDS, json.dumps({**step, "request": "8"}))
        assert connection.blpop(["me"], timeout=PATIENCE) != first


# ---------------------------------------------------------------- addresses


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="must be like redis://"):
        RedisGrader("http://here", TrialRun(trial_plan(SEEDS)))


def test_a_wrong_password_is_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.config_set("requirepass", "secret")
        url = f"redis://:wrong@127.0.0.1:{server.port}/0"
        with pytest.raises(UsageError, match="refuses the user or the password") as caught:
            RedisGrader(url, TrialRun(trial_plan(SEEDS))).serve()
        assert "wrong" not in str(caught.value)
