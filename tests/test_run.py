"""An episode is the same whoever watches, ends when it should, and is recorded as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myorun.commands.watchers import FilmWatcher
from myorun.controllers import Sight
from myorun.course import Course, Obstacle, draw_course
from myorun.env import LearningToRunEnv
from myorun.errors import UsageError
from myorun.physics import Simulator, State
from myorun.run import run_episode


class Notebook:
    """A watcher that counts, and may have enough."""

    def __init__(self, enough: int = 10**9) -> None:
        self.times: list[float] = []
        self.scores: list[float] = []
        self._enough = enough

    def see(self, env: LearningToRunEnv, score: float) -> bool:
        self.times.append(env.simulator.time)
        self.scores.append(score)
        return len(self.times) < self._enough


class Shouting:
    """A controller beyond all bounds."""

    def excite(self, sight: Sight) -> np.ndarray:
        return np.linspace(-3.0, 3.0, len(sight.simulator.model.muscles))


def test_the_same_seed_gives_the_same_bits() -> None:
    first, second = (run_episode("random", seed=11).trajectory for _ in range(2))
    assert np.array_equal(first.coordinates, second.coordinates)
    assert first.facts == second.facts


def test_another_seed_gives_another_episode() -> None:
    first, second = (run_episode("random", seed=seed, steps=20).trajectory for seed in (1, 2))
    assert not np.array_equal(first.coordinates, second.coordinates)


def test_the_course_is_that_of_the_seed() -> None:
    trajectory = run_episode("zero", seed=7, difficulty=1, max_obstacles=5, steps=1).trajectory
    assert trajectory.course == draw_course(7, difficulty=1, max_obstacles=5)


def test_a_course_by_hand_takes_the_place_of_the_seeds() -> None:
    course = Course(obstacles=(Obstacle(2.0, 0.0, 0.1),))
    assert run_episode("zero", course=course, steps=1).trajectory.course == course


def test_watchers_see_every_state_and_change_nothing() -> None:
    notebook = Notebook()
    watched = run_episode("random", seed=3, steps=40, watchers=[notebook]).trajectory
    alone = run_episode("random", seed=3, steps=40).trajectory
    assert notebook.times == watched.times.tolist()
    assert notebook.scores[-1] == watched.facts.score
    assert np.array_equal(watched.coordinates, alone.coordinates)


def test_a_watcher_can_stop_it() -> None:
    trajectory = run_episode("zero", watchers=[Notebook(enough=4)]).trajectory
    assert trajectory.steps == 3
    assert not trajectory.facts.fallen


def test_a_fall_ends_it_and_is_noted() -> None:
    trajectory = run_episode("zero").trajectory
    assert trajectory.facts.fallen
    assert trajectory.steps < 1000
    assert trajectory.coordinates[-1, 2] < 0.65 <= trajectory.coordinates[-2, 2]


def test_the_score_is_the_distance_less_the_cost_of_ligaments() -> None:
    trajectory = run_episode("random", seed=3).trajectory
    cost = trajectory.distance - trajectory.facts.score
    # 1e-7 m per N m and step; torques stay below 10,000 N m, steps below 1000
    assert 0.0 <= cost < 1.0


def test_the_record_repeats_the_episode_to_the_bit() -> None:
    """(Course, excitations) determine everything else."""
    trajectory = run_episode("random", seed=4, steps=60).trajectory
    simulator = Simulator(accuracy=trajectory.facts.accuracy)
    names = [muscle.name for muscle in simulator.model.muscles]
    strengths = [trajectory.course.strength(name) for name in names]
    simulator.set_course(obstacles=trajectory.course.obstacle_array(), strengths=strengths)
    simulator.reset()
    for excitations in trajectory.excitations:
        simulator.step(excitations)
    assert np.array_equal(simulator.coordinates, trajectory.coordinates[-1])
    assert np.array_equal(simulator.fiber_lengths, trajectory.fiber_lengths[-1])


def test_the_record_of_a_noisy_body_repeats_the_episode_to_the_bit_too() -> None:
    trajectory = run_episode("random", course=Course(motor_noise=0.5, seed=3), steps=20).trajectory
    quiet = run_episode("random", course=Course(seed=3), steps=20).trajectory
    assert not np.array_equal(trajectory.excitations[0], quiet.excitations[0])
    simulator = Simulator(accuracy=trajectory.facts.accuracy)
    for excitations in trajectory.excitations:
        simulator.step(excitations)
    assert np.array_equal(simulator.coordinates, trajectory.coordinates[-1])


def test_excitations_are_recorded_as_held() -> None:
    excitations = run_episode(Shouting(), steps=2).trajectory.excitations
    assert excitations.min() == 0.0
    assert excitations.max() == 1.0


def test_facts_name_what_the_numbers_belong_to() -> None:
    trajectory = run_episode(Shouting(), steps=1).trajectory
    facts = trajectory.facts
    assert (facts.controller, facts.physics, facts.rules) == ("Shouting", "native", "v1")
    assert len(trajectory.muscle_names) == 18
    assert trajectory.coordinate_names[0] == "pelvis_tilt"


def test_forces_are_those_of_the_simulator_in_each_state() -> None:
    trajectory = run_episode("random", seed=2, steps=40).trajectory  # difficulty 2: weak muscles too
    simulator = Simulator()
    simulator.set_course(obstacles=trajectory.course.obstacle_array(), strengths=trajectory.strengths)
    for i in (0, 17, 40):
        rows = (trajectory.coordinates, trajectory.speeds, trajectory.activations, trajectory.fiber_lengths)
        simulator.set_state(State(0.0, *(row[i] for row in rows)))
        for name in ("tendon_forces", "contact_forces", "obstacle_forces", "body_positions", "body_angles"):
            assert np.array_equal(getattr(trajectory, name)[i], simulator.get(name)), name


def test_the_ground_is_told_from_the_obstacles() -> None:
    course = Course(obstacles=(Obstacle(0.0, 0.0, 0.15),))
    trajectory = run_episode("zero", course=course, steps=20).trajectory
    assert np.abs(trajectory.obstacle_forces).max() > 10.0  # N, both feet stand in the ball
    flat = run_episode("zero", course=Course(), steps=20).trajectory
    assert not flat.obstacle_forces.any()
    assert flat.contact_forces[..., 1].max() > 10.0


def test_strengths_are_those_of_the_rules() -> None:
    trajectory = run_episode("zero", seed=7, steps=1).trajectory
    weak = {m: f for m, f in zip(trajectory.muscle_names, trajectory.strengths, strict=True) if f != 1.0}
    assert weak == dict(trajectory.course.strengths)


def test_speed_is_told() -> None:
    outcome = run_episode("zero", steps=50)
    assert outcome.steps_per_second > 0
    # a step is 10 ms
    assert outcome.times_real_time == pytest.approx(outcome.steps_per_second * 0.01, rel=1e-9)


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_impossible_lengths_are_refused(steps: int) -> None:
    with pytest.raises(UsageError, match=f"steps is {steps}; an episode has 1 to 1000"):
        run_episode("zero", steps=steps)


def test_a_film_has_fifty_pictures_a_second_and_rests_on_the_last(tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    with FilmWatcher(path, 160, 90) as film:
        run_episode("zero", steps=40, watchers=[film])
    from imageio_ffmpeg import count_frames_and_secs

    # 0.4 s are 20 pictures and the first, and the rest is 0.6 s of the last
    assert count_frames_and_secs(str(path))[0] == 21 + 30
