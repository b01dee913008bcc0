"""Generalised advantage estimation that knows a fall from a time limit.

Schulman et al. (2016), *High-Dimensional Continuous Control Using Generalized Advantage Estimation*,
arXiv:1506.02438; Pardo et al. (2018), *Time Limits in Reinforcement Learning*, arXiv:1712.00378.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def advantages(
    rewards: Array, values: Array, terminated: Array, truncated: Array, last_values: Array, gamma: float, lam: float
) -> Array:
    """Advantages of t decisions of n runners, shape (t, n).

    With δ_t = r_t + γ V(s_{t+1}) − V(s_t), it is A_t = δ_t + γ λ A_{t+1}. Behind a fall there is nothing,
    V = 0; behind a time limit there is the value of the state in which the episode was cut. Neither lets A pass.

    Args:
        rewards: (t, n).
        values: (t + 1, n), of the states decided in, the last row of those that follow.
        terminated: bool, (t, n).
        truncated: bool, (t, n).
        last_values: (t, n), of the states in which episodes were cut; read where ``truncated`` only.
        gamma: discount of one decision.
        lam: λ.
    """
    following = np.where(truncated, last_values, values[1:])
    deltas = rewards + gamma * following * ~terminated - values[:-1]
    carried = gamma * lam * ~(terminated | truncated)
    result = np.empty_like(deltas)
    ahead = np.zeros_like(deltas[0])
    for t in range(len(deltas) - 1, -1, -1):
        ahead = deltas[t] + carried[t] * ahead
        result[t] = ahead
    return result
