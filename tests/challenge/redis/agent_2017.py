"""An agent as participants of 2017 had it: nothing of ours, only a Redis client and the protocol.

As a program: ``agent_2017.py PORT LEVEL`` plays every simulation with constant excitations, submits, and prints what it
was told.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from typing import Any

import redis

SERVICE_ID = "osim_rl_redis_service_id"


class Agent:
    """Pushes a command on the left, waits for the answer in a list of its own."""

    def __init__(self, port: int, service: str = SERVICE_ID, password: str | None = None) -> None:
        self._redis = redis.Redis(port=port, password=password)
        self._service = os.environ.get(SERVICE_ID, service)

    def ask(self, kind: str, payload: dict[str, Any] | None = None, timeout: int = 600) -> dict[str, Any]:
        channel = f"osim-rl::{self._service}::response::{uuid.uuid4().hex}"
        command = {"type": f"OSIM_RL.{kind}", "payload": payload or {}, "response_channel": channel}
        self._redis.lpush(f"osim-rl::{self._service}::commands", json.dumps(command))
        answer = self._redis.blpop([channel], timeout=timeout)
        assert answer is not None, f"no answer to {kind}"
        return dict(json.loads(answer[1]))

    def play(self, level: float) -> dict[str, Any]:
        """Every simulation, then submit: what the service says about it."""
        assert self.ask("PING") == {"type": "OSIM_RL.PONG", "payload": {}}
        observation = self.ask("ENV_CREATE")["payload"]["observation"]
        while observation:
            assert len(observation) == 41
            done = False
            while not done:
                done = self.ask("ENV_STEP", {"action": [level] * 18})["payload"]["done"]
            observation = self.ask("ENV_RESET")["payload"]["observation"]
        assert observation is False
        return self.ask("ENV_SUBMIT")


if __name__ == "__main__":
    print(json.dumps(Agent(int(sys.argv[1])).play(float(sys.argv[2]))))
