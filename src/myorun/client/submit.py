"""Run a policy on a challenge's courses and hand in the score: :func:`submit_policy`."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from myorun.client.connection import ChallengeError
from myorun.client.remote import MUSCLES, Array, RemoteEnv, Submission
from myorun.errors import StoppedError, UsageError

Agent = Callable[[Any], ArrayLike]  # observation (41,) → excitations (18,)

_MOST_STEPS = 1000  # of a course, for the bar


class AgentError(UsageError):
    """The participant's own code failed, or answered what is no action."""


def submit_policy(
    policy: str,
    url: str,
    token: str,
    *,
    stage: str | None = None,
    resume: int | None = None,
    console: Console | None = None,
) -> Submission:
    """Run every course that is left, then submit.

    Args:
        policy: the name of a controller that needs the observation only, a policy file, or a ``.py`` file with a
            function ``act(observation)``.
        url: of the challenge.
        token: of the participant.
        stage: by default the one that is open.
        resume: a run that was cut off. A policy with a memory begins the rest of its course without it.
        console: for the progress bar.

    :class:`UsageError` for a policy that is none, :class:`AgentError` for one that fails on its way;
    :class:`~myorun.client.ChallengeError` for what is refused; :class:`StoppedError` when interrupted. Where the run
    stays open, the message says how to go on with it.
    """
    if not token:
        raise UsageError("a token is needed: --token, or MYORUN_TOKEN; the site's page 'Account' gives you one")
    make_agent = agent_maker(policy)
    make_agent(0)
    env = RemoteEnv(url, token, stage=stage, run=resume)
    try:
        with _progress(console) as progress:
            task = progress.add_task(f"run {env.run}", total=env.courses * _MOST_STEPS, score="")
            _run_courses(env, make_agent, lambda done, score: progress.update(task, completed=done, score=score))
        return env.submit()
    except KeyboardInterrupt:
        raise StoppedError(f"stopped; {_go_on(env)}") from None
    except AgentError as error:
        raise AgentError(f"{error}; mend it, then {_go_on(env)}") from error
    except ChallengeError as error:
        if error.code != "no_answer":
            raise
        raise ChallengeError(error.code, f"{error}; {_go_on(env)}", error.details) from None
    finally:
        env.close()


def _go_on(env: RemoteEnv) -> str:
    return f"go on before {env.deadline} with: --resume {env.run}"


def _progress(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[score]}"))
    return Progress(*columns, TimeElapsedColumn(), console=console or Console(quiet=True))


def _run_courses(env: RemoteEnv, make_agent: Callable[[int], Agent], show: Callable[[int, str], None]) -> None:
    begun = env.resume()
    while begun is not None or env.courses_left:
        observation, info = begun if begun is not None else env.reset()
        begun = None
        agent, score, over = make_agent(info["course"]), 0.0, False
        while not over:
            observation, reward, terminated, truncated, info = env.step(_answer_of(agent, observation))
            score, over = score + reward, terminated or truncated
            show(info["course"] * _MOST_STEPS + info["step"], f"course {info['course'] + 1}: {score:.2f} m")
        show((info["course"] + 1) * _MOST_STEPS, f"course {info['course'] + 1}: {score:.2f} m")


def _answer_of(agent: Agent, observation: Array) -> Array:
    """The agent's excitations, float64, shape (18,); :class:`AgentError` where it has none."""
    try:
        action = np.asarray(agent(observation), dtype=np.float64)
    except Exception as error:  # the participant's own code may raise anything
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        raise AgentError(f"the agent failed: {type(error).__name__}: {error} ({where})") from error
    if action.shape != (MUSCLES,) or not np.isfinite(action).all():
        what = f"an array of shape {action.shape}" if action.shape != (MUSCLES,) else "a NaN or an infinity"
        raise AgentError(f"the agent answered {what}; an action is {MUSCLES} real numbers, one excitation a muscle")
    return action


# ---------------------------------------------------------------- agents


def agent_maker(policy: str) -> Callable[[int], Agent]:
    """Makes a fresh agent for every course; :class:`UsageError` for a policy that is none."""
    if policy.endswith(".py"):
        act = _function_of(Path(policy))
        return lambda course: act
    return lambda course: _agent_of_controller(policy, course)


def _function_of(file: Path) -> Agent:
    if not file.is_file():
        raise UsageError(f"there is no file {str(file)!r}; give one that defines act(observation)")
    spec = importlib.util.spec_from_file_location("agent", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.resolve().parent))  # as of a script: it may import what lies beside it
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the participant's own code may raise anything
        raise UsageError(f"{str(file)!r} cannot be run: {type(error).__name__}: {error}; mend it") from error
    act = getattr(module, "act", None)
    if not callable(act):
        raise UsageError(f"{str(file)!r} must define act(observation), which returns 18 excitations")
    return act  # type: ignore[no-any-return]


def _agent_of_controller(name: str, course: int) -> Agent:
    from myorun.anatomy import load_model
    from myorun.controllers import CONTROLLERS, Sight, make_controller
    from myorun.course import Course
    from myorun.policy.files import load_policy

    if name == "reflex":
        raise UsageError("the reflex controller feels its muscles, which a challenge does not tell; take another")
    if name not in CONTROLLERS:
        policy = load_policy(name)
        return lambda observation: policy(observation[None])[0]
    controller = make_controller(name, load_model("human"), seed=course)
    return lambda observation: controller.excite(Sight(observation, None, Course()))
