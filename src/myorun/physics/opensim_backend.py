"""The reference physics: real OpenSim behind the face of the native simulator.

It is slow and exact about what OpenSim does, quirks included, and serves as the oracle of the native core.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from myorun.anatomy import Model
from myorun.errors import SimulationError, UsageError
from myorun.physics.checks import (
    as_obstacles,
    check_obstacles,
    check_rows,
    check_state,
    check_strengths,
    checked_parts,
    excitation_error,
)
from myorun.physics.engine import as_model
from myorun.physics.opensim_quantities import QUANTITIES
from myorun.physics.opensim_surroundings import burdened, plane_angle
from myorun.physics.opensim_system import OpenSimSystem
from myorun.physics.simulation import Copied
from myorun.physics.state import Array, State
from myorun.physics.surroundings import PLAIN, Surroundings


class OpenSimSimulator(Copied):
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
        self.model = as_model(model)
        self.accuracy = _checked_accuracy(accuracy)
        self.obstacles: Array = np.zeros((0, 3))
        self.strengths: Array = np.ones(len(self.model.muscles))
        self.surroundings = PLAIN
        self._excitations: Array = np.zeros(len(self.model.muscles))
        self._build()
        self.reset()

    def _build(self) -> None:
        model = self.model if self.surroundings.is_plain else burdened(self.model, self.surroundings)
        self._system = OpenSimSystem(model, self.obstacles, self.strengths, plane_angle(self.surroundings))

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
            UsageError: if an array has the wrong shape.
            StateError: if an entry is not finite or beyond all anatomy.
        """
        self._keep(_checked_state(self.model, state))

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

    def set_course(
        self,
        *,
        obstacles: ArrayLike = (),
        strengths: ArrayLike | None = None,
        surroundings: Surroundings = PLAIN,
    ) -> None:
        """Put balls on the ground and weaken muscles; the state stays. Rebuilds OpenSim's system.

        Args:
            obstacles: (n, 3) of x, y, radius in m.
            strengths: (muscles,) factors of the maximum isometric forces; all 1 if omitted.
            surroundings: one plane for a floor, the muscles' pace and the load.

        Raises:
            UsageError: for wrong shapes, values that are not finite, radii or strengths that are not positive, and
                for ground that is not one plane.
        """
        balls = as_obstacles(obstacles)
        check_obstacles(balls)
        muscles = len(self.model.muscles)
        factors = check_strengths(np.ones(muscles) if strengths is None else strengths, (muscles,))
        plane_angle(surroundings)
        same = np.array_equal(balls, self.obstacles) and np.array_equal(factors, self.strengths)
        if same and (surroundings is self.surroundings or (surroundings.is_plain and self.surroundings.is_plain)):
            return
        self.obstacles, self.strengths, self.surroundings = balls, factors, surroundings
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
        held = _checked_excitations(excitations, self.model)
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

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names :meth:`get` knows."""
        return tuple(QUANTITIES)

    # ------------------------------------------------------------ copies

    def __getstate__(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "accuracy": self.accuracy,
            "obstacles": self.obstacles.copy(),
            "strengths": self.strengths.copy(),
            "surroundings": self.surroundings,
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


def _checked_excitations(excitations: ArrayLike, model: Model) -> Array:
    held = check_rows("excitations", excitations, (len(model.muscles),))
    if not ((held >= 0.0) & (held <= 1.0)).all():
        raise excitation_error(held, model)
    return held


def _checked_duration(duration: float) -> float:
    if not 0.0 < duration < np.inf:
        raise UsageError(f"duration {duration!r} s: give a positive, finite number of seconds")
    return float(duration)


def _checked_state(model: Model, state: State) -> State:
    arrays = checked_parts(model, state)
    check_state(model, np.concatenate(arrays)[None])
    return State(float(state.time), *arrays)
