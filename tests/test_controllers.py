"""Controllers answer with excitations that can be held, the same ones for the same sight; the reflex walker walks."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from myorun.anatomy import load_model
from myorun.controllers import CONTROLLERS, RandomController, Sight, load_policy, make_controller
from myorun.course import Course, Obstacle
from myorun.errors import ModelError, UsageError
from myorun.physics import BatchSimulator, Simulator
from myorun.reflex import Gains, ReflexLaw
from myorun.run import run_episode

MODEL = load_model("human")
COUNT = len(MODEL.muscles)


def sight(course: Course | None = None) -> Sight:
    return Sight(np.zeros(41), Simulator(), course or Course())


@pytest.mark.parametrize("name", CONTROLLERS)
def test_every_controller_answers_with_one_excitation_a_muscle(name: str) -> None:
    excitations = make_controller(name, MODEL).excite(sight())
    assert excitations.shape == (COUNT,)
    assert excitations.dtype == np.float64
    assert ((excitations >= 0) & (excitations <= 1)).all()


@pytest.mark.parametrize("name", CONTROLLERS)
def test_the_same_seed_and_sight_give_the_same_excitations(name: str) -> None:
    first, second = (make_controller(name, MODEL, seed=3) for _ in range(2))
    for _ in range(12):
        assert np.array_equal(first.excite(sight()), second.excite(sight()))


@pytest.mark.parametrize("name", CONTROLLERS)
def test_what_was_given_out_is_not_changed_later(name: str) -> None:
    controller = make_controller(name, MODEL)
    given = controller.excite(sight())
    kept = given.copy()
    for _ in range(12):
        controller.excite(sight())
    assert np.array_equal(given, kept)


def test_random_excitations_are_held_and_then_drawn_anew() -> None:
    controller = RandomController(MODEL, seed=1, hold=5)
    drawn = [controller.excite(sight()) for _ in range(6)]
    assert all(np.array_equal(drawn[0], other) for other in drawn[1:5])
    assert not np.array_equal(drawn[0], drawn[5])


def test_an_unknown_controller_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="controller is 'walk'; it must be one of reflex, random, constant, zero"):
        make_controller("walk", MODEL)


def test_a_policy_that_is_not_there_is_told_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there; a policy is a folder"):
        load_policy(tmp_path / "none")
    (tmp_path / "some.onnx").write_bytes(b"?")
    with pytest.raises(UsageError, match="is a file; a policy is a folder"):
        load_policy(tmp_path / "some.onnx")


# ---------------------------------------------------------------- the reflex walker


def test_the_reflexes_drive_a_batch_as_they_drive_one() -> None:
    one, many = Simulator(), BatchSimulator(3)
    law = ReflexLaw(MODEL)
    expected, got = law.excitations(one), law.excitations(many)
    # the arithmetic is the same; a reduction over an array of another shape may differ in the last bit
    assert got == pytest.approx(np.tile(expected, (3, 1)), abs=1e-12)


def test_the_legs_are_mirror_images() -> None:
    """Swap the legs of a state: the excitations are swapped too."""
    law, right, left = ReflexLaw(MODEL), Simulator(), Simulator()
    right.coordinates = [-0.1, 0, 0.9, 0.4, -0.3, 0.1, -0.2, -0.5, 0.0]
    left.coordinates = [-0.1, 0, 0.9, -0.2, -0.5, 0.0, 0.4, -0.3, 0.1]
    for simulator in (right, left):
        simulator.equilibrate()
    swapped = np.roll(law.excitations(left), COUNT // 2)
    # the same sums in another order of the legs
    assert law.excitations(right) == pytest.approx(swapped, abs=1e-9)


def test_a_model_without_the_muscles_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="reflex controller cannot drive model 'armless'"):
        ReflexLaw(replace(MODEL, name="armless", muscles=MODEL.muscles[:4]))


def test_every_gain_is_a_finite_number() -> None:
    assert all(np.isfinite(value) for value in asdict(Gains()).values())


def test_the_reflex_walker_walks_ten_seconds_on_flat_ground() -> None:
    trajectory = run_episode("reflex", difficulty=0).trajectory
    assert not trajectory.facts.fallen
    assert trajectory.distance > 10.0  # m; it makes more, and this is what "walks" has to mean at least


def test_it_takes_steps_with_both_legs_in_turn() -> None:
    trajectory = run_episode("reflex", difficulty=0).trajectory
    names = trajectory.sphere_names
    for side in ("r", "l"):
        of_side = [i for i, name in enumerate(names) if name.startswith(f"{side}_") or name.endswith(f"_{side}")]
        loaded = trajectory.contact_forces[:, of_side, 1].sum(axis=1) > 50.0  # N, a fifteenth of body weight
        assert np.count_nonzero(np.diff(loaded.astype(int)) == 1) >= 6


def test_a_small_obstacle_does_not_stop_it() -> None:
    course = Course(obstacles=(Obstacle(3.0, 0.0, 0.05),))
    assert run_episode("reflex", course=course, steps=600).trajectory.distance > 4.0


def test_standing_with_slack_muscles_is_falling() -> None:
    """The walker is no accident: without excitation the same human falls on the spot."""
    trajectory = run_episode("zero", difficulty=0).trajectory
    assert trajectory.facts.fallen
    assert trajectory.distance < 1.0
