"""Claims about the geometry in a replay: it is the model's, and it moves as the simulator does."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from myorun.anatomy import Model, load_model
from myorun.trajectory import Trajectory
from myorun.view.web.figure import figure_of
from myorun.view.web.solids import Solid


def evaluate(function: Any, q: np.ndarray) -> float:
    """The function of docs/viewer.md, written a second time."""
    if not isinstance(function, dict):
        return float(function)
    x = q[function["coordinate"]]
    base, c0, c1, c2, c3 = function["pieces"][sum(x >= knot for knot in function["knots"])]
    return float(np.polynomial.Polynomial([c0, c1, c2, c3])(x - base))


def frame(x: float, y: float, angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1]])


def place(figure: dict[str, Any], q: np.ndarray) -> list[np.ndarray]:
    """Homogeneous frames of all bodies by matrices."""
    placed: list[np.ndarray] = []
    for body in figure["bodies"]:
        parent = np.eye(3) if body["parent"] < 0 else placed[body["parent"]]
        slide = [evaluate(f, q) for f in body["translation"][:2]]
        joint = frame(*body["at"][:2], body["turn"]) @ frame(*slide, 0.0) @ frame(0, 0, evaluate(body["rotation"], q))
        placed.append(parent @ joint @ np.linalg.inv(frame(*body["back"][:2], body["turn_back"])))
    return placed


@pytest.fixture(scope="module")
def figure(human: Model) -> dict[str, Any]:
    return figure_of(human)


def test_the_figure_stands_where_the_simulator_says(figure: dict[str, Any], walk: Trajectory) -> None:
    for i in range(0, len(walk.times), 10):
        frames = place(figure, walk.coordinates[i])
        found = np.array([f[:2, 2] for f in frames])
        np.testing.assert_allclose(found, walk.body_positions[i], atol=1e-12)  # m: the same arithmetic in another order


def test_the_figure_is_plain_json(figure: dict[str, Any]) -> None:
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure


def solids(figure: dict[str, Any]) -> list[tuple[str, Solid]]:
    return [(body["name"], solid) for body in figure["bodies"] for solid in body["solids"]]


def test_left_bones_are_the_mirror_of_right_ones(figure: dict[str, Any]) -> None:
    found: dict[str, list[Solid]] = {}
    for name, solid in solids(figure):
        found.setdefault(name, []).append(solid)
    for right, left in zip(found["femur_r"], found["femur_l"], strict=True):
        key = next(k for k in ("points", "rings", "center") if k in right)
        a, b = np.atleast_2d(right[key]), np.atleast_2d(left[key])
        np.testing.assert_allclose(a[:, :2], b[:, :2])
        np.testing.assert_allclose(a[:, 2], -b[:, 2])


def test_every_bone_lies_within_reach_of_its_body(figure: dict[str, Any]) -> None:
    for name, solid in solids(figure):
        key = next(k for k in ("points", "rings", "center") if k in solid)
        assert np.abs(np.atleast_2d(solid[key])[:, :3]).max() < 0.65, name  # m: the trunk is 0.6 m high


def test_a_body_nobody_knows_is_drawn_as_rods_to_its_joints(human: Model) -> None:
    from dataclasses import replace

    bodies = tuple(replace(b, name="column") if b.name == "torso" else b for b in human.bodies)
    joints = tuple(
        replace(
            j,
            parent="column" if j.parent == "torso" else j.parent,
            child="column" if j.child == "torso" else j.child,
        )
        for j in human.joints
    )
    figure = figure_of(replace(human, bodies=bodies, joints=joints))
    column = next(b for b in figure["bodies"] if b["name"] == "column")
    assert [s["kind"] for s in column["solids"]] == ["tube"]
    assert column["solids"][0]["points"][-1][:3] == [0.0, 0.55, 0.0]  # the joint of the head


def test_a_locked_coordinate_is_a_number(human: Model, figure: dict[str, Any]) -> None:
    lumbar = next(c for c in human.coordinates if c.name == "lumbar_extension")
    torso = next(b for b in figure["bodies"] if b["name"] == "torso")
    assert torso["rotation"] == lumbar.default_value
    assert load_model("human") == human
