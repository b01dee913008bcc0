"""The reference physics: real OpenSim behind the face of the native simulator.

It is slow and exact about what OpenSim does, quirks included, and serves as the oracle of the native core.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from myorun.anatomy import load_model
from myorun.anatomy.model import Model
from myorun.errors import SimulationError, StateError, UsageError
from myorun.physics.opensim_quantities import QUANTITIES
from myorun.physics.opensim_system import OpenSimSystem
from myorun.physics.state import Array, State


class OpenSimSimulator:
    """One human in OpenSim 4.6, integrated by its Manager (Runge-Kutta-Merson).

    A step is a function of the state, the excitations and the course alone: the integrator starts afresh at every
    step, so that copies and unpickled simulators continue identically.

    Args:
        model: a model, or the name or path of one.
        accuracy: ``"default"`` for OpenSim's own accuracy, or a number for that of its integrator, such as 1e-6.

    Raises:
        MissingExtraError: without ``pip install 'myorun[opensim]'``.
        UsageError: for an accuracy that is neither.
    """

    model: Model

    def __init__(self, model: Model | str = "human", *, accuracy: float | str = "default") -> None:
        self.model = load_model(model) if isinstance(model, str) else model
        self.accuracy = _checked_accuracy(accuracy)
        self.obstacles: Array = np.zeros((0, 3))
        self.strengths: Array = np.ones(len(self.model.muscles))
        self._excitations: Array = np.zeros(len(self.model.muscles))
        self._build()
        self.reset()

    def _build(self) -> None:
        self._system = OpenSimSystem(self.model, self.obstacles, self.strengths)

    # ------------------------------------------------------------ state

    @property
    def time(self) -> float:
        """Seconds since reset."""
        return self._state.time

    @property
    def coordinates(self) -> Array:
        """Joint angles and pelvis position, rad and m, in the order of ``model.free_coordinates``."""
        return self._state.coordinates.copy()

    @property
    def speeds(self) -> Array:
        """Rates of ``coordinates``, rad/s and m/s."""
        return self._state.speeds.copy()

    @property
    def activations(self) -> Array:
        """Muscle activations, in the order of ``model.muscles``."""
        return self._state.activations.copy()

    @property
    def fiber_lengths(self) -> Array:
        """Muscle fiber lengths in m, in the order of ``model.muscles``."""
        return self._state.fiber_lengths.copy()

    @property
    def state(self) -> State:
        """The present state; sharing no memory with the simulator."""
        return State(self.time, self.coordinates, self.speeds, self.activations, self.fiber_lengths)

    def set_state(self, state: State) -> None:
        """Continue from ``state``, exactly as it is.

        Raises:
            StateError: if a value is not finite or an array has the wrong shape.
        """
        free, muscles = len(self.model.free_coordinates), len(self.model.muscles)
        self._keep(
            State(
                _finite_time(state.time),
                _finite(state.coordinates, "coordinates", free),
                _finite(state.speeds, "speeds", free),
                _finite(state.activations, "activations", muscles),
                _finite(state.fiber_lengths, "fiber_lengths", muscles),
            )
        )

    def _keep(self, state: State) -> None:
        self._state = state
        self._write()

    def _write(self) -> None:
        s = self._state
        self._system.write(s.coordinates, s.speeds, s.activations, s.fiber_lengths)

    def reset(self) -> None:
        """The default pose at rest, default activations, equilibrated fibers; the course stays."""
        pose = np.array([c.default_value for c in self.model.free_coordinates])
        activations = np.array([m.default_activation for m in self.model.muscles])
        fiber_lengths = np.array([m.default_fiber_length for m in self.model.muscles])
        self._excite(np.zeros(len(self.model.muscles)))
        self._keep(State(0.0, pose, np.zeros_like(pose), activations, fiber_lengths))
        self.equilibrate()

    def equilibrate(self) -> None:
        """Set every fiber to the length at which it balances its tendon, at this pose and activation, at rest.

        Raises:
            SimulationError: if OpenSim finds no balance; the state stays.
        """
        s = self._state
        self._system.write(s.coordinates, np.zeros_like(s.speeds), s.activations, s.fiber_lengths)
        try:
            self._system.model.equilibrateMuscles(self._system.state)
        except RuntimeError as error:
            self._write()
            raise SimulationError(f"OpenSim cannot equilibrate the muscles: {error}") from error
        lengths = self._system.read(self._system.state)[3]
        self._keep(State(s.time, s.coordinates, s.speeds, s.activations, lengths))

    # ------------------------------------------------------------ course

    def set_course(self, *, obstacles: ArrayLike = (), strengths: ArrayLike | None = None) -> None:
        """Put balls on the ground and weaken muscles; the state stays. Rebuilds OpenSim's system.

        Args:
            obstacles: (n, 3) of x, y, radius in m.
            strengths: (muscles,) factors of the maximum isometric forces; all 1 if omitted.

        Raises:
            UsageError: for wrong shapes, values that are not finite, radii or strengths that are not positive.
        """
        balls = _checked_obstacles(obstacles)
        factors = _checked_strengths(strengths, len(self.model.muscles))
        if np.array_equal(balls, self.obstacles) and np.array_equal(factors, self.strengths):
            return
        self.obstacles, self.strengths = balls, factors
        self._build()
        self._excite(self._excitations)
        self._write()

    # ------------------------------------------------------------ motion

    def _excite(self, excitations: Array) -> None:
        self._excitations = excitations
        self._system.excite(excitations)

    def step(self, excitations: ArrayLike, duration: float = 0.01) -> None:
        """Advance by ``duration`` seconds with constant excitations.

        Args:
            excitations: (muscles,) in [0, 1], in the order of ``model.muscles``.
            duration: seconds, positive.

        Raises:
            UsageError: for wrong arguments.
            SimulationError: if OpenSim's integrator gives up; the state is the one before the step.
        """
        held = _checked_excitations(excitations, len(self.model.muscles))
        seconds = _checked_duration(duration)
        self._excite(held)
        self._write()
        self._keep(self._integrated(seconds))

    def _integrated(self, duration: float) -> State:
        try:
            end = self._system.integrate(duration, self.accuracy)
        except RuntimeError as error:
            raise self._failed(duration, str(error)) from error
        arrays = self._system.read(end)
        if end.getTime() < duration or not all(np.isfinite(a).all() for a in arrays):
            raise self._failed(duration, f"stopped {end.getTime():g} s into the step")
        return State(self.time + duration, *arrays)

    def _failed(self, duration: float, reason: str) -> SimulationError:
        self._write()
        return SimulationError(
            f"OpenSim could not integrate {duration:g} s from t = {self.time:g} s; the state is the one before the "
            f"step; reset, or try shorter steps. OpenSim says: {reason}"
        )

    def get(self, name: str) -> Array:
        """A named quantity at the present state, asked of OpenSim, as a fresh float64 array.

        ``activation_rates`` are for the excitations of the latest step, zero before the first.

        Raises:
            UsageError: for an unknown name.
        """
        if name not in QUANTITIES:
            raise UsageError(f"no quantity is called {name!r}; there are: {', '.join(QUANTITIES)}")
        self._system.model.realizeAcceleration(self._system.state)
        return QUANTITIES[name](self._system)

    # ------------------------------------------------------------ copies

    def copy(self) -> OpenSimSimulator:
        """An independent simulator at the same state, on the same course; it continues identically."""
        twin = OpenSimSimulator.__new__(OpenSimSimulator)
        twin.__setstate__(self.__getstate__())
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "accuracy": self.accuracy,
            "obstacles": self.obstacles.copy(),
            "strengths": self.strengths.copy(),
            "_excitations": self._excitations.copy(),
            "_state": self.state,
        }

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self._build()
        self._excite(self._excitations)
        self._write()


# ---------------------------------------------------------------- arguments


def _checked_accuracy(accuracy: float | str) -> float | None:
    """OpenSim's accuracy as a number, ``None`` for its default."""
    if accuracy == "default":
        return None
    if isinstance(accuracy, str) or not 0.0 < accuracy < 1.0:
        raise UsageError(f"accuracy {accuracy!r}: OpenSim takes 'default' or a number between 0 and 1, such as 1e-6")
    return float(accuracy)


