"""A grader may vanish at any moment, or have a twin: runs go on at the exact step, scored to the same bit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from challenge.conftest import Clock, add, settings_with
from myorun.challenge import audits, pulse, runs
from myorun.challenge.grader import Grader
from myorun.challenge.ledger import Ledger
from myorun.challenge.people import User
from myorun.challenge.refusals import OutOfOrderError, RunOverError
from myorun.challenge.session import Answer
from myorun.challenge.settings import Settings

T = TypeVar("T")


def actions(seed: int) -> Callable[[int, int], list[float]]:
    """What an agent does at a step of a course: the same whenever it is asked."""
    return lambda course, step: [random.Random(hash((seed, course, step))).random() for _ in range(18)]


async def _create(grader: Grader, user: User) -> int:
    run, _ = await grader.create(user, grader.settings.stages[0], protocol="2", client="test")
    return run.id


async def _play(pick: Callable[[], Grader], run: int, act: Callable[[int, int], list[float]]) -> float:
    """Run all courses; whoever is asked may be another grader every time."""
    for course in range(3):
        answer = await pick().reset(run, course)
        while not answer.done:
            answer = await pick().step(run, act(course, answer.step), (course, answer.step))
    return (await pick().submit(run))[1].score


def in_loop(work: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await work()

    return asyncio.run(run())


def undisturbed(ledger: Ledger, settings: Settings, user: User, seed: int) -> float:
    grader = Grader(ledger, settings, Clock())

    async def work() -> float:
        return await _play(lambda: grader, await _create(grader, user), actions(seed))

    try:
        return in_loop(work)
    finally:
        grader.close()


def test_twins_that_share_a_ledger_serve_one_run_together(ledger: Ledger) -> None:
    settings = settings_with()
    user, _ = add(ledger, "ann")
    expected = undisturbed(ledger, settings, user, 1)
    twins = [Grader(ledger, settings, Clock()) for _ in range(2)]
    choice = random.Random(0)

    async def work() -> float:
        return await _play(lambda: choice.choice(twins), await _create(twins[0], user), actions(1))

    assert in_loop(work) == expected
    for twin in twins:
        twin.close()


def test_one_step_sent_to_both_twins_at_once_is_one_step(ledger: Ledger) -> None:
    settings = settings_with()
    user, _ = add(ledger, "ann")
    twins = [Grader(ledger, settings, Clock()) for _ in range(2)]

    async def work() -> None:
        run = await _create(twins[0], user)
        await twins[0].reset(run, 0)
        for step in range(20):
            both = await asyncio.gather(*(twin.step(run, [0.1] * 18, (0, step)) for twin in twins))
            assert both[0] == both[1]
        rows = ledger.read(lambda connection: runs.rows_of(connection, run))
        assert len(rows) == 21

    in_loop(work)
    for twin in twins:
        twin.close()


def test_without_indices_each_request_is_a_step_of_its_own(ledger: Ledger) -> None:
    settings = settings_with()
    user, _ = add(ledger, "ann")
    twins = [Grader(ledger, settings, Clock()) for _ in range(2)]

    async def work() -> set[int]:
        run = await _create(twins[0], user)
        await twins[1].reset(run)
        answers = await asyncio.gather(*(twins[i % 2].step(run, [0.1] * 18) for i in range(6)))
        return {answer.step for answer in answers}

    assert in_loop(work) == set(range(1, 7))
    for twin in twins:
        twin.close()


def test_a_new_grader_continues_at_the_exact_step(sqlite_ledger: Ledger) -> None:
    settings = settings_with()
    user, _ = add(sqlite_ledger, "ann")
    expected = undisturbed(sqlite_ledger, settings, user, 2)
    graders = [Grader(sqlite_ledger, settings, Clock())]
    choice = random.Random(1)

    def pick() -> Grader:
        if choice.random() < 0.05:
            graders.append(Grader(sqlite_ledger, settings, Clock()))
        return graders[-1]

    async def work() -> float:
        return await _play(pick, await _create(graders[0], user), actions(2))

    assert in_loop(work) == expected
    assert len(graders) > 3
    for grader in graders:
        grader.close()


def test_every_earlier_step_gets_its_answer_again(sqlite_ledger: Ledger) -> None:
    grader = Grader(sqlite_ledger, settings_with(), Clock())
    user, _ = add(sqlite_ledger, "ann")
    act = actions(3)

    async def work() -> None:
        run = await _create(grader, user)
        answers: dict[tuple[int, int], Answer] = {}
        for course in range(2):
            answer = answers[course, -1] = await grader.reset(run, course)
            while not answer.done and answer.step < 60:
                index = (course, answer.step)
                answer = answers[index] = await grader.step(run, act(*index), index)
        for index in random.Random(0).sample(sorted(answers), 30):
            repeated = grader.reset(run, index[0]) if index[1] < 0 else grader.step(run, act(*index), index)
            assert await repeated == answers[index]
        with pytest.raises(OutOfOrderError, match="other excitations"):
            await grader.step(run, [0.123] * 18, (0, 3))

    in_loop(work)
    grader.close()


def test_a_run_counts_as_it_stands_at_its_deadline(sqlite_ledger: Ledger) -> None:
    settings, clock = settings_with(time_limit_minutes=10), Clock()
    grader = Grader(sqlite_ledger, settings, clock)
    user, _ = add(sqlite_ledger, "ann")

    async def work() -> None:
        stuck, patient = await _create(grader, user), await _create(grader, user)
        await grader.reset(stuck, 0)
        answer = await grader.step(stuck, [0.1] * 18, (0, 0))
        clock.now += 599.999
        await grader.reset(patient, 0)
        assert await grader.finish_overdue() == 0
        clock.now += 0.001
        with pytest.raises(RunOverError, match="counts as it stood"):
            await grader.step(stuck, [0.1] * 18, (0, 1))
        assert await grader.finish_overdue() == 1  # the other one
        run = sqlite_ledger.read(lambda connection: runs.find_run(connection, stuck))
        assert (run.score, run.ended_by) == (answer.reward / 3, "deadline")
        uncharged = sqlite_ledger.read(lambda connection: runs.find_run(connection, patient))
        assert uncharged.charged_at is None and uncharged.ended_by == "deadline"

    in_loop(work)
    grader.close()


def test_the_time_in_which_no_server_lived_is_given_back(sqlite_ledger: Ledger) -> None:
    grader = Grader(sqlite_ledger, settings_with(time_limit_minutes=10), Clock())
    user, _ = add(sqlite_ledger, "ann")
    run = in_loop(lambda: _create(grader, user))
    before = sqlite_ledger.read(lambda connection: runs.find_run(connection, run)).deadline_at
    sqlite_ledger.write(lambda connection: pulse.note_alive(connection, 1000.0))
    assert sqlite_ledger.write(lambda connection: pulse.make_up_for_outage(connection, 1005.0)) == 0.0
    assert sqlite_ledger.write(lambda connection: pulse.make_up_for_outage(connection, 1105.0)) == 100.0
    assert sqlite_ledger.read(lambda connection: runs.find_run(connection, run)).deadline_at == before + 100.0
    grader.close()


def test_a_run_of_another_engine_is_refunded(sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    grader = Grader(sqlite_ledger, settings_with(), Clock())
    user, _ = add(sqlite_ledger, "ann")

    async def work() -> None:
        run = await _create(grader, user)
        await grader.reset(run)
        await grader.step(run, [0.1] * 18)
        newer = Grader(sqlite_ledger, settings_with(), Clock())
        monkeypatch.setattr("myorun.challenge.grader.__version__", "99.0.0")
        with pytest.raises(RunOverError, match="not charged"):
            await newer.step(run, [0.1] * 18)
        newer.close()

    in_loop(work)
    grader.close()


def test_what_the_ledger_says_can_be_computed_again_and_no_event_changed(ledger: Ledger) -> None:
    user, _ = add(ledger, "ann")
    undisturbed(ledger, settings_with(), user, 4)
    assert ledger.read(lambda connection: audits.audit(connection, 1)).holds

    def tamper(statement: str) -> audits.Audit:
        def work(connection: object) -> audits.Audit:
            with connection.begin_nested() as inner:  # type: ignore[attr-defined]
                connection.exec_driver_sql(statement)  # type: ignore[attr-defined]
                audit = audits.audit(connection, 1)  # type: ignore[arg-type]
                inner.rollback()
            return audit

        return ledger.write(work)

    zeros = "x'" if ledger.is_sqlite else "'\\x"
    for statement in (
        "UPDATE events SET payload = (SELECT payload FROM events WHERE run_id = 1 AND seq = 2) WHERE seq = 3",
        "DELETE FROM events WHERE run_id = 1 AND seq = 5",
        "DELETE FROM events WHERE run_id = 1 AND seq = (SELECT max(seq) FROM events WHERE run_id = 1)",
        f"UPDATE events SET digest = {zeros}00' WHERE run_id = 1 AND seq = 7",
        "UPDATE runs SET score = score + 1e-15 WHERE id = 1",
        "UPDATE course_results SET steps = steps + 1 WHERE run_id = 1 AND course = 0",
    ):
        assert not tamper(statement).holds, statement
    assert ledger.read(lambda connection: audits.audit(connection, 1)).holds
