from __future__ import annotations

from dataclasses import replace

import pytest

from myorun.anatomy.model import ContactSphere
from oracles import feet, small_models
from oracles.feet import Moving

FLOOR = small_models.ground_contact(("heel", "toe"))
HEEL = Moving(ContactSphere("heel", "foot", (0, 0, 0), 0.05), 2.0, 0.045, 0.09, 1.0, -0.1, 0.0)
TOE = replace(HEEL, sphere=replace(HEEL.sphere, name="toe"), x=2.18)
MODEL = replace(small_models.ball(1.0), ground_contacts=(FLOOR,))


def forces(heel: Moving, toe: Moving, *, order_quirk: bool = True) -> tuple[feet.Pair, feet.Pair]:
    found = feet.ground_forces(MODEL, {"heel": heel, "toe": toe}, order_quirk=order_quirk)
    return found["heel"], found["toe"]


def test_a_turning_sphere_slips_where_it_touches() -> None:
    rolling = replace(HEEL, omega=-1.0 / (0.045 + 0.0025))
    assert rolling.contact_velocity[0] == pytest.approx(0.0)


def test_a_pulling_heel_silences_the_toe_ahead_of_it_but_not_the_other_way_round() -> None:
    alone = feet.ground_force(FLOOR, TOE)
    assert alone[1] > 0
    assert forces(replace(HEEL, vy=2.0), TOE) == ((-0.0, 0.0), (0.0, 0.0))
    assert forces(replace(HEEL, vy=2.0), TOE, order_quirk=False)[1] == alone
    assert forces(HEEL, replace(TOE, vy=2.0))[0] == alone


def test_a_heel_in_the_air_silences_nothing() -> None:
    assert forces(replace(HEEL, y=0.06, vy=2.0), TOE)[1][1] > 0


def test_the_sweep_runs_along_the_longest_axis() -> None:
    behind = replace(TOE, x=1.8)
    assert [m.sphere.name for m in feet.sweep([HEEL, behind])] == ["toe", "heel"]
    near = replace(HEEL, x=0.001, z=0.3), replace(behind, x=0.0, z=0.4)
    assert [m.sphere.name for m in feet.sweep(list(near))] == ["heel", "toe"], "on the start line z is the longest"


def test_a_ball_pushes_away_from_its_center() -> None:
    fx, fy = feet.obstacle_force(replace(HEEL, z=0.0), (1.9, 0.045, 0.06))
    assert fx > 0
    assert fy == 0
