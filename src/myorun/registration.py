"""The environments' names in Gymnasium's registry.

Runs on ``import myorun``; ``gymnasium.make("myorun:myorun/LearningToRun-v1")`` does that import by itself.
(Gymnasium 1.0 dropped the entry points that older versions looked for.)
"""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium.envs.registration import register, registry

from myorun.task import RULES

LEARNING_TO_RUN = "myorun/LearningToRun-v1"

# The generator of each of the other variants; a name has one meaning for ever, and so has its generator.
VARIANTS = {
    "myorun/Steps-v1": "steps-1",
    "myorun/Ice-v1": "ice-1",
    "myorun/Weakness-v1": "weakness-1",
    "myorun/Everything-v1": "everything-1",
}


def register_environments() -> None:
    """Register what is not registered yet. The environment checks its own order of calls, so no wrapper does."""
    _register(LEARNING_TO_RUN, {})
    for name, generator in VARIANTS.items():
        _register(name, {"generator": generator, "observation": "course"})


def _register(name: str, settings: dict[str, Any]) -> None:
    if name in registry:
        return
    register(
        id=name,
        kwargs=settings,
        entry_point="myorun.env:LearningToRunEnv",
        vector_entry_point="myorun.vector:LearningToRunVectorEnv",
        max_episode_steps=RULES["v1"].max_steps,
        order_enforce=False,
        disable_env_checker=True,
    )


def make_vec(
    name: str = LEARNING_TO_RUN, num_envs: int = 1, **options: Any
) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    """``num_envs`` environments of a registered name in one, for example ``make_vec(num_envs=4096, threads=0)``.

    ``options`` are those of :class:`~myorun.vector.LearningToRunVectorEnv`. ``gymnasium.make_vec`` gives the same.
    """
    return gymnasium.make_vec(name, num_envs=num_envs, vectorization_mode="vector_entry_point", **options)
