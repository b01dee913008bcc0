"""The training field as Stable-Baselines3 wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from myorun.train.field import Field
from myorun.train.networks import Normaliser

Array = NDArray[Any]

_CLIP = 5.0  # as Normaliser's


class FieldVecEnv(VecEnv):  # type: ignore[misc]
    """One step is one decision. Features are normalised by what was seen in the first ``settled`` decisions."""

    def __init__(self, field: Field, normaliser: Normaliser, *, on_off: bool, settled: int = 300_000) -> None:
        self._field, self._normaliser, self._settled = field, normaliser, settled
        muscles, features = len(field.muscles), len(field.perception.names)
        actions = spaces.MultiBinary(muscles) if on_off else spaces.Box(0.0, 1.0, (muscles,), np.float32)
        super().__init__(field.n, spaces.Box(-_CLIP, _CLIP, (features,), np.float32), actions)
        self.forget_sums()

    def forget_sums(self) -> None:
        """Begin the means of :meth:`means` anew."""
        self._sums, self._count = {"reward": 0.0, "falls_a_decision": 0.0}, 0

    def means(self) -> dict[str, float]:
        """Reward and falls of a decision since the last :meth:`forget_sums`."""
        return {name: total / max(self._count, 1) for name, total in self._sums.items()}

    def reset(self) -> Array:
        """Everyone at the start."""
        return self._shown(self._field.start())

    def step_async(self, actions: Array) -> None:
        self._actions = np.asarray(actions, np.float32)

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        """One decision of everyone."""
        outcome = self._field.decide(self._actions)
        shown = self._shown(outcome.features)
        over = outcome.terminated | outcome.truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for env in np.flatnonzero(outcome.terminated).tolist():
            # nothing follows a fall: what is shown is not looked at
            infos[env] = {"terminal_observation": shown[env], "TimeLimit.truncated": False}
        last = self._normaliser.apply(outcome.last_features)
        for row, env in enumerate(np.flatnonzero(outcome.truncated).tolist()):
            infos[env] = {"terminal_observation": last[row], "TimeLimit.truncated": True}
        self._sums["reward"] += float(outcome.rewards.mean())
        self._sums["falls_a_decision"] += float(outcome.terminated.mean())
        self._count += 1
        return shown, outcome.rewards, over, infos

    def _shown(self, features: Array) -> Array:
        if self._normaliser.count < self._settled:
            self._normaliser.take(features)
        return self._normaliser.apply(features)

    def close(self) -> None:
        """Nothing to let go of."""

    # ------------------------------------------------------------ attributes: members share one batch

    def get_attr(self, attr_name: str, indices: int | Sequence[int] | None = None) -> list[Any]:
        return [getattr(self._field.batch, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: int | Sequence[int] | None = None) -> None:
        setattr(self._field.batch, attr_name, value)

    def env_method(
        self, method_name: str, *arguments: Any, indices: int | Sequence[int] | None = None, **options: Any
    ) -> list[Any]:
        return [getattr(self._field.batch, method_name)(*arguments, **options)] * self.num_envs

    def env_is_wrapped(self, wrapper_class: Any, indices: int | Sequence[int] | None = None) -> list[bool]:
        return [False] * len(list(self._get_indices(indices)))
