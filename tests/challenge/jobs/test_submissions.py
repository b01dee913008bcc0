"""Submissions in the ledger: the queue, claims that end, who is charged."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from challenge.conftest import add, settings_with
from myorun.challenge import chain, runs, submissions
from myorun.challenge.ledger import Ledger
from myorun.challenge.people import User
from myorun.challenge.quota import Quota, quota_of
from myorun.challenge.refusals import OutOfOrderError, ParallelError, QuotaError, UnknownError
from myorun.challenge.session import CourseResult, Result, Step, Submit
from myorun.challenge.settings import Settings
from myorun.challenge.submissions import LostClaimError, Submission
from myorun.challenge.verdict import Progress, Verdict

LEASE = 30.0
OURS = Verdict("failed", "the engine broke", "grader")
THEIRS = Verdict("failed", "the agent ended with status 1", "agent", line="ZeroDivisionError: division by zero")


class Book:
    """A ledger with one participant, and a clock that tests turn."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self.ledger, self.settings, self.now = ledger, settings, 1_800_000_000.0
        self.user: User = add(ledger, "ann")[0]
        self.stage = settings.stages[0]

    def hand_in(self, image: str = "an image", attempt: str | None = None) -> int:
        return self.ledger.write(
            lambda c: submissions.hand_in(c, self.settings, self.stage, self.user, image, self.now, attempt=attempt)
        )

    def claim(self, worker: str = "w") -> Submission | None:
        return self.ledger.write(lambda c: submissions.claim(c, self.settings, worker, self.now, LEASE))

    def claimed(self, worker: str = "w") -> Submission:
        found = self.claim(worker)
        assert found is not None
        return found

    def find(self, number: int) -> Submission:
        return self.ledger.read(lambda c: submissions.find(c, number))

    def beat(self, claimed: Submission, progress: Progress | None = None) -> bool:
        return self.ledger.write(lambda c: submissions.beat(c, claimed, self.now, LEASE, "running", progress))

    def finish(self, claimed: Submission, verdict: Verdict, log: str = "") -> Submission:
        return self.ledger.write(lambda c: submissions.finish(c, claimed, verdict, log, self.now))

    def cancel(self, number: int) -> Submission:
        return self.ledger.write(lambda c: submissions.cancel(c, number, self.now))

    def step(self, claimed: Submission) -> None:
        """One step of the claimed run, as a grader writes it."""

        def work(connection: Connection) -> None:
            run = runs.find_run(connection, claimed.run_id)
            row = chain.seal(chain.first_digest(run.id, run.plan), 0, Step.of([0.1] * 18))
            runs.append(connection, run.id, row, self.now)
            runs.charge(connection, run.id, self.now)

        self.ledger.write(work)

    def submit(self, claimed: Submission, score: float) -> None:
        """The agent submits, with that score."""

        def work(connection: Connection) -> None:
            rows = runs.rows_of(connection, claimed.run_id)
            row = chain.seal(rows[-1].digest, len(rows), Submit("client"))
            result = Result(score, tuple(CourseResult(score, 1, 1.0, "fell") for _ in range(3)))
            runs.finish(connection, claimed.run_id, row, result, self.now, "client")

        self.ledger.write(work)

    def quota(self) -> Quota:
        return self.ledger.read(lambda c: quota_of(c, self.stage, self.user, self.now))

    def run(self, claimed: Submission) -> runs.Run:
        return self.ledger.read(lambda c: runs.find_run(c, claimed.run_id))


@pytest.fixture
def book(ledger: Ledger) -> Book:
    return Book(ledger, settings_with(agents="containers", quota=3, window_hours=0, parallel=3))


# ---------------------------------------------------------------- the queue


def test_the_oldest_comes_first_and_each_once(book: Book) -> None:
    numbers = [book.hand_in(str(i)) for i in range(3)]
    places = [book.ledger.read(lambda c, n=n: submissions.position(c, submissions.find(c, n))) for n in numbers]
    assert places == [1, 2, 3]
    assert [book.claimed(f"w{i}").id for i in range(3)] == numbers
    assert book.claim() is None


def test_a_stage_that_was_taken_out_keeps_no_other_waiting(book: Book) -> None:
    gone = book.hand_in()
    both = settings_with(agents="containers", quota=3, window_hours=0, parallel=3)
    other = book.stage.model_copy(update={"name": "second"})
    book.settings, book.stage = both.model_copy(update={"stages": (other,)}), other
    number = book.hand_in()
    assert book.claimed().id == number and book.claim() is None
    book.settings = both
    assert book.claimed().id == gone


def test_a_submission_handed_in_twice_by_name_is_one(book: Book) -> None:
    number = book.hand_in(attempt="tuesday")
    book.finish(book.claimed(), OURS)
    claimed = book.claimed()
    book.step(claimed)
    book.now += 2 * LEASE
    assert book.claimed().run_id != claimed.run_id
    assert book.hand_in(attempt="tuesday") == number
    assert book.hand_in(attempt="wednesday") != number


def test_limits_are_those_of_the_stage(book: Book) -> None:
    for _ in range(3):
        book.hand_in()
    with pytest.raises(QuotaError):
        book.hand_in()


def test_a_waiting_one_has_no_deadline_that_passes(book: Book) -> None:
    book.hand_in()
    book.now += 30 * 86_400.0
    assert book.ledger.read(lambda c: runs.overdue_runs(c, book.now)) == []
    claimed = book.claimed()
    assert book.run(claimed).deadline_at == book.now + 60.0 * book.stage.time_limit_minutes


