"""Sampling with many workers on one machine or many: :class:`Cluster`."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any

import numpy as np
from gymnasium import Space

from myorun.closing import Closing
from myorun.cluster.crew import Crew, Hand
from myorun.cluster.episodes import Episode
from myorun.cluster.fragments import Fragment, Record
from myorun.cluster.policy import Policy
from myorun.cluster.session import Session
from myorun.cluster.worker import Worker, make_batch
from myorun.course import checked_seed
from myorun.errors import UsageError

_ROUNDS = 16  # at most so many episodes a lane in one job: lanes seldom stand idle, a death costs little
_OWN_CHOICE = {"autoreset_mode", "copy", "render_mode"}


class Cluster(Closing):
    """Workers that each play a batch of environments, on this machine or on all machines of a Ray cluster.

    ::

        with Cluster(workers=4, num_envs=64) as cluster:
            scores = {episode.seed: episode.score for episode in cluster.play(policy, range(1000))}

    A worker that dies is replaced, what it had in hand is done again from the seeds, and nothing is counted twice: all
    results are, bit by bit, those of workers that never died.

    Args:
        workers: how many.
        num_envs: environments of each.
        threads: of each, and processors it is promised.
        address: ``None`` for this machine, or Ray's: ``"auto"``, ``"host:6379"``, ``"ray://host:10001"``. Where Ray is
            connected already, that connection is used.
        first_seed: of the courses of :meth:`sample`.
        max_deaths: a job that costs so many workers is given up.
        patience: seconds to wait for workers to start.
        options: of the task and its environments; see :func:`myorun.make_vec`.

    Raises:
        UsageError: for an impossible argument, or no Ray at the address.
        MissingExtraError: without ``pip install 'myorun[cluster]'``.
        WorkerLostError: if not all workers start.
    """

    def __init__(
        self,
        workers: int,
        num_envs: int = 64,
        *,
        threads: int = 1,
        address: str | None = None,
        first_seed: int = 0,
        max_deaths: int = 3,
        patience: float = 60.0,
        **options: Any,
    ) -> None:
        self.workers = _at_least_one("workers", workers)
        self.num_envs = _at_least_one("num_envs", num_envs)
        _at_least_one("threads", threads)
        _at_least_one("max_deaths", max_deaths)
        self._streams = self._first_streams(checked_seed(first_seed), _action_space(options))
        self._session = Session(address, workers * threads)
        self._ray = self._session.ray
        actor = self._ray.remote(num_cpus=threads, max_restarts=0, scheduling_strategy="SPREAD")(Worker)
        hire = partial(actor.remote, num_envs, threads, options)
        self._crew = Crew(self._ray, hire, workers, max_deaths=max_deaths, patience=patience)
        try:
            self._crew.gather()
        except BaseException:
            self.close()
            raise

    def _first_streams(self, first_seed: int, actions: Space[Any]) -> list[_Stream]:
        """In its k-th episode, lane i of worker w plays the seed first_seed + i + num_envs (w + k workers)."""
        seeds = first_seed + np.arange(self.workers * self.num_envs).reshape(self.workers, self.num_envs)
        return [_Stream(i, Record.first(row, seeds.size, actions)) for i, row in enumerate(seeds)]

    # ------------------------------------------------------------ the two verbs

    def play(self, policy: Policy, seeds: Iterable[int]) -> Generator[Episode, None, None]:
        """One :class:`Episode` for every course seed, as they are done.

        Raises:
            UsageError: for a bad or repeated seed, or a policy that cannot be pickled.
            PolicyError: if the policy raises, or answers nonsense; it names the seeds.
            WorkerLostError: if workers die ``max_deaths`` times over the same seeds; it names them.
        """
        wanted = _checked_seeds(seeds)
        packed = self._pack(policy)
        size = self.num_envs * min(_ROUNDS, ceil(len(wanted) / (2 * self.workers * self.num_envs)))
        jobs = [_Heat(wanted[i : i + size], packed) for i in range(0, len(wanted), size)]
        return (episode for _, episodes in self._crew.run(jobs) for episode in episodes)

    def sample(self, policy: Policy, steps: int) -> Fragment:
        """The next ``steps`` transitions of every environment; arrays (workers, steps, num_envs, …).

        Episodes go on from one call to the next. A policy with memory or noise ``begin``s anew with each call.

        After an error or an interruption nothing of the call counts, and the next goes on where the last one ended.

        Raises: as :meth:`play`.
        """
        _at_least_one("steps", steps)
        packed = self._pack(policy)
        jobs = [_Fragment(stream, packed, steps, stream.holder) for stream in self._streams]
        parts: dict[int, Fragment] = {}
        for stream in self._streams:
            stream.holder = None  # until all is done: the workers' own may be ahead of the record
        for job, part in self._crew.run(jobs):
            parts[job.stream.number] = part
        for job in jobs:
            job.stream.record = job.stream.record.follow(parts[job.stream.number])
            job.stream.holder = job.holder
        return Fragment.stack([parts[number] for number in range(self.workers)])

    def _pack(self, policy: Policy) -> Any:
        self._crew.check_open()
        try:
            packed = self._ray.cloudpickle.dumps(policy)
        except Exception as error:
            raise UsageError(
                f"the policy cannot be pickled, which it must be to reach the workers: {type(error).__name__}: {error}"
            ) from error
        return self._ray.put(packed)

    # ------------------------------------------------------------ the end

    @property
    def deaths(self) -> int:
        """How many workers died so far, each of which was replaced."""
        return self._crew.deaths

    @property
    def redone(self) -> int:
        """How many episodes, or fragments of them, were lost so far, each of which was done again."""
        return self._crew.redone

    def close(self) -> None:
        """End the workers, and Ray if it was started here."""
        self._crew.dismiss()
        self._session.close()


# ---------------------------------------------------------------- jobs


@dataclass(eq=False)
class _Stream:
    """The environments of one worker in :meth:`Cluster.sample`."""

    number: int
    record: Record
    holder: Hand | None = None


@dataclass(eq=False)
class _Heat:
    """Some seeds to be played."""

    seeds: list[int]
    policy: Any
    holder: Hand | None = None

    def start(self, hand: Hand) -> Any:
        return hand.actor.play.remote(self.policy, self.seeds)


@dataclass(eq=False)
class _Fragment:
    """The next fragment of a stream; its holder need not take it up again from the record."""

    stream: _Stream
    policy: Any
    steps: int
    holder: Hand | None

    @property
    def seeds(self) -> list[int]:
        seeds: list[int] = self.stream.record.seeds.tolist()
        return seeds

    def start(self, hand: Hand) -> Any:
        record = None if hand is self.holder else self.stream.record
        self.holder = hand
        return hand.actor.sample.remote(self.policy, self.steps, self.stream.number, record)


# ---------------------------------------------------------------- checks


def _checked_seeds(seeds: Iterable[int]) -> list[int]:
    wanted: dict[int, None] = {}
    for seed in map(checked_seed, seeds):
        if seed in wanted:
            raise UsageError(f"seed {seed} is asked for twice, which is the same episode twice; give each seed once")
        wanted[seed] = None
    return list(wanted)


def _at_least_one(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{name} is {value!r}; it must be a whole number, 1 or more")
    return value


def _action_space(options: dict[str, Any]) -> Space[Any]:
    """What moves a human; and a mistake in the options is found here rather than on a far machine."""
    for name in _OWN_CHOICE & options.keys():
        raise UsageError(f"{name} is {options[name]!r}; a cluster chooses that itself: leave it out")
    if options.get("max_episode_steps") == 0:
        raise UsageError("max_episode_steps is 0, without end; a cluster plays episodes that end: give 1 or more")
    envs = make_batch(1, 1, options)
    envs.close()
    return envs.single_action_space
