"""Quotas are exact: to the submission under load, to the moment at the edges of the window."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from challenge.conftest import add, settings_with
from myorun.challenge import people, plans, runs
from myorun.challenge.ledger import Ledger, Writer
from myorun.challenge.people import User
from myorun.challenge.quota import quota_of
from myorun.challenge.refusals import ParallelError, QuotaError, RefusedError, StageClosedError
from myorun.challenge.settings import Settings

NOW = 1_800_000_000.0


def create(ledger: Ledger, settings: Settings, user: User, now: float = NOW) -> int:
    stage = settings.stages[0]
    return ledger.write(lambda c: runs.create_run(c, settings, stage, user, now, protocol="2", client="test"))[0]


def charge(ledger: Ledger, run: int, now: float) -> None:
    ledger.write(lambda connection: runs.charge(connection, run, now))


@pytest.mark.parametrize(("quota", "parallel", "allowed"), [(5, 1000, 5), (1000, 3, 3)])
def test_fifty_parallel_creates_get_exactly_what_is_allowed(
    ledger: Ledger, quota: int, parallel: int, allowed: int
) -> None:
    settings = settings_with(quota=quota, parallel=parallel)
    user, _ = add(ledger, "ann")
    ledger.write(lambda connection: plans.plan_for(connection, settings, settings.stages[0], NOW))
    together = Barrier(50)

    def try_once(_: int) -> bool:
        together.wait()
        try:
            create(ledger, settings, user)
        except (QuotaError, ParallelError):
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(try_once, range(50))) == allowed


def test_fifty_creates_through_two_servers_get_exactly_what_is_allowed(ledger: Ledger) -> None:
    settings = settings_with(quota=5)
    user, _ = add(ledger, "ann")
    ledger.write(lambda connection: plans.plan_for(connection, settings, settings.stages[0], NOW))
    writers = [Writer(ledger), Writer(ledger)]
    stage = settings.stages[0]
    work = lambda c: runs.create_run(c, settings, stage, user, NOW, protocol="2", client="")  # noqa: E731
    futures = [writers[i % 2].submit(work) for i in range(50)]
    outcomes = [future.exception(60) for future in futures]
    for writer in writers:
        writer.close()
    assert outcomes.count(None) == 5
    assert all(error is None or isinstance(error, QuotaError) for error in outcomes)


def test_a_run_is_charged_once_and_leaves_the_window_to_the_moment(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=1, window_hours=24)
    user, _ = add(sqlite_ledger, "ann")
    run = create(sqlite_ledger, settings, user)
    charge(sqlite_ledger, run, NOW + 10)
    charge(sqlite_ledger, run, NOW + 99)  # has no effect
    free_at = NOW + 10 + 24 * 3600
    with pytest.raises(QuotaError) as refused:
        create(sqlite_ledger, settings, user, free_at - 1e-3)
    assert refused.value.details["next_at"] == free_at
    assert create(sqlite_ledger, settings, user, free_at) == run + 1


def test_next_at_is_when_one_more_may_be_created(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=3, window_hours=1)
    user, _ = add(sqlite_ledger, "ann")
    for i in range(3):
        charge(sqlite_ledger, create(sqlite_ledger, settings, user), NOW + i)
    with pytest.raises(QuotaError) as refused:
        create(sqlite_ledger, settings, user, NOW + 10)
    assert refused.value.details["next_at"] == NOW + 3600
    assert create(sqlite_ledger, settings, user, NOW + 3600)  # its place is taken by a run without a step
    with pytest.raises(QuotaError) as refused:
        create(sqlite_ledger, settings, user, NOW + 3600)
    assert refused.value.details["next_at"] == NOW + 3601


def test_runs_without_a_step_hold_their_place_but_nothing_is_charged(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=2)
    user, _ = add(sqlite_ledger, "ann")
    stage = settings.stages[0]
    for _ in range(2):
        create(sqlite_ledger, settings, user)
    with pytest.raises(QuotaError, match="finish those under way"):
        create(sqlite_ledger, settings, user)
    quota = sqlite_ledger.read(lambda c: quota_of(c, stage, user, NOW))
    assert (quota.charged, quota.open_uncharged, quota.left, quota.next_at) == (0, 2, 0, None)


def test_without_a_window_the_quota_is_for_the_whole_stage(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=1, window_hours=0)
    user, _ = add(sqlite_ledger, "ann")
    charge(sqlite_ledger, create(sqlite_ledger, settings, user), NOW)
    with pytest.raises(QuotaError, match="of this stage"):
        create(sqlite_ledger, settings, user, NOW + 1e9)


def test_a_refund_gives_the_place_back(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=1)
    user, _ = add(sqlite_ledger, "ann")
    run = create(sqlite_ledger, settings, user)
    charge(sqlite_ledger, run, NOW)
    sqlite_ledger.write(lambda connection: runs.refund(connection, runs.find_run(connection, run), NOW))
    assert create(sqlite_ledger, settings, user) == run + 1


def test_who_founds_another_team_wins_no_submission(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=1)
    user, _ = add(sqlite_ledger, "ann")
    charge(sqlite_ledger, create(sqlite_ledger, settings, user), NOW)
    sqlite_ledger.write(lambda connection: people.create_team(connection, user, "Another", NOW))
    moved = sqlite_ledger.read(lambda connection: people.find_user(connection, "ann"))
    assert moved is not None and moved.team_id != user.team_id
    with pytest.raises(QuotaError):
        create(sqlite_ledger, settings, moved)


def test_another_team_has_a_quota_of_its_own(sqlite_ledger: Ledger) -> None:
    settings = settings_with(quota=1)
    for name in ("ann", "bob"):
        charge(sqlite_ledger, create(sqlite_ledger, settings, add(sqlite_ledger, name)[0]), NOW)


@pytest.mark.parametrize("offset", [-1.0, 3600.0])
def test_nothing_begins_outside_of_the_stage(sqlite_ledger: Ledger, offset: float) -> None:
    settings = settings_with(opens="2027-01-15T08:00:00Z", closes="2027-01-15T09:00:00Z")
    user, _ = add(sqlite_ledger, "ann")
    opens = settings.stages[0].opens.timestamp()
    with pytest.raises(StageClosedError):
        create(sqlite_ledger, settings, user, opens + offset)
    assert create(sqlite_ledger, settings, user, opens)


def test_a_stage_may_ask_for_a_score_in_another(sqlite_ledger: Ledger) -> None:
    settings = settings_with(qualifying_stage="open", qualifying_score=15.0)
    user, _ = add(sqlite_ledger, "ann")
    with pytest.raises(RefusedError, match="needs 15 points"):
        create(sqlite_ledger, settings, user)
