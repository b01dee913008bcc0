"""A run on disk: what it was told to do, what came of it, and where it can go on. :class:`RunFolder`.

::

    settings.toml          everything that was chosen, seeds included
    about.toml             versions and machine
    metrics.csv            a row an assessment; the same under tensorboard/, where that is installed
    checkpoint.safetensors the whole state of the run, of a minute ago at most
    policy/                the policy as it is; best/ as it was when it scored best on the assessment's courses
    run.lock               held by the process that trains
"""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from myorun.errors import UsageError, unwritable
from myorun.locks import FileLock
from myorun.train import settings
from myorun.version import __version__

_CHECKPOINT, _METRICS, _SETTINGS, _ABOUT = "checkpoint.safetensors", "metrics.csv", "settings.toml", "about.toml"
_LOCK = "run.lock"
_PACKAGES = ("torch", "stable-baselines3", "sb3-contrib", "cma", "numpy", "gymnasium")


class RunFolder:
    """The folder of one run.

    Raises:
        UsageError: if it cannot be made, holds another run already, or holds none to go on with.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        self.path = path
        there = (path / _SETTINGS).exists()
        if resume and not there:
            raise UsageError(f"there is no run to resume in {str(path)!r}; without --resume a new one begins")
        if there and not resume:
            raise UsageError(f"{str(path)!r} holds a run already; go on with it by --resume, or choose another --out")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(f"the folder {str(path)!r}", error) from None
        self._writer: Any = None

    def held(self) -> FileLock:
        """For this process alone, until the block is left or the process ends, however it does.

        Raises:
            UsageError: if another process is training here.
        """
        try:
            return FileLock(self.path / _LOCK, mode=0o666)  # for all who may go on with the run
        except BlockingIOError:
            raise UsageError(
                f"the run in {str(self.path)!r} is still at work, in another process; "
                "wait for its end or stop it, then go on with it by --resume"
            ) from None

    # ------------------------------------------------------------ what was chosen

    def write_settings(self, algorithm: str, words: Mapping[str, Any]) -> None:
        """Keep what was chosen, and with what it runs."""
        self._write(_SETTINGS, toml_of({"algorithm": algorithm, **words}))
        about = {"myorun": __version__, "python": platform.python_version(), "machine": platform.machine()}
        self._write(_ABOUT, toml_of(about | {name: _version_of(name) for name in _PACKAGES}))

    def settings(self) -> tuple[str, dict[str, Any]]:
        """Algorithm and settings of the run that is here."""
        words = settings.read(self.path / _SETTINGS)
        algorithm = str(words.pop("algorithm", ""))
        return algorithm, words

    # ------------------------------------------------------------ what came of it

    def log(self, row: Mapping[str, float]) -> None:
        """A row of metrics; the first decides the columns."""
        file = self.path / _METRICS
        fresh = not file.exists()
        with file.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        self._draw(row)

    def _draw(self, row: Mapping[str, float]) -> None:
        """The row for TensorBoard, where that is installed: to learn without a network needs neither it nor torch."""
        if find_spec("tensorboard") is None or find_spec("torch") is None:
            return
        board = self._board()
        for name, value in row.items():
            board.add_scalar(name, value, int(row["steps"]))
        board.flush()

    def rows(self) -> list[dict[str, float]]:
        """All rows of metrics so far."""
        file = self.path / _METRICS
        if not file.exists():
            return []
        with file.open(newline="", encoding="utf-8") as stream:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(stream)]

    def forget_after(self, steps: int) -> None:
        """Drop rows of metrics from behind the checkpoint: that part is run again."""
        kept = [row for row in self.rows() if row["steps"] <= steps]
        (self.path / _METRICS).unlink(missing_ok=True)
        for row in kept:
            self.log(row)

    def _board(self) -> Any:
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(self.path / "tensorboard"))
        return self._writer

    # ------------------------------------------------------------ where it can go on

    def save_checkpoint(self, state: Any) -> None:
        """Keep a nested state of dicts, lists, numbers, words and arrays; the old one stays until this is whole."""
        from safetensors.numpy import save_file

        tensors: dict[str, Any] = {}
        words = _without_arrays(state, tensors)
        fresh = self.path / f"{_CHECKPOINT}.new"
        save_file(tensors, fresh, metadata={"state": json.dumps(words)})
        fresh.replace(self.path / _CHECKPOINT)

    def load_checkpoint(self) -> Any:
        """The state kept last. :class:`UsageError` if there is none, or something else."""
        from safetensors import SafetensorError, safe_open

        file = self.path / _CHECKPOINT
        if not file.is_file():
            raise UsageError(f"the run in {str(self.path)!r} ended before its first checkpoint; begin anew elsewhere")
        try:
            with safe_open(file, framework="numpy") as stream:
                words = json.loads(stream.metadata()["state"])
                return _with_arrays(words, {name: stream.get_tensor(name) for name in stream.keys()})  # noqa: SIM118
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"the checkpoint {str(file)!r} is damaged: {error}; "
                "begin a new run, the best policy so far is beside it"
            ) from None

    def _write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")


def toml_of(words: Mapping[str, Any]) -> str:
    """Plain keys first, then one table for each mapping. Numbers, words and lists are the same in TOML and JSON."""
    plain = [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in words.items() if not isinstance(v, Mapping)]
    tables = [f"\n[{k}]\n{toml_of(v)}" for k, v in words.items() if isinstance(v, Mapping)]
    return "\n".join([*plain, *tables]) + "\n"


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _without_arrays(state: Any, tensors: dict[str, Any]) -> Any:
    """The state with a note in place of each array, which goes into ``tensors``."""
    if isinstance(state, dict):
        return {"dict": [[_key(k), _without_arrays(v, tensors)] for k, v in state.items()]}
    if isinstance(state, list | tuple):
        return {"list": [_without_arrays(v, tensors) for v in state]}
    if hasattr(state, "detach"):
        state = state.detach().cpu().numpy()
    if isinstance(state, np.ndarray):
        name = str(len(tensors))
        tensors[name] = np.ascontiguousarray(state).reshape(state.shape)
        return {"array": name}
    if isinstance(state, np.generic):
        return state.item()
    return state


def _key(key: Any) -> Any:
    if not isinstance(key, str | int):
        raise TypeError(f"{key!r} cannot be a key of a checkpoint")
    return key


def _with_arrays(words: Any, tensors: dict[str, Any]) -> Any:
    if not isinstance(words, dict):
        return words
    if "array" in words:
        return tensors[words["array"]]
    if "list" in words:
        return [_with_arrays(v, tensors) for v in words["list"]]
    return {k: _with_arrays(v, tensors) for k, v in words["dict"]}
