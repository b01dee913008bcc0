"""Native and OpenSim agree about all of a course that OpenSim can express, and OpenSim refuses the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("opensim")

from myorun.course import Course, Load, Patch, Slope, Step
from myorun.errors import UsageError
from myorun.physics import Simulator
from myorun.physics.opensim_backend import OpenSimSimulator

EXPRESSIBLE = {
    "load": Course(load=Load(20.0)),
    "slow muscles": Course(activation_time=2.0, deactivation_time=0.5),
    "slippery floor": Course(friction=0.2),
    "soft floor": Course(stiffness=0.3),
    "slope": Course(slopes=[Slope(-100.0, 200.0, 15.0)]),
    "all of it": Course(load=Load(9.0, 0.1, 0.3), friction=0.5, stiffness=2.0, slopes=[Slope(-50.0, 150.0, -10.0)]),
}
NAMES = ("accelerations", "contact_forces", "ground_reaction", "activation_rates", "center_of_mass", "tendon_forces")


def both(course: Course) -> tuple[Simulator, OpenSimSimulator]:
    native, opensim = Simulator(), OpenSimSimulator()
    for s in (native, opensim):
        s.set_course(surroundings=course.surroundings())
    return native, opensim


@pytest.mark.parametrize("name", list(EXPRESSIBLE))
def test_forces_and_accelerations_agree(name: str) -> None:
    native, opensim = both(EXPRESSIBLE[name])
    rng = np.random.default_rng(1)
    for _ in range(4):
        native.reset()
        q, u = native.coordinates, rng.normal(0.0, 0.3, 9)
        q[:3] += [rng.normal(0.0, 0.1), rng.normal(0.0, 0.5), -0.015]
        q[2] += EXPRESSIBLE[name].height(q[1])
        u[2] = -abs(u[2]) - 1.0  # feet that leave the ground would meet the reference's order of contacts
        native.coordinates, native.speeds = q, u
        native.activations = rng.uniform(0.1, 0.9, 18)
        opensim.set_state(native.state)
        for quantity in NAMES:
            one, other = native.get(quantity), opensim.get(quantity)
            scale = max(1.0, np.abs(other).max())
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-7 * scale, err_msg=quantity)


def test_motions_agree_under_a_load_on_a_slope() -> None:
    course = Course(load=Load(15.0), slopes=[Slope(-100.0, 200.0, 9.0)], activation_time=1.5)
    native, opensim = both(course)
    native = Simulator(accuracy="accurate")
    native.set_course(surroundings=course.surroundings())
    rng = np.random.default_rng(4)
    for _ in range(8):
        excitations = rng.random(18)
        native.step(excitations)
        opensim.step(excitations)
    np.testing.assert_allclose(native.coordinates, opensim.coordinates, rtol=0, atol=2e-3)


@pytest.mark.parametrize(
    "course",
    [Course(steps=[Step(1.0, 0.1)]), Course(patches=[Patch(1.0, 2.0, 0.1)]), Course(slopes=[Slope(1.0, 2.0, 0.1)])],
)
def test_what_opensim_cannot_express_it_refuses_and_stays_as_it_is(course: Course) -> None:
    opensim: Any = OpenSimSimulator()
    opensim.set_course(surroundings=EXPRESSIBLE["load"].surroundings())
    before = opensim.get("center_of_mass")
    with pytest.raises(UsageError, match="physics='native'"):
        opensim.set_course(surroundings=course.surroundings())
    np.testing.assert_array_equal(opensim.get("center_of_mass"), before)


def test_a_copy_keeps_its_load() -> None:
    opensim = OpenSimSimulator()
    opensim.set_course(surroundings=EXPRESSIBLE["load"].surroundings())
    np.testing.assert_array_equal(opensim.copy().get("center_of_mass"), opensim.get("center_of_mass"))
