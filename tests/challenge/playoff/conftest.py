"""A container engine of this session's own, and hostile agents; skipped where Podman, or Redis, is not installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from myorun.challenge.playoff.engine import Engine
from myorun.challenge.playoff.limits import Playoff
from started import wait_until

ROOT = Path(__file__).resolve().parents[3]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts real containers is slow."""
    for item in items:
        if "podman" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


class Podman:
    """An engine with storage of its own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.address = folder, f"unix://{folder / 'podman.sock'}"
        self._words = ["podman", "--root", str(folder / "root"), "--runroot", str(folder / "run")]
        if shutil.which("crun") is None:
            self._words += ["--runtime", "runc"]
        self.start()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            words = [*self._words, "system", "service", "--time=0", self.address]
            self._process = subprocess.Popen(
                words, stdout=log, stderr=log, cwd=self.folder
            )  # where conmon leaves notes
        wait_until(lambda: self.is_up() or self._process.poll() is not None)
        if self._process.poll() is not None:
            pytest.skip(f"podman does not start here: {(self.folder / 'log').read_text()[-300:]}")

    def is_up(self) -> bool:
        try:
            Engine(self.address).close()
        except Exception:
            return False
        return True

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        subprocess.run([*self._words, "system", "reset", "--force"], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def podman() -> Iterator[Podman]:
    if shutil.which("podman") is None or shutil.which("redis-server") is None:
        pytest.skip("Podman or redis-server is not installed")
    running = Podman(Path(tempfile.mkdtemp(prefix="myorun-podman-")))  # a socket's path must be short
    yield running
    running.close()


@pytest.fixture
def engine(podman: Podman) -> Iterator[Engine]:
    with Engine(podman.address) as opened:
        yield opened


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """benchmarks/hostile.py: its agents, and how images of them are made."""
    spec = importlib.util.spec_from_file_location("hostile", ROOT / "benchmarks" / "hostile.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def own_ids() -> bool:
    """Whether the engine may give containers ids of their own: root needs a range for the user 'containers'."""
    try:
        ranges = Path("/etc/subuid").read_text().splitlines()
    except OSError:
        return False
    return os.geteuid() != 0 or any(line.startswith("containers:") for line in ranges)


@pytest.fixture
def limits(hostile: ModuleType, podman: Podman) -> Playoff:
    return limits_with(hostile, podman)


def limits_with(hostile: ModuleType, podman: Podman, **changed: Any) -> Playoff:
    """Small ones, with folders where nobody else has any."""
    words = {"user_namespace": "auto" if own_ids() else "engine", "scratch": str(podman.folder)}
    return Playoff(**{**hostile.LIMITS, **words, **changed})
