"""SIMM's spline: against a dense solve of its conditions, and against values of the reference itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myorun.anatomy import Model
from myorun.anatomy.model import SimmSpline
from myorun.physics import Simulator
from myorun.physics.spline import piecewise
from myorun.physics.state import State
from oracles import small_models
from oracles.skeleton import Skeleton
from oracles.spline import DenseSpline

# OpenSim 4.6: SimmSpline.calcValue and calcDerivative of the knee's translations
REFERENCE = [
    ("x", -3.0, -0.019922496143608196, 0.0184656538688253),
    ("x", -2.0, -0.0015663343227582031, 0.01615777830618619),
    ("x", -1.1, 0.004247028858073331, -0.0022922826158461654),
    ("x", -0.3, -0.0015961244937151818, -0.012433893414731266),
    ("x", 0.0, -0.004499856517536013, -0.005646884209557036),
    ("x", 0.17, -0.005164696493686833, -0.0024589676741620017),
    ("x", 1.2, -0.0055953659885576235, 0.00043539978245196135),
    ("x", 2.0, -0.005255812321451426, 0.000132788895625152),
    ("x", 2.5, -0.0052554862030172, -1.3526141561142778e-05),
    ("y", -3.0, -0.4365046298131352, 0.015354052355493853),
    ("y", -2.0, -0.4211237899134486, 0.015902215799501775),
    ("y", -1.1, -0.4062939404122362, 0.015290386274534787),
    ("y", -0.3, -0.3972854102087678, 0.006092264682068094),
    ("y", 0.0, -0.39582069644835033, 0.0039606354797486094),
    ("y", 0.17, -0.39523142159064734, 0.0029707611831352346),
    ("y", 1.2, -0.39459777916094035, -0.001104969949283022),
    ("y", 2.0, -0.39584910950935187, -0.0016400330320116936),
    ("y", 2.5, -0.39662927299087386, -0.001551462009057843),
]


def knee(human: Model, axis: str) -> SimmSpline:
    function = next(j for j in human.joints if j.name == "knee_r").translation["xy".index(axis)].function
    assert isinstance(function, SimmSpline)
    return function


@pytest.mark.parametrize(("axis", "q", "value", "slope"), REFERENCE)
def test_the_knee_slides_as_in_the_reference(human: Model, axis: str, q: float, value: float, slope: float) -> None:
    curve = piecewise(knee(human, axis))
    assert curve.value(q) == pytest.approx(value, abs=1e-16)  # millimetres, to the last digits of a metre
    assert curve.slope(q) == pytest.approx(slope, abs=1e-16)


@st.composite
def knots(draw: st.DrawFn) -> tuple[tuple[float, ...], tuple[float, ...]]:
    n = draw(st.integers(2, 12))
    gaps = draw(st.lists(st.floats(0.05, 1.0), min_size=n, max_size=n))
    y = draw(st.lists(st.floats(-1.0, 1.0), min_size=n, max_size=n))
    return tuple(np.cumsum(gaps).tolist()), tuple(y)


@given(knots(), st.floats(-0.2, 1.2))
def test_value_and_slope_agree_with_a_dense_solve(
    points: tuple[tuple[float, ...], tuple[float, ...]], at: float
) -> None:
    x, y = points
    q = x[0] + at * (x[-1] - x[0])
    value, slope, _ = DenseSpline(x, y).value(q)
    ours = piecewise(SimmSpline(x, y))
    # the dense system's condition number reaches 1e7 when gaps differ twentyfold
    assert ours.value(q) == pytest.approx(value, abs=1e-8)
    assert ours.slope(q) == pytest.approx(slope, abs=1e-7)


def test_a_natural_spline_would_be_another_curve(human: Model) -> None:
    """The wrong variant is wrong: without curvature at its ends the knee would slide elsewhere."""
    curvature = 2 * piecewise(knee(human, "x")).values[1][2]
    assert abs(curvature) > 1e-2, "at the first knot, 1/rad"


@pytest.mark.parametrize("q", [-3.0, -2.0944, -1.0, -0.2, 0.0, 0.17, 0.5, 2.0944, 2.5])
def test_a_spline_joint_moves_its_body_along_the_curve(q: float) -> None:
    x, y = (-2.0944, -1.2, -0.5, -0.3, 0.16, 2.0944), (-0.02, 0.01, 0.03, 0.035, 0.01, 0.02)
    model = small_models.crank(x, y)
    simulator, skeleton = Simulator(model), Skeleton(model)
    simulator.set_state(State(0.0, np.array([q]), np.array([2.0]), np.zeros(0), np.zeros(0)))
    curve = DenseSpline(x, y)
    c, s = np.cos(0.3), np.sin(0.3)
    (along, slope, _), across = curve.value(q), 0.5 * q + 0.1
    # positions of a few tenths of a metre, rounded at each of some ten operations
    assert simulator.get("body_positions")[0] == pytest.approx(
        [c * along - s * across, s * along + c * across], abs=1e-15
    )
    expected = [2 * (c * slope - s * 0.5), 2 * (s * slope + c * 0.5)]
    assert simulator.get("body_velocities")[0] == pytest.approx(expected, abs=1e-14)
    acceleration = simulator.get("accelerations").tolist()
    assert skeleton.required_forces([q], [2.0], acceleration) == pytest.approx([0.0], abs=1e-12)
