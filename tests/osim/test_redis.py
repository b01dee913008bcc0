"""The Redis client and service of 2017 under their old names: against each other, and a Redis that is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from challenge.redis.agent_2017 import SERVICE_ID, Agent
from challenge.redis_server import Server, redis_server
from myorun.client import ChallengeError
from myorun.errors import UsageError
from myorun.evaluate import evaluate
from osim.redis.client import Client
from osim.redis.service import OsimRlRedisService
from started import PATIENCE, started

__all__ = ["redis_server"]

AGENT = Path(__file__).parent.parent / "challenge" / "redis" / "agent_2017.py"


def constant(level: float) -> Any:
    return lambda observations: np.full((len(observations), 18), level)


def play(client: Client, level: float) -> dict[str, Any]:
    observation = client.env_create()
    while observation:
        done = False
        while not done:
            observation, _, done, info = client.env_step(np.full(18, level))
            assert isinstance(observation, np.ndarray) and observation.shape == (41,) and info == {}
        observation = client.env_reset()
    return client.submit()


def test_client_and_service(server: Server) -> None:
    service = OsimRlRedisService(seed_map="11,22", remote_port=server.port)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(service.run)
        client = Client(remote_port=server.port)
        with pytest.raises(ChallengeError, match="ENV_CREATE first"):
            client.env_reset()
        told = play(client, 0.4)
        assert running.result(PATIENCE) == {"type": "OSIM_RL.ENV_SUBMIT_RESPONSE", "payload": told}
    assert told["mean_reward"] == evaluate(constant(0.4), seeds=(11, 22), max_obstacles=10, name="0.4").mean


def test_a_client_outlives_a_redis_that_forgets_everything(server: Server) -> None:
    service = OsimRlRedisService(seed_map="11", remote_port=server.port)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(service.run)
        client = Client(remote_port=server.port)
        client.env_create()
        total = 0.0
        for step in range(1000):
            if step in (3, 20):
                server.kill()
                (server.folder / "appendonlydir").rename(server.folder / f"lost-{step}")
                pool.submit(lambda: (time.sleep(0.5), server.start()))
            _, reward, done, _ = client.env_step([0.4] * 18)
            total += reward
            if done:
                break
        assert client.submit()["mean_reward"] == total
        assert running.result(PATIENCE)["type"] == "OSIM_RL.ENV_SUBMIT_RESPONSE"
    assert total == evaluate(constant(0.4), seeds=(11,), max_obstacles=10, name="0.4").mean


@pytest.fixture
def service_process(server: Server) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "osim.redis.service", "--port", str(server.port), "--seed_map", "11,22"]
    with started(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def test_the_service_as_a_program(server: Server, service_process: subprocess.Popen[str]) -> None:
    told = Agent(server.port).play(0.6)["payload"]
    out, _ = service_process.communicate(timeout=PATIENCE)
    assert service_process.returncode == 0 and f"result: {told}" in out and "course 2 of 2" in out


def grade(server: Server, *words: str) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "myorun", "challenge", "redis-grade", "--redis", server.url, *words]
    return started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_redis_grade_and_an_agent_of_its_own_process(server: Server) -> None:
    environment = {**os.environ, SERVICE_ID: "mine"}
    with grade(server, "--seeds", "11,22,33", "--service", "mine") as service:
        agent = [sys.executable, str(AGENT), str(server.port), "0.3"]
        done = subprocess.run(agent, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True)
        out, told = service.communicate(timeout=PATIENCE)
    assert service.returncode == 0, told
    result, payload = json.loads(out), json.loads(done.stdout)["payload"]
    found = evaluate(constant(0.3), seeds=(11, 22, 33), difficulty=2, max_obstacles=10, name="0.3")
    assert result["mean_reward"] == payload["mean_reward"] == found.mean
    assert [course["seed"] for course in result["courses"]] == [11, 22, 33]
    assert [course["steps"] for course in result["courses"]] == [episode.steps for episode in found.episodes]
    assert result["verdict"] == "finished" and "course 3 of 3" in told


def test_redis_grade_leaves_with_what_happened(server: Server) -> None:
    with grade(server, "--seeds", "11", "--timeout", "1") as service:
        out, _ = service.communicate(timeout=PATIENCE)
    assert service.returncode == 4 and json.loads(out)["verdict"] == "timed_out"
    with grade(server, "--seeds", "11") as service:
        Agent(server.port).ask("PING")
        service.terminate()
        out, _ = service.communicate(timeout=PATIENCE)
    assert service.returncode == 130 and json.loads(out)["verdict"] == "cancelled"


@pytest.mark.parametrize("words", [("--seeds", "a"), ("--seeds", "-1"), ("--difficulty", "7"), ("--accuracy", "x")])
def test_redis_grade_refuses_impossible_settings(server: Server, words: tuple[str, str]) -> None:
    with grade(server, *words) as service:
        out, told = service.communicate(timeout=PATIENCE)
    assert service.returncode == 2 and out == "" and "error:" in told


@pytest.mark.parametrize("settings", [{"seed_map": "a,b"}, {"visualize": True}, {"max_steps": 0}, {"difficulty": 9}])
def test_a_service_with_impossible_settings_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        OsimRlRedisService(**settings)
