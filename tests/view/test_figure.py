"""Claims about the shapes of the human: a golden structure rather than golden pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myorun.anatomy import Model
from myorun.anatomy.model import Body
from myorun.view.curves import offset_closed, simplify_closed, smooth_closed
from myorun.view.figure import Figure
from myorun.view.palette import DAY
from myorun.view.shapes import Layer, Polygon

from .conftest import MakePose

STANDING = {"pelvis_tilt": 0.0, "pelvis_ty": 0.94}


def _box(shapes: list[Polygon]) -> np.ndarray:
    points = np.vstack([shape.points for shape in shapes])
    return np.array([points.min(axis=0), points.max(axis=0)])


@pytest.fixture(scope="module")
def figure(human: Model) -> Figure:
    return Figure(human, DAY)


def test_the_standing_human_has_human_proportions(figure: Figure, make_pose: MakePose) -> None:
    (left, low), (right, high) = _box(figure.shapes(make_pose(**STANDING)))
    assert 1.60 < high - low < 1.85  # m: a person of 75 kg
    assert 0.25 < right - left < 0.55
    assert -0.05 < low < 0.02  # the soles are at the ground, nearer foot a little lower in the picture


def test_every_muscle_is_drawn_once_with_tendon_rim_belly_and_light(
    figure: Figure, human: Model, make_pose: MakePose
) -> None:
    pose = make_pose()
    assert len(figure._muscles.shapes(pose)) == 4 * len(human.muscles)


def test_the_far_leg_is_drawn_before_the_near_one(figure: Figure, make_pose: MakePose) -> None:
    layers = [shape.layer for shape in figure.shapes(make_pose())]
    assert layers == sorted(layers)
    assert {Layer.FAR, Layer.NEAR} == set(layers)


def test_moving_the_left_leg_moves_only_far_shapes(figure: Figure, make_pose: MakePose) -> None:
    before, after = (figure.shapes(make_pose(knee_angle_l=a)) for a in (-0.1, -0.3))
    for old, new in zip(before, after, strict=True):
        if old.layer == Layer.NEAR:
            np.testing.assert_allclose(old.points, new.points, atol=1e-12)  # rounding of the kinematics
    assert any(not np.allclose(o.points, n.points) for o, n in zip(before, after, strict=True))


def test_shapes_turn_and_shift_rigidly_with_the_human(figure: Figure, make_pose: MakePose) -> None:
    here, there = (figure.shapes(make_pose(pelvis_tx=x)) for x in (0.0, 5.0))
    for old, new in zip(here, there, strict=True):
        np.testing.assert_allclose(new.points - old.points, [[5.0, 0.0]] * len(old.points), atol=1e-12)


def test_active_muscles_are_red_and_slack_ones_are_blue(figure: Figure, make_pose: MakePose) -> None:
    def belly(activation: float) -> tuple[int, int, int]:
        near = [s for s in figure._muscles.shapes(make_pose(activation=activation)) if s.layer == Layer.NEAR]
        return near[2].color

    red, _, blue = belly(1.0)
    assert red > 3 * blue
    red, _, blue = belly(0.0)
    assert blue > 1.5 * red


def test_a_muscle_bulges_as_it_shortens(figure: Figure, human: Model, make_pose: MakePose) -> None:
    muscles = figure._muscles
    index = [m.name for m in human.muscles].index("soleus_r")

    def width(ankle: float) -> float:
        pose = make_pose(ankle_angle_r=ankle)
        return float(muscles._half_widths(muscles.paths.place(pose), pose.activations)[index].max())

    assert width(-0.4) > 1.05 * width(0.3)  # pointing the foot shortens the soleus


def test_a_body_without_an_outline_is_a_plain_rod(human: Model, make_pose: MakePose) -> None:
    bodies = tuple(replace(b, name="antenna") if b.name == "head" else b for b in human.bodies)
    joints = tuple(replace(j, child="antenna") if j.child == "head" else j for j in human.joints)
    odd = replace(human, bodies=bodies, joints=joints)
    antenna = next(b for b in bodies if b.name == "antenna")
    assert isinstance(antenna, Body)
    pose = replace(make_pose(), model=odd)
    assert Figure(odd, DAY).shapes(pose)


def test_an_outline_grows_outwards_whichever_way_round_it_runs() -> None:
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    for outline in (square, square[::-1]):
        assert np.ptp(offset_closed(outline, 0.1)[:, 0]) > 1.1
        assert np.ptp(offset_closed(outline, -0.1)[:, 0]) < 0.9


def test_simplifying_keeps_an_outline_within_its_tolerance() -> None:
    circle = smooth_closed([(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 12, endpoint=False)], 20)
    simple = simplify_closed(circle, 0.01)
    assert len(simple) < len(circle) / 4
    fine = np.vstack([np.linspace(a, b, 50) for a, b in zip(simple, np.roll(simple, -1, 0), strict=True)])
    away = np.sqrt(((circle[:, None] - fine[None]) ** 2).sum(-1)).min(1)
    assert away.max() < 0.012  # the tolerance and the spacing of the samples
