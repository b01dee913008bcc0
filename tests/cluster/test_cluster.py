"""Many workers on several nodes: whoever dies, every episode is there once and as it would have been."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myorun.cluster import Cluster, Episode, Fragment, Policy
from myorun.cluster.episodes import play_episodes
from myorun.cluster.worker import make_batch
from myorun.errors import PolicyError, UsageError, WorkerLostError

from . import policies
from .policies import Confused, Deadly, Failing, Locked, Noisy, Reaching, Telling, Waiting
from .test_fragments import same

ray = pytest.importorskip("ray", reason="needs pip install 'myorun[cluster]'")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the warnings are Ray's own

ray.cloudpickle.register_pickle_by_value(policies)
SHORT: Any = {"max_episode_steps": 115, "precision": "float64"}  # some fall before, some do not
QUICK = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 200, "health_check_failure_threshold": 3}


@pytest.fixture(scope="module")
def machines() -> Iterator[Any]:
    """Two nodes of Ray, each with processes of its own as if it were a machine, and room for two workers."""
    from ray.cluster_utils import Cluster as Machines

    small = {"object_store_memory": 100 * 2**20}
    head = small | {"num_cpus": 2, "include_dashboard": False, "_system_config": QUICK}
    machines = Machines(initialize_head=True, head_node_args=head)
    machines.add_node(num_cpus=2, **small)
    yield machines
    ray.shutdown()
    machines.shutdown()


@pytest.fixture(scope="module")
def cluster(machines: Any) -> Iterator[Cluster]:
    with Cluster(2, 3, address=machines.address, **SHORT) as cluster:
        yield cluster


def alone(policy: Policy, seeds: range) -> list[Episode]:
    """The episodes as this one process plays them."""
    return in_order(play_episodes(make_batch(5, 1, SHORT), policy, list(seeds)))


def in_order(episodes: Any) -> list[Episode]:
    return sorted(episodes, key=lambda episode: episode.seed)


# ---------------------------------------------------------------- whole episodes


def test_episodes_are_those_of_one_process_to_the_bit(cluster: Cluster) -> None:
    assert in_order(cluster.play(Noisy(), range(20))) == alone(Noisy(), range(20))


def test_a_killed_worker_costs_no_episode_and_doubles_none(cluster: Cluster, tmp_path: Path) -> None:
    deaths, redone = cluster.deaths, cluster.redone
    deadly = Deadly(tmp_path, seed=8, step=50, times=2)
    assert in_order(cluster.play(deadly, range(20))) == alone(Noisy(), range(20))
    assert cluster.deaths == deaths + 2
    assert cluster.redone > redone


def test_seeds_that_kill_every_worker_are_given_up_and_named(cluster: Cluster, tmp_path: Path) -> None:
    deadly = Deadly(tmp_path, seed=8, step=10, times=100)
    with pytest.raises(WorkerLostError, match="3 workers died one after the other, with seeds") as caught:
        list(cluster.play(deadly, range(20)))
    assert 8 in caught.value.seeds and len(caught.value.seeds) < 20
    assert len(list(tmp_path.iterdir())) == 3


def test_a_failing_policy_is_not_tried_again(cluster: Cluster) -> None:
    deaths = cluster.deaths
    with pytest.raises(PolicyError, match="the policy raised KeyError: 'knee', with seeds 0, 1, 2"):
        list(cluster.play(Failing(), range(3)))
    with pytest.raises(PolicyError, match=r"with seed 17$"):
        list(cluster.play(Confused(17), range(20)))
    assert cluster.deaths == deaths


def test_episodes_not_read_do_not_disturb_the_next_ones(cluster: Cluster) -> None:
    assert len(list(islice(cluster.play(Noisy(), range(40)), 2))) == 2
    assert in_order(cluster.play(Reaching(), range(4))) == alone(Reaching(), range(4))


def test_one_thing_is_done_at_a_time(cluster: Cluster) -> None:
    episodes = cluster.play(Reaching(), range(6))
    next(episodes)
    with pytest.raises(UsageError, match="still at work; read the episodes of play"):
        cluster.sample(Reaching(), 1)
    episodes.close()
    assert cluster.sample(Reaching(), 1).rewards.shape == (2, 1, 3)


@pytest.mark.parametrize(
    ("seeds", "message"),
    [((1, -2), "seed is -2; it must be"), ((4, 3, 4), "seed 4 is asked for twice"), ((0.5,), "seed is 0.5; it must")],
)
def test_impossible_seeds_are_refused_at_once(cluster: Cluster, seeds: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        cluster.play(Reaching(), seeds)


def test_a_policy_that_cannot_travel_is_refused_at_once(cluster: Cluster) -> None:
    with pytest.raises(UsageError, match="the policy cannot be pickled, which it must be to reach the workers"):
        cluster.play(Locked(), [1])


# ---------------------------------------------------------------- fragments


def test_fragments_are_the_same_whoever_dies_between_them_and_within(machines: Any, tmp_path: Path) -> None:
    """Four fragments of one cluster in peace, and of one that loses a worker at every turn."""
    with Cluster(2, 3, address=machines.address, **SHORT) as peaceful:
        expected = [peaceful.sample(Noisy(), 50) for _ in range(4)]
    with Cluster(2, 3, address=machines.address, **SHORT) as haunted:
        fragments = [haunted.sample(Noisy(), 50)]
        fragments.append(haunted.sample(Deadly(_folder(tmp_path, "dead"), seed=4, step=70, times=1), 50))
        processes = _processes(haunted, _folder(tmp_path, "told"))
        for process in processes:
            os.kill(process, signal.SIGKILL)
        fragments.append(haunted.sample(Noisy(), 50))
        with pytest.raises(PolicyError, match=r"NaN, .* with seed 10$"):
            haunted.sample(Confused(10), 50)
        fragments.append(haunted.sample(Noisy(), 50))
        assert haunted.deaths == 1 + len(processes)
    assert all(same(*pair) for pair in zip(fragments, expected, strict=True))
    _assert_every_step_once(fragments)


def _processes(cluster: Cluster, folder: Path) -> list[int]:
    """The processes of one worker or both; a new one may come too late to play."""
    list(cluster.play(Telling(folder), range(6)))
    return [int(file.name) for file in folder.iterdir()]


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def _assert_every_step_once(fragments: list[Fragment]) -> None:
    """Over all fragments, each episode's steps are 0, 1, 2 … without a gap, and no transition is there twice."""
    pairs = [pair for f in fragments for pair in zip(f.seeds.ravel().tolist(), f.steps.ravel().tolist(), strict=True)]
    lengths: dict[int, int] = {}
    for seed, step in sorted(pairs):
        assert step == lengths.get(seed, 0)
        lengths[seed] = step + 1
    assert sum(lengths.values()) == 2 * 200 * 3


