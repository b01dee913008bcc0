"""The state machine of a grading run: any legal history gives the same answers again; nothing else is legal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myorun.challenge.refusals import OutOfOrderError, RefusedError, RunOverError
from myorun.challenge.runner import EnvRunner
from myorun.challenge.session import Answer, Event, Plan, Repeat, Reset, Session, Step, Submit
from myorun.env import LearningToRunEnv

PLAN = Plan(rules="v1", engine="test", difficulty=2, max_obstacles=3, accuracy="fast", seeds=(11, 22))
RUNNER = EnvRunner(PLAN)  # a session at a time may use it


def new_session() -> Session:
    return Session(PLAN, RUNNER)


def step_of(level: float) -> Step:
    return Step.of([level] * 18)


def test_a_run_gives_bit_for_bit_what_the_environment_gives() -> None:
    env = LearningToRunEnv(difficulty=2, max_obstacles=3)
    session = new_session()
    action = np.linspace(0.0, 1.0, 18)
    scores = []
    for seed in PLAN.seeds:
        observation, _ = env.reset(seed=seed)
        answer = session.apply(_new(session.decide_reset()))
        score, over = 0.0, False
        while not over:
            assert answer is not None and answer.observation == tuple(observation)
            observation, reward, over, _, _ = env.step(action)
            answer = session.apply(_new(session.decide_step(Step.of(action.tolist()))))
            assert answer is not None and answer.reward == reward
            score += reward
        scores.append(score)
    assert session.result().score == float(np.mean(scores))
    assert [course.ending for course in session.result().courses] == ["fell", "fell"]


def _new(event: Event | Repeat) -> Event:
    assert not isinstance(event, Repeat)
    return event


@given(st.lists(st.sampled_from(["reset", "step", "jump", "past", "submit"]), max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_history_gives_the_same_answers_again(commands: list[str]) -> None:
    session = new_session()
    history: list[tuple[Event, Answer | None]] = []
    for command in commands:
        try:
            event = _decided(session, command)
        except (OutOfOrderError, RunOverError):
            continue
        if not isinstance(event, Repeat):
            history.append((event, session.apply(event)))
    result = session.result()
    again = new_session()
    assert [again.apply(event) for event, _ in history] == [answer for _, answer in history]
    assert again.result() == result and again.phase == session.phase


def _decided(session: Session, command: str) -> Event | Repeat:
    if command == "reset":
        return session.decide_reset()
    if command == "submit":
        return Submit("client")
    jump = {"step": 0, "jump": 1, "past": -1}[command]
    decided = session.decide_step(step_of(0.2), (max(session.course, 0), session.step + jump))
    assert command == "step" or isinstance(decided, Repeat), "only the next step is a new one"
    return decided


def test_nothing_happens_before_a_course_begins() -> None:
    with pytest.raises(OutOfOrderError, match="reset first"):
        new_session().decide_step(step_of(0.1))


def test_no_step_follows_a_fall() -> None:
    session = new_session()
    session.apply(_new(session.decide_reset()))
    while session.phase == "running":
        session.apply(_new(session.decide_step(step_of(1.0))))
    with pytest.raises(OutOfOrderError, match="reset for the next one"):
        session.decide_step(step_of(1.0))


def test_a_repeated_step_is_no_event_and_must_be_the_same() -> None:
    session = new_session()
    session.apply(_new(session.decide_reset()))
    answer = session.apply(_new(session.decide_step(step_of(0.3), (0, 0))))
    repeat = session.decide_step(step_of(0.3), (0, 0))
    assert isinstance(repeat, Repeat) and session.recall(repeat) == answer
    other = session.decide_step(step_of(0.4), (0, 0))
    assert isinstance(other, Repeat)
    with pytest.raises(OutOfOrderError, match="other excitations"):
        session.recall(other)


def test_courses_that_were_not_run_count_nothing() -> None:
    session = new_session()
    session.apply(_new(session.decide_reset()))
    answer = session.apply(_new(session.decide_step(step_of(0.3))))
    assert answer is not None
    assert session.result().score == answer.reward / 2
    assert [course.ending for course in session.result().courses] == ["unfinished", "unplayed"]


def test_after_the_last_course_no_course_is_left_however_often_one_asks() -> None:
    session = new_session()
    for _ in PLAN.seeds:
        session.apply(_new(session.decide_reset()))
    answer = session.apply(_new(session.decide_reset()))
    assert answer is not None and answer.observation is None
    for _ in range(3):
        repeat = session.decide_reset()
        assert isinstance(repeat, Repeat) and session.recall(repeat) == answer


def test_a_submitted_run_takes_nothing_more() -> None:
    session = new_session()
    session.apply(Submit("client"))
    for command in (session.decide_reset, lambda: session.decide_step(step_of(0.1))):
        with pytest.raises(RunOverError):
            command()


def test_a_course_that_runs_out_of_time_is_truncated_not_terminated() -> None:
    runner = EnvRunner(PLAN)
    runner.max_steps = 5
    session = Session(PLAN, runner)
    session.apply(Reset())
    answers = [session.apply(step_of(0.05)) for _ in range(5)]
    assert [a.truncated for a in answers if a] == [False] * 4 + [True]
    assert not any(a.terminated for a in answers if a)
    assert session.result().courses[0].ending == "finished"


@pytest.mark.parametrize(
    "action",
    [None, 5, "abc", {}, [], [0.1] * 17, [0.1] * 19, ["0.1"] * 18, [True] * 18, [None] * 18, [[0.1]] * 18],
)
def test_what_is_no_action_is_refused(action: object) -> None:
    with pytest.raises(RefusedError):
        Step.of(action)  # type: ignore[arg-type]


def test_nan_is_refused_and_what_is_out_of_range_is_clipped() -> None:
    with pytest.raises(RefusedError, match="NaN"):
        Step.of([0.1] * 17 + [math.nan])
    held = np.frombuffer(Step.of([-1.0, 2.0, math.inf, -math.inf, 10**400, *[0.5] * 13]).excitations)
    assert held.tolist() == [0.0, 1.0, 1.0, 0.0, 1.0, *[0.5] * 13]


def test_a_plan_does_not_print_its_seeds() -> None:
    assert "11" not in repr(PLAN) and "22" not in str(PLAN)
