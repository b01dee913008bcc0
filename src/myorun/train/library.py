"""The baselines of Stable-Baselines3 and sb3-contrib on the training field: PPO, TRPO, DDPG, TD3, SAC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from myorun.errors import UsageError
from myorun.policy.network import Network
from myorun.policy.perception import Sense
from myorun.policy.policy import PolicyFile
from myorun.train.field import Field, Ground
from myorun.train.library_env import FieldVecEnv
from myorun.train.networks import InverseSquareRootUnit, Normaliser, as_tensors, layers_as_network
from myorun.train.rewards import RewardTerms
from myorun.train.schedule import at
from myorun.train.settings import checked, whole

Array = NDArray[Any]

_ON_POLICY = ("PPO", "TRPO")
_BUFFER = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")


@dataclass(frozen=True)
class Config:
    """Everything that can be chosen; ``options`` go to the library's class as they are."""

    method: str = "PPO"  # PPO | TRPO | DDPG | TD3 | SAC
    seed: int = 1
    steps: int = 20_000_000
    runners: int = 64
    decisions: int = 64  # of each runner between two looks at how it goes
    hidden: list[int] = field(default_factory=lambda: [128, 128])
    episode_steps: int = 1000
    learning_rate: float = 3e-4
    gamma: float = 0.99
    noise: float = 0.0  # standard deviation of the exploration of DDPG and TD3
    on_off: bool = True  # muscles are on or off; PPO and TRPO only
    options: dict[str, Any] = field(default_factory=dict)
    sense: dict[str, Any] = field(default_factory=dict)
    reward: dict[str, Any] = field(default_factory=dict)
    obstacles: dict[str, Any] = field(default_factory=lambda: {"10": 1.0})  # most obstacles → share


class SmoothStep(nn.Module):  # type: ignore[misc]
    """The inverse square root unit as a module, which policies on disk know too."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x/√(1 + x²)."""
        return InverseSquareRootUnit.apply(x)


class Library:
    """A :class:`~myorun.train.loop.Trainee` around an algorithm of a library."""

    def __init__(self, config: Config, *, threads: int, device: str = "cpu") -> None:
        self.config = config
        torch.set_num_threads(1)
        self._sense = checked(Sense, config.sense)
        shares = tuple((whole(most), at(share, 0.0)) for most, share in config.obstacles.items())
        self._field = Field(
            config.runners,
            sense=self._sense,
            terms=checked(RewardTerms, config.reward),
            ground=Ground(shares),
            seed=config.seed,
            threads=threads,
            episode_steps=config.episode_steps,
        )
        self._normaliser = Normaliser(len(self._field.perception.names))
        self._env = FieldVecEnv(self._field, self._normaliser, on_off=self._is_on_off())
        self._model = _make(config, self._env, device)

    @property
    def steps(self) -> int:
        """Of the environment, so far."""
        return int(self._model.num_timesteps) * self._sense.hold

    def advance(self) -> Mapping[str, float]:
        """Some decisions of everyone, and what is learned from them."""
        self._env.forget_sums()
        count = self.config.runners * self.config.decisions
        self._model.learn(count, reset_num_timesteps=False, log_interval=10**9)
        return self._env.means()

    def policy(self) -> PolicyFile:
        """What the actor would do without exploring."""
        batch, told = self._field.batch, {"algorithm": self.config.method, "seed": self.config.seed}
        name = self.config.method.lower()
        return PolicyFile(name, batch.observation_names, batch.action_names, self._sense, self._network(), told)

    def state(self) -> Any:
        """Networks, optimisers, normaliser, counters, generators, and what is left to learn from."""
        buffer = getattr(self._model, "replay_buffer", None)
        return {
            "parameters": self._model.get_parameters(),
            "num_timesteps": self._model.num_timesteps,
            "updates": self._model._n_updates,
            "normaliser": self._normaliser.state(),
            "generators": {"torch": torch.get_rng_state(), "field": self._field.random.bit_generator.state},
            "buffer": None if buffer is None else _buffer_state(buffer),
        }

    def restore(self, state: Any) -> None:
        self._model.set_parameters(as_tensors(state["parameters"]), exact_match=True)
        self._model.num_timesteps, self._model._n_updates = state["num_timesteps"], state["updates"]
        self._normaliser.restore(state["normaliser"])
        torch.set_rng_state(as_tensors(state["generators"]["torch"]))
        self._field.random.bit_generator.state = state["generators"]["field"]
        if state["buffer"] is not None:
            _restore_buffer(self._model.replay_buffer, state["buffer"])

    def close(self) -> None:
        """Nothing to let go of."""

    # ------------------------------------------------------------ the actor

    def _is_on_off(self) -> bool:
        return self.config.on_off and self.config.method in _ON_POLICY

    def _network(self) -> Network:
        policy, method = self._model.policy, self.config.method
        if method in _ON_POLICY:
            parts = [policy.mlp_extractor.policy_net, policy.action_net]
            return layers_as_network(
                _dense(parts), self._normaliser, "isru", "on-off" if self._is_on_off() else "graded"
            )
        parts = [policy.actor.latent_pi, policy.actor.mu] if method == "SAC" else [policy.actor.mu]
        return layers_as_network(_dense(parts), self._normaliser, "relu", "squashed")


def _dense(parts: Sequence[nn.Module]) -> list[nn.Linear]:
    return [module for part in parts for module in part.modules() if isinstance(module, nn.Linear)]


def _make(config: Config, env: FieldVecEnv, device: str) -> Any:
    """The library's own object. :class:`UsageError` if it knows no such method, or not these options."""
    import sb3_contrib
    import stable_baselines3
    from stable_baselines3.common.logger import Logger

    home = sb3_contrib if config.method == "TRPO" else stable_baselines3
    if config.method not in (*_ON_POLICY, "DDPG", "TD3", "SAC"):
        raise UsageError(f"method is {config.method!r}; it must be one of PPO, TRPO, DDPG, TD3, SAC")
    activation = SmoothStep if config.method in _ON_POLICY else nn.ReLU
    try:
        model = getattr(home, config.method)(
            "MlpPolicy",
            env,
            learning_rate=config.learning_rate,
            gamma=config.gamma,
            seed=config.seed,
            device=device,
            policy_kwargs={"net_arch": list(config.hidden), "activation_fn": activation},
            **_options(config, env.action_space.shape[0]),
        )
    except (TypeError, ValueError, AssertionError) as error:
        raise UsageError(f"{config.method} does not take these settings: {error}") from None
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def _options(config: Config, muscles: int) -> dict[str, Any]:
    """Of the library's method, by its own names."""
    from stable_baselines3.common.noise import NormalActionNoise

    options = dict(config.options)
    if config.method in _ON_POLICY:
        options["n_steps"] = config.decisions
    elif config.noise:
        options["action_noise"] = NormalActionNoise(np.zeros(muscles), np.full(muscles, config.noise))
    return options


# ---------------------------------------------------------------- what is left to learn from


def _buffer_state(buffer: Any) -> dict[str, Any]:
    """The filled part of a replay buffer."""
    filled = buffer.buffer_size if buffer.full else buffer.pos
    arrays = {name: getattr(buffer, name)[:filled] for name in _BUFFER}
    return {"pos": buffer.pos, "full": buffer.full, "arrays": arrays}


def _restore_buffer(buffer: Any, state: dict[str, Any]) -> None:
    buffer.pos, buffer.full = state["pos"], state["full"]
    for name, array in state["arrays"].items():
        getattr(buffer, name)[: len(array)] = array
