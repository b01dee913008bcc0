"""0 done, 1 failed, 2 impossible words, 130 interrupted: the same in every command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from myorun.cli import main
from myorun.client import ChallengeError
from myorun.errors import (
    FAILED,
    INTERRUPTED,
    MISUSED,
    MissingExtraError,
    ModelError,
    MyorunError,
    PolicyError,
    SimulationError,
    StateError,
    StoppedError,
    UsageError,
    WorkerLostError,
)
from started import PATIENCE, started


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *((kind, MISUSED) for kind in (MyorunError, UsageError, ModelError, StateError, MissingExtraError)),
        *((kind, FAILED) for kind in (SimulationError, PolicyError, WorkerLostError, ChallengeError)),
        (StoppedError, INTERRUPTED),
    ],
)
def test_an_error_has_an_exit_status(kind: type[MyorunError], status: int) -> None:
    assert kind.exit_status == status


def program(*words: str) -> list[str]:
    """``myorun words``, of this source; says on standard error that it begins, and then hears interrupts."""
    code = f"import signal, sys; sys.path[:] = {sys.path!r}; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from myorun.cli import main; print('begins', file=sys.stderr, flush=True); "
    return [sys.executable, "-c", f"{code}main({list(words)!r})"]


LONG = program("evaluate", "champion", "--episodes", "1000000", "--threads", "1")


@pytest.mark.parametrize("module", ["myorun.evaluate", "myorun._core"])
def test_interrupted_while_a_module_is_imported_is_130(module: str, tmp_path: Path) -> None:
    hook = f"lambda event, about: event != 'import' or about[0] != {module!r} or os.kill(os.getpid(), signal.SIGINT)"
    words = [*LONG[:2], f"import os, sys, signal; sys.addaudithook({hook}); {LONG[2]}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == INTERRUPTED
    assert "Traceback" not in done.stderr


def test_interrupted_at_work_is_130(tmp_path: Path) -> None:
    with started(LONG, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        running.stderr.readline()
        time.sleep(3.0)
        for _ in range(10):  # one that meets the import of another's module may be lost there; a person presses again
            running.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                running.wait(PATIENCE / 10)
        said = running.stderr.read()
    assert running.returncode == INTERRUPTED
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_1_and_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            program("course", "draw", "7"), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == FAILED
    assert done.stderr.splitlines() == ["begins", "error: [Errno 28] No space left on device"]


def test_a_reader_that_leaves_early_is_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            program("course", "draw", "7"), cwd=tmp_path, stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == FAILED
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["model", "show"], ["course", "show", "7"], ["doctor", "core"], ["--help"]])
def test_an_encoding_with_few_characters_is_no_traceback(words: list[str], tmp_path: Path) -> None:
    place = os.environ | {"PYTHONIOENCODING": "ascii", "COLUMNS": "120"}
    done = subprocess.run(program(*words), cwd=tmp_path, env=place, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii() and len(done.stdout) > 10


def test_all_that_led_to_an_error_is_told_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYORUN_TRACEBACK", "1")
    with pytest.raises(UsageError, match="seed is -1"):
        main(["run", "--seed", "-1"])
