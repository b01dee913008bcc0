"""Bad input, forks, threads and much coming and going: a clear error where something is wrong, and never any harm."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from singles import Array, lively_actions

import myorun
from myorun.course import Course, Obstacle
from myorun.errors import UsageError
from myorun.vector import LearningToRunVectorEnv

N = 4
OF_FORKS = "ignore:This process .* is multi-threaded:DeprecationWarning"  # which is the point here


@pytest.fixture(scope="module")
def env() -> LearningToRunVectorEnv:
    return LearningToRunVectorEnv(N)


def with_nan(row: int, column: int) -> Array:
    actions = np.full((N, 18), 0.1)
    actions[row, column] = np.nan
    return actions


# ---------------------------------------------------------------- actions


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros((N, 17)), r"actions have shape \(4, 17\); they must have shape \(4, 18\), one row an environment"),
        (np.zeros((N + 1, 18)), r"shape \(5, 18\)"),
        (np.zeros(18), r"shape \(18,\)"),
        (np.zeros((N, 18, 1)), r"shape \(4, 18, 1\)"),
        (0.5, r"shape \(\)"),
        ([], r"shape \(0,\)"),
        (None, r"actions are None; they must be numbers of shape \(4, 18\)"),
        ("abc", "actions are 'abc'"),
        ([["a"] * 18] * N, "must be numbers"),
        ([[0.1] * 18] * 3 + [[0.1]], "must be numbers"),
        (np.full((N, 18), object()), "must be numbers"),
        (np.full((N, 18), 1j), "must be numbers"),
        (with_nan(2, 4), "the action of environment 2 holds NaN for 'rect_fem_r'"),
        (with_nan(0, 0).astype(np.float16), "the action of environment 0 holds NaN for 'hamstrings_r'"),
        (np.full((N, 18), np.nan), "environment 0 holds NaN"),
    ],
)
def test_bad_actions_are_refused_and_the_episodes_go_on_untouched(
    env: LearningToRunVectorEnv, actions: Any, message: str
) -> None:
    env.reset(seed=1)
    expected = env.step(np.full((N, 18), 0.2))[0]
    env.reset(seed=1)
    with pytest.raises(UsageError, match=message):
        env.step(actions)
    assert env.step(np.full((N, 18), 0.2))[0].tobytes() == expected.tobytes()


def test_tensors_are_actions_unless_they_need_gradients(env: LearningToRunVectorEnv) -> None:
    torch = pytest.importorskip("torch", reason="needs torch")
    env.reset(seed=0)
    env.step(torch.full((N, 18), 0.5))
    with pytest.raises(UsageError, match="must be numbers"):
        env.step(torch.full((N, 18), 0.5, requires_grad=True))


# ---------------------------------------------------------------- the order of calls


def test_a_step_before_the_first_reset_is_refused() -> None:
    with pytest.raises(UsageError, match=r"reset\(\) was never called; call reset\(\) first"):
        LearningToRunVectorEnv(2).step(np.zeros((2, 18)))


def test_the_first_reset_must_be_of_all() -> None:
    fresh = LearningToRunVectorEnv(2)
    with pytest.raises(UsageError, match="the first reset"):
        fresh.reset(options={"reset_mask": np.array([True, False])})
    fresh.reset(options={"reset_mask": np.array([True, True])})
    fresh.step(np.zeros((2, 18)))


def test_with_autoreset_disabled_a_step_after_the_end_is_refused() -> None:
    env = LearningToRunVectorEnv(2, autoreset_mode="disabled", max_episode_steps=2)
    env.reset(seed=0)
    env.step(np.zeros((2, 18)))
    env.reset(options={"reset_mask": np.array([True, False])})
    env.step(np.zeros((2, 18)))
    with pytest.raises(UsageError, match=r"the episode of environment 1 is over; call reset\(options="):
        env.step(np.zeros((2, 18)))


def test_a_course_before_the_first_reset_is_refused(env: LearningToRunVectorEnv) -> None:
    with pytest.raises(UsageError, match=r"environment 0 has no course yet: .* call reset\(\) first"):
        LearningToRunVectorEnv(2).course(0)
    env.reset(seed=0)
    for number in (N, -1, 0.5, "0", None):
        with pytest.raises(UsageError, match=r"^env is .*; it must be a whole number, 0 to 3"):
            env.course(number)  # type: ignore[arg-type]


def test_closing_twice_is_fine_and_a_closed_batch_can_be_reset() -> None:
    env = LearningToRunVectorEnv(2, threads=2)
    env.reset(seed=0)
    env.close()
    env.close()
    env.reset(seed=0)
    env.step(np.zeros((2, 18)))


# ---------------------------------------------------------------- seeds and options


@pytest.mark.parametrize(
    "seed",
    [-1, 2**63, 2**63 - 2, 1.5, True, "1234", [1, 2, 3], [1, 2, 3, -1], [1, 2, 3, "4"], [1.0] * N]
    + [np.zeros((N, 2), int), np.array([0.5] * N), {1, 2, 3, 4}],
    ids=repr,
)
def test_a_bad_seed_is_refused_and_nothing_has_changed(env: LearningToRunVectorEnv, seed: Any) -> None:
    env.reset(seed=8)
    with pytest.raises(UsageError, match=r"^seed"):
        env.reset(seed=seed)
    assert env.course(3).seed == 11
    later = env.reset()[1]["course_seed"].tolist()
    env.reset(seed=8)
    assert env.reset()[1]["course_seed"].tolist() == later


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"difficulty": 3}, "^difficulty is 3"),
        ({"max_obstacles": 21}, "^max_obstacles is 21"),
        ({"obstacles": 3}, "option 'obstacles'; it can have reset_mask, difficulty, max_obstacles, course"),
        ({"course": 5}, r"the option 'course' is 5; it must be a myorun\.course\.Course"),
        ({"course": Course(), "difficulty": 1}, "leaves nothing else to choose"),
        ({"course": Course(tuple(Obstacle(k, 0, 0.1) for k in range(65)))}, "at most 64"),
        ({"course": Course((Obstacle(1e300, 0, 0.1),))}, "within a million metres"),
        ({"course": Course(strengths=(("tail", 0.5),))}, "the course weakens 'tail'"),
        ({"course": Course(strengths=(("soleus_r", 1e300),))}, "strengths must be above 0 and at most 100"),
        ({"reset_mask": np.zeros(N, bool)}, "at least one True"),
        ({"reset_mask": np.ones(N)}, "it must be a bool array"),
        ({"reset_mask": np.ones(N + 1, bool)}, r"of shape \(4,\)"),
        ({"reset_mask": True}, r"of shape \(4,\)"),
        ({"reset_mask": [True, False, None, True]}, "it must be a bool array"),
    ],
)
def test_a_bad_option_is_refused_and_nothing_has_changed(
    env: LearningToRunVectorEnv, options: Any, message: str
) -> None:
    env.reset(seed=8)
    with pytest.raises(UsageError, match=message):
        env.reset(seed=99, options=options)
    assert env.course(3).seed == 11
    later = env.reset()[1]["course_seed"].tolist()
    env.reset(seed=8)
    assert env.reset()[1]["course_seed"].tolist() == later


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"num_envs": 0}, "^num_envs is 0; it must be a whole number, 1 to 1000000"),
        ({"num_envs": -5}, "^num_envs is -5"),
        ({"num_envs": 2.0}, "^num_envs is 2.0"),
        ({"num_envs": True}, "^num_envs is True"),
        ({"num_envs": 10**18}, "^num_envs is 1000000000000000000; it must be a whole number, 1 to 1000000"),
        ({"num_envs": 1_000_001}, "^num_envs is 1000001"),
        ({"threads": -1}, "^threads is -1; it must be a whole number, 0 to 1024"),
        ({"threads": 1.5}, "^threads is 1.5"),
        ({"threads": 10**6}, "^threads is 1000000"),
        ({"precision": "float16"}, "^precision is 'float16'; use 'float64' or 'float32'"),
        ({"precision": np.float32}, "^precision is"),
        ({"accuracy": "sloppy"}, "accuracy"),
        ({"substeps": 0}, "0"),
        ({"instruction_set": "mmx"}, "instruction set 'mmx' is not available here"),
        (
            {"autoreset_mode": "never"},
            "^autoreset_mode is 'never'; it must be one of 'next-step', 'same-step', 'disabl",
        ),
        ({"autoreset_mode": None}, "^autoreset_mode is None"),
        ({"autoreset_mode": []}, r"^autoreset_mode is \[\]"),
        ({"max_episode_steps": -1}, "^max_episode_steps is -1"),
        ({"max_episode_steps": 2**31}, "^max_episode_steps is 2147483648"),
        ({"difficulty": 5}, "^difficulty is 5"),
        ({"max_obstacles": -1}, "^max_obstacles is -1"),
        ({"rules": "v9"}, "known versions"),
        ({"observation": "all"}, "observation is 'all'"),
        ({"render_mode": "human"}, "render_mode is 'human'; a batch draws nothing"),
    ],
)
def test_a_bad_argument_is_refused(argument: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LearningToRunVectorEnv(**{"num_envs": 2, **argument})


@pytest.mark.parametrize(("name", "value"), [("difficulty", 3), ("difficulty", "1"), ("max_obstacles", 21)])
def test_a_bad_setting_is_refused_and_the_old_one_stays(env: LearningToRunVectorEnv, name: str, value: Any) -> None:
    before = getattr(env, name)
    with pytest.raises(UsageError, match=f"^{name} is"):
        setattr(env, name, value)
    assert getattr(env, name) == before


# ---------------------------------------------------------------- forks and threads


def run(env: Any, steps: int = 30) -> bytes:
    """Every bit that a batch says in some steps from its reset."""
    told = [env.reset(seed=0)[0]]
    for actions in islice(lively_actions(env.num_envs), steps):
        told += env.step(actions)[:4]
    return b"".join(array.tobytes() for array in told)


@pytest.fixture
def forking() -> Any:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("no fork here")
    return multiprocessing.get_context("fork")


@contextmanager
def forked(forking: Any, work: Callable[[], None]) -> Iterator[Any]:
    """A child at work; killed and waited for when the block is left."""
    child = forking.Process(target=work)
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


@pytest.mark.filterwarnings(OF_FORKS)
def test_a_forked_child_goes_on_with_threads_of_its_own(forking: Any) -> None:
    env = LearningToRunVectorEnv(33, threads=3)
    expected = run(env)

    def check() -> None:
        fresh = LearningToRunVectorEnv(33, threads=2)
        assert run(env) == expected
        assert run(fresh) == expected

    with ExitStack() as stack:
        children = [stack.enter_context(forked(forking, check)) for _ in range(2)]
        run(env)
        for child in children:
            child.join(60)
            assert child.exitcode == 0, "the child hangs, crashed or went on otherwise"
    assert run(env) == expected


@pytest.mark.filterwarnings(OF_FORKS)
def test_a_forked_child_may_leave_without_a_step(forking: Any) -> None:
    env = LearningToRunVectorEnv(8, threads=3)
    run(env)

    def drop() -> None:
        nonlocal env
        del env
        gc.collect()

    with forked(forking, drop) as child:
        child.join(60)
        assert child.exitcode == 0
    assert len(run(env)) > 0


def at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_threads_step_two_batches_at_once() -> None:
    envs = [LearningToRunVectorEnv(40, threads=2, precision=p) for p in ("float64", "float32")]  # type: ignore[arg-type]
    expected = [run(env) for env in envs]
    said: dict[int, bytes] = {}
    at_once(*(lambda i=i: said.update({i: run(envs[i])}) for i in (0, 1)))  # type: ignore[misc]
    assert [said[0], said[1]] == expected


def test_two_threads_on_one_batch_do_no_harm() -> None:
    """What they get is their own business, but the process goes on, and the batch after it."""
    env = LearningToRunVectorEnv(64, threads=2, autoreset_mode="same-step", max_episode_steps=10)
    expected = run(env)

    def play() -> None:
        for actions in islice(lively_actions(64), 60):
            env.step(actions)

    at_once(play, play, play)
    assert run(env) == expected


def tasks_of_this_process() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_coming_and_going_leaves_no_thread_and_no_memory() -> None:
    def come_and_go() -> None:
        env = LearningToRunVectorEnv(64, threads=4)
        env.reset(seed=0)
        env.step(np.zeros((64, 18)))
        env.close()

    for _ in range(20):
        come_and_go()
    threads, memory = tasks_of_this_process(), resident_bytes()
    for _ in range(200):
        come_and_go()
    # Fewer is possible: a thread that another test left behind may have ended meanwhile.
    assert tasks_of_this_process() <= threads
    assert resident_bytes() - memory < 200 * 20_000  # a batch of 64 holds more than 20 kB a time


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_more_threads_than_humans_are_fine() -> None:
    assert run(LearningToRunVectorEnv(2, threads=64)) == run(LearningToRunVectorEnv(2, threads=1))


def test_a_batch_of_one_is_a_batch() -> None:
    env = myorun.make_vec(num_envs=1)
    observations, _ = env.reset(seed=0)
    assert observations.shape == (1, 41) and env.step(np.zeros((1, 18)))[1].shape == (1,)
