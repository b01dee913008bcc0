"""The record of an episode: what was done, and every state it led through.

A :class:`Trajectory` is plain arrays and a few words. It is kept as ``.npz`` without pickle and can be read
where the compiled core is not installed.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myorun.course import Course, Obstacle
from myorun.errors import UsageError

Array = NDArray[np.float64]

FORMAT = "myorun-trajectory-1"


@dataclass(frozen=True)
class Facts:
    """What the numbers of a trajectory belong to."""

    model: str  # name of the model
    coordinates: tuple[str, ...]  # names, the order of Trajectory.coordinates and speeds
    muscles: tuple[str, ...]  # names, the order of all muscle arrays
    contact_spheres: tuple[str, ...]  # names, the order of contact_forces
    physics: str  # "native" or "opensim"
    accuracy: str  # setting of the engine
    engine_version: str  # of this package
    rules: str  # version of the rules
    controller: str  # name, or the policy's file
    score: float  # sum of rewards
    fallen: bool  # False: stopped by the number of steps, or by hand


@dataclass(frozen=True, eq=False)
class Trajectory:
    """An episode of n steps: n excitations, and the n + 1 states before, between and after them."""

    facts: Facts
    course: Course
    times: Array  # (n + 1,) s since reset
    coordinates: Array  # (n + 1, coordinates) rad or m
    speeds: Array  # (n + 1, coordinates) rad/s or m/s
    activations: Array  # (n + 1, muscles) 1
    fiber_lengths: Array  # (n + 1, muscles) m
    contact_forces: Array  # (n + 1, spheres, 2) N, of the ground
    excitations: Array  # (n, muscles) 0..1, as held

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.excitations)

    @property
    def distance(self) -> float:
        """How far the pelvis came, from its start [m]."""
        x = self.coordinates[:, self.facts.coordinates.index("pelvis_tx")]
        return float(x[-1] - x[0])

    @property
    def duration(self) -> float:
        """Simulated time [s]."""
        return float(self.times[-1] - self.times[0])


_ARRAYS = tuple(f.name for f in fields(Trajectory) if f.name not in ("facts", "course"))


# ---------------------------------------------------------------- recording


class Recorder:
    """Collects an episode, state by state."""

    def __init__(self) -> None:
        self._states: dict[str, list[Any]] = {name: [] for name in _ARRAYS if name != "excitations"}
        self._excitations: list[Array] = []

    def note_state(self, simulator: Any) -> None:
        """Keep the state that the simulator is in."""
        self._states["times"].append(simulator.time)
        for name in self._states:
            if name != "times":
                self._states[name].append(simulator.get(name))

    def note_excitations(self, excitations: Array) -> None:
        """Keep what is held during the next step."""
        self._excitations.append(np.array(excitations, dtype=np.float64))

    def finish(self, facts: Facts, course: Course) -> Trajectory:
        """The record so far."""
        states = {name: np.array(rows, dtype=np.float64) for name, rows in self._states.items()}
        excitations = np.array(self._excitations, dtype=np.float64).reshape(-1, len(facts.muscles))
        return Trajectory(facts, course, excitations=excitations, **states)


# ---------------------------------------------------------------- files


def save_trajectory(trajectory: Trajectory, path: str | Path) -> Path:
    """Write ``path``, which must end in .npz.

    :class:`UsageError` if it does not, or cannot be written.
    """
    file = checked_path(path)
    words = {"format": FORMAT, "facts": asdict(trajectory.facts), "course": asdict(trajectory.course)}
    arrays = {name: getattr(trajectory, name) for name in _ARRAYS}
    try:
        np.savez_compressed(file, about=np.array(json.dumps(words)), **arrays)
    except OSError as error:
        raise UsageError(f"the trajectory {str(file)!r} cannot be written: {error.strerror or error}") from None
    return file


def checked_path(path: str | Path) -> Path:
    """``path``, if a trajectory can be written there; else :class:`UsageError`."""
    file = Path(path)
    if file.suffix.lower() != ".npz":
        raise UsageError(f"a trajectory ends in .npz; {file.name!r} does not")
    if not file.parent.is_dir():
        raise UsageError(f"the folder {str(file.parent)!r} of the trajectory does not exist; create it first")
    return file


def load_trajectory(path: str | Path) -> Trajectory:
    """Read what :func:`save_trajectory` wrote.

    :class:`UsageError` if it is not there, or is something else.
    """
    try:
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            words = json.loads(str(file["about"]))
            if words["format"] != FORMAT:
                raise UsageError(f"{str(path)!r} is in format {words['format']!r}; this version reads {FORMAT!r}")
            arrays = {name: np.array(file[name], dtype=np.float64) for name in _ARRAYS}
        return Trajectory(_facts(words["facts"]), _course(words["course"]), **arrays)
    except FileNotFoundError:
        raise UsageError(f"there is no trajectory {str(path)!r}") from None
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{str(path)!r} is not a trajectory of this package: {error}") from None


def _facts(words: dict[str, Any]) -> Facts:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in words.items()}
    return Facts(**values)


def _course(words: dict[str, Any]) -> Course:
    obstacles = tuple(Obstacle(**ball) for ball in words.pop("obstacles"))
    strengths = tuple((str(muscle), float(factor)) for muscle, factor in words.pop("strengths"))
    return Course(obstacles=obstacles, strengths=strengths, **words)
