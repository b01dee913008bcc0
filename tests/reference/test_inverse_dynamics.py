"""The native integrator and OpenSim's move the same body the same way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from states import Array

from myorun.physics import Simulator
from myorun.physics.opensim_backend import OpenSimSimulator

OBSTACLES = [[0.25, 0.0, 0.12], [0.6, -0.02, 0.15]]


def _excitations(seed: int, steps: int) -> Array:
    """Bang-bang for even seeds, random for odd ones, held for 50 ms."""
    rng = np.random.default_rng(seed)
    rows = rng.random((-(-steps // 5), 18))
    return np.repeat(rows if seed % 2 else np.round(rows), 5, axis=0)[:steps]


def _motion(simulator: Any, seed: int, steps: int) -> dict[str, Array]:
    simulator.reset()
    simulator.set_course(obstacles=OBSTACLES, strengths=np.linspace(0.7, 1.0, 18))
    simulator.set_state(replace(simulator.state, speeds=np.eye(9)[1]))  # launched at 1 m/s
    names = ("coordinates", "activations", "fiber_lengths")
    record: dict[str, list[Array]] = {name: [] for name in names}
    for excitations in _excitations(seed, steps):
        simulator.step(excitations)
        for name in names:
            record[name].append(simulator.get(name))
    return {name: np.array(rows) for name, rows in record.items()}


@pytest.fixture(scope="module", params=[0, 1])
def pair(request: pytest.FixtureRequest) -> tuple[dict[str, Array], dict[str, Array]]:
    seed = request.param
    return (
        _motion(Simulator(accuracy="reference"), seed, 30),
        _motion(OpenSimSimulator(accuracy=1e-8), seed, 30),
    )


def test_native_reference_and_tight_opensim_move_alike(pair: tuple[dict[str, Array], dict[str, Array]]) -> None:
    """OpenSim at 1e-8 is true to 1e-7 rad over 0.3 s; steps of 5 µs miss an impact's onset by up to 5e-5 rad."""
    native, opensim = pair
    np.testing.assert_allclose(native["coordinates"], opensim["coordinates"], atol=1e-4)


def test_activations_follow_the_same_course(pair: tuple[dict[str, Array], dict[str, Array]]) -> None:
    """Activation is a smooth equation of its own: both integrators leave 1e-6 at most."""
    native, opensim = pair
    np.testing.assert_allclose(native["activations"], opensim["activations"], atol=1e-6)


def test_fibers_follow_the_same_course(pair: tuple[dict[str, Array], dict[str, Array]]) -> None:
    """A fiber inherits the joint's error times its moment arm of at most 0.1 m, plus its own stiff relaxation."""
    native, opensim = pair
    np.testing.assert_allclose(native["fiber_lengths"], opensim["fiber_lengths"], atol=2e-5)


def test_default_settings_stay_together_for_a_fifth_of_a_second() -> None:
    """Both at their defaults; each leaves up to some 1e-3 rad here, where impacts of bang-bang legs amplify it."""
    native, opensim = _motion(Simulator(), 1, 20), _motion(OpenSimSimulator(), 1, 20)
    np.testing.assert_allclose(native["coordinates"], opensim["coordinates"], atol=5e-3)


@pytest.mark.parametrize("seed", range(20))
def test_equilibrated_fibers_are_opensims(seed: int) -> None:
    """OpenSim stops when forces agree to 1e-8 of the maximum; the softest tendon and fiber turn that into 1e-8 m."""
    rng = np.random.default_rng(seed)
    native, opensim = Simulator(), OpenSimSimulator()
    joints = rng.uniform([-0.8, -2.4, -1.0] * 2, [2.0, 0.3, 0.7] * 2)
    state = replace(native.state, activations=rng.uniform(0.01, 1.0, 18))
    state = replace(state, coordinates=np.r_[state.coordinates[:3], joints])
    for simulator in (native, opensim):
        simulator.set_state(state)
        simulator.equilibrate()
    np.testing.assert_allclose(native.fiber_lengths, opensim.fiber_lengths, atol=1e-8)
