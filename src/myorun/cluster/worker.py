"""What runs on every machine: a batch of environments that plays what it is told. Knows nothing of Ray."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from myorun.cluster.episodes import Episode, play_episodes
from myorun.cluster.fragments import Fragment, Record, Stream
from myorun.cluster.lanes import Envs
from myorun.cluster.policy import Policy
from myorun.errors import PolicyError
from myorun.registration import LEARNING_TO_RUN, make_vec


def make_batch(num_envs: int, threads: int, options: Mapping[str, Any]) -> Envs:
    """A batch of environments whose episodes begin only when told. :class:`UsageError` for an impossible option."""
    return make_vec(LEARNING_TO_RUN, num_envs, threads=threads, autoreset_mode="disabled", **options)


class Worker:
    """Plays episodes and keeps streams. What it returns depends on its arguments alone."""

    def __init__(self, num_envs: int, threads: int, options: Mapping[str, Any]) -> None:
        self._make = partial(make_batch, num_envs, threads, options)
        self._stage = self._make()
        self._streams: dict[int, Stream] = {}

    def answer(self) -> None:
        """Nothing, which is to say: at work."""

    def play(self, policy: bytes, seeds: Sequence[int]) -> list[Episode]:
        """An episode for every seed; see :func:`play_episodes`."""
        return play_episodes(self._stage, _unpacked(policy, seeds), seeds)

    def sample(self, policy: bytes, steps: int, number: int, record: Record | None) -> Fragment:
        """The next fragment of stream ``number``, which is here already or else taken up at ``record``."""
        if record is not None:
            self._streams[number] = Stream(self._make(), record)
        return self._streams[number].sample(_unpacked(policy, ()), steps)


def _unpacked(policy: bytes, seeds: Sequence[int]) -> Policy:
    """A fresh copy, so that nothing a policy remembers goes from one call to the next."""
    try:
        unpacked: Policy = pickle.loads(policy)
    except Exception as error:
        raise PolicyError(
            f"the policy cannot be unpickled on a worker: {type(error).__name__}: {error}", seeds
        ) from error
    return unpacked
