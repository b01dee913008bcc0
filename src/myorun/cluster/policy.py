"""What a policy must be, and a policy at work: told who begins, asked for excitations, held to its shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from myorun.errors import PolicyError

Array = NDArray[Any]
Seeds = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Policy(Protocol):
    """Anything that can be pickled and called.

    It plays many episodes side by side, one a row, and a row of its answer may depend on that row alone. Then an
    episode depends on policy and seed only, wherever and beside whatever it is played.

    A policy with memory or noise also has ``begin(rows, seeds, steps)``: before the next call, the episodes of the
    rows in the mask ``rows`` (bool, (n,)) start at course ``seeds[row]`` with ``steps[row]`` steps done (int, (n,)).
    It forgets what it remembers of these rows and draws their noise from, say, ``default_rng((seed, step))``.
    """

    def __call__(self, observations: Array) -> Any:
        """Excitations, shape (n, 18), in answer to observations, shape (n, 41) or wider."""
        ...


class Player:
    """A policy playing n rows. :class:`PolicyError` names the seeds of the rows that it fails."""

    def __init__(self, policy: Policy, shape: tuple[int, ...], dtype: DTypeLike | None) -> None:
        self._policy, self._shape, self._dtype = policy, shape, dtype

    def begin(self, rows: Mask, seeds: Seeds, steps: Seeds) -> None:
        """Tell the policy, if it wants to know, that episodes begin or go on from here."""
        begin: Callable[[Mask, Seeds, Seeds], object] | None = getattr(self._policy, "begin", None)
        if begin is None:
            return
        try:
            begin(rows.copy(), seeds.copy(), steps.copy())
        except Exception as error:
            raise PolicyError(f"the policy's begin() raised {_told(error)}", _each(seeds[rows])) from error

    def excite(self, observations: Array, seeds: Seeds) -> Array:
        """The policy's excitations, shape (n, muscles), in the environment's own number type."""
        try:
            answer = np.asarray(self._policy(observations), dtype=self._dtype)
        except Exception as error:
            raise PolicyError(f"the policy raised {_told(error)}", _each(seeds)) from error
        if answer.shape != self._shape:
            raise PolicyError(f"the policy answered in shape {answer.shape}, which must be {self._shape}", _each(seeds))
        lost = np.isnan(answer).any(axis=1)
        if lost.any():
            raise PolicyError("the policy answered NaN, which is no excitation", _each(seeds[lost]))
        return answer


def _each(seeds: Seeds) -> list[int]:
    return list(dict.fromkeys(seeds.tolist()))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
