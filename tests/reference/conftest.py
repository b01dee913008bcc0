"""Both simulators at the same random states, computed once: OpenSim's side is the slow one."""

from __future__ import annotations

import os

import numpy as np
import pytest

pytest.importorskip("opensim")

from states import QUANTITIES, Array, Course, draw_courses, evaluate

from myorun.physics import Simulator
from myorun.physics.opensim_backend import OpenSimSimulator

MANY = int(os.environ.get("MYORUN_ORACLE_STATES", "2000"))


@pytest.fixture(scope="session", params=[1200, pytest.param(MANY, marks=pytest.mark.slow)], ids="{} states".format)
def courses(request: pytest.FixtureRequest) -> list[Course]:
    """Drawn with the quicker simulator: a state needs no more than places of feet and lengths of muscles."""
    return list(draw_courses(Simulator(), states=request.param))


@pytest.fixture(scope="session")
def reference(courses: list[Course]) -> dict[str, Array]:
    return _evaluated(OpenSimSimulator(), courses)


@pytest.fixture(scope="session")
def native(courses: list[Course]) -> dict[str, Array]:
    return _evaluated(Simulator(), courses)


def _evaluated(simulator: object, courses: list[Course]) -> dict[str, Array]:
    parts = [evaluate(simulator, course) for course in courses]
    return {name: np.concatenate([part[name] for part in parts]) for name in QUANTITIES}
