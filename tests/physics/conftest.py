"""Makes tests/oracles importable, and shares the human, whose tables take a moment to build."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from myorun.anatomy import Model, load_model
from myorun.physics import Simulator


@pytest.fixture(scope="session")
def human() -> Model:
    return load_model("human")


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2017)
