"""Take part in a challenge: nothing here needs the physics.

::

    env = RemoteEnv("http://127.0.0.1:8017", token)  # instead of gymnasium.make(…)
    for _ in range(env.courses):
        observation, info = env.reset()
        …
    print(env.submit().score)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from myorun.client.connection import ChallengeError, Connection

if TYPE_CHECKING:
    from myorun.client.remote import RemoteEnv

__all__ = ["ChallengeError", "Connection", "RemoteEnv"]


def __getattr__(name: str) -> Any:
    if name == "RemoteEnv":  # the only one that needs Gymnasium
        return import_module("myorun.client.remote").RemoteEnv
    raise AttributeError(f"module 'myorun.client' has no attribute {name!r}")
