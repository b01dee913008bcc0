"""A walk as a replay."""

from __future__ import annotations

import pytest

from myorun.trajectory import Trajectory
from myorun.view.web import Replay, replay_of


@pytest.fixture(scope="session")
def replay(walk: Trajectory) -> Replay:
    """Three seconds of the reflex walker."""
    return replay_of(walk, title="a walk")
