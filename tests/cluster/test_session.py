"""Ray as it is found: missing, out of reach, or started here and ended with everything that belongs to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from myorun.cluster import Cluster
from myorun.errors import MissingExtraError, UsageError
from started import PATIENCE, started

ENDLESS = """
import time
from myorun.cluster import Cluster

class Slow:
    def __call__(self, observations):
        time.sleep(0.1)
        return observations[:, :18]

with Cluster(1, 1) as cluster:
    import ray
    print(ray._private.worker.global_worker.node.get_session_dir_path(), flush=True)
    list(cluster.play(Slow(), range(1000)))
"""


def test_without_ray_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'myorun\[cluster\]'"):
        Cluster(1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workers": 0}, "workers is 0; it must be a whole number, 1 or more"),
        ({"workers": 1, "num_envs": 2.5}, "num_envs is 2.5"),
        ({"workers": 1, "threads": 0}, "threads is 0"),
        ({"workers": 1, "max_deaths": 0}, "max_deaths is 0"),
        ({"workers": 1, "difficulty": 7}, "difficulty is 7"),
        ({"workers": 1, "max_episode_steps": 0}, "max_episode_steps is 0, without end"),
        ({"workers": 1, "autoreset_mode": "same-step"}, "autoreset_mode is 'same-step'; a cluster chooses that itself"),
    ],
)
def test_impossible_settings_are_refused_before_anything_starts(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Cluster(**arguments)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nonsense"])
def test_an_address_where_nobody_answers_is_refused(address: str) -> None:
    ray = pytest.importorskip("ray", reason="needs pip install 'myorun[cluster]'")
    if ray.is_initialized():
        ray.shutdown()
    with pytest.raises(UsageError, match=f"address is '{address}', and no Ray answers there: .* `ray start --head`"):
        Cluster(1, address=address)


@pytest.mark.slow
def test_an_interruption_leaves_no_process_and_no_file() -> None:
    pytest.importorskip("ray", reason="needs pip install 'myorun[cluster]'")
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with started([sys.executable, "-c", ENDLESS], start_new_session=True, **streams) as process:
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        process.communicate(timeout=PATIENCE)
        assert process.returncode in (-signal.SIGINT, 128 + signal.SIGINT)
        assert not folder.parent.exists()
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
