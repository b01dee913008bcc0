"""A batch beside Gymnasium's own vector of single environments: what both must say, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from numpy.typing import NDArray

from myorun.registration import LEARNING_TO_RUN
from myorun.vector import LearningToRunVectorEnv

Array = NDArray[Any]
Infos = dict[str, Any]

TOLD_BY_COURSE = ("obstacles", "strengths")  # of a batch, course() tells them


def single_envs(n: int, mode: AutoresetMode, **options: Any) -> SyncVectorEnv:
    """``n`` single environments, each stepped by itself in Python."""
    return SyncVectorEnv([lambda: gymnasium.make(LEARNING_TO_RUN, **options)] * n, autoreset_mode=mode)


def pair(n: int, mode: AutoresetMode, **options: Any) -> tuple[LearningToRunVectorEnv, SyncVectorEnv]:
    """A batch in float64 and the same environments one by one."""
    batch = LearningToRunVectorEnv(n, precision="float64", threads=2, autoreset_mode=mode, **options)
    return batch, single_envs(n, mode, **options)


def courses_of(singles: SyncVectorEnv) -> list[Any]:
    return [env.unwrapped.course for env in singles.envs]  # type: ignore[attr-defined]


def assert_same_step(batch: tuple[Any, ...], singles: tuple[Any, ...]) -> None:
    """Observations, and whatever else stands before the infos, then the infos."""
    for ours, theirs in zip(batch[:-1], singles[:-1], strict=True):
        assert_same_array(ours, theirs, "observations, rewards or flags")
    assert_same_infos(batch[-1], singles[-1])


def assert_same_infos(ours: Infos, theirs: Infos) -> None:
    """The same keys and masks, and under the masks the same values of the same type."""
    expected = {key: value for key, value in theirs.items() if key.removeprefix("_") not in TOLD_BY_COURSE}
    assert ours.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, dict):
            assert_same_infos(ours[key], value)
        elif key == "final_obs":  # Gymnasium keeps an array of arrays
            mask = theirs["_final_obs"]
            assert_same_array(ours[key][mask], np.stack(value[mask]), key)
        else:
            assert_same_array(ours[key], value, key)


def assert_same_array(ours: Array, theirs: Array, what: str) -> None:
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape, what
    assert ours.tobytes() == theirs.tobytes(), what


def lively_actions(n: int, seed: int = 0) -> Iterator[Array]:
    """Excitations without end, shape (n, 18): random ones, of which many are nought, so that all fall soon."""
    rng = np.random.default_rng(seed)
    while True:
        yield rng.uniform(-0.2, 1.2, (n, 18)) * (rng.random((n, 1)) < 0.7)