# ---------------------------------------------------------------- machines


def test_a_node_lost_in_the_middle_costs_nothing_and_its_work_goes_elsewhere(machines: Any, tmp_path: Path) -> None:
    """There is no room for a third worker then: the two that are left do the work of three."""
    doomed = machines.add_node(num_cpus=1, object_store_memory=100 * 2**20)
    with Cluster(3, 2, address=machines.address, **SHORT) as cluster:
        before = cluster.sample(Noisy(), 40)
        killer = threading.Thread(target=_kill, args=(machines, doomed, tmp_path / "here"))
        killer.start()
        assert in_order(cluster.play(Waiting(doomed.node_id, tmp_path), range(30))) == alone(Noisy(), range(30))
        killer.join()
        after = cluster.sample(Noisy(), 40)
        assert cluster.deaths == 1 and cluster.redone == 6
    with Cluster(2, 3, address=machines.address, **SHORT) as other:
        expected = [other.sample(Noisy(), 40) for _ in range(2)]
    for fragment, whole in zip((before, after), expected, strict=True):
        assert np.array_equal(_by_seed(fragment.rewards, fragment), _by_seed(whole.rewards, whole))


def _kill(machines: Any, node: Any, when: Path) -> None:
    """End all processes of a node, without warning, once a file is there."""
    while not when.exists():
        time.sleep(0.05)
    machines.remove_node(node, allow_graceful=False)


def _by_seed(values: Any, fragment: Fragment) -> Any:
    return values.ravel()[np.lexsort((fragment.steps.ravel(), fragment.seeds.ravel()))]


def test_more_workers_than_processors_are_refused_in_the_end(machines: Any) -> None:
    with pytest.raises(WorkerLostError, match=r"[123] of 3 workers did not start within 3 s, and Ray has 4 processors"):
        Cluster(3, 1, address=machines.address, patience=3.0)


def test_a_closed_cluster_is_closed(machines: Any) -> None:
    with Cluster(1, 1, address=machines.address) as cluster:
        left = cluster.play(Reaching(), [1])
    cluster.close()
    for ask in (lambda: next(left), lambda: cluster.play(Reaching(), [1]), lambda: cluster.sample(Reaching(), 1)):
        with pytest.raises(UsageError, match="the cluster is closed; make a new one"):
            ask()
    assert ray.is_initialized(), "a connection that was there before is left as it was"
