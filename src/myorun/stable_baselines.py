"""A batch of runners as Stable-Baselines3 wants it: :class:`StableBaselinesVecEnv`. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from myorun.errors import MissingExtraError, UsageError
from myorun.vector import LearningToRunVectorEnv

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError:
    raise MissingExtraError("the adapter for Stable-Baselines3", "train") from None

Array = NDArray[Any]


class StableBaselinesVecEnv(VecEnv):  # type: ignore[misc]
    """Hands the batch's arrays on; of an episode that ended, ``infos`` hold ``terminal_observation`` and
    ``TimeLimit.truncated``. Lengths and sums of episodes are ``VecMonitor``'s. The members share one batch: their
    attributes are the batch's, and can be set for all of them only.

    ``options`` are those of :class:`~myorun.vector.LearningToRunVectorEnv`.

    Raises:
        UsageError: for an unknown or impossible setting.
    """

    def __init__(self, num_envs: int = 1, **options: Any) -> None:
        self.batch = LearningToRunVectorEnv(num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **options)
        super().__init__(num_envs, self.batch.single_observation_space, self.batch.single_action_space)

    def reset(self) -> Array:
        """Begin all episodes; with the seeds of ``seed()``, if they were not used yet."""
        observations, _ = self.batch.reset(seed=self._seeds)
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: Array) -> None:
        self._actions = actions

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        """One step of all with the actions given to ``step_async``."""
        observations, rewards, terminated, truncated, told = self.batch.step(self._actions)
        over = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for env in np.flatnonzero(over).tolist():
            infos[env] = {
                "terminal_observation": told["final_obs"][env],
                "TimeLimit.truncated": bool(truncated[env] and not terminated[env]),
            }
        return observations, rewards.astype(np.float32, copy=False), over, infos

    def close(self) -> None:
        self.batch.close()

    # ------------------------------------------------------------ attributes

    def get_attr(self, attr_name: str, indices: int | Sequence[int] | None = None) -> list[Any]:
        return [getattr(self.batch, attr_name)] * len(self._chosen(indices))

    def set_attr(self, attr_name: str, value: Any, indices: int | Sequence[int] | None = None) -> None:
        self._check_all(f"set {attr_name!r}", indices)
        setattr(self.batch, attr_name, value)

    def env_method(
        self, method_name: str, *arguments: Any, indices: int | Sequence[int] | None = None, **options: Any
    ) -> list[Any]:
        self._check_all(f"call {method_name!r}", indices)
        return [getattr(self.batch, method_name)(*arguments, **options)] * self.num_envs

    def env_is_wrapped(self, wrapper_class: Any, indices: int | Sequence[int] | None = None) -> list[bool]:
        return [False] * len(self._chosen(indices))

    def _chosen(self, indices: int | Sequence[int] | None) -> list[int]:
        return list(self._get_indices(indices))

    def _check_all(self, what: str, indices: int | Sequence[int] | None) -> None:
        if len(set(self._chosen(indices))) != self.num_envs:
            raise UsageError(f"indices are {indices!r}; members share one batch: leave indices out to {what}")