def _checked_obstacles(obstacles: ArrayLike) -> Array:
    balls = np.array(obstacles, dtype=np.float64)
    if balls.size == 0:
        return np.zeros((0, 3))
    if balls.ndim != 2 or balls.shape[1] != 3:
        raise UsageError(f"obstacles have shape {balls.shape}; give (n, 3): x, y, radius in m")
    if not np.isfinite(balls).all() or (balls[:, 2] <= 0.0).any():
        raise UsageError(f"obstacles {balls.tolist()}: every value must be finite and every radius positive")
    return balls


def _checked_strengths(strengths: ArrayLike | None, count: int) -> Array:
    if strengths is None:
        return np.ones(count)
    factors = np.array(strengths, dtype=np.float64)
    if factors.shape != (count,) or not np.isfinite(factors).all() or (factors <= 0.0).any():
        raise UsageError(f"strengths {factors.tolist()}: give {count} positive factors of the maximum isometric forces")
    return factors


def _checked_excitations(excitations: ArrayLike, count: int) -> Array:
    held = np.array(excitations, dtype=np.float64)
    if held.shape != (count,):
        raise UsageError(f"excitations have shape {held.shape}; give ({count},), one a muscle")
    if not ((held >= 0.0) & (held <= 1.0)).all():
        raise UsageError(f"excitations {held.tolist()}: each must be in [0, 1]; clip them first")
    return held


def _checked_duration(duration: float) -> float:
    if not 0.0 < duration < np.inf:
        raise UsageError(f"duration {duration!r} s: give a positive, finite number of seconds")
    return float(duration)


def _finite_time(time: float) -> float:
    if not np.isfinite(time):
        raise StateError(f"time {time!r} is not finite")
    return float(time)


def _finite(values: ArrayLike, name: str, count: int) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.shape != (count,):
        raise StateError(f"{name} of the state have shape {array.shape}; give ({count},)")
    if not np.isfinite(array).all():
        raise StateError(f"{name} of the state hold values that are not finite: {array.tolist()}")
    return array
