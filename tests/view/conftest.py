"""Poses to draw: a human model and the skeleton of any coordinates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from myorun.anatomy import Model, load_model
from myorun.physics import Simulator, State
from myorun.run import run_episode
from myorun.trajectory import Trajectory
from myorun.view import Pose, snapshot

MakePose = Callable[..., Pose]


@pytest.fixture(scope="session")
def human() -> Model:
    """The human of 2017."""
    return load_model("human")


@pytest.fixture(scope="session")
def make_pose(human: Model) -> MakePose:
    """Make a pose from named coordinates; activations may be one number for all muscles."""
    sim = Simulator(human)
    sim.reset()
    rest = sim.state

    def make(*, activation: float | None = None, time: float = 0.0, **kwargs: object) -> Pose:
        names = [c.name for c in human.free_coordinates]
        coordinates = np.array(rest.coordinates)
        for name in set(kwargs) & set(names):
            coordinates[names.index(name)] = kwargs.pop(name)
        activations = np.array(rest.activations) if activation is None else np.full(len(human.muscles), activation)
        sim.set_state(State(time, coordinates, np.zeros(len(names)), activations, np.array(rest.fiber_lengths)))
        return snapshot(sim, **kwargs)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def walk() -> Trajectory:
    """Three seconds of the reflex walker past obstacles: two whole strides."""
    return run_episode(seed=0, steps=300).trajectory
