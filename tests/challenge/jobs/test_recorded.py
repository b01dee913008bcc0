"""A run in the ledger as a grading service plays it: a ledger that is away costs time, never a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from challenge.conftest import add, settings_with
from challenge.redis.agent_2017 import Agent
from challenge.redis_server import Server
from myorun.challenge import runs, submissions
from myorun.challenge.ledger import Ledger
from myorun.challenge.recorded import RecordedRun
from myorun.challenge.redis.grader import RedisGrader
from myorun.challenge.refusals import OutOfOrderError, RefusedError
from myorun.challenge.trial import TrialRun, trial_plan

SEEDS = (11, 22)
SETTINGS = settings_with(agents="containers", seeds=SEEDS, max_obstacles=3)


@pytest.fixture
def run(ledger: Ledger) -> Iterator[RecordedRun]:
    user = add(ledger, "ann")[0]

    def begin(connection: Any) -> runs.Run:
        submissions.hand_in(connection, SETTINGS, SETTINGS.stages[0], user, "an image", time.time())
        claimed = submissions.claim(connection, SETTINGS, "w", time.time(), 30.0)
        assert claimed is not None
        return runs.find_run(connection, claimed.run_id)

    with RecordedRun(ledger, SETTINGS, ledger.write(begin), patience=20.0) as recorded:
        yield recorded


def play(run: Any, steps: int) -> list[Any]:
    """Both courses, at most so many steps each, then submit."""
    answers = []
    for _ in SEEDS:
        answers.append(run.reset())
        for step in range(steps):
            if answers[-1].done:
                break
            answers.append(run.step([0.01 * step] * 18))
    return [*answers, run.reset(), run.submit()]


def test_it_answers_as_a_trial_does(run: RecordedRun) -> None:
    trial = TrialRun(trial_plan(SEEDS, max_obstacles=3))
    assert play(run, 30) == play(trial, 30)
    assert run.result() == trial.result() and run.courses == 2 and run.max_steps == 1000


def test_what_is_refused_leaves_it_as_it_was(run: RecordedRun) -> None:
    with pytest.raises(OutOfOrderError):
        run.step([0.1] * 18)
    run.reset()
    with pytest.raises(RefusedError):
        run.step([0.1] * 17)
    assert run.step([0.1] * 18).step == 1 and run.result().courses[0].steps == 1


@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
def test_a_ledger_that_fails_now_and_then(
    run: RecordedRun, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Whether or not a failed transaction came through: every step is made once."""
    write, calls = ledger.write, [0]

    def failing(work: Callable[[Any], Any]) -> Any:
        calls[0] += 1
        if calls[0] % 5:
            return write(work)
        if after:
            write(work)
        raise OperationalError("", {}, Exception("the connection broke"))

    monkeypatch.setattr(ledger, "write", failing)
    assert play(run, 10) == play(TrialRun(trial_plan(SEEDS, max_obstacles=3)), 10)
    assert calls[0] > 20


def test_a_run_that_the_ledger_closed_ends_with_an_answer(run: RecordedRun, ledger: Ledger, server: Server) -> None:
    agent = Agent(server.port)
    with ThreadPoolExecutor() as pool:
        verdict = pool.submit(RedisGrader(server.url, run).serve)
        agent.ask("ENV_CREATE")
        ledger.write(lambda c: runs.refund(c, runs.find_run(c, 1), time.time()))
        told = agent.ask("ENV_STEP", {"action": [0.1] * 18})
        assert told["type"] == "OSIM_RL.ERROR"
        assert (verdict.result(20).status, verdict.result().fault) == ("timed_out", "agent")
