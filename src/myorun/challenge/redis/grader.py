"""The grading service of 2017's Redis interface: one run, from its first command to its verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from myorun.challenge.answers_2017 import reset_document, result_document, step_document
from myorun.challenge.redis.link import Link, RedisAbusedError, RedisLostError, StoppedError
from myorun.challenge.redis.messages import (
    CREATE,
    ERROR,
    PING,
    RESET,
    SERVICE_ID,
    STEP,
    Command,
    answer_text,
    read_command,
    response_type,
)
from myorun.challenge.refusals import OutOfOrderError, RefusedError, RunOverError
from myorun.challenge.session import Answer, Result, mean_score
from myorun.challenge.verdict import Fault, GradedRun, Hooks, Progress, Verdict, VerdictStatus

_LEFT_OVER = 1000  # commands after the last that still get an answer
_OVER = answer_text(ERROR, "the run is over; nothing more can be done with it")


@dataclass(frozen=True)
class Limits:
    """What no honest agent meets."""

    command: float = 900.0  # s that the service waits for a command, as in 2017
    total: float = 36_000.0  # s of the whole run
    outage: float = 600.0  # s that Redis may be away at a time; they count against neither of the above
    refused: int = 1_000  # commands that are nonsense
    idle: int = 10_000  # commands beyond those that a run can have at most, such as pings


class _OverError(Exception):
    """The run ends here, without having been submitted."""

    def __init__(self, status: VerdictStatus, message: str, fault: Fault | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.fault = status, message, fault


class RedisGrader:
    """Serves one run to whoever speaks 2017's protocol in a Redis.

    Args:
        url: of the Redis, such as ``redis://:password@127.0.0.1:6379/0`` or ``unix:///run/redis.sock``.
        run: what is played.
        service_id: names the command list, ``osim-rl::<service id>::commands``.
        limits: beyond which the run ends.
        hooks: what to call as it goes on; see there.

    ::

        verdict = RedisGrader("redis://127.0.0.1:6379/0", TrialRun(trial_plan([11, 22, 33]))).serve()
    """

    def __init__(
        self,
        url: str,
        run: GradedRun,
        service_id: str = SERVICE_ID,
        limits: Limits | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        self.limits, self.hooks = limits or Limits(), hooks or Hooks()
        self.link = Link(url, service_id, self.limits.outage, self.hooks.stop, self.hooks.tell)
        self._run = run
        self._tally = _Tally(run.courses)
        self._most = run.courses * (run.max_steps + 1) + self.limits.idle
        self._commands = self._refused = 0
        self._result: Result | None = None
        self._last: tuple[str, str] | None = None  # name and answer of the last command that had a name
        self._closed: RunOverError | None = None  # the run was ended elsewhere

    def serve(self) -> Verdict:
        """Answer commands until the run is over. Whatever agent and Redis do, there is a verdict.

        :class:`~myorun.errors.UsageError` where Redis refuses us.
        """
        try:
            return self._serve()
        finally:
            self.link.close()

    def _serve(self) -> Verdict:
        try:
            self.link.greet()
            self._began = self._heard = self._clock()
            while self._result is None:
                self._serve_one(self._next())
                self._heard = self._clock()  # what we took to answer is not the agent's silence
            verdict = Verdict("finished", "every command was answered", None, self._result, self._tally.times())
        except _OverError as over:
            verdict = self._unfinished(over.status, over.message, over.fault)
        except StoppedError:
            verdict = self._unfinished("cancelled", "stopped from outside", None)
        except RedisAbusedError as error:
            verdict = self._unfinished("failed", str(error), "agent")
        except RedisLostError as error:
            verdict = self._unfinished("failed", str(error), "grader")
        self._leave()
        return verdict

    # ------------------------------------------------------------ waiting

    def _next(self) -> bytes:
        """The next command; :class:`_OverError` where none may come."""
        while True:
            self._look_around()
            raw = self.link.take()
            if raw is not None:
                self._heard = self._clock()
                return raw
            gone = self.hooks.missing()
            if gone:
                raise _OverError("failed", gone, "grader" if self.link.outages else "agent")

    def _look_around(self) -> None:
        now, limits = self._clock(), self.limits
        if self.hooks.stop.is_set():
            raise _OverError("cancelled", "stopped from outside")
        if now - self._began > limits.total:
            raise _OverError("timed_out", f"the run took longer than {limits.total:g} s", "agent")
        if now - self._heard > limits.command:
            where = self._tally.progress()
            raise _OverError("timed_out", f"no command came for {limits.command:g} s, at {where}", "agent")
        if self._refused > limits.refused:
            raise _OverError("failed", f"more than {limits.refused} commands had to be refused", "agent")
        if self._closed is not None:
            raise _OverError("timed_out", self._closed.message, "agent")
        if self._commands > self._most:
            raise _OverError("failed", f"more than {self._most} commands, which no run needs", "agent")

    def _clock(self) -> float:
        """Seconds, without those in which Redis was away."""
        return time.monotonic() - self.link.away

    def _unfinished(self, status: VerdictStatus, message: str, fault: Fault | None) -> Verdict:
        return Verdict(status, message, fault, self._run.result(), self._tally.times())

    def _leave(self) -> None:
        """Tell whoever still asks that it is over, and leave nothing behind."""
        try:
            for _ in range(_LEFT_OVER):
                raw = self.link.take_now()
                if raw is None:
                    break
                channel = read_command(raw).channel
                if channel is not None:
                    self.link.answer(channel, _OVER)
            self.link.clear()
        except (RedisAbusedError, RedisLostError, StoppedError) as error:
            self.hooks.tell(f"the last commands could not be cleared away: {error}")

    # ------------------------------------------------------------ one command

    def _serve_one(self, raw: bytes) -> None:
        self._commands += 1
        command = read_command(raw)
        if command.request is not None and self._last is not None and self._last[0] == command.request:
            text = self._last[1]  # sent again, as its sender could not know whether it came through
        else:
            text = self._carry_out(command)
        if command.request is not None:
            self._last = command.request, text
        if command.channel is not None and not self.link.answer(command.channel, text):
            self._refused += 1

    def _carry_out(self, command: Command) -> str:
        """The answer, once what the command asks for is done."""
        try:
            if command.problem is not None:
                raise command.problem
            return answer_text(response_type(command.type), self._done(command))
        except RunOverError as error:
            self._closed = error
            return answer_text(ERROR, error.message)
        except RefusedError as error:
            self._refused += 1
            return answer_text(ERROR, f"{error.message}{self._what_next(error)}")

    @staticmethod
    def _what_next(error: RefusedError) -> str:
        phase = error.details.get("phase")
        return f" (the run is: {phase})" if phase else ""

    def _done(self, command: Command) -> dict[str, Any]:
        if command.type == PING:
            return {}
        if command.type == CREATE:
            return self._create()
        if not self._tally.begun:
            raise OutOfOrderError("there is no environment yet; send OSIM_RL.ENV_CREATE first")
        if command.type == RESET:
            return self._reset()
        if command.type == STEP:
            return self._step((command.payload or {}).get("action"))
        return self._submit()

    def _create(self) -> dict[str, Any]:
        if self._tally.begun:
            raise OutOfOrderError("the environment exists; OSIM_RL.ENV_RESET begins the next simulation")
        return self._reset()

    def _reset(self) -> dict[str, Any]:
        answer = self._run.reset()
        self._tally.begin(answer)
        self.hooks.progress(self._tally.progress())
        return reset_document(answer)

    def _step(self, action: Any) -> dict[str, Any]:
        answer = self._run.step(action)
        self._tally.add(answer)
        self.hooks.progress(self._tally.progress())
        return step_document(answer)

    def _submit(self) -> dict[str, Any]:
        self._result = self._run.submit()
        self._tally.end()
        return result_document(self._result, self._tally.times())


class _Tally:
    """What the grader has seen of its run: rewards and times of the courses that began."""

    def __init__(self, courses: int) -> None:
        self.begun = False
        self._courses, self._step = courses, 0
        self._rewards: list[float] = []
        self._times: list[float] = []
        self._since: float | None = None  # when the course under way began, by the monotonic clock

    def begin(self, answer: Answer) -> None:
        """A course begins, or none is left."""
        self.begun = True
        self.end()
        if answer.course == len(self._rewards) and answer.observation is not None:
            self._rewards.append(0.0)
            self._step, self._since = 0, time.monotonic()

    def add(self, answer: Answer) -> None:
        """A step was made."""
        self._rewards[-1] += answer.reward
        self._step = answer.step

    def end(self) -> None:
        """The course under way, if there is one, is over."""
        if self._since is not None:
            self._times.append(time.monotonic() - self._since)
            self._since = None

    def times(self) -> tuple[float, ...]:
        """Of every course that began, the one under way too [s]."""
        running = () if self._since is None else (time.monotonic() - self._since,)
        return (*self._times, *running)

    def progress(self) -> Progress:
        score = mean_score([*self._rewards, *[0.0] * (self._courses - len(self._rewards))])
        return Progress(len(self._rewards), self._courses, self._step, score)