# ---------------------------------------------------------------- claims


def test_a_beat_keeps_the_claim_and_says_how_far_it_is(book: Book) -> None:
    number = book.hand_in()
    claimed = book.claimed()
    assert claimed.status == "pulling" and claimed.attempt == 1
    for _ in range(5):
        book.now += 0.9 * LEASE
        assert not book.beat(claimed, Progress(2, 3, 17, 4.5))
    assert book.claim() is None
    found = book.find(number)
    assert (found.status, found.course, found.step, found.score) == ("running", 2, 17, 4.5)
    assert submissions.describe(found, 0, 3) == "running: course 2 of 3, score 4.500 so far"


def test_a_lost_worker_gives_the_job_back_and_nothing_is_charged(book: Book) -> None:
    book.hand_in()
    lost = book.claimed("first")
    book.step(lost)
    assert book.quota().charged == 1
    book.now += LEASE + 0.1
    again = book.claimed("second")
    assert (again.id, again.attempt) == (lost.id, 2) and again.run_id != lost.run_id
    assert book.run(lost).ended_by == "refund" and book.run(lost).charged_at is None
    quota = book.quota()
    assert (quota.charged, quota.open_uncharged) == (0, 1)
    for late in (lambda: book.beat(lost), lambda: book.finish(lost, THEIRS)):
        with pytest.raises(LostClaimError):
            late()


def test_a_run_that_was_submitted_before_its_worker_died_holds(book: Book) -> None:
    number = book.hand_in()
    claimed = book.claimed()
    book.step(claimed)
    book.submit(claimed, 7.25)
    book.now += 2 * LEASE
    assert book.claim() is None
    found = book.find(number)
    assert (found.status, found.score, found.attempt) == ("finished", 7.25, 1)
    assert book.quota().charged == 1


def test_a_submission_that_loses_every_worker_fails_by_our_fault(book: Book) -> None:
    number = book.hand_in()
    for _ in range(submissions.MOST_ATTEMPTS):
        book.step(book.claimed())
        book.now += 2 * LEASE
    assert book.claim() is None
    found = book.find(number)
    assert (found.status, found.fault) == ("failed", "grader") and "not charged" in found.message
    assert (book.quota().charged, book.quota().open_uncharged) == (0, 0)


def test_a_worker_that_stops_costs_no_attempt(book: Book) -> None:
    book.hand_in()
    for _ in range(5):
        claimed = book.claimed()
        assert claimed.attempt == 1
        book.step(claimed)
        book.ledger.write(lambda c, s=claimed: submissions.give_back(c, s))
    assert book.quota().charged == 1, "the last run, until it is begun again"


# ---------------------------------------------------------------- verdicts


def test_what_fails_by_our_fault_is_graded_again(book: Book) -> None:
    book.hand_in()
    for attempt in (1, 2):
        claimed = book.claimed()
        book.step(claimed)
        assert book.finish(claimed, OURS).status == "queued" and claimed.attempt == attempt
        assert book.quota().charged == 0
    assert "again as the fault was ours" in submissions.describe(book.find(claimed.id), 1, 3)
    last = book.finish(book.claimed(), OURS)
    assert (last.status, last.fault, last.message) == ("failed", "grader", "the engine broke")
    assert book.quota().left == 3


def test_what_fails_by_the_agents_fault_is_told_to_its_owner(book: Book) -> None:
    book.hand_in()
    done = book.finish(book.claimed(), THEIRS, "Traceback\0\ud800\nZeroDivisionError: division by zero")
    assert done.is_over and done.line == THEIRS.line
    assert submissions.describe(done, 0, 3) == "failed by the agent's fault: the agent ended with status 1"
    assert book.ledger.read(lambda c: submissions.log_of(c, done.id)).startswith("Traceback\ufffd?")
    with pytest.raises(LostClaimError):
        book.finish(done, THEIRS)


def test_cancelling(book: Book) -> None:
    waiting = book.hand_in()
    assert book.cancel(waiting).status == "cancelled" and book.claim() is None
    assert book.quota().left == 3
    running = book.hand_in()
    claimed = book.claimed()
    assert claimed.id == running and not book.beat(claimed)
    assert not book.cancel(running).is_over and book.beat(claimed)
    with pytest.raises(OutOfOrderError, match="cancelled"):
        book.cancel(waiting)
    with pytest.raises(UnknownError):
        book.cancel(1000)
    book.now += 2 * LEASE
    assert book.claim() is None and book.find(running).status == "cancelled"


def test_open_submissions_of_a_team_are_limited(ledger: Ledger) -> None:
    book = Book(ledger, settings_with(agents="containers", parallel=1))
    book.hand_in()
    with pytest.raises(ParallelError):
        book.hand_in()


def test_images_are_needed_by_those_who_wait_and_by_those_who_were_charged(book: Book) -> None:
    def needed() -> set[str]:
        return book.ledger.read(submissions.needed_images)

    waiting, withdrawn = book.hand_in("a"), book.hand_in("b")
    assert needed() == {"a", "b"}
    book.cancel(withdrawn)
    assert needed() == {"a"}
    claimed = book.claimed()
    assert claimed.id == waiting
    book.step(claimed)
    book.finish(claimed, THEIRS)
    assert needed() == {"a"}
    book.hand_in("c")
    book.finish(book.claimed(), THEIRS)  # without a step
    assert needed() == {"a"}
