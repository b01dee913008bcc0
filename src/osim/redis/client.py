"""``osim.redis.client.Client`` as scripts of 2017 use it."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from myorun.client.redis import RedisConnection

SERVICE_ID = "osim_rl_redis_service_id"  # the environment variable, and what it is by default


class Client:
    """Talks to the service that reads the same Redis; begins with a handshake.

    The environment variable ``osim_rl_redis_service_id`` names the service.
    """

    def __init__(
        self,
        remote_host: str = "127.0.0.1",
        remote_port: int = 6379,
        remote_db: int = 0,
        remote_password: str | None = None,
        verbose: bool = False,
    ) -> None:
        self.service_id = os.environ.get(SERVICE_ID, SERVICE_ID)
        self.verbose = verbose
        self._connection = RedisConnection(remote_host, remote_port, remote_db, remote_password, self.service_id)
        self.ping_pong()

    def ping_pong(self) -> bool:
        """Whether the service is there; waits until it is."""
        return bool(self._ask("PING")["type"] == "OSIM_RL.PONG")

    def env_create(self) -> Any:
        """Begin the first simulation: its observation, a list."""
        return self._ask("ENV_CREATE")["payload"]["observation"]

    def env_reset(self) -> Any:
        """Begin the next simulation: its observation, ``False`` where none is left."""
        return self._ask("ENV_RESET")["payload"]["observation"]

    def env_step(self, action: ArrayLike, render: bool = False) -> list[Any]:
        """One step: ``[observation, reward, done, info]``, the observation an array."""
        told = self._ask("ENV_STEP", {"action": np.asarray(action).tolist()})["payload"]
        return [np.array(told["observation"]), told["reward"], told["done"], told["info"]]

    def submit(self) -> dict[str, Any]:
        """Hand in: ``{mean_reward, simulation_rewards, simulation_times}``."""
        return dict(self._ask("ENV_SUBMIT")["payload"])

    def _ask(self, kind: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._connection.ask(f"OSIM_RL.{kind}", payload)
        if self.verbose:
            print(f"{kind}: {json.dumps(answer)}")
        return answer
