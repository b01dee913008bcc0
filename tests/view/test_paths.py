"""Claims about where muscle paths are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myorun.anatomy import Model
from myorun.physics import Simulator, State
from myorun.view import snapshot
from myorun.view.paths import Paths, body_depths

from .conftest import MakePose

_ANGLES = {"hip_flexion": (-0.5, 2.0), "knee_angle": (-2.1, 0.17), "ankle_angle": (-0.7, 0.5)}


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


# 1.5 mm: half a pixel at 288 px/m; the drawn moving points take their splines as straight pieces between knots.
@settings(deadline=None, max_examples=40)
@given(st.tuples(*(st.floats(*_ANGLES[n]) for n in ("hip_flexion", "knee_angle", "ankle_angle")), st.floats(-0.6, 0.6)))
def test_a_drawn_path_is_as_long_as_the_simulated_muscle(angles: tuple[float, ...]) -> None:
    sim = Simulator("human")
    sim.reset()
    rest = sim.state
    hip, knee, ankle, tilt = angles
    q = np.array([tilt, 0.3, 0.95, hip, knee, ankle, -0.2, -0.4, 0.1])
    sim.set_state(State(0.0, q, np.zeros(9), np.array(rest.activations), np.array(rest.fiber_lengths)))
    drawn = [_length(path) for path in Paths(sim.model).place(snapshot(sim))]
    np.testing.assert_allclose(drawn, sim.get("musculotendon_lengths"), atol=1.5e-3)


def test_a_conditional_point_is_on_the_path_only_within_its_range(human: Model, make_pose: MakePose) -> None:
    names = [m.name for m in human.muscles]
    hamstrings = names.index("hamstrings_r")
    straight = Paths(human).place(make_pose(knee_angle_r=-0.1))[hamstrings]
    bent = Paths(human).place(make_pose(knee_angle_r=-1.2))[hamstrings]
    assert (len(straight), len(bent)) == (3, 2)


def test_right_is_nearer_to_the_viewer_than_left(human: Model) -> None:
    depth = dict(zip((b.name for b in human.bodies), body_depths(human), strict=True))
    assert depth["femur_r"] > depth["pelvis"] > depth["femur_l"]
    assert depth["femur_r"] == pytest.approx(-depth["femur_l"])
