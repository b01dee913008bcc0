"""Everything Gymnasium offers works: make, spec, checker, wrappers, vectors, seeding, and costs little."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.wrappers import RecordEpisodeStatistics, RecordVideo, TimeLimit

import myorun  # noqa: F401 — registers the environments
from myorun.env import LearningToRunEnv

ID = "myorun/LearningToRun-v1"


def make(**options: Any) -> gymnasium.Env[Any, Any]:
    return gymnasium.make(ID, **options)


@pytest.mark.parametrize("options", [{}, {"rules": "2017-1.5"}, {"observation": "extended", "max_obstacles": 20}])
def test_the_checker_passes_without_a_warning(options: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(make(**options).unwrapped, skip_render_check=True)


def test_the_checker_passes_with_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(make(render_mode="rgb_array").unwrapped)


def test_only_a_time_limit_is_wrapped_around_it() -> None:
    env = make()
    assert type(env) is TimeLimit and type(env.env) is LearningToRunEnv
    assert env.spec is not None and env.spec.max_episode_steps == 1000


def test_time_truncates_and_does_not_terminate() -> None:
    env = make(max_episode_steps=5)
    env.reset(seed=0)
    ends = [env.step(np.full(18, 0.05))[2:4] for _ in range(5)]
    assert ends == [(False, False)] * 4 + [(False, True)]


def test_spec_round_trips() -> None:
    env = make(difficulty=1, max_obstacles=7, observation=["activations"], max_episode_steps=50)
    assert env.spec is not None
    json = gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json())
    for spec in (env.spec, pickle.loads(pickle.dumps(env.spec)), json):
        twin = gymnasium.make(spec)
        assert twin.spec == env.spec
        runner = twin.unwrapped
        assert isinstance(runner, LearningToRunEnv)
        assert (runner.difficulty, runner.max_obstacles, len(runner.observation_names)) == (1, 7, 59)
        assert data_equivalence(twin.reset(seed=3), env.reset(seed=3), exact=True)


def test_a_module_in_the_name_imports_the_package() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; import gymnasium; print(gymnasium.make('myorun:{ID}'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LearningToRunEnv" in done.stdout


def test_importing_the_package_is_light_and_loads_no_engine_or_window() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}; import myorun; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"pygame", "opensim", "torch", "rich", "typer", "scipy", "matplotlib", "myorun.view", "imageio"}


def test_episode_statistics_are_recorded() -> None:
    env = RecordEpisodeStatistics(make(max_episode_steps=5))
    env.reset(seed=0)
    rewards = [env.step(np.full(18, 0.05)) for _ in range(5)]
    assert rewards[-1][4]["episode"]["l"] == 5
    # RecordEpisodeStatistics adds up in float64 from the left, as sum does
    assert rewards[-1][4]["episode"]["r"] == pytest.approx(sum(float(r[1]) for r in rewards), abs=1e-12)


def test_videos_are_recorded(tmp_path: Path) -> None:
    pytest.importorskip("moviepy", reason="RecordVideo needs moviepy")
    env = RecordVideo(make(render_mode="rgb_array", max_episode_steps=3), str(tmp_path / "videos"))
    env.reset(seed=0)
    for _ in range(3):
        env.step(np.zeros(18))
    env.close()
    assert next(tmp_path.glob("videos/*.mp4")).stat().st_size > 0


def test_a_picture_shows_more_than_one_colour_and_follows_the_human() -> None:
    env = make(render_mode="rgb_array")
    env.reset(seed=0)
    first: Any = env.render()
    for _ in range(10):
        env.step(np.ones(18))
    later: Any = env.render()
    assert first.dtype == np.uint8 and first.ndim == 3 and first.shape[2] == 3
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 20
    assert (first != later).any()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors_run_different_courses_side_by_side(mode: str) -> None:
    vector = gymnasium.make_vec(ID, num_envs=2, vectorization_mode=mode, max_obstacles=5)
    observations, infos = vector.reset(seed=[3, 2**63 - 1])
    assert observations.shape == (2, 41) and infos["course_seed"].tolist() == [3, 2**63 - 1]
    single = make(max_obstacles=5)
    assert single.reset(seed=3)[0].tolist() == observations[0].tolist()
    actions = np.full((2, 18), 0.3)
    assert vector.step(actions)[0][0].tolist() == single.step(actions[0])[0].tolist()
    vector.close()


def test_closing_twice_is_fine_and_a_closed_environment_can_be_reset() -> None:
    env = make()
    env.reset(seed=0)
    env.close()
    env.close()
    env.reset(seed=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_of_the_action_space_can_be_stepped(dtype: Any) -> None:
    env = make()
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(5):
        assert env.observation_space.contains(env.step(env.action_space.sample().astype(dtype))[0])
