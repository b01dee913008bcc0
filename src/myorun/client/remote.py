"""The hidden courses of a challenge as a Gymnasium environment: :class:`RemoteEnv`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import ArrayLike, NDArray

from myorun.client.connection import Connection
from myorun.errors import UsageError

Array = NDArray[np.float64]

MUSCLES, OBSERVED = 18, 41


@dataclass(frozen=True)
class Submission:
    """What a run was worth."""

    run: int
    score: float  # mean over all courses
    course_scores: tuple[float, ...]
    receipt: str  # keep it: a proof of what was done


class RemoteEnv(gymnasium.Env[Array, Array]):
    """A run of a challenge. Each ``reset()`` begins its next course; steps give bit for bit what they give at home.

    Args:
        url: of the challenge.
        token: yours.
        stage: by default the one that is open.
        run: go on with this run of yours, where it stands, instead of creating one.
        patience: how long a server that is away is waited for [s].
        websocket: send steps through a WebSocket, which waits less; needs the extra ``challenge``.

    The run is charged at its first step. Raises :class:`~myorun.client.ChallengeError` for what the challenge refuses.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        url: str,
        token: str,
        *,
        stage: str | None = None,
        run: int | None = None,
        patience: float = 300.0,
        websocket: bool = False,
    ) -> None:
        self._connection = _connect(url, token, patience, websocket)
        self.action_space = gymnasium.spaces.Box(0.0, 1.0, (MUSCLES,), np.float64)
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (OBSERVED,), np.float64)
        known = self._connection.create(stage) if run is None else self._connection.look(run)
        self.run: int = known["run"]
        self.courses: int = known["courses"]
        self.deadline: str = known["deadline"]
        self._course: int = known.get("course", -1)
        self._step: int = known.get("step", 0)
        self._phase: str = known.get("phase", "created")
        self._last = known.get("last")

    @property
    def courses_left(self) -> int:
        """How many have not begun."""
        return max(0, self.courses - 1 - self._course)

    def resume(self) -> tuple[Array, dict[str, Any]] | None:
        """Observation and info of the course under way; ``None`` if none is, and ``reset()`` is next."""
        if self._phase != "running" or self._last is None:
            return None
        return _observation(self._last), {"course": self._course, "step": self._step}

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begin the next course. The challenge chooses it: a ``seed`` has no effect, and ``options`` are not had.

        :class:`UsageError` where no course is left.
        """
        if options:
            raise UsageError("a challenge has no options of reset; it chooses the courses")
        super().reset(seed=seed)
        if self.courses_left == 0:
            raise UsageError(f"all {self.courses} courses were run; call submit()")
        answer = self._connection.reset(self.run, self._course + 1)
        self._course, self._step, self._phase = answer["course"], 0, "running"
        return _observation(answer), {"course": self._course, "step": 0}

    def step(self, action: ArrayLike) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Hold the excitations for 10 ms."""
        excitations = np.asarray(action, dtype=np.float64).tolist()
        answer = self._connection.step(self.run, self._course, self._step, excitations)
        self._step = answer["step"]
        if answer["terminated"] or answer["truncated"]:
            self._phase = "course_over"
        info = {"course": self._course, "step": self._step}
        return _observation(answer), answer["reward"], answer["terminated"], answer["truncated"], info

    def submit(self) -> Submission:
        """End the run; it counts as it stands. Again: the same result."""
        done = self._connection.submit(self.run)
        scores = tuple(course["score"] for course in done["course_results"])
        return Submission(self.run, done["score"], scores, done["receipt"])

    def close(self) -> None:
        """Let go of the server. The run stays open until ``submit()`` or its deadline."""
        self._connection.close()


def _connect(url: str, token: str, patience: float, websocket: bool) -> Connection:
    if not websocket:
        return Connection(url, token, patience)
    from myorun.client.socket import SocketConnection

    return SocketConnection(url, token, patience)


def _observation(answer: Mapping[str, Any]) -> Array:
    return np.array(answer["observation"], dtype=np.float64)
