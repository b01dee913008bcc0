"""Sampling on many machines: samplers as actors of Ray, each with a field of its own. A dead one is started again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from myorun.cluster.session import Session
from myorun.train.networks import Normaliser, Perceptron
from myorun.train.ppo import Batch, Sampler

_RESTARTS = 10  # of an actor that died, and tries of what it was at


class RemoteSamplers:
    """As one :class:`~myorun.train.ppo.Sampler` whose runners are those of all samplers, in their order.

    Args:
        address: of a Ray that runs, or ``"local"`` for one of our own on this machine.
        fields: keyword arguments of each sampler's :class:`~myorun.train.field.Field`; their seeds must differ.

    Raises:
        MissingExtraError: without Ray.
        UsageError: if no Ray answers at the address.
    """

    def __init__(self, address: str, fields: Sequence[Mapping[str, Any]]) -> None:
        self._session = Session(None if address == "local" else address, len(fields))
        kind = self._session.ray.remote(max_restarts=_RESTARTS, max_task_retries=_RESTARTS)(_Worker)
        self._workers = [kind.remote(dict(field)) for field in fields]

    def collect(self, actor: Perceptron, normaliser: Normaliser, length: int) -> Batch:
        """``length`` decisions of everyone, side by side."""
        policy = self._session.ray.put((actor, normaliser))
        return merged(self._session.ray.get([worker.collect.remote(policy, length) for worker in self._workers]))

    def change(self, ground: Any, terms: Any, hold: int) -> None:
        """Courses, rewards and the steps a decision is held from now on."""
        self._session.ray.get([worker.change.remote(ground, terms, hold) for worker in self._workers])

    def state(self) -> Any:
        """Of every sampler."""
        return self._session.ray.get([worker.state.remote() for worker in self._workers])

    def restore(self, state: Sequence[Any]) -> None:
        """Of as many samplers as there were."""
        calls = [worker.restore.remote(one) for worker, one in zip(self._workers, state, strict=True)]
        self._session.ray.get(calls)

    def close(self) -> None:
        """Let the workers go."""
        self._session.close()


class _Worker:
    """A sampler on its machine."""

    def __init__(self, field: Mapping[str, Any]) -> None:
        import torch

        from myorun.train.field import Field

        torch.set_num_threads(1)
        self._sampler = Sampler(Field(**field), field["seed"] + 1)

    def collect(self, policy: tuple[Perceptron, Normaliser], length: int) -> Batch:
        return self._sampler.collect(*policy, length)

    def change(self, ground: Any, terms: Any, hold: int) -> None:
        self._sampler.change(ground, terms, hold)

    def state(self) -> Any:
        return self._sampler.state()

    def restore(self, state: Any) -> None:
        self._sampler.restore(state)


def merged(batches: Sequence[Batch]) -> Batch:
    """Batches of as many decisions as one batch of all their runners."""
    features, decisions, logs, rewards, fell, cut = (
        np.concatenate([batch[i] for batch in batches], axis=1) for i in range(6)
    )
    width = features.shape[-1]
    last = np.zeros((*cut.shape, width), features.dtype)
    first = 0
    for batch in batches:
        n = batch.truncated.shape[1]
        last[:, first : first + n][batch.truncated] = batch.last_features
        first += n
    raw = np.concatenate([batch.raw for batch in batches])
    return Batch(features, decisions, logs, rewards, fell, cut, last[cut], raw)
