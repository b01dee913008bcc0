"""One recorded run for all tests of its files: a stumble over a ball, with a weak psoas."""

from __future__ import annotations

import pytest

from myorun.course import Course, Obstacle
from myorun.run import run_episode
from myorun.trajectory import Trajectory


@pytest.fixture(scope="session")
def run() -> Trajectory:
    course = Course(obstacles=(Obstacle(0.1, 0.0, 0.12), Obstacle(3.0, 0.0, 0.1)), strengths=(("iliopsoas_l", 0.8),))
    return run_episode("random", seed=5, steps=40, course=course).trajectory
