"""One human, simulated: :class:`Simulator`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from myorun.anatomy import Model
from myorun.errors import SimulationError, StateError, UsageError
from myorun.physics.engine import (
    Layout,
    accuracy_of,
    as_model,
    as_reals,
    check_rows,
    check_state,
    divide,
    engine_layout,
    excitation_error,
    open_engine,
    resting_row,
)
from myorun.physics.state import State
from myorun.physics.surroundings import PLAIN, Surroundings

Array = npt.NDArray[np.float64]

MAX_OBSTACLES = 64  # as many as the core holds


class Simulator:
    """A musculoskeletal model in motion, in float64.

    Coordinates are in the order of ``model.free_coordinates``, muscles in that of ``model.muscles``. The
    same state, course and excitations give the same bits on every machine; a copy continues identically.

    Args:
        model: a model, or the name or path of one.
        accuracy: "fast", "default" (no less accurate than OpenSim's default), "accurate", "reference", or
            a number of equal substeps per 10 ms.
        instruction_set: one of :func:`myorun.physics.instruction_sets`; by default the best here. It
            changes the speed, never a bit of the result.

    Raises:
        ModelError: if the model cannot be simulated.
        UsageError: for an unknown setting.
    """

    def __init__(
        self, model: Model | str = "human", *, accuracy: str | int = "default", instruction_set: str | None = None
    ) -> None:
        self.model = as_model(model)
        self.accuracy = accuracy
        self.time = 0.0
        accuracy_of(accuracy)
        self._instruction_set = instruction_set
        self._engine = open_engine(self.model, "Float64", 1, "float64", instruction_set)
        self.layout: Layout
        self.layout, self._shapes = engine_layout(self._engine)
        self._nq, self._nm = len(self.model.free_coordinates), len(self.model.muscles)
        self._values = np.zeros((1, max(s.stop for s in self.layout.values())))
        self._stale = True
        self._excitations = np.zeros((1, self._nm))
        self._obstacles = np.zeros((0, 3))
        self._strengths = np.ones(self._nm)
        self._surroundings = PLAIN
        self._duration: float | None = None  # of the latest step
        self._division = (0, 0.0)  # and its substeps and tolerance
        self.reset()

    # ------------------------------------------------------------ state

    def _rows(self) -> Array:
        rows = np.empty((1, self._engine.state_size))
        self._engine.get_states(rows)
        return rows

    def _set_rows(self, rows: Array) -> None:
        check_state(self.model, rows)
        self._engine.set_states(rows)
        self._stale = True

    def _part(self, start: int, size: int) -> Array:
        return self._rows()[0, start : start + size].copy()

    def _set_part(self, name: str, start: int, size: int, values: npt.ArrayLike) -> None:
        rows = self._rows()
        rows[0, start : start + size] = check_rows(name, values, (size,))
        self._set_rows(rows)

    @property
    def coordinates(self) -> Array:
        """Generalized coordinates, shape (free coordinates,), rad or m; a copy."""
        return self._part(0, self._nq)

    @coordinates.setter
    def coordinates(self, values: npt.ArrayLike) -> None:
        self._set_part("coordinates", 0, self._nq, values)

    @property
    def speeds(self) -> Array:
        """Generalized speeds, shape (free coordinates,), rad/s or m/s; a copy."""
        return self._part(self._nq, self._nq)

    @speeds.setter
    def speeds(self, values: npt.ArrayLike) -> None:
        self._set_part("speeds", self._nq, self._nq, values)

    @property
    def activations(self) -> Array:
        """Muscle activations, shape (muscles,); a copy."""
        return self._part(2 * self._nq, self._nm)

    @activations.setter
    def activations(self, values: npt.ArrayLike) -> None:
        self._set_part("activations", 2 * self._nq, self._nm, values)

    @property
    def fiber_lengths(self) -> Array:
        """Muscle fiber lengths, shape (muscles,), m; a copy."""
        return self._part(2 * self._nq + self._nm, self._nm)

    @fiber_lengths.setter
    def fiber_lengths(self, values: npt.ArrayLike) -> None:
        self._set_part("fiber_lengths", 2 * self._nq + self._nm, self._nm, values)

    @property
    def state(self) -> State:
        """The present state, as copies."""
        q, m = self._nq, self._nm
        parts = np.split(self._rows()[0], [q, 2 * q, 2 * q + m])
        return State(self.time, *(part.copy() for part in parts))

    def set_state(self, state: State) -> None:
        """Continue from ``state``.

        Raises:
            UsageError: if an array has the wrong shape.
            StateError: if an entry is not finite or beyond all anatomy.
        """
        q, m = (self._nq,), (self._nm,)
        parts = (
            check_rows("coordinates", state.coordinates, q),
            check_rows("speeds", state.speeds, q),
            check_rows("activations", state.activations, m),
            check_rows("fiber_lengths", state.fiber_lengths, m),
        )
        if not np.isfinite(state.time):
            raise StateError(f"time is {state.time!r}; it must be finite")
        self._set_rows(np.concatenate(parts)[None])
        self.time = float(state.time)

    def reset(self) -> None:
        """Default pose at rest, default activations, fibers in equilibrium, time 0; the course stays."""
        self._engine.set_states(np.array([resting_row(self.model)]))
        self._hold(np.zeros((1, self._nm)))
        self.time = 0.0
        self.equilibrate()

    def _hold(self, excitations: Array) -> None:
        self._excitations = excitations
        self._engine.set_excitations(excitations)

    def equilibrate(self) -> None:
        """Set fiber lengths so that fiber and tendon pull alike at the present pose and activations, at rest."""
        self._engine.equilibrate()
        self._stale = True

    # ------------------------------------------------------------ course

    def set_course(
        self,
        *,
        obstacles: npt.ArrayLike = (),
        strengths: npt.ArrayLike | None = None,
        surroundings: Surroundings = PLAIN,
    ) -> None:
        """Put balls in the way, weaken muscles, shape the ground, load the trunk.

        Args:
            obstacles: shape (n, 3): x and y of the centre and radius, m; n at most 64.
            strengths: shape (muscles,), factors of the maximum isometric force; default 1.
            surroundings: the ground, the muscles' pace and the load.

        Raises:
            UsageError: for a wrong shape, a radius that is not positive, or a strength that is.
        """
        balls = as_obstacles(obstacles)
        check_obstacles(balls)
        factors = check_strengths(np.ones(self._nm) if strengths is None else strengths, (self._nm,))
        self._engine.set_obstacles(balls.reshape(1, -1))
        self._engine.set_strengths(factors[None])
        self._obstacles, self._strengths, self._stale = balls, factors, True
        if surroundings is not self._surroundings:
            lay_surroundings(self._engine, 0, surroundings)
            self._surroundings = surroundings

    # ------------------------------------------------------------ motion

    def step(self, excitations: npt.ArrayLike, duration: float = 0.01) -> None:
        """Hold ``excitations``, shape (muscles,), each in [0, 1], for ``duration`` seconds.

        Raises:
            UsageError: for a wrong shape, an excitation outside [0, 1], or a duration that is not positive.
            SimulationError: if the motion cannot be continued; the state is then as before the step.
        """
        if duration != self._duration:
            self._division = divide(self.accuracy, duration)
            self._duration = duration
        if not isinstance(excitations, np.ndarray) or excitations.shape != (self._nm,) or excitations.dtype.kind != "f":
            excitations = check_rows("excitations", excitations, (self._nm,))
        self._excitations[0] = excitations
        outcome = self._engine.step(self._excitations, duration, *self._division)
        if outcome != -1:
            raise self._step_error(outcome)
        self.time += duration
        self._stale = True

    def _step_error(self, outcome: int) -> Exception:
        if outcome == -2:
            return excitation_error(self._excitations, self.model)
        return SimulationError(f"the motion could not be continued after {self.time:.3f} s; reset the simulation")

    # ------------------------------------------------------------ quantities

    @property
    def values(self) -> Array:
        """All named quantities in one flat array, sliced by :attr:`layout`; overwritten by the next refresh."""
        if self._stale:
            self._engine.report(0, self._values.shape[1], self._values)
            self._stale = False
        values: Array = self._values[0]
        return values

    def get(self, name: str) -> Array:
        """A named quantity at the present state, as a copy.

        Raises:
            UsageError: for an unknown name; the message lists all names.
        """
        if name == "pennation_angles":
            return self._pennation_angles()
        if name not in self.layout:
            raise UsageError(f"no quantity {name!r}; there are: {', '.join(self.quantities)}")
        return self.values[self.layout[name]].reshape(self._shapes[name]).copy()

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names :meth:`get` knows."""
        return (*self.layout, "pennation_angles")

    def _pennation_angles(self) -> Array:
        height = np.array([m.optimal_fiber_length * np.sin(m.pennation_angle) for m in self.model.muscles])
        angles: Array = np.arctan2(height, self.get("fiber_lengths_along_tendon"))
        return angles

    # ------------------------------------------------------------ copies

    def copy(self) -> Simulator:
        """A simulator in the same state on the same course that continues identically."""
        twin = Simulator.__new__(Simulator)
        twin.__setstate__(self.__getstate__())
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Simulator:
        return self.copy()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "accuracy": self.accuracy,
            "instruction_set": self._instruction_set,
            "time": self.time,
            "rows": self._rows(),
            "excitations": self._excitations.copy(),
            "obstacles": self._obstacles.copy(),
            "strengths": self._strengths.copy(),
            "surroundings": self._surroundings,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        Simulator.__init__(self, state["model"], accuracy=state["accuracy"], instruction_set=state["instruction_set"])
        self.set_course(obstacles=state["obstacles"], strengths=state["strengths"], surroundings=state["surroundings"])
        self._engine.set_states(state["rows"])
        self._hold(state["excitations"].copy())
        self.time = state["time"]


def lay_surroundings(engine: Any, human: int, surroundings: Surroundings) -> None:
    """Tell the engine the surroundings of a human; :class:`UsageError` for what it cannot hold."""
    if not isinstance(surroundings, Surroundings):
        raise UsageError(f"surroundings are {surroundings!r:.80}; they must be a myorun.physics.Surroundings")
    try:
        engine.set_surroundings(human, surroundings.arrays())
    except ValueError as error:
        raise UsageError(f"these surroundings cannot be simulated: {error}") from None


def as_obstacles(obstacles: npt.ArrayLike) -> Array:
    """Obstacles as a float64 array; none at all as shape (0, 3)."""
    balls = as_reals("obstacles", obstacles)
    return balls.reshape(0, 3) if balls.size == 0 else balls


def check_obstacles(balls: Array, leading: tuple[int, ...] = (), *, empty_slots: bool = False) -> None:
    r"""Refuse obstacles that are not of shape (\*leading, k, 3) or not balls.

    Raises:
        UsageError: naming the shape or the value.
    """
    if balls.shape[:-2] != leading or balls.ndim < 2 or balls.shape[-1] != 3 or balls.shape[-2] > MAX_OBSTACLES:
        expected = f"({', '.join(map(str, (*leading, 'k', 3)))})"
        raise UsageError(
            f"obstacles have shape {balls.shape}; expected {expected} of x, y, radius with k at most {MAX_OBSTACLES}"
        )
    radii = balls[..., 2]
    if not (np.abs(balls) <= 1e6).all():
        raise UsageError(
            f"an obstacle has {balls[~(np.abs(balls) <= 1e6)][0]}; it must be finite, within a million metres"
        )
    if ((radii < 0) if empty_slots else (radii <= 0)).any():
        raise UsageError(f"the radius of an obstacle is {radii.min():g} m; it must be above 0")


def check_strengths(strengths: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """Strength factors as an array of ``shape``, each above 0 and at most 100, else :class:`UsageError`."""
    factors = check_rows("strengths", strengths, shape)
    if not ((factors > 0) & (factors <= 100)).all():
        raise UsageError(f"strengths must be above 0 and at most 100; got {factors.min():g} to {factors.max():g}")
    return factors
