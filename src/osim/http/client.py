"""``osim.http.client.Client`` as scripts of 2017 use it: lists in, lists out, one run at a time.

Nothing is sent twice: in this interface a step carries no index.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from myorun.client import ChallengeError, Connection
from myorun.errors import UsageError

PROTOCOL = "1.5.0"  # the release of osim-rl whose rules and interface this is


class Client:
    """Talks to a challenge at ``remote_base``, such as ``http://127.0.0.1:8017``."""

    def __init__(self, remote_base: str) -> None:
        self.remote_base = remote_base
        self.instance_id: str | None = None
        self._connection = Connection(remote_base)

    def env_create(self, token: str, env_id: str = "Run") -> Any:
        """Create a run and begin its first course; the observation. Leaves the program where it is refused."""
        try:
            answer = self._post("/v1/envs/", {"env_id": env_id, "token": token, "version": PROTOCOL})
        except ChallengeError as error:
            sys.exit(str(error))
        self.instance_id = answer["instance_id"]
        self.env_monitor_start("tmp", force=True)
        return self.env_reset()

    def env_reset(self) -> Any:
        """Begin the next course: its observation, ``False`` where none is left."""
        return self._of_run("reset/")["observation"]

    def env_step(self, action: Sequence[float], render: bool = False) -> list[Any]:
        """One step: ``[observation, reward, done, info]``."""
        answer = self._of_run("step/", {"action": [float(value) for value in action], "render": render})
        return [answer[name] for name in ("observation", "reward", "done", "info")]

    def env_monitor_start(
        self, directory: str, force: bool = False, resume: bool = False, video_callable: bool = False
    ) -> None:
        """Every run is recorded anyway."""
        words = {"directory": directory, "force": force, "resume": resume, "video_callable": video_callable}
        self._of_run("monitor/start/", words)

    def submit(self) -> None:
        """Hand in, and print the score."""
        reward = self._of_run("monitor/close/")["reward"]
        print(f"Your total reward from this submission: {reward:f}")
        self.env_close()

    def env_close(self) -> None:
        """The end; what was not submitted counts as it stands."""
        self._of_run("close/")
        self._connection.close()

    def _of_run(self, command: str, words: dict[str, Any] | None = None) -> Any:
        if self.instance_id is None:
            raise UsageError("there is no run yet; call env_create(token) first")
        return self._post(f"/v1/envs/{self.instance_id}/{command}", words)

    def _post(self, path: str, words: dict[str, Any] | None) -> Any:
        return self._connection.post(path, words, again=False)
